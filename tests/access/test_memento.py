"""Memento (RFC 7089): captures as they came."""

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.mementos import relations, served
from tests.factories import NOON, PAGE, article_html, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options


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
    with served(tmp_path, make_capture(PAGE, status=302, html="", headers=headers)) as application:
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        assert answer.status == 302
        assert (answer.header("Location") or ORIGIN).startswith(ORIGIN)


def test_an_error_capture_has_its_status(application: Application) -> None:
    answer = ask(application, "/web/20261123120000id_/https://example.com/gone")

    assert (answer.status, answer.whole()) == (404, b"gone")
    assert answer.header("Memento-Datetime") == "Mon, 23 Nov 2026 12:00:00 GMT"


def test_a_status_that_is_none_is_told(tmp_path: Path) -> None:
    with served(tmp_path, make_capture(PAGE, status=999, html="odd", mime="text/plain")) as application:
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        assert (answer.status, answer.header("X-Archive-Status"), answer.whole()) == (502, "999", b"odd")


def test_the_captures_of_one_second_are_told_apart_by_their_urls(tmp_path: Path) -> None:
    near = NOON + timedelta(milliseconds=900)
    captures = [
        make_capture("http://q.example/", html="plain"),
        make_capture("https://q.example/", html="secure", at=NOON + timedelta(milliseconds=5)),
        make_capture("https://q.example/", html="next second", at=near + timedelta(milliseconds=101)),
    ]
    with served(tmp_path, *captures) as application:
        for url, body in (("http://q.example/", b"plain"), ("https://q.example/", b"secure")):
            assert ask(application, f"/web/20261123120000id_/{url}").whole() == body
        assert ask(application, "/web/20261123120001id_/https://q.example/").whole() == b"next second"


def test_a_neighbour_is_offered_by_its_own_name(tmp_path: Path) -> None:
    with served(tmp_path, make_capture("https://www.q.example/Page")) as application:
        answer = ask(application, "/web/20261123120000id_/https://q.example/page")
        assert answer.header("Location") == f"{ORIGIN}/web/20261123120000id_/https://www.q.example/Page"


def test_a_redirect_between_schemes_does_not_go_in_circles(tmp_path: Path) -> None:
    chain = make_capture("https://q.example/", redirects=["http://q.example/"], html="there")
    with served(tmp_path, chain) as application:
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
    with served(tmp_path, *captures) as application:
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
    assert etag != ask(application, f"/web/20261126120000id_/{PAGE}").header("ETag")  # the page has changed

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


@pytest.mark.slow
@pytest.mark.parametrize("length", [2, 90, 900])
def test_many_headers_of_an_original_fit_into_what_clients_and_aws_take(tmp_path: Path, length: int) -> None:
    many = [(f"X-Line-{number}", "v" * length) for number in range(300)]
    with served(tmp_path, make_capture(PAGE, headers=many)) as application:
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
        told = [(name, value) for name, value in answer.headers if name.lower().startswith("x-archive-orig-")]
        assert len(told) <= 60
        assert sum(len(name) + len(value) for name, value in told) < 6_000
        assert len(answer.headers) < 90
        assert sum(len(name) + len(value) for name, value in answer.headers) < 9_000
        assert "header lines" in (answer.header("X-Archive-Omitted") or "")


# --- TimeMaps ---------------------------------------------------------------------------------------------------


def test_a_header_line_whose_name_is_none_is_left_out_and_counted(tmp_path: Path) -> None:
    with served(tmp_path, make_capture(PAGE, headers=[("X Bad(", "1"), ("X-Good", "2")])) as application:
        answer = ask(application, f"/web/20261123120000id_/{PAGE}")
    assert answer.header("x-archive-orig-x-good") == "2"
    assert answer.header("X-Archive-Omitted") == "1 header line"
    assert "Bad" not in str(answer.headers)


def test_a_memento_is_asked_for_again_each_time(application: Application) -> None:
    """A takedown or another capture may change it."""
    assert ask(application, f"/web/20261123120000id_/{PAGE}").header("Cache-Control") == "private, no-cache"
