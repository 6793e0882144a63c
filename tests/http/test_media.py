"""Media types with a fault: what rows state, and whether the page is read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.export.cdx import CDX11_HEADER, cdx11_line, cdxj_line
from pressmark.http.exchange import Exchange
from pressmark.http.media import Media, essence_to_keep, extract
from pressmark.http.sniffing import html_content_type

HTML = b"<!DOCTYPE html><html><title>The ferry</title><p>Words.</p></html>"


@pytest.mark.parametrize(
    ("headers", "media"),
    [
        # The examples of WHATWG Fetch, section 3.5 "extract a MIME type", and siblings.
        (["text/plain;charset=gbk, text/html"], Media("text/html", None)),
        (["text/html;charset=gbk;a=b, text/html;x=y"], Media("text/html", "gbk")),
        (["text/html;charset=gbk;a=b", "text/html;x=y"], Media("text/html", "gbk")),
        (["text/html;charset=gbk", "x/x", "text/html;x=y"], Media("text/html", None)),
        (["text/html", "cannot-parse"], Media("text/html", None)),
        (["text/html", "*/*"], Media("text/html", None)),
        (["text/html", ""], Media("text/html", None)),
        (["text/html, text/html"], Media("text/html", None)),
        (['text/html;a="b, c/d";charset="utf-8"'], Media("text/html", "utf-8")),
        (["text/html; charset=utf-8; charset=gbk"], Media("text/html", "utf-8")),
        (["TEXT/HTML;Charset=UTF-8"], Media("text/html", "UTF-8")),
        (["text/html;;charset=utf-8"], Media("text/html", "utf-8")),
        (["text/html; charset"], Media("text/html", None)),
        (["text/html charset=utf-8"], None),
        (["html"], None),
        ([""], None),
        ([], None),
        (["*/*"], None),
    ],
)
def test_a_media_type_is_extracted_as_fetch_does(headers: list[str], media: Media | None) -> None:
    assert extract(headers) == media


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        (["text/html; charset=utf-8"], "text/html"),
        (["text/html charset=utf-8"], "text/html"),
        (["Text/HTML,charset=utf-8"], "text/html"),
        (["text/html\tx y"], "text/html"),
        (["html"], ""),
        (["*/*"], ""),
        (["text /html"], ""),
        (["; charset=utf-8"], ""),
        (["image/svg+xml"], "image/svg+xml"),
        (["a/b c", "application/pdf"], "application/pdf"),
    ],
)
def test_rows_keep_type_and_subtype(headers: list[str], kept: str) -> None:
    assert essence_to_keep(headers) == kept


@pytest.fixture
def made() -> Iterator[list[Exchange]]:
    pages: list[Exchange] = []
    yield pages
    for page in pages:
        page.body.close()


def read_with(made: list[Exchange], body: bytes, *headers: str, **others: str) -> str | None:
    fields = [(b"Content-Type", value.encode("latin-1")) for value in headers]
    fields += [(name.replace("_", "-").encode(), value.encode()) for name, value in others.items()]
    page = Exchange("http://a.example/", datetime(2026, 11, 23, tzinfo=UTC), headers=fields)
    page.body.write(body)
    made.append(page)
    return html_content_type(page)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], "text/html"),
        ([""], "text/html"),
        (["text/html charset=windows-1251"], "text/html; charset=windows-1251"),
        (["text/html, text/html"], "text/html"),
        (["text/html", "text/html; charset=windows-1251"], "text/html; charset=windows-1251"),
        (["html"], "text/html"),
        (["*/*"], "text/html"),
        (["unknown/unknown"], "text/html"),
        (["; charset=gbk"], "text/html; charset=gbk"),
        (["application/xhtml+xml"], "application/xhtml+xml"),
        (["text/plain"], None),
        (["application/json"], None),
        (["text/html, application/json"], None),
    ],
)
def test_a_page_is_read_whatever_is_wrong_with_its_type(
    made: list[Exchange], headers: list[str], expected: str | None
) -> None:
    assert read_with(made, HTML, *headers) == expected


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        (b"\r\n  <HTML lang=de>", True),
        (b"\xef\xbb\xbf<!doctype HTML>", True),
        (b"<!-- made by hand --><html>", True),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'>", True),
        (b"<p>Words", True),
        (b"<a href=/x>", True),
        (b"<article><h1>", True),
        (b"<picture>", False),
        (b"<rss version='2.0'>", False),
        (b"<?xml version='1.0'?><rss>", False),
        (b"{}", False),
        (b"words <p>", False),
        (b"%PDF-1.7 <html>", False),
        (b"", False),
    ],
)
def test_what_has_no_type_is_looked_at(made: list[Exchange], body: bytes, is_html: bool) -> None:
    assert read_with(made, body) == ("text/html" if is_html else None)


@pytest.mark.slow
@given(
    st.lists(
        st.text(st.characters(max_codepoint=255), max_size=30)
        | st.sampled_from([", ", ";", '"', "text/html"])
    )
)
def test_no_header_makes_more_than_one_column(parts: list[str]) -> None:
    row = {"url": "http://a.example/", "captured": "2026-11-23T10:00:00Z", "warc": "an archive/a.warc.gz"}
    row |= {"mime": "".join(parts), "status": "200 OK", "digest": "sha1: A", "length": "1", "offset": "2"}
    assert len(cdx11_line(row).split()) == len(CDX11_HEADER.split()) - 1
    assert " " not in essence_to_keep(["".join(parts)])
    assert "\n" not in cdxj_line(row)
