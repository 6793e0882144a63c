"""Dates, numbers, URLs and host names of strangers: each is read, or refused by its reader's own error."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pressmark import surt, urls
from pressmark.archive.ranges import before, from_on
from pressmark.archive.times import lower_bound, parse_span_of_time, upper_bound
from pressmark.clock import iso_utc, parse_http_date, parse_iso
from pressmark.errors import ForeignFileError, MessageError, SettingsError, UrlError
from pressmark.feeds.entries import Document, FeedError, entries
from pressmark.http.exchange import Exchange
from pressmark.http.fetcher import retry_after
from pressmark.http.wire.cookies import Cookies
from pressmark.politeness.robots import Rules, ours
from pressmark.queues.message import parse, parse_span
from pressmark.queues.push import Bookmark, Line, Refused, bodies
from pressmark.queues.schedules import expression
from pressmark.ranging import byte_range
from pressmark.settings import PREFIX, Settings

NOW = datetime(2026, 11, 28, tzinfo=UTC)
URL = "https://example.com/"
unhurried = settings(deadline=None)

LONG = "9" * 5000
"""A number that Python refuses to read (its limit is 4,300 digits)."""

HUGE = "99999999999999999999"
"""A number beyond what C can count."""

OVERFLOWING_HOST = "xn--８886099473492９98０z９00９94ａ89"
"""Punycode that stands for a number beyond every character."""

MOMENTS = (
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "9999",
    "9999-12",
    f"Mon, 01 Jan 2020 00:00:00 +{HUGE}",
    "Mon, 01 Jan 0001 00:00:00 +0100",
    "Fri, 31 Dec 9999 23:59:59 -0100",
    f"Mon, 01 Jan {LONG} 00:00:00 GMT",
    f"{LONG}d",
    LONG,
    HUGE,
    "-1",
    "1e999",
    "nan",
    "٣",
    "²",
)


@contextmanager
def answer(*lines: tuple[bytes, bytes]) -> Iterator[Exchange]:
    exchange = Exchange(url=URL, started=NOW, headers=list(lines))
    yield exchange
    exchange.body.close()


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Any text, and any row of pieces that a grammar is made of."""
    joined = st.lists(st.sampled_from(pieces) | st.text(max_size=2), max_size=12).map("".join)
    return st.text(max_size=60) | joined | st.sampled_from(MOMENTS)


DATES = texts(
    *"0123456789٣９-:+.,TZ ",
    *(
        "0001",
        "9999",
        "-01-01",
        "T00:00:00",
        "+01:00",
        "-23:59",
        "Mon, ",
        " Jan ",
        " 00:00:00 ",
        " GMT",
        "+0100",
    ),
    *("now", "yesterday", "99999", "w", "d", HUGE, LONG),
)
HOSTS = texts(
    *("xn--", "ｘn--", "０", "９", "9", "a", "z", "-", ".", "。", "é", "ß", "\u200d", "\u0301", "٣", "☃"),
    *(
        "%E9",
        "%",
        "[",
        "]",
        ":",
        "@",
        "\\",
        "1",
        "0x",
        "\ud800",
        "\u2100",
        "\ufe13",
        "a" * 64,
        OVERFLOWING_HOST,
    ),
    *(f":{HUGE}", f":{LONG}", "/", "?", "#", "http://", "//"),
)


@pytest.mark.slow
@unhurried
@given(HOSTS)
@example(f"http://{OVERFLOWING_HOST}/")
def test_any_text_is_a_url_or_a_url_error(text: str) -> None:
    for written in (text, f"http://{text}", f"https://{text}/x"):
        with suppress(UrlError):
            url = urls.clean(written)
            assert urls.clean(url) == url
            assert surt.site(surt.urlkey(url))
            assert urls.host_of(url)
            assert urls.turn_host(url)
    for reference in (text, f"//{text}/"):
        with suppress(UrlError):
            urls.join(URL, reference)


@pytest.mark.slow
@unhurried
@given(DATES)
@example("Mon, 01 Jan 2020 00:00:00 +" + HUGE)
def test_any_header_date_is_an_instant_or_nothing(text: str) -> None:
    moment = parse_http_date(text)
    assert moment is None or moment.utcoffset() is not None
    with answer((b"Retry-After", text.encode("utf-8", "replace"))) as exchange:
        wait = retry_after(exchange, NOW)
    assert wait is None or wait >= 0


@unhurried
@given(DATES)
@example("0001-01-01T00:00:00+01:00")
@example("9999-12-31T23:59:59Z")
@example("0001")
def test_any_time_on_the_command_line_is_a_span_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        span = parse_span_of_time(text, now=NOW)
        assert span.start < span.end
        assert lower_bound(span.start) < upper_bound(span.end)
        for moment in (span.start, span.end):
            assert before(URL, moment)
            assert from_on(URL, moment)
    with suppress(ValueError):
        parse_iso(text)


def test_times_before_the_year_1000_sort_as_text() -> None:
    assert iso_utc(datetime(33, 4, 3, tzinfo=UTC)) == "0033-04-03T00:00:00.000000Z"


@pytest.mark.slow
@unhurried
@given(DATES)
def test_any_span_or_schedule_is_read_or_a_message_error(text: str) -> None:
    for read in (parse_span, expression):
        with suppress(MessageError):
            read(text)


