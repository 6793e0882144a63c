"""What every answer of the application has, whichever route gives it."""

import inspect
import json

import pytest
from tests.access.asking import ask

from pressmark.access.app import ROUTES, Application
from pressmark.access.caller import NOBODY, Caller
from pressmark.access.context import Archive
from pressmark.access.messages import MAX_BODY, MAX_TARGET, Policy, Request, Response, header_value, text
from pressmark.access.refusals import HttpError, too_many
from pressmark.access.routes import Needs, OnDemand, Route
from pressmark.errors import ArchiveError, TakenDownError


def fails(error: Exception) -> Route:
    def handler(_archive: Archive, _request: Request) -> Response:
        raise error

    return Route("/it", handler)


def application_of(archive: Archive, *routes: Route) -> Application:
    return Application(archive, routes=routes)


def says(_archive: Archive, request: Request) -> Response:
    return text(json.dumps(dict(request.parts)))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.pattern)
def test_every_route_names_a_function_that_takes_an_archive_and_a_request(route: Route) -> None:
    assert isinstance(route.handler, OnDemand)

    assert list(inspect.signature(route.handler.load()).parameters) == ["archive", "request"]


def test_what_is_not_there_is_404_as_json_for_programs(application: Application) -> None:
    answer = ask(application, "/nothing/here")

    assert answer.status == 404
    assert json.loads(answer.whole()) == {
        "error": "Not Found",
        "status": 404,
        "message": "no such page",
    }


def test_an_error_is_a_page_for_people_with_the_same_sentence(application: Application) -> None:
    answer = ask(application, "/nothing/<script>", accept="text/html,*/*;q=0.8")

    assert answer.status == 404
    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    assert b"no such page" in answer.whole()
    assert b"<script>" not in answer.whole()


def test_another_method_is_405_with_what_may_be_asked(archive: Archive) -> None:
    answer = ask(application_of(archive, Route("/it", says, ("GET", "POST"))), "/it", method="DELETE")

    assert (answer.status, answer.header("Allow")) == (405, "GET, POST, HEAD, OPTIONS")


def test_options_tells_what_may_be_asked(archive: Archive) -> None:
    answer = ask(application_of(archive, Route("/it", says)), "/it", method="OPTIONS")

    assert (answer.status, answer.header("Allow"), answer.whole()) == (204, "GET, HEAD, OPTIONS", b"")


def test_head_has_the_header_lines_of_get_and_no_body(archive: Archive) -> None:
    served = application_of(archive, Route("/it", says))
    answer, head = ask(served, "/it"), ask(served, "/it", method="HEAD")

    assert (head.status, head.whole()) == (200, b"")
    assert head.headers == [*answer.headers, ("Content-Length", str(len(answer.whole())))]


def test_a_part_of_the_path_arrives_as_it_was_sent(archive: Archive) -> None:
    served = application_of(archive, Route(r"/web/(?P<url>.+)", says))

    assert json.loads(ask(served, "/web/http://x.example/a%2Fb//c").whole()) == {
        "url": "http://x.example/a%2Fb//c"
    }


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/" + "a" * MAX_TARGET, 414),
        ("/a b", 400),
        ("/a\r\nX-Evil: 1", 400),
        ("/a\x00", 400),
        ("/ä", 400),
        ("http://elsewhere.example/", 400),
        ("", 400),
    ],
)
def test_a_request_line_that_cannot_be_is_refused(application: Application, target: str, status: int) -> None:
    assert ask(application, target).status == status


def test_a_body_beyond_the_limit_is_413(application: Application) -> None:
    assert ask(application, "/", method="POST", body=b"x" * (MAX_BODY + 1)).status == 413


def test_an_origin_that_cannot_be_one_is_refused(application: Application) -> None:
    answer = application(Request("GET", "/", "https://a.example/\r\nSet-Cookie: x=1"))

    assert answer.status == 400
    assert not any("\n" in value for _, value in answer.headers)


def test_a_key_that_is_asked_for_too_often_is_told_when_to_come_again(archive: Archive) -> None:
    answer = ask(
        application_of(archive, fails(too_many(30, "enough for now", known_as="user-session-limit"))), "/it"
    )

    assert (answer.status, answer.header("Retry-After")) == (429, "30")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TakenDownError("https://a.example/ was taken down: by court order"), 451),
        (ArchiveError("Query on the table: secret details"), 502),
        (RuntimeError("secret details"), 500),
        (HttpError(418, "a teapot"), 418),
    ],
)
def test_what_a_handler_raises_is_an_answer_without_its_insides(
    archive: Archive, error: Exception, status: int
) -> None:
    answer = ask(application_of(archive, fails(error)), "/it")

    assert answer.status == status
    assert b"secret" not in answer.whole()


@pytest.mark.parametrize("policy", [Policy.DATA, Policy.PAGE, Policy.ARCHIVED])
def test_every_answer_says_what_a_browser_may_do_with_it(archive: Archive, policy: Policy) -> None:
    def handler(_archive: Archive, _request: Request) -> Response:
        return Response(policy=policy)

    answer = ask(application_of(archive, Route("/it", handler)), "/it")

    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Referrer-Policy") == ("same-origin" if policy is Policy.PAGE else "no-referrer")
    said = answer.header("Content-Security-Policy") or ""
    assert "default-src 'none'" in said
    assert ("sandbox" in said) == (policy is not Policy.PAGE)


def test_scripts_of_a_page_come_from_one_folder_and_never_from_what_is_archived(
    application: Application,
) -> None:
    said = ask(application, "/nothing", accept="text/html").header("Content-Security-Policy") or ""

    assert "script-src https://archive.example/static/;" in said
    assert said.endswith("frame-ancestors 'none'")


def test_a_header_value_of_a_stranger_cannot_end_its_line() -> None:
    answer = Response().add("X-Told", "one\r\nSet-Cookie: evil=1\x00 Ω")

    assert answer.headers == [("X-Told", "one  Set-Cookie: evil=1  %CE%A9")]
    assert header_value("caf\xe9") == "caf\xe9"
    with pytest.raises(ValueError, match="not the name"):
        answer.add("X-Told\r\nX", "1")


def test_too_many_parameters_are_refused(application: Application, archive: Archive) -> None:
    def handler(_archive: Archive, request: Request) -> Response:
        return text(request.arg("a"))

    served = application_of(archive, Route("/it", handler))

    assert ask(served, "/it?a=1&b=2").whole() == b"1"
    assert ask(served, "/it?" + "&".join(["a=1"] * 600)).status == 400


def test_a_form_is_a_form(archive: Archive) -> None:
    def handler(_archive: Archive, request: Request) -> Response:
        return text(str(request.form))

    served = application_of(archive, Route("/it", handler, ("POST",)))

    assert ask(served, "/it", method="POST", body=b"url=a%26b&x=").whole() == b"[('url', 'a&b'), ('x', '')]"
    assert ask(served, "/it", method="POST", body=b"<a/>", content_type="text/xml").status == 415


def test_whoever_may_not_write_is_told_so(archive: Archive) -> None:
    def guard(_archive: Archive, route: Route, _request: Request) -> Caller:
        if route.needs is Needs.WRITE:
            raise HttpError(401, "a key is needed")
        return NOBODY

    served = Application(
        archive, guard=guard, routes=(Route("/it", says, needs=Needs.WRITE), Route("/other", says))
    )

    assert (ask(served, "/it").status, ask(served, "/other").status) == (401, 200)
