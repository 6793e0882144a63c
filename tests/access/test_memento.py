"""Memento (RFC 7089): TimeGate, TimeMaps, and captures as they came."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.asking import ORIGIN, ask
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.memento import links
from pressmark.archive.folder import FolderReader

DAY = timedelta(days=1)


def relations(value: str | None) -> dict[str, str]:
    """Address by relation of a Link header."""
    return {rel: address for address, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', value or "")}


def served(folder: Path, *captures: object) -> Iterator[Application]:
    fill_folder(folder, list(captures))  # type: ignore[arg-type]
    reader = FolderReader(folder)
    yield Application(Archive("", reader, reader.files))
    reader.close()


# --- TimeGate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", ["/web/", "/timegate/"])
@pytest.mark.parametrize(
    ("wanted", "moment"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", "20261123120000"),
        ("Mon, 23 Nov 2026 23:00:00 GMT", "20261123120000"),
        ("Wed, 25 Nov 2026 01:00:00 GMT", "20261125120000"),
        ("Thu, 01 Jan 1998 00:00:00 GMT", "20261123120000"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "20261126120000"),
        ("", "20261126120000"),
    ],
)
def test_the_timegate_leads_to_the_nearest_memento(
    application: Application, gate: str, wanted: str, moment: str
) -> None:
    answer = ask(application, gate + PAGE, **({"accept_datetime": wanted} if wanted else {}))

    assert (answer.status, answer.header("Location")) == (302, f"{ORIGIN}/web/{moment}/{PAGE}")
    assert answer.header("Vary") == "accept-datetime"
    assert answer.header("Memento-Datetime") is None  # RFC 7089 section 4.1.1
    told = relations(answer.header("Link"))
    assert told["original"] == PAGE
    assert told["timemap"] == f"{ORIGIN}/web/timemap/link/{PAGE}"
    assert f"{ORIGIN}/web/{moment}/{PAGE}" in told.values()


def test_a_date_that_is_none_is_400(application: Application) -> None:
    assert ask(application, f"/web/{PAGE}", accept_datetime="soon").status == 400


def test_what_is_not_archived_is_404_everywhere(application: Application) -> None:
    for address in (
        "/web/",
        "/web/2026/",
        "/web/20261123120000id_/",
        "/web/timemap/link/",
        "/web/timemap/json/",
    ):
        assert ask(application, f"{address}https://never.example/").status == 404
        assert ask(application, f"{address}https://example.net/").status == 404  # tried, and never answered


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "http://", "javascript:alert(1)", "http://a b/", "http://%00/"]
)
def test_what_cannot_be_archived_is_refused(application: Application, url: str) -> None:
    for address in ("/web/", "/web/2026id_/", "/web/timemap/link/"):
        assert ask(application, address + url.replace(" ", "%20")).status in (400, 404)


@pytest.mark.parametrize(
    "written",
    [
        "https:/example.com/news/1",
        "https%3A%2F%2Fexample.com%2Fnews%2F1",
        "example.com/news/1",
        "//example.com/news/1",
        "http://example.com/news/1",
        "HTTPS://EXAMPLE.COM/news/1#fragment",
    ],
)
def test_a_url_is_understood_however_it_arrives(application: Application, written: str) -> None:
    target = f"/web/{written}" if not written.startswith("//") else f"/timegate/{written[2:]}"
    answer = ask(application, target.partition("#")[0])

    assert answer.header("Location") == f"{ORIGIN}/web/20261126120000/{PAGE}"


def test_a_query_belongs_to_the_url(tmp_path: Path) -> None:
    url = "https://q.example/a?b=1&c=%26%2F?"
    for application in served(tmp_path, make_capture(url, html="with a query")):
        answer = ask(application, f"/web/20261123120000id_/{url}")
        assert answer.whole() == b"with a query"
        assert relations(answer.header("Link"))["original"] == url


def test_an_error_page_of_today_does_not_hide_the_page(tmp_path: Path) -> None:
    captures = [make_capture(PAGE), make_capture(PAGE, at=NOON + DAY, status=404, error="not-found")]
    for application in served(tmp_path, *captures):
        assert ask(application, f"/web/{PAGE}").header("Location") == f"{ORIGIN}/web/20261123120000/{PAGE}"
        dated = ask(application, f"/web/{PAGE}", accept_datetime="Wed, 25 Nov 2026 00:00:00 GMT")
        assert dated.header("Location") == f"{ORIGIN}/web/20261124120000/{PAGE}"


# --- mementos ---------------------------------------------------------------------------------------------------


def test_a_memento_is_the_bytes_that_came_with_their_headers(application: Application) -> None:
    answer = ask(application, f"/web/20261123120000id_/{PAGE}")

    assert (answer.status, answer.whole()) == (200, article_html().encode())
    assert answer.header("Memento-Datetime") == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert answer.header("x-archive-orig-x-served-by") == "cache 7"
    assert answer.header("x-archive-orig-set-cookie") == "visitor=1; Path=/"
    assert answer.header("Set-Cookie") is None
    assert (answer.header("x-archive-src") or "").startswith("warcs/")
    told = relations(answer.header("Link"))
    assert told["original"] == PAGE
    assert told["timegate"] == f"{ORIGIN}/web/{PAGE}"
    assert told["first memento"] == f"{ORIGIN}/web/20261123120000id_/{PAGE}"
    assert told["next memento"] == f"{ORIGIN}/web/20261124120000id_/{PAGE}"
    assert told["last memento"] == f"{ORIGIN}/web/20261126120000id_/{PAGE}"


def test_the_memento_in_between_has_all_neighbours(application: Application) -> None:
    told = relations(ask(application, f"/web/20261125120000id_/{PAGE}").header("Link"))

    assert set(told) == {
        *("original", "timegate", "timemap", "memento", "first memento", "prev memento", "next last memento")
    } - {"next last memento"} | {name for name in told if "last" in name}
    assert told["prev memento"] == f"{ORIGIN}/web/20261124120000id_/{PAGE}"


def test_a_time_that_is_not_a_captures_leads_to_the_nearest(application: Application) -> None:
    for digits, moment in (
        ("20261123", "23"),
        ("2026112413", "24"),
        ("2026", "26"),
        ("2", "26"),
        ("1998", "23"),
    ):
        answer = ask(application, f"/web/{digits}id_/{PAGE}")
        assert (answer.status, answer.header("Location")) == (
            302,
            f"{ORIGIN}/web/202611{moment}120000id_/{PAGE}",
        )
    assert ask(application, f"/web/20269999id_/{PAGE}").status == 400


def test_revisits_give_the_body_that_they_repeat(application: Application) -> None:
    for day in (24, 25):
        answer = ask(application, f"/web/202611{day}120000id_/{PAGE}")
        assert (answer.status, answer.whole()) == (200, article_html().encode())
        assert (
            answer.header("Memento-Datetime") == f"{'Tue Wed'.split()[day - 24]}, {day} Nov 2026 12:00:00 GMT"
        )


def test_redirects_lead_on_within_the_archive(application: Application) -> None:
    answer = ask(application, "/web/20261124120000id_/http://example.com/a")

    assert answer.status == 301
    assert answer.header("Location") == f"{ORIGIN}/web/20261124120000id_/https://example.com/a"
    assert answer.header("x-archive-orig-location") == "https://example.com/a"
    assert answer.header("Memento-Datetime") == "Tue, 24 Nov 2026 12:00:00 GMT"
    further = ask(application, "/web/20261124120000id_/https://example.com/a")
    assert further.header("Location") == f"{ORIGIN}/web/20261124120000id_/https://www.example.com/b"
    assert ask(application, "/web/20261124120000id_/https://www.example.com/b").status == 200


@pytest.mark.parametrize(
    "location", ["javascript:alert(1)", "//evil.example/\r\nX: 1", "http://[", "data:text/html,x"]
)
def test_a_redirect_never_leads_out_of_the_archive(tmp_path: Path, location: str) -> None:
    headers = [("Location", location.replace("\r\n", " "))]
    for application in served(tmp_path, make_capture(PAGE, status=302, html="", headers=headers)):
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        assert answer.status == 302
        assert (answer.header("Location") or ORIGIN).startswith(ORIGIN)


def test_an_error_capture_has_its_status(application: Application) -> None:
    answer = ask(application, "/web/20261123120000id_/https://example.com/gone")

    assert (answer.status, answer.whole()) == (404, b"gone")
    assert answer.header("Memento-Datetime") == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_a_status_that_is_none_is_told(tmp_path: Path) -> None:
    for application in served(tmp_path, make_capture(PAGE, status=999, html="odd", mime="text/plain")):
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        assert (answer.status, answer.header("X-Archive-Status"), answer.whole()) == (502, "999", b"odd")


def test_the_captures_of_one_second_are_told_apart_by_their_urls(tmp_path: Path) -> None:
    near = NOON + timedelta(milliseconds=900)
    captures = [
        make_capture("http://q.example/", html="plain"),
        make_capture("https://q.example/", html="secure", at=NOON + timedelta(milliseconds=5)),
        make_capture("https://q.example/", html="next second", at=near + timedelta(milliseconds=101)),
    ]
    for application in served(tmp_path, *captures):
        for url, body in (("http://q.example/", b"plain"), ("https://q.example/", b"secure")):
            assert ask(application, f"/web/20261123120000id_/{url}").whole() == body
        assert ask(application, "/web/20261123120001id_/https://q.example/").whole() == b"next second"


def test_a_neighbour_is_offered_by_its_own_name(tmp_path: Path) -> None:
    for application in served(tmp_path, make_capture("https://www.q.example/Page")):
        answer = ask(application, "/web/20261123120000id_/https://q.example/page")
        assert answer.header("Location") == f"{ORIGIN}/web/20261123120000id_/https://www.q.example/Page"


def test_a_redirect_between_schemes_does_not_go_in_circles(tmp_path: Path) -> None:
    chain = make_capture("https://q.example/", redirects=["http://q.example/"], html="there")
    for application in served(tmp_path, chain):
        first = ask(application, "/web/20261123120000id_/http://q.example/")
        assert first.header("Location") == f"{ORIGIN}/web/20261123120000id_/https://q.example/"
        assert ask(application, "/web/20261123120000id_/https://q.example/").whole() == b"there"


def test_an_encoded_body_stays_as_it_came_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(b"<p>packed</p>", mtime=0)
    captures = [
        make_capture(
            "https://q.example/1",
            html=packed,
            mime="application/json",
            headers=[("Content-Encoding", "gzip")],
        ),
        make_capture(
            "https://q.example/2",
            html=b"not packed",
            mime="application/json",
            headers=[("Content-Encoding", "gzip")],
        ),
        make_capture(
            "https://q.example/3",
            html=b"odd",
            mime="application/json",
            headers=[("Content-Encoding", "aws-chunked, x")],
        ),
    ]
    for application in served(tmp_path, *captures):
        answer = ask(application, "/web/20261123120000id_/https://q.example/1")
        assert (answer.whole(), answer.header("Content-Encoding")) == (packed, "gzip")
        for number in (2, 3):  # what clients would choke on is told as it came, and not acted on
            answer = ask(application, f"/web/20261123120000id_/https://q.example/{number}")
            assert answer.header("Content-Encoding") is None
            assert answer.header("x-archive-orig-content-encoding")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=2-999999999999999999999", 206, slice(2, None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=99999-", 416, None),
        ("bytes=5-2", 416, None),
    ],
)
def test_a_part_of_a_memento_can_be_had(
    application: Application, asked: str, status: int, part: slice | None
) -> None:
    whole = article_html().encode()
    answer = ask(application, f"/web/20261123120000id_/{PAGE}", range=asked)

    assert answer.status == status
    if part is None:
        assert answer.header("Content-Range") == f"bytes */{len(whole)}"
    else:
        assert answer.whole() == whole[part]
        assert answer.header("Content-Length") == str(len(whole[part]))


def test_a_memento_that_is_known_is_not_sent_again(application: Application) -> None:
    etag = ask(application, f"/web/20261123120000id_/{PAGE}").header("ETag")
    assert etag

    again = ask(application, f"/web/20261123120000id_/{PAGE}", if_none_match=etag)
    other = ask(application, f"/web/20261123120000id_/{PAGE}", range="bytes=0-1", if_range='"other"')

    assert (again.status, again.whole()) == (304, b"")
    assert other.status == 200


def test_what_is_too_large_for_the_function_is_had_in_parts(archive: Archive) -> None:
    small = Application(replace(archive, options=Options(max_response=100)))
    address = f"/web/20261123120000id_/{PAGE}"
    assert ask(small, address).status == 501
    found = b""
    while len(found) < len(article_html()):
        answer = ask(small, address, range=f"bytes={len(found)}-")
        assert (answer.status, len(answer.whole()) <= 100) == (206, True)
        found += answer.whole()

    assert found == article_html().encode()


def test_archived_bytes_are_sandboxed(application: Application) -> None:
    said = ask(application, f"/web/20261123120000id_/{PAGE}").header("Content-Security-Policy") or ""

    assert said.startswith("sandbox; default-src 'none'")
    assert "allow-scripts" not in said


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_dest": "script"},
        {"sec_fetch_dest": "style"},
        {"sec_fetch_dest": "serviceworker"},
        {"sec_fetch_dest": "worker"},
        {"service_worker": "script"},
    ],
)
@pytest.mark.parametrize("modifier", ["", "id_"])
def test_archived_bytes_are_no_script_of_a_page_of_ours(
    application: Application, headers: dict[str, str], modifier: str
) -> None:
    assert ask(application, f"/web/20261123120000{modifier}/{PAGE}", **headers).status == 403


def test_many_headers_of_an_original_fit_into_what_clients_and_aws_take(tmp_path: Path) -> None:
    many = [(f"X-Line-{number}", "v" * 90) for number in range(300)]
    for application in served(tmp_path, make_capture(PAGE, headers=many)):
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        assert len(answer.headers) < 90
        assert sum(len(name) + len(value) for name, value in answer.headers) < 9_000
        assert "header lines" in (answer.header("X-Archive-Omitted") or "")


# --- TimeMaps ---------------------------------------------------------------------------------------------------


def test_a_timemap_lists_every_memento_oldest_first(application: Application) -> None:
    answer = ask(application, f"/web/timemap/link/{PAGE}")
    lines = answer.whole().decode().strip().split(",\n")

    assert answer.header("Content-Type") == "application/link-format"
    assert lines[0] == f'<{PAGE}>; rel="original"'
    assert lines[1] == (
        f'<{ORIGIN}/web/timemap/link/{PAGE}>; rel="self"; type="application/link-format"; '
        'from="Mon, 23 Nov 2026 12:00:00 GMT"; until="Thu, 26 Nov 2026 12:00:00 GMT"'
    )
    assert lines[2] == f'<{ORIGIN}/web/{PAGE}>; rel="timegate"'
    assert lines[3] == (
        f'<{ORIGIN}/web/20261123120000/{PAGE}>; rel="first memento"; datetime="Mon, 23 Nov 2026 12:00:00 GMT"'
    )
    assert [re.findall('rel="([^"]*)"', line)[0] for line in lines[3:]] == [
        *("first memento", "memento", "memento", "last memento")
    ]


def test_a_timemap_in_json_is_as_memgator_has_it(application: Application) -> None:
    told = json.loads(ask(application, f"/web/timemap/json/{PAGE}").whole())

    assert told["original_uri"] == PAGE
    assert len(told["mementos"]["list"]) == 4
    assert told["mementos"]["first"] == {
        "datetime": "2026-11-23T12:00:00Z",
        "uri": f"{ORIGIN}/web/20261123120000/{PAGE}",
    }
    assert told["mementos"]["last"]["uri"] == f"{ORIGIN}/web/20261126120000/{PAGE}"


def test_a_timemap_is_paged(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PAGE", 3)
    found, address = [], f"/web/timemap/link/{PAGE}"
    while address:
        text = ask(application, address).whole().decode()
        found += re.findall(r'<([^>]*)>; rel="[a-z ]*memento"', text)
        following = re.search(r'<([^>]*)>; rel="timemap"', text)
        address = following[1].removeprefix(ORIGIN) if following else ""

    assert found == [f"{ORIGIN}/web/202611{day}120000/{PAGE}" for day in (23, 24, 25, 26)]


def test_a_timemap_keeps_to_the_very_page(tmp_path: Path) -> None:
    captures = [
        make_capture("https://q.example/A"),
        make_capture("http://q.example/A", at=NOON + DAY),
        make_capture("https://q.example/a", at=NOON + 2 * DAY),
    ]
    for application in served(tmp_path, *captures):
        text = ask(application, "/web/timemap/link/https://q.example/A").whole().decode()
        assert "20261124120000/http://q.example/A" in text
        assert "https://q.example/a>" not in text
