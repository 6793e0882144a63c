"""find_dates: where pages without metadata keep their dates, and what must not pass for one."""

from datetime import UTC, datetime

import pytest

from pressmark.article.dates import DateCandidate, find_dates
from pressmark.article.dates.labels import label_kind
from pressmark.article.dates.url import date_in_url
from pressmark.article.page.document import Document

CRAWLED = datetime(2024, 8, 1, tzinfo=UTC)


def best(
    body: str, *, url: str = "https://example.org/story", head: str = "", lang: str = "en"
) -> DateCandidate:
    page = f"<!doctype html><html lang={lang}><head><title>The ferry is late</title>{head}</head><body>{body}</body>"
    found = find_dates(Document.parse(page.encode(), url), crawled=CRAWLED)
    assert found, body
    return found[0]


@pytest.mark.parametrize(
    ("body", "expected", "kind"),
    [
        ("<h1>The ferry is late</h1><time datetime='2024-07-11T09:28:00+02:00'>today</time>",
         "2024-07-11T09:28:00+02:00", "unknown"),
        ("<h1>The ferry is late</h1><time class='entry-date published' datetime='2024-07-11'>x</time>",
         "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><span itemprop='datePublished' content='2024-07-11T09:28Z'></span>",
         "2024-07-11T09:28+00:00", "published"),
        ("<h1>The ferry is late</h1><span itemprop='datePublished'>July 11, 2024</span>", "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><div class='post-date'><b>11</b> <i>July</i> <u>2024</u></div>",
         "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><p>Published: 11 July 2024, 09:28</p>", "2024-07-11T09:28", "published"),
        ("<h1>The ferry is late</h1><p><b>Published on</b> 11 July 2024</p>", "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><p>Veröffentlicht am 11.07.2024 um 09:28 Uhr</p>", "2024-07-11T09:28", "published"),
        ("<h1>The ferry is late</h1><p>Обновлено: 11 июля 2024, 09:28</p>", "2024-07-11T09:28", "modified"),
        ("<h1>The ferry is late</h1><p>公開日 2024年7月11日</p>", "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><p>July 11, 2024</p><p>It sailed on June 3, 2020 as ever.</p>",
         "2024-07-11", "unknown"),
        ("<h1>The ferry is late</h1><div data-published='1720682880000'></div>",
         "2024-07-11T07:28:00+00:00", "published"),
        ("<h1>The ferry is late</h1><div data-timestamp='1720682880'>now</div>",
         "2024-07-11T07:28:00+00:00", "unknown"),
        ("<h1>The ferry is late</h1><script>var page = {publishedAt: \"2024-07-11T09:28:00Z\"}</script>",
         "2024-07-11T09:28:00+00:00", "published"),
        ("<h1>The ferry is late</h1><script>var page = {\\\"pub_date\\\": \\\"2024-07-11\\\"}</script>",
         "2024-07-11", "published"),
        ("<h1>The ferry is late</h1><footer>Last updated: 11 July 2024</footer>", "2024-07-11", "modified"),
        ("<h1>The ferry is late</h1><script>show('2024-07-11 09:28:00')</script>", "2024-07-11T09:28:00", "unknown"),
    ],
)  # fmt: skip
def test_where_pages_keep_their_dates(body: str, expected: str, kind: str) -> None:
    found = best(body)
    assert (found.value.isoformat(), found.kind) == (expected, kind)


HEAD = "<h1>The ferry is late</h1>"
OWN = "<time datetime='2024-07-11'>11 July</time><p>Text.</p>"


@pytest.mark.parametrize(
    "other",
    [
        "<div class=comments><time datetime='2024-07-12'>12 July</time></div>",
        "<aside><time datetime='2024-07-20'>20 July</time></aside>",
        "<div class='related-posts'><span class=post-date>20 July 2024</span></div>",
        "<div class=sidebar><span class='published'>20 July 2024</span></div>",
        "<blockquote class=twitter-tweet><time datetime='2024-07-01T10:00:00Z'>x</time></blockquote>",
        "<figure><time datetime='2020-06-03'>June</time></figure>",
        "<a href=/other><b>Another story about trains and their long delays</b><time datetime='2024-07-20'></time></a>",
        "<p class=caption>3 June 2020</p>",
        "<footer>© 2019-2024, built on 01.02.2023</footer>",
        "<nav><a href=/archive>June 1, 2024</a></nav>",
        "<p itemscope itemtype='http://schema.org/VideoObject'><i itemprop=datePublished content='2020-01-01'></i></p>",
    ],
)
def test_dates_of_other_things_come_second_wherever_they_stand(other: str) -> None:
    assert best(HEAD + OWN + other).value.isoformat() == "2024-07-11"
    assert best(HEAD + other + OWN).value.isoformat() == "2024-07-11"


