"""Whatever the page, reading its text ends, soon, and without an exception."""

import string

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.article.text.pages import BODY, URL, article, page, paragraphs, read

from pressmark.article.text import ArticleText, TextHints
from pressmark.article.text import extract as extract_module
from pressmark.article.text import walk as walk_module
from pressmark.article.text.app_state import prose
from pressmark.article.text.extract import from_tree
from pressmark.article.text.figures import split
from pressmark.article.text.hints import plain
from pressmark.article.text.walk import MAX_BLOCKS, MAX_DEPTH, walk

PIECE = 200  # levels
TAGS = (
    "html body div p h1 h2 article section main aside nav footer header ul li table tr td a b em br blockquote figure "
    "figcaption script style noscript form span time meta base x-thing svg"
).split()


def deep(levels: int) -> lxml.html.HtmlElement:
    """A tree deeper than any parser lets through, put together from pieces that a parser takes."""
    root = node = lxml.html.Element("html")
    for start in range(0, levels, PIECE):
        piece = lxml.html.fragment_fromstring("<div>" * min(PIECE, levels - start))
        node.append(piece)
        while len(node):
            node = node[0]
    for text in BODY:
        etree.SubElement(node, "p").text = text
    return root


@pytest.mark.slow
def test_a_tree_30_000_levels_deep_is_read():
    """A function that calls itself ends at 1,000 levels, and no parser lets more than 2,048 through."""
    assert from_tree(deep(30_000), URL, TextHints()).text.splitlines() == BODY


def test_elements_below_the_depth_limit_belong_to_the_one_at_the_limit():
    result = walk(deep(MAX_DEPTH * 2))
    assert len(result.nodes) == MAX_DEPTH
    assert [block.text for block in result.blocks] == BODY


@pytest.mark.slow
def test_a_page_with_too_many_blocks_is_cut_and_says_so():
    root = lxml.html.Element("body")
    for number in range(MAX_BLOCKS + 10):
        etree.SubElement(root, "li").text = f"{number}"
    assert walk(root).truncated
    assert from_tree(root, URL, TextHints()).truncated


def test_a_page_longer_than_the_walk_goes_is_cut_and_says_so(monkeypatch):
    monkeypatch.setattr(walk_module, "MAX_TEXT", 250)
    result = read(article(paragraphs()))
    assert result.truncated
    assert result.text.startswith(BODY[0])
    assert BODY[3] not in result.text


def test_text_is_cut_at_its_documented_limit(monkeypatch):
    monkeypatch.setattr(extract_module, "MAX_TEXT", 120)
    result = read(article(paragraphs()))
    assert (len(result.text), result.truncated) == (120, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "word and word, again. " * 250_000 + "</p>",
        "<p>a. b! c? " * 40_000,
        "<ul>" + "<li>an item that has no link in it at all" * 40_000 + "</ul>",
        "<div>" + "<h2>a heading" * 40_000 + "</div>",
        "<a href=/x>" * 30_000 + "text",
        "<b><i>" * 20_000 + "text",
        "<br>" * 200_000,
        "<p class='" + "related-" * 200_000 + "'>text</p>",
        "<figure><figcaption>" + "Photo: " * 50_000 + "</figcaption></figure>" + paragraphs(),
        "<!--" * 100_000,
        "<" * 500_000,
        "<div id=app></div><script>x = " + "[" * 200_000 + "</script>",
        "<div id=app></div><script>x = " + '{"a":' * 100_000 + "</script>",
        "<script>" + " " * 1_000_000 + "</script>",
    ],
    ids=lambda html: html[:24],
)
def test_oversized_pages_end(html):
    assert isinstance(read(page(html)), ArticleText)


@pytest.mark.parametrize(
    "caption",
    [
        "Photo: " * 400,
        "(" * 2_000,
        "» " * 1_000,
        "AFP/ " * 500,
        "© " * 1_000,
        "a. " * 700,
        "/ dpa " * 300,
        "x" * 500_000,
    ],
)
def test_captions_made_to_backtrack_end(caption):
    assert split(caption) is not None


@pytest.mark.parametrize(
    "text", ["<" * 200_000, "<p " * 100_000, "&amp;" * 100_000, "<a<a" * 100_000, "<p" + "x" * 500_000]
)
def test_markup_made_to_backtrack_ends(text):
    assert isinstance(plain(text), str)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xfe", b"\x00" * 10_000, b"<html", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_page_give_an_empty_text(data):
    assert read(data).text == ""


@pytest.mark.parametrize(("data", "text"), [(b"<", "<"), (b"<p>\xe2\x82", "\ufffd")])
def test_what_begins_like_a_tag_or_a_character_and_is_cut_is_text(data, text):
    assert read(data).text == text


markup = st.recursive(
    st.text(alphabet=string.ascii_letters + " .,!?äß中。", max_size=60),
    lambda inner: st.builds(
        "<{0} class='{1}' id='{1}' href='{2}' style='{3}'>{4}</{0}>".format,
        st.sampled_from(TAGS),
        st.sampled_from(
            [
                "",
                "article-body",
                "related",
                "comment",
                "ad",
                "lead",
                "caption",
                "newsletter x",
                "photo-credit",
            ]
        ),
        st.sampled_from(["/a", "#", "http://[", "https://x.example/y", ""]),
        st.sampled_from(["", "display:none"]),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=40,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(markup)
def test_any_nesting_of_elements_is_survived(html):
    link = '<p>The plans can be <a href="https://harbour.example/plans">read by everybody</a> at the city hall.</p>'
    for result in (read(page(html)), read(article(paragraphs() + link + html))):
        assert all(line.strip() == line and line for line in result.text.splitlines())
        assert result.word_count >= 0
        assert all(url.startswith("http") for url in result.outlinks)
    assert "https://harbour.example/plans" in result.outlinks


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2_000), st.integers(0, 600))
def test_a_page_with_any_bytes_thrown_in_is_survived(noise, at):
    html = article(paragraphs()).encode()
    assert isinstance(read(html[:at] + noise + html[at:]), ArticleText)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700))
def test_a_page_cut_off_anywhere_is_survived(length):
    assert isinstance(read(article(paragraphs()).encode()[:length]), ArticleText)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=40,
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(json_values)
def test_any_state_is_survived(value):
    assert isinstance(prose(value), str)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=3), st.text(max_size=60))
def test_any_hints_are_survived(body, descriptions, title):
    hints = TextHints(title=title, descriptions=tuple(descriptions), bodies=(body,))
    assert read(article(paragraphs()), hints=hints).text
