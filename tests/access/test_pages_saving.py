"""Saving a page as a person does: a form, its job's page until there is an end, and what is said where nobody may."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.saving import Place
from tests.access.test_pages import HTML, Reading, facts, html
from tests.access.test_saving_with_keys import Guarded
from tests.conftest import Aws
from tests.factories import article_html
from tests.site import RawSite, response

from pressmark.access.app import Application
from pressmark.access.context import Archive, Mode
from pressmark.access.messages import Response
from pressmark.access.pages.meanings import MEANINGS

EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def place(aws: Aws, site: RawSite) -> Place:
    site.serve("/a", response(article_html().encode()))
    site.serve("/gone", response(b"<h1>Gone</h1>", status="404 Not Found"))
    return Place(aws, site)


def post(application: Application, url: str, **headers: str) -> Response:
    body = urlencode({"url": url}).encode()
    return ask(
        application, "/saving", method="POST", body=body, accept=HTML, **({"origin": ORIGIN} | headers)
    )


def job_of(answer: Response) -> str:
    assert answer.status == 303
    where = answer.header("Location") or ""
    assert where.startswith("/saving?job=spn2-")
    return where


@pytest.mark.slow
def test_a_page_is_saved_by_form_and_its_page_looks_again_until_the_capture_is_there(place: Place) -> None:
    page = html(place.application, "/save?url=https%3A%2F%2Fexample.com%2F")
    assert next(each for each in page.of("form") if each["action"] == "/saving")["method"] == "post"
    assert next(each for each in page.of("input") if each["id"] == "url")["value"] == "https://example.com/"
    where = job_of(post(place.application, f"{place.site.base}/a"))
    waiting = ask(place.application, where, accept=HTML)
    assert b'<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting.whole()
    assert waiting.header("Cache-Control") == "no-store"
    assert facts(place.application, where.replace("?", ".json?"))["status"] == "pending"
    place.pump()
    done = html(place.application, where)
    assert not [each for each in done.of("meta") if each.get("http-equiv")]
    assert not done.of("script")
    told = facts(place.application, where.replace("?", ".json?"))
    assert (told["status"], told["http_status"]) == ("success", 200)
    capture = next(each["href"] for each in done.of("a") if each.get("class") == "button")
    assert "The ferry is late again" in html(place.application, capture).text


@pytest.mark.slow
def test_a_page_that_fails_is_told_with_its_reason_and_what_to_do(place: Place) -> None:
    where = job_of(post(place.application, f"{place.site.base}/gone"))
    place.pump()
    page = html(place.application, where)
    for each in ("not-found", *MEANINGS["not-found"]):
        assert each in page.text
    again = next(each["href"] for each in page.of("a") if each.get("class") == "button")
    assert again == f"/save?url={quote(f'{place.site.base}/gone', safe='')}"
    assert facts(place.application, where.replace("?", ".json?"))["error"] == "not-found"


def test_a_page_that_takes_very_long_stops_looking(place: Place) -> None:
    where = job_of(post(place.application, f"{place.site.base}/a"))
    place.later = timedelta(minutes=31)
    page = html(place.application, where)
    assert not [each for each in page.of("meta") if each.get("http-equiv")]
    assert "takes longer than usual" in page.text


@pytest.mark.parametrize("url", ["", "ftp://example.com/", "javascript:alert(1)", f"http://{EVIL}"])
def test_what_cannot_be_saved_is_said_at_the_field_and_stays_in_it(place: Place, url: str) -> None:
    answer = post(place.application, url)
    assert answer.status == 400
    page = Reading(answer.whole().decode())
    field = next(each for each in page.of("input") if each["id"] == "url")
    assert (field["value"], field["aria-describedby"]) == (url, "wrong")
    assert "This cannot be saved" in page.text
    assert not page.of("script")
    assert place.queued() == []


def test_the_form_holds_the_whole_of_a_long_address(place: Place) -> None:
    url = "https://example.com/" + "x" * 3_000
    page = Reading(ask(place.application, f"/save?url={url}", accept=HTML).whole().decode())
    assert url in [each.get("value") for each in page.of("input")]


def test_another_sites_form_saves_nothing(place: Place) -> None:
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec_fetch_site": "cross-site"}):
        assert post(place.application, f"{place.site.base}/a", **headers).status == 403
    body = urlencode({"url": f"{place.site.base}/a"}).encode()
    assert ask(place.application, "/saving", method="POST", body=body).status == 403
    assert place.queued() == []


def test_an_unknown_job_is_404(place: Place) -> None:
    for job in (f"spn2-{'0' * 40}", "x", "", quote(EVIL), "x" * 3_000):
        assert ask(place.application, f"/saving?job={job}", accept=HTML).status == 404


def test_where_nothing_can_be_saved_the_page_says_so_and_how(application: Application) -> None:
    page = html(application, "/save")
    assert "pressmark push --archive" in page.text
    assert not [each for each in page.of("form") if each["action"] == "/saving"]
    assert facts(application, "/save.json")["may_save"] is False
    assert post(application, "https://example.com/").status == 403
    assert ask(application, f"/saving?job=spn2-{'0' * 40}").status == 403


def test_without_a_key_the_page_leads_to_signing_in_and_with_one_it_saves(aws: Aws, site: RawSite) -> None:
    site.serve("/a", response(article_html().encode()))
    guarded = Guarded(aws, site)
    public = replace(guarded.archive, options=replace(guarded.archive.options, read=Mode.PUBLIC))
    guarded.application = Application(public)
    page = html(guarded.application, "/save?url=https://example.com/")
    assert "a key is needed to save" in page.text
    sign_in = next(each["href"] for each in page.of("a") if each.get("class") == "button")
    assert sign_in == f"/signin?next={quote('/save?url=https%3A%2F%2Fexample.com%2F', safe='/')}"
    assert post(guarded.application, f"{site.base}/a").status == 401
    cookie = guarded.session()
    signed = Reading(ask(guarded.application, "/save", accept=HTML, cookie=cookie).whole().decode())
    assert [each for each in signed.of("form") if each["action"] == "/saving"]
    job_of(post(guarded.application, f"{site.base}/a", cookie=cookie))
    assert (
        post(guarded.application, f"{site.base}/a", cookie=cookie, origin="https://evil.example").status
        == 403
    )


def test_saving_pages_are_answered_to_head(place: Place) -> None:
    assert ask(place.application, "/save", method="HEAD").status == 200
    assert ask(place.application, "/save/", accept=HTML).status == 200


def test_a_reader_only_archive_still_has_its_pages(archive: Archive) -> None:
    assert ask(Application(archive), "/", accept=HTML).status == 200
