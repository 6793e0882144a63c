"""Memento (RFC 7089): the TimeGate, and how URLs are understood."""

from pathlib import Path

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.mementos import relations, served
from tests.factories import DAY, NOON, PAGE, make_capture

from pressmark.access.app import Application


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
    with served(tmp_path, make_capture(url, html="with a query")) as application:
        answer = ask(application, f"/web/20261123120000id_/{url}")
        assert answer.whole() == b"with a query"
        assert relations(answer.header("Link"))["original"] == url


def test_an_error_page_of_today_does_not_hide_the_page(tmp_path: Path) -> None:
    captures = [make_capture(PAGE), make_capture(PAGE, at=NOON + DAY, status=404, error="not-found")]
    with served(tmp_path, *captures) as application:
        assert ask(application, f"/web/{PAGE}").header("Location") == f"{ORIGIN}/web/20261123120000/{PAGE}"
        dated = ask(application, f"/web/{PAGE}", accept_datetime="Wed, 25 Nov 2026 00:00:00 GMT")
        assert dated.header("Location") == f"{ORIGIN}/web/20261124120000/{PAGE}"


# --- mementos ---------------------------------------------------------------------------------------------------
