"""What a row says of what became of its page."""

from typing import Any

import pytest

from pressmark.archive.outcome import Worth, is_archived, told, worth

STANDS = {"warc": "w", "digest": "sha1:A"}


@pytest.mark.parametrize(
    ("said", "gives"),
    [
        ({"status": 200}, Worth.WHOLE),
        ({"status": 301}, Worth.WHOLE),
        ({"status": 304, "revisit": "server-not-modified"}, Worth.WHOLE),
        ({"status": 304}, Worth.NOTHING),
        ({"status": 200, "truncated": "length"}, Worth.CUT),
        ({"status": 200, "error": "read-timeout"}, Worth.CUT),
        ({"status": 302, "error": "too-many-redirects"}, Worth.ERROR_PAGE),
        ({"status": 199, "error": "invalid-server-response"}, Worth.ERROR_PAGE),
        ({"status": 299, "error": "read-timeout"}, Worth.CUT),
        ({"status": 300, "error": "read-timeout"}, Worth.ERROR_PAGE),
        ({"status": 399}, Worth.WHOLE),
        ({"status": 400}, Worth.ERROR_PAGE),
        ({"status": 404, "error": "not-found"}, Worth.ERROR_PAGE),
        ({"status": 200, "deleted": "2026-11-24T00:00:00Z"}, Worth.NOTHING),
    ],
)
def test_how_much_a_capture_gives_of_its_page(said: dict[str, Any], gives: Worth) -> None:
    assert worth(STANDS | said) is gives


def test_a_capture_without_an_answer_gives_nothing() -> None:
    assert worth({"warc": "w", "meta_length": 9, "error": "read-timeout"}) is Worth.NOTHING
    assert worth({"warc": "w"}) is Worth.WHOLE, "a row of another tool's file need not say more"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"status": 200, "deleted": "2026-11-24T00:00:00Z"}, "taken down"),
        ({"status": 404, "error": "not-found"}, "not-found, 404"),
        ({"error": "read-timeout"}, "read-timeout"),
        ({"status": 200, "truncated": "length"}, "200, cut off"),
        ({"status": 200, "truncated": "time", "error": "read-timeout"}, "read-timeout, 200"),
    ],
)
def test_how_a_capture_ended_in_a_few_words(row: dict[str, Any], words: str) -> None:
    assert told(row) == words


@pytest.mark.parametrize(
    ("row", "archived"),
    [
        ({"status": 200}, True),
        ({"status": 404}, True),
        ({"status": 404, "error": "not-found"}, False),
        ({"status": 200, "deleted": "2026-11-24T00:00:00Z"}, False),
        ({"status": 200, "requested": "https://example.com/"}, True),
        ({"status": 299, "requested": "https://example.com/"}, True),
        ({"status": 300, "requested": "https://example.com/"}, False),
        ({"status": 304, "requested": "https://example.com/", "revisit": "server-not-modified"}, True),
    ],
)
def test_a_url_is_archived_if_it_was_asked_for_or_is_where_a_chain_ended(
    row: dict[str, Any], archived: bool
) -> None:
    assert is_archived(row) is archived
