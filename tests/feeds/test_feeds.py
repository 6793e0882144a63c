"""Feeds and sitemaps, as they are found."""

import gzip
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.errors import NotFoundError
from pressmark.feeds.entries import Document, Entry, FeedError, NoFeedError, entries, sitemap

BASE = "https://example.com/feeds/main.xml"

DAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def found(body: str | bytes) -> list[tuple[str, datetime | None]]:
    data = body.encode() if isinstance(body, str) else body
    return [(entry.url, entry.moment) for entry in entries(Document(data, BASE))]


def test_rss() -> None:
    assert found(
        """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
        <title>Harbour News</title><link>https://example.com/</link>
        <atom:link href="https://example.com/feed" rel="self"/>
        <item><title>A</title><link> https://example.com/a </link>
        <pubDate>Mon, 23 Nov 2026 11:00:00 +0100</pubDate></item>
        <item><guid>https://example.com/b</guid></item>
        <item><guid isPermaLink="false">https://example.com/no</guid></item>
        <item><link>/c?x=1&amp;y=2</link><atom:link rel="self" href="https://example.com/no"/></item>
        <item><title>nothing</title></item></channel></rss>"""
    ) == [
        ("https://example.com/a", DAY),
        ("https://example.com/b", None),
        ("https://example.com/c?x=1&y=2", None),
    ]


def test_atom() -> None:
    assert found(
        """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://example.com/"/>
        <entry><link rel="enclosure" href="https://example.com/a.mp3"/><link rel="alternate" href="/a"/>
        <published>2026-11-23T10:00:00Z</published><updated>2026-11-24T10:00:00Z</updated></entry>
        <entry><link href="b"/><updated>2026-11-23T12:00:00+02:00</updated></entry></feed>"""
    ) == [("https://example.com/a", DAY), ("https://example.com/feeds/b", DAY)]


def test_rdf() -> None:
    assert found(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><link>https://example.com/</link></channel>
        <item rdf:about="x"><link>https://example.com/a</link><dc:date>2026-11-23T10:00Z</dc:date></item></rdf:RDF>"""
    ) == [("https://example.com/a", DAY)]


NEWS = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
    <url><loc>https://example.com/a</loc><image:image><image:loc>https://example.com/a.jpg</image:loc></image:image>
    <lastmod>2026-11-24</lastmod><news:news><news:publication><news:name>Harbour</news:name></news:publication>
    <news:publication_date>2026-11-23T10:00:00+00:00</news:publication_date></news:news></url>
    <url><loc>https://example.com/b</loc><lastmod>2026-11-24</lastmod></url></urlset>"""


def test_a_news_sitemap() -> None:
    later = datetime(2026, 11, 24, tzinfo=UTC)
    assert found(NEWS) == [("https://example.com/a", DAY), ("https://example.com/b", later)]
    assert found(gzip.compress(NEWS.encode())) == found(NEWS)
    assert found("\ufeff" + NEWS) == found(NEWS)


def test_a_text_sitemap() -> None:
    assert found("https://example.com/a\r\n\r\nhttps://example.com/b\n") == [
        ("https://example.com/a", None),
        ("https://example.com/b", None),
    ]


def test_a_broken_file_gives_what_came_before_the_break() -> None:
    assert found(NEWS[: NEWS.index("<url><loc>https://example.com/b") + 20])[0] == (
        "https://example.com/a",
        DAY,
    )
    assert found(gzip.compress(NEWS.encode())[:-10])[0][0] == "https://example.com/a"


@pytest.mark.parametrize("body", [b"", b"<html><p>Not found</p></html>", b"\x00\x01", b"hello", b"<", b"{}"])
def test_what_is_nothing_of_the_kind_is_said(body: bytes) -> None:
    with pytest.raises(FeedError, match="neither a feed nor a sitemap"):
        list(entries(Document(body, BASE)))


@given(st.binary(max_size=300) | st.text(alphabet="<>/!?& abcurltsmpx:\"'=", max_size=200).map(str.encode))
def test_any_bytes_give_entries_or_a_clear_error(body: bytes) -> None:
    with suppress(FeedError):
        assert all(isinstance(entry, Entry) for entry in entries(Document(body, BASE)))


def test_entities_cost_nothing_and_load_nothing() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(12))
    secret = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    body = (
        f"<!DOCTYPE rss [{bomb}{secret}]><rss><item><link>https://example.com/&e11;&file;</link></item></rss>"
    )
    assert found(body) == [("https://example.com/&e11;&file;", None)]