@pytest.mark.slow
@unhurried
@given(DATES | HOSTS)
@example("0001-01-01T00:00:00+01:00")
@example(OVERFLOWING_HOST)
def test_any_feed_and_sitemap_is_read_or_a_feed_error(text: str) -> None:
    said = text.encode("utf-8", "replace")
    for body in (
        b"<urlset><url><loc>http://e.com/a</loc><lastmod>%b</lastmod></url></urlset>" % said,
        b"<rss><item><link>http://e.com/a</link><pubDate>%b</pubDate></item></rss>" % said,
        b'<feed xml:base="%b"><entry xml:base="//%b"><link href="//%b"/></entry></feed>' % (said, said, said),
        said,
    ):
        with suppress(FeedError):
            list(entries(Document(body, URL)))


@pytest.mark.slow
@unhurried
@given(
    st.dictionaries(
        st.sampled_from(["url", "tags", "note", "if_not_archived_within", "capture_all"]), HOSTS | DATES
    )
)
@example({"url": f"http://{OVERFLOWING_HOST}/"})
@example({"url": URL, "note": "\ud800"})
@example({"url": URL, "tags": "\udfff"})
def test_any_message_is_a_request_that_can_be_kept_or_a_message_error(said: dict[str, Any]) -> None:
    for body in (json.dumps({"url": URL, **said}), f'{{"url": "{URL}", "if_not_archived_within": {LONG}}}'):
        with suppress(MessageError):
            json.dumps(parse(body).to_dict(), ensure_ascii=False).encode("utf-8")


@pytest.mark.slow
@unhurried
@given(st.lists(HOSTS, max_size=5))
@example([f"http://{OVERFLOWING_HOST}/"])
@example([f'{{"url": "http://{OVERFLOWING_HOST}/"}}'])
def test_one_line_never_ends_the_push_of_the_others(said: list[str]) -> None:
    refused: list[Refused] = []
    lines = [Line(number, text) for number, text in enumerate([*said, "http://last.example/"])]
    sent = [body for _, body in bodies(lines, {}, refused.append)]
    assert sent[-1] == "http://last.example/"


@pytest.mark.slow
@pytest.mark.parametrize("member", ["Expires", "Max-Age", "Domain", "Path", "Secure", "Version", "Port"])
@unhurried
@given(DATES | HOSTS)
@example(LONG)
@example(HUGE)
def test_a_cookie_that_nobody_can_read_costs_no_other(member: str, text: str) -> None:
    said = text.encode("utf-8", "replace").replace(b"\n", b"").replace(b"\r", b"")
    lines = [(b"Set-Cookie", b"odd=1; %b=%b" % (member.encode(), said)), (b"Set-Cookie", b"good=1")]
    cookies = Cookies()
    with answer(*lines) as exchange:
        cookies.learn(exchange)
    assert "good=1" in cookies.header(URL)


@pytest.mark.slow
@unhurried
@given(
    st.sampled_from(
        ["Crawl-delay", "Request-rate", "Visit-time", "Allow", "Disallow", "Sitemap", "Clean-param"]
    ),
    DATES | HOSTS | texts("/", "*", "$", "%", "1/1s", "0000-2400", HUGE, LONG),
)
def test_any_robots_txt_gives_a_verdict(name: str, text: str) -> None:
    body = f"User-agent: *\n{name}: {text}\nDisallow: /no".encode("utf-8", "replace")
    verdict = Rules(0.0, ours(body)).verdict(f"{URL}page", 0.0)
    assert verdict.crawl_delay is None or 0 <= verdict.crawl_delay < float("inf")


@pytest.mark.slow
@unhurried
@given(DATES, DATES, st.integers(0, 10))
@example(LONG, "", 10)
@example("0", LONG, 10)
@example("", LONG, 10)
def test_any_range_lies_within_the_file_or_is_none(first: str, last: str, size: int) -> None:
    found = byte_range(f"bytes={first}-{last}", size)
    assert found is None or 0 <= found[0] <= found[1] < size


@pytest.mark.slow
@unhurried
@given(
    st.dictionaries(
        st.sampled_from(["HOST_DELAY", "ALLOWED_PORTS", "DENY_HOSTS", "MAX_REDIRECTS"]), HOSTS | DATES
    )
)
@example({"DENY_HOSTS": OVERFLOWING_HOST})
@example({"MAX_REDIRECTS": LONG})
def test_any_setting_is_read_or_a_settings_error(said: dict[str, str]) -> None:
    needed = {f"{PREFIX}{name}": "x" for name in ("BUCKET", "TABLE", "STATE_TABLE")}
    with suppress(SettingsError):
        Settings.from_environment(needed | {PREFIX + name: text for name, text in said.items()})


def test_a_bookmark_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("http://example.com/\n")
    bookmark = Bookmark(file, "queue")
    bookmark.write(3)
    assert bookmark.read() == 3
    identity = bookmark.path.read_text().rpartition(" ")[0]
    for said in (f"{identity} {LONG}".encode(), b"\xff\xfe", b"my own notes 7\n", b"[" * 100_000, b"7\n"):
        bookmark.path.write_bytes(said)
        with pytest.raises(ForeignFileError, match="was not written by an interrupted push"):
            bookmark.read()
        with pytest.raises(ForeignFileError):
            Bookmark(file, "queue")
        assert bookmark.path.read_bytes() == said
    bookmark.path.write_bytes(b"")
    assert bookmark.read() == 0
