"""What is read of a page: real pages whole, hostile ones only as far as a parser can be trusted with them."""

import gzip
from datetime import UTC, datetime

import pytest

from pressmark.http.exchange import Exchange, Truncation
from pressmark.reading.copy import MAX_HTML_BYTES, MAX_TAGS, cut, html_to_read


def test_a_page_within_all_limits_is_read_whole() -> None:
    html = b"<html><body>" + b"<p class='a'>words = words</p>" * 10_000
    assert cut(html) is html


@pytest.mark.parametrize(
    ("limit", "html", "kept"),
    [
        ("MAX_TAGS", b"<p>a<p>b<p>c", b"<p>a<p>b"),
        ("MAX_TAGS", b"<p>a<p>b", b"<p>a<p>b"),
        ("MAX_ATTRIBUTES", b"<p a=1 b=2 c=3>", b"<p a=1 b=2 c"),
    ],
)
def test_it_ends_before_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch, limit: str, html: bytes, kept: bytes
) -> None:
    monkeypatch.setattr(f"pressmark.reading.copy.{limit}", 2)
    assert cut(html) == kept


def test_a_page_is_read_as_far_as_its_copy_may_be_long() -> None:
    html = b" " * MAX_HTML_BYTES
    assert cut(html) is html
    assert cut(html + b" ") == html


@pytest.mark.parametrize("padding", [0, 1, 65_530, 65_536, 200_000])
def test_they_are_counted_wherever_they_stand(monkeypatch: pytest.MonkeyPatch, padding: int) -> None:
    monkeypatch.setattr("pressmark.reading.copy.MAX_TAGS", 3)
    start = b"<p>" + b" " * padding + b"<p>" + b" " * padding + b"<p>"
    assert cut(start + b"<p>") == start
    assert cut(start) is start


HTML = b"<p>Words of a page.</p>" * 100
SQUEEZED = gzip.compress(HTML, mtime=0)


@pytest.mark.parametrize(
    ("body", "coding", "truncated", "whole"),
    [
        (HTML, b"", None, True),
        (SQUEEZED, b"gzip", None, True),
        (HTML, b"gzip", None, True),  # not gzip at all: read as it came
        (HTML, b"", "length", False),
        (SQUEEZED[:-30], b"gzip", None, False),
        (SQUEEZED[:30] + b"x" * 30, b"gzip", None, False),
        (b" " * MAX_HTML_BYTES, b"", None, True),
        (b" " * (MAX_HTML_BYTES + 1), b"", None, False),
        (gzip.compress(b" " * (MAX_HTML_BYTES + 1), mtime=0), b"gzip", None, False),
        (b"<p>" * MAX_TAGS, b"", None, True),
        (b"<p>" * (MAX_TAGS + 1), b"", None, False),
    ],
)
def test_it_is_known_whether_all_of_a_page_is_read(
    body: bytes, coding: bytes, truncated: Truncation | None, whole: bool
) -> None:
    page = Exchange("http://news.example/", datetime(2026, 11, 23, tzinfo=UTC), truncated=truncated)
    page.headers = [(b"Content-Encoding", coding)]
    page.body.write(body)
    copy = html_to_read(page)
    assert (copy.whole, copy.read(parsed=True)) == (whole, None if whole else "part")
    assert copy.read(parsed=False) == "part"
    page.body.close()


def test_a_part_that_nobody_asked_for_is_no_whole_page() -> None:
    page = Exchange("http://news.example/", datetime(2026, 11, 23, tzinfo=UTC), status=206)
    page.body.write(HTML)
    assert not html_to_read(page).whole
    page.body.close()


def test_what_is_archived_is_untouched() -> None:
    page = Exchange("http://news.example/", datetime(2026, 11, 23, tzinfo=UTC), status=200)
    body = b"<p>" * (MAX_TAGS + 1)
    page.body.write(body)
    copy = html_to_read(page)
    assert (copy.html, copy.whole) == (b"<p>" * MAX_TAGS, False)
    assert page.body.size == len(body)
    page.body.close()