SITE = {
    "https://example.com/robots.txt": "User-agent: *\nDisallow:\nSitemap: /index.xml\nsitemap: https://example.com/more.xml\n",
    "https://example.com/index.xml": "<sitemapindex><sitemap><loc>https://example.com/1.xml</loc></sitemap>"
    "<sitemap><loc>https://example.com/gone.xml</loc></sitemap><sitemap><loc>/index.xml</loc></sitemap></sitemapindex>",
    "https://example.com/1.xml": NEWS,
    "https://example.com/more.xml": "<urlset><url><loc>https://example.com/c</loc></url></urlset>",
}


def get(url: str) -> Document:
    if url not in SITE:
        raise NotFoundError(f"{url}: not here")
    return Document(SITE[url].encode(), url)


def test_sitemaps_are_followed_each_once_and_what_is_gone_is_passed_over() -> None:
    told: list[str] = []
    said: list[str] = []
    found = sitemap("https://example.com/robots.txt", get, on_file=told.append, say=said.append)
    urls = [entry.url for entry in found]
    assert sorted(urls) == ["https://example.com/a", "https://example.com/b", "https://example.com/c"]
    assert told.count("https://example.com/index.xml") == 1
    assert said == ["https://example.com/gone.xml passed over: https://example.com/gone.xml: not here"]


def test_sitemaps_that_never_end_do() -> None:
    def endless(url: str) -> Document:
        return Document(f"<sitemapindex><sitemap><loc>{url}x</loc></sitemap></sitemapindex>".encode(), url)

    told: list[str] = []
    said: list[str] = []
    assert list(sitemap("https://example.com/s", endless, on_file=told.append, say=said.append)) == []
    assert len(told) == 6
    assert said == ["https://example.com/s: 1 sitemap beyond 5 levels or 50,000 files left out"]


def test_the_first_file_must_be_there() -> None:
    with pytest.raises(NotFoundError, match="not here"):
        list(sitemap("https://example.com/gone.xml", get))