def test_a_list_of_articles_does_not_outdo_the_article() -> None:
    teasers = "".join(f"<li><span class=posted>{day} July 2024</span></li>" for day in (1, 2, 3, 4))
    own = "<div class=published-on>11 July 2024</div>"
    for body in (
        f"<ul>{teasers}</ul>{HEAD}{own}",
        f"{HEAD}{own}<ul>{teasers}</ul>",
        f"{HEAD}<ul>{teasers}</ul>{own}",
    ):
        assert best(body).value.isoformat() == "2024-07-11"


def test_birthdays_and_copyright_are_no_publication() -> None:
    found = best(HEAD + OWN + "<p>The captain, born 3 May 1991, waits.</p><p>Copyright 1 January 2001</p>")
    assert found.value.isoformat() == "2024-07-11"


def test_what_lies_after_the_capture_or_before_the_web_is_not_listed() -> None:
    page = "<h1>Fair</h1><time datetime='2024-12-24'>x</time><time datetime='1970-01-01T00:00:00Z'>y</time>"
    document = Document.parse(page.encode(), "https://example.org/")
    assert find_dates(document, crawled=CRAWLED) == []
    assert [c.value.isoformat() for c in find_dates(document)] == ["2024-12-24"]


def test_a_date_that_is_a_part_of_the_title() -> None:
    page = b"<title>The ferry is late | Harbour News | 11.07.2024</title><h1>The ferry is late</h1><p>Text"
    found = find_dates(Document.parse(page, "https://example.de/"))
    assert found[0].value.isoformat() == "2024-07-11"


def test_a_moment_that_data_calls_a_change_is_one_where_the_page_shows_it() -> None:
    page = (
        "<h1>The ferry is late</h1><time datetime='2024-07-12T10:00:00Z'>12 July</time>"
        '<script>{"dateModified": "2024-07-12T10:00:00Z"}</script>'
    )
    found = find_dates(Document.parse(page.encode(), "https://example.org/"))
    assert [c.kind for c in found] == ["modified", "modified"]


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("published on ", "published"),
        ("last updated: ", "modified"),
        ("published 3 may, updated ", "modified"),
        ("updated 3 may, published ", "published"),
        ("veroffentlicht am ", "published"),
        ("最終更新日：", "modified"),
        ("تاريخ النشر: ", "published"),
        ("born on ", "other"),
        ("entertainment news ", None),
        ("a stubborn fog, ", None),
        ("", None),
    ],
)
def test_the_nearest_label_counts_and_only_whole_words(before: str, kind: str | None) -> None:
    assert label_kind(before) == kind


def test_the_words_of_the_page_are_not_read_as_data() -> None:
    page = HEAD + "<div class=related><p>Published: 20 July 2024</p></div>"
    found = find_dates(Document.parse(page.encode(), "https://example.org/"))
    assert [c.source for c in found] == ["text"]


def test_same_page_same_answer() -> None:
    document = Document.parse(((HEAD + OWN) * 3).encode(), "https://example.org/2024/07/11/story")
    assert find_dates(document, crawled=CRAWLED) == find_dates(document, crawled=CRAWLED) != []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/2024/07/11/story", "2024-07-11"),
        ("https://example.org/2024/7/3/story", "2024-07-03"),
        ("https://example.org/story-20240711.html", "2024-07-11"),
        ("https://example.org/story-20240711092800-nt.html", "2024-07-11"),
        ("https://example.org/2024-07-11-story", "2024-07-11"),
        ("https://example.org/world/2024/jul/11/story", "2024-07-11"),
        ("https://example.org/story_11-07-2024", "2024-07-11"),
        ("https://example.org/show?date=2024-07-11", "2024-07-11"),
        ("https://example.org/2024/07/story", "2024-07"),
        ("https://example.org/news/2024/story", "2024"),
        ("https://archive.example/web/20190101000000/http://example.org/2024/07/11/story", "2024-07-11"),
        ("https://archive.example/web/20190101000000/http://example.org/story", None),
        ("https://example.org/story-12345678901", None),
        ("https://example.org/2024/13/45/story", "2024"),
        ("https://example.org/20241399/story", None),
        ("https://example.org/", None),
        ("http://[broken", None),
    ],
)
def test_dates_in_addresses(url: str, expected: str | None) -> None:
    value = date_in_url(url)
    assert (value.isoformat() if value else None) == expected
