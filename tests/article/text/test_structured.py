"""Texts that stand in structured data: as a judge of the page, and in its place."""

import json

import pytest
from tests.article.text.pages import BODY, FIRST, FOURTH, SECOND, THIRD, article, page, paragraphs, read

from pressmark.article.text import TextHints
from pressmark.article.text.app_state import prose
from pressmark.article.text.hints import plain


def ld(**values: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'


def test_a_full_body_in_json_ld_stands_in_for_a_page_that_shows_only_the_beginning():
    html = page(
        f"<article><h1>Bridge</h1><p>{FIRST}</p></article>",
        ld(headline="Bridge", articleBody="\n\n".join(BODY) * 2),
    )
    result = read(html)
    assert result.source == "json-ld"
    assert all(text in result.text for text in BODY)


def test_a_short_body_in_json_ld_does_not_replace_the_pages_text():
    result = read(page(f"<article><h1>Bridge</h1>{paragraphs()}</article>", ld(articleBody=FIRST)))
    assert (result.source, result.text.splitlines()) == ("html", BODY)


def test_a_body_that_knows_the_paragraphs_tells_which_block_is_foreign():
    foreign = "Readers who liked this article also liked the one about the lighthouse of the old town."
    html = page(
        f"<article><h1>Bridge</h1>{paragraphs(FIRST, SECOND, foreign, THIRD, FOURTH)}</article>",
        ld(articleBody=" ".join(BODY)),
    )
    assert read(html).text.splitlines() == BODY


def test_half_characters_in_json_do_not_reach_the_text():
    body = "\\n".join(f"{text} \\ud83d" for text in BODY)
    html = page(
        "<article><h1>Bridge</h1></article>",
        f'<script type="application/ld+json">{{"articleBody":"{body}"}}</script>',
    )
    assert read(html).text.encode().decode().count("bridge") == 1


def test_a_body_of_another_text_is_not_believed():
    html = article(paragraphs())
    other = "Something else altogether is written here, and at great length. " * 3
    assert read(html, hints=TextHints(bodies=(other,))).text.splitlines() == BODY


def test_a_page_built_by_script_is_read_from_its_application_state():
    state = {
        "props": {"page": {"title": "Bridge", "blocks": [{"type": "p", "html": f"<b>{t}</b>"} for t in BODY]}}
    }
    html = page(
        '<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">'
        + json.dumps(state)
        + "</script>",
        '<meta property="og:title" content="Harbour bridge reopened on Monday">',
    )
    result = read(html)
    assert (result.source, result.text.splitlines()) == ("state", BODY)


def test_state_assigned_to_a_variable_is_read_too():
    state = json.dumps({"article": {"paragraphs": BODY, "related": ["Fish", "Ships"]}})
    html = page(
        f"<div id=app></div><script>window.__STATE__ = {state};</script>", "<title>Bridge reopened</title>"
    )
    assert read(html).text.splitlines() == BODY


def test_state_about_something_else_is_not_taken():
    terms = [
        f"Please accept part {i} of the terms of use before you go on, thank you very much." for i in range(9)
    ]
    state = json.dumps({"messages": terms})
    html = page(
        f"<div id=app></div><script>window.T = {state};</script>",
        '<meta property="og:title" content="Harbour bridge reopened yesterday morning">',
    )
    assert read(html).text == ""


def test_a_place_where_prose_is_the_exception_is_not_the_article():
    assert prose({"labels": ["ok", "cancel", "x" * 900, BODY[0]]}) == ""


def test_program_code_in_strings_is_not_prose():
    assert (
        prose({"a": ["function (x) { return x; } // does the thing that it should do. And more of it."] * 5})
        == ""
    )


def test_prose_is_taken_from_one_place_of_the_structure():
    data = {
        "body": [{"content": t} for t in BODY],
        "teasers": [{"content": "A short one. It is of no use to anybody here."}],
    }
    assert prose(data) == "\n".join(BODY)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br/>Two &amp; three", "One\nTwo & three"),
        ("&lt;p&gt;One&lt;/p&gt;", "One"),
        ("3 < 4 and 5 > 2", "3 < 4 and 5 > 2"),
        ("  One  \n\n  Two ", "One\nTwo"),
    ],
)
def test_markup_in_structured_text_becomes_lines(markup, expected):
    assert plain(markup) == expected
