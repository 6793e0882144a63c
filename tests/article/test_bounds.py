"""How much markup is parsed: real pages whole, hostile ones before the tag that libxml2 would take minutes for."""

import random

import lxml.etree
import pytest

from pressmark.article import extract
from pressmark.article.page import bounds
from pressmark.article.page.bounds import end_of_sound
from pressmark.article.page.document import Document

URL = "https://news.example/a"
TEXT = b"<p>Text</p>"
NAMES = [b"a%d" % number for number in range(bounds.MAX_TAG_ATTRIBUTES + 1)]


def is_cut(markup: bytes, before: bytes = TEXT) -> bool:
    """Whether a page ends before the markup; fails where it ends elsewhere."""
    end = end_of_sound(before + markup)
    assert end in (len(before), len(before + markup))
    return end == len(before)


@pytest.mark.parametrize("value", [b"", b"=1", b"='>'", b'="<b>"', b" = '<'", b'="a" ', b"\t=\nx"])
@pytest.mark.parametrize("gap", [b" ", b"\n", b" < ", b" /"])
def test_it_ends_before_a_tag_of_too_many_attributes(value: bytes, gap: bytes) -> None:
    tag = b"<p " + gap.join(name + value for name in NAMES)
    assert is_cut(tag + b">")
    assert is_cut(tag), "without an end"
    few = NAMES[: len(NAMES) // 2 - 2]  # "<" is one more where it is the gap
    assert not is_cut(b"<p " + gap.join(name + value for name in few) + b">text")


@pytest.mark.parametrize(
    "before",
    [
        b'<p x=y="',
        b"<p x=y='",
        b'<p ="',
        b'<p a /="',
        b'<p="',
        b"<p a=''=\"",
        b'<i a=b="><p ',
        b"<i a='<p b=\"'><p ",
        b'<!-- <i a="--><p ',
        b"<script>if (a<b='</script><p ",
        b"<!-- <i a='--><i b=\"> ' ",
        b"<p a='\"'",
        b"<i/<p ",
        b"<i<p ",
        b"<p a=",
    ],
)
def test_no_quote_that_is_none_hides_attributes(before: bytes) -> None:
    assert end_of_sound(TEXT + before + b" " + b" ".join(NAMES) + b' ">text') < len(TEXT + before)


@pytest.mark.parametrize("data", [b"\x00", b"\x0b", b"\x1f", b"\x1b"])
def test_no_control_character_hides_them(data: bytes) -> None:
    html = TEXT + b"<" + data + b"p " + data + b" ".join(NAMES) + b">"
    document = Document.parse(html, URL)
    assert (document.html, document.whole) == (TEXT.decode(), False)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16le", "iso-2022-jp"])
def test_no_encoding_hides_them(encoding: str) -> None:
    html = (TEXT + b"<p " + b" ".join(NAMES) + b">").decode().encode(encoding)
    document = Document.parse(html, URL, f"text/html; charset={encoding.removesuffix('le')}")
    assert (document.html, document.whole) == (TEXT.decode(), False)


def test_an_article_says_whether_all_of_its_page_was_read() -> None:
    page = b"<html><h1>A ferry sails</h1><p>Text"
    cut = extract(page + b"<p " + b" ".join(NAMES) + b"><h1>Never read</h1>", URL)
    assert (cut.title, cut.whole) == ("A ferry sails", False)
    assert extract(page, URL).whole
    assert "whole" not in cut.to_dict()


def test_a_slash_parts_attributes_too() -> None:
    assert is_cut(b"<p/" + b"/".join(NAMES) + b">")
    assert not is_cut(b"<p a=/" + b"/".join(NAMES) + b">"), "but not within a value"


def test_words_in_an_attribute_are_not_attributes() -> None:
    assert not is_cut(b"<p data-state='" + b"word " * 2 * len(NAMES) + b"'>text")
    assert not is_cut(b"<p a b c d e data-state='" + b"word " * 2 * len(NAMES) + b"'>text")


def test_a_long_value_is_no_reason_to_end() -> None:
    assert not is_cut(b"<img src='data:" + b"A" * 2 * bounds.MAX_TAG_BYTES + b"'>")
    assert not is_cut(b"<script>a < b" + b" " * 2 * bounds.MAX_TAG_BYTES)


def test_it_ends_before_a_tag_without_end() -> None:
    assert is_cut(b"<p a='" + b"a" * bounds.MAX_TAG_BYTES)


@pytest.mark.parametrize(
    "tag", [b"<p a b c d e>text", b"<p a/b/c/d/e>", b"<p a='>' b c d e>", b"<p a= '>' b c d e>"]
)
def test_bare_attributes_of_many_tags_are_counted(monkeypatch: pytest.MonkeyPatch, tag: bytes) -> None:
    monkeypatch.setattr(bounds, "MAX_BARE_ATTRIBUTES", 100)
    assert not is_cut(tag * 3)
    before = TEXT + tag * 3
    assert 0 < end_of_sound(before + tag * 50) < len(before + tag * 50)


@pytest.mark.slow
def test_tags_within_each_other_are_counted_once() -> None:
    assert not is_cut(b"<script>" + b"if(a<b && c <d) e(); " * 500 + b"</script>", before=b"")


def test_a_megabyte_of_scripts_that_compare_is_read_whole() -> None:
    """Each comparison looks like a tag that reaches to the next ">", and has few attributes for its bytes."""
    words = b"call(first_of_them,{second:2, third:3}, 'fourth'),"
    script = b"<script>for(;i<a.length;i++){" + words * 300 + b"b=>c}</script>"
    assert not is_cut(script * (1_000_000 // len(script)))


def test_tags_within_each_other_are_not_looked_at_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    html = b"<i " * 1_000
    assert not is_cut(html, before=b"")
    monkeypatch.setattr(bounds, "MAX_LOOKED_AT", 100_000)
    assert 0 < end_of_sound(html) < 200


PIECES = {
    **dict.fromkeys((b" ", b"a", b"b ", b"d=", b"=", b'"', b"'", b"<", b"/"), 6),
    **dict.fromkeys((b"\n", b"b='", b'g="', b"<p ", b"<i", b">", b"=>"), 3),
    **dict.fromkeys(
        (b"</p>", b"<!--", b"-->", b"<script>", b"</script>", b"<title>", b"</title>", b"\xc3\xa9"), 1
    ),
}


def attributes(html: bytes) -> int:
    """How many the element with the most has."""
    root = lxml.etree.fromstring(b"<html>" + html, lxml.etree.HTMLParser(encoding="utf-8"))
    return max(len(element.attrib) for element in root.iter(lxml.etree.Element))


@pytest.mark.parametrize("seed", range(20))
def test_libxml2_never_sees_more_attributes_than_are_counted(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Of generated markup, with low limits: what is left has no tag with more."""
    most = 4
    monkeypatch.setattr(bounds, "MAX_TAG_ATTRIBUTES", most)
    monkeypatch.setattr(bounds, "ODD", bounds.odd(run=1, bare=1))
    chance = random.Random(seed)
    too_many = 0
    for _ in range(300):
        html = b"".join(chance.choices(list(PIECES), list(PIECES.values()), k=chance.randrange(10, 120)))
        # Distinct names, since a repeated one is dropped.
        numbers = iter(range(1_000))
        html = b"".join(
            b"%c%d" % (byte, next(numbers)) if byte in b"abdg" else bytes([byte]) for byte in html
        )
        assert attributes(html[: end_of_sound(html)]) <= most, html
        too_many += attributes(html) > most
    assert too_many > 10


def test_scripts_that_compare_are_not_cut() -> None:
    """Nor attributes of all kinds."""
    script = b"for(var i=0;i<a.length;i++){if(i<b&&c>d)e=\"it's\"+'\"'}" * 200
    html = (
        b"<script>" + script + b"</script><input disabled value=1 class = 'a b' data-x=\"<b>\" hidden>" * 20
    )
    assert not is_cut(html)