def test_relative_links_stand_against_xml_base() -> None:
    assert found(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/blog/">
        <entry><link href="a"/></entry><entry xml:base="2026/"><link href="../b"/></entry>
        <entry xml:base="http://["><link href="c"/></entry></feed>"""
    ) == [
        ("https://example.org/blog/a", None),
        ("https://example.org/blog/b", None),
        ("http://[/c", None),
    ]


def test_an_address_that_is_no_url_is_passed_on_for_what_it_is() -> None:
    assert found("<rss><item><link>http://[</link></item><item><link>/b</link></item></rss>") == [
        ("http://[", None),
        ("https://example.com/b", None),
    ]


@pytest.mark.slow
def test_a_long_sitemap_is_never_in_memory_as_a_whole() -> None:
    """Entries come while the file is read, and what was read is let go: of the tree, and of the list."""
    body = b"<urlset>" + b"".join(b"<url><loc>https://example.com/%06d</loc></url>" % n for n in range(4_000))
    pages = sitemap(BASE, {BASE: Document(body + b"</urlset>", BASE)}.__getitem__)
    tracemalloc.start()
    try:
        first = next(pages)
        text, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        count = 1 + sum(1 for _ in pages)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (first.url, count) == ("https://example.com/000000", 4_000)
    assert text < 2 * len(body)
    assert most - text < 300_000


@pytest.mark.slow
def test_a_gzip_bomb_is_unpacked_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressmark.feeds.entries.MAX_BYTES", 2_000)
    body = gzip.compress(b"<urlset>" + b"<url><loc>https://example.com/</loc></url>" * 1_000_000)
    assert 40 < len(found(body)) < 60


def test_an_index_of_very_many_sitemaps_is_followed_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressmark.feeds.entries.MAX_FILES", 10)
    index = b"<sitemapindex>" + b"".join(
        b"<sitemap><loc>https://example.com/%d.xml</loc></sitemap>" % n for n in range(1_000)
    )
    asked: list[str] = []

    def get(address: str) -> Document:
        asked.append(address)
        page = b"<urlset><url><loc>%s#</loc></url></urlset>" % address.encode()
        return Document(index if address == BASE else page, address)

    assert len(list(sitemap(BASE, get))) == 9
    assert len(asked) == 10


def test_a_prefix_that_nobody_declared_and_a_name_that_is_none_do_no_harm() -> None:
    assert found("<rss><item><:/><x:link>https://example.com/a</x:link></item></rss>") == [
        ("https://example.com/a", None)
    ]
    with pytest.raises(FeedError):
        found("<:")


def test_relative_links_stand_against_where_the_document_came_from_in_the_end() -> None:
    moved = Document(b"<rss><item><link>../a</link></item></rss>", "https://example.org/new/feed")
    assert [entry.url for entry in sitemap(BASE, {BASE: moved}.__getitem__)] == ["https://example.org/a"]


PAGE = """<!DOCTYPE html><html><head><meta charset=utf-8><title>News & more</title>
<link rel="alternate" hreflang=de href=/de><link rel=alternate type="application/rss+xml" href="/feed?a=1&amp;b=2">
%s</head><body><p>1 < 2<br></body></html>"""


def test_a_page_is_refused_and_names_its_feeds() -> None:
    with pytest.raises(NoFeedError) as caught:
        found(PAGE % "<link rel='alternate' type='application/atom+xml' href='comments.xml'>")
    assert caught.value.feeds == (
        "https://example.com/feed?a=1&b=2",
        "https://example.com/feeds/comments.xml",
    )
    assert str(caught.value) == f"{BASE} is a page, not a feed; it names {' and '.join(caught.value.feeds)}"


def test_a_page_with_rdf_in_a_picture_is_no_feed() -> None:
    with pytest.raises(NoFeedError):
        found("<html><body><svg><metadata><rdf:RDF></rdf:RDF></metadata></svg></body></html>")


def test_the_times_of_older_formats_count() -> None:
    assert found(
        "<feed><entry><link href='/a'/><modified>2026-11-24T10:00:00Z</modified>"
        "<issued>2026-11-23T10:00:00Z</issued></entry>"
        "<entry><link href='/b'/><source><updated>2026-11-23T10:00:00Z</updated></source></entry></feed>"
    ) == [("https://example.com/a", DAY), ("https://example.com/b", None)]


def test_what_was_cut_when_it_was_fetched_is_said() -> None:
    said: list[str] = []
    document = Document(NEWS.encode(), BASE, cut="the body is truncated: length")
    assert len(list(entries(document, said.append))) == 2
    assert said == [f"{BASE}: the body is truncated: length: what follows was not read"]


def test_a_line_is_named_where_something_stands(capsys: object) -> None:
    said: list[str] = []
    body = "<rss>\n<channel>\n<item></item>\n\n<item><link>/a</link></item><item>\n</item></channel></rss>"
    assert [entry.url for entry in entries(Document(body.encode(), BASE), said.append)] == [
        "https://example.com/a"
    ]
    assert said == [f"{BASE}, line {number}: <item> names no address" for number in (3, 5)]


HOSTILE = {
    "open tags": "<a>" * 50_000,
    "end tags": "<rss>" + "<a>" * 5000 + "</a>" * 50_000,
    "open quotes": "<rss>" + '<a b="' * 50_000,
    "open brackets": "<rss>" + "<" * 10_000,
    "open comments": "<rss>" + "<!--" * 100,
    "open cdata": "<rss><item><link>" + "<![CDATA[" * 50_000,
    "items without address": "<rss>" + "<item>\n</item>" * 10_000,
    "items in items": "<rss>" + "<item><link>/a</link>" * 10_000,
    "attributes": "<rss><item><link " + "a='b' " * 50_000 + "></item></rss>",
    "references": "<rss><item><link>" + "&#x41;" * 50_000 + "</link></item></rss>",
    "json": '{"items": [' + "[" * 10_000,
    "entities": "<!DOCTYPE rss ["
    + "".join(f'<!ENTITY e{n} "{"x" * 3000}">' for n in range(2000))
    + "]><rss/>",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_costs_its_own_size(name: str) -> None:
    """One that took more than a walk over it would not end before the test run is."""
    tracemalloc.start()
    try:
        with suppress(FeedError):
            for _ in entries(Document(HOSTILE[name].encode(), BASE), lambda _: None):
                pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * len(HOSTILE[name]) + 3_000_000


def test_bases_within_each_other_do_not_add_up_and_what_is_relative_to_them_is_said() -> None:
    deep = "<a xml:base='bbbbbbbb/'>" * 1000
    body = f"<feed>{deep}<entry><link href='x'/></entry><entry><link href='https://example.com/y'/></entry></feed>"
    said: list[str] = []
    found = [entry.url for entry in entries(Document(body.encode(), BASE), said.append)]
    assert found == ["x", "https://example.com/y"]
    assert sum("xml:base" in each for each in said) == 1


def test_an_entity_does_not_multiply_a_text() -> None:
    entity = "b" * 2000
    body = (
        f"<!DOCTYPE rss [<!ENTITY a '{entity}'>]><rss><channel><item>"
        f"<link>https://example.com/{'&a;' * 1000}</link></item>"
        f"<item><link href='https://example.com/{'&a;' * 1000}'/></item></channel></rss>"
    )
    found = [entry.url for entry in entries(Document(body.encode(), BASE))]
    assert [len(url) <= 8192 for url in found] == [True, True]


def test_what_has_no_end_is_said_once_with_its_line() -> None:
    body = "<rss><channel>\n<!--\n<!--\n<?\n<item><link>https://example.com/</link></item></channel></rss>"
    said: list[str] = []
    assert len(list(entries(Document(body.encode(), BASE), said.append))) == 1
    assert said == [
        f"{BASE}, line 2: a comment does not end",
        f"{BASE}, line 4: a processing instruction does not end",
    ]
