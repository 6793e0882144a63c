"""Feeds and sitemaps with faults: what is read of each, what is said, and what feedparser reads of the same bytes."""

import pytest
from tests.feeds.cases import FEEDS, SITEMAPS, Case

from pressmark.feeds.entries import Document, entries


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name)
        for name, case in (FEEDS | {f"sitemap: {name}": case for name, case in SITEMAPS.items()}).items()
    ],
)
def test_what_a_document_holds_is_read_and_the_rest_is_said(case: Case) -> None:
    said: list[str] = []
    document = Document(case.body, case.address, case.content_type)
    assert tuple(entry.url for entry in entries(document, said.append)) == case.urls
    assert bool(said) == bool(case.said), said
    assert case.said in "\n".join(said)


THEIRS = {name: case for name, case in FEEDS.items() if case.theirs}


def test_there_are_enough_of_them() -> None:
    assert len(THEIRS) >= 60


@pytest.mark.parametrize("name", THEIRS)
def test_nothing_that_feedparser_reads_is_missed(name: str) -> None:
    feedparser = pytest.importorskip("feedparser")
    case = FEEDS[name]
    headers = {"content-location": case.address, "content-type": case.content_type or "application/xml"}
    theirs = [entry.get("link") for entry in feedparser.parse(case.body, response_headers=headers).entries]
    assert {link for link in theirs if link} <= set(case.urls), theirs
