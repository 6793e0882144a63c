"""People who sign in with a key: their cookie, where signing in leads, and what keeps other sites out."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.captures import NOW
from tests.access.desk import HTML, SECRET, Desk

from pressmark.access.app import Application


def test_a_session_cookie_is_for_this_host_over_tls_and_for_no_script(desk: Desk) -> None:
    answer = desk.sign_in()
    line = answer.header("Set-Cookie") or ""
    name, _, rest = line.partition("=")

    assert (answer.status, answer.header("Location")) == (303, "/")
    assert name == "__Host-pressmark-session"
    assert set(rest.split("; ")[1:]) == {"Path=/", "Max-Age=28800", "HttpOnly", "SameSite=Lax", "Secure"}
    assert desk.made.secret not in line
    assert answer.header("Cache-Control") == "no-store"


def test_without_tls_the_cookie_is_not_called_what_browsers_would_refuse(desk: Desk) -> None:
    from pressmark.access.keys import sessions
    from pressmark.access.messages import Request

    request = Request("POST", "/signin", "http://10.0.0.5:8080")
    line = sessions.cookie(request, "a" * 16, secret=SECRET, at=NOW)
    assert line.startswith("pressmark-session=")
    assert "Secure" not in line
    back = replace(request, headers={"cookie": line.partition(";")[0]})
    assert sessions.key_id(back, secret=SECRET, at=NOW) == "a" * 16


def test_a_session_ends_after_eight_hours(desk: Desk) -> None:
    session = desk.session()
    desk.now += timedelta(hours=8) - timedelta(seconds=1)
    assert desk.ask("/", cookie=session).status == 200
    desk.now += timedelta(seconds=1)
    assert desk.ask("/", cookie=session).status == 401


TAMPERED: list[Callable[[str], str]] = [
    lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
    lambda value: "b" * 16 + value[16:],
    lambda value: re.sub(r"\.(\d+)\.", lambda found: f".{int(found[1]) + 1}.", value),
    lambda value: value.rpartition(".")[0],
    lambda value: value.rpartition(".")[0] + ".",
    lambda value: value + "." + value,
    lambda _value: "",
    lambda _value: ".",
    lambda _value: "..",
    lambda value: value.upper(),
    lambda value: value.replace(".", ".\u0663."),
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_cookie_that_was_changed_is_no_session(desk: Desk, tamper: Callable[[str], str]) -> None:
    name, _, value = desk.session().partition("=")

    assert desk.ask("/", cookie=f"{name}={value}").status == 200
    assert desk.ask("/", cookie=f"{name}={tamper(value)}").status == 401


def test_a_cookie_of_another_secret_or_under_another_name_is_no_session(desk: Desk) -> None:
    value = desk.session().partition("=")[2]
    assert desk.ask("/", cookie=f"pressmark-session={value}").status == 401
    assert desk.ask("/", cookie=f"x=1; __Host-pressmark-session={value}").status == 200
    session = desk.session()
    desk.options = replace(desk.options, secret=b"t" * 32)
    assert desk.ask("/", cookie=session).status == 401


def test_signing_in_leads_back_to_the_page_that_was_wanted(desk: Desk) -> None:
    page = desk.ask("/results?site=example.com&x=%22%3E", accept=HTML).whole().decode()
    (link,) = re.findall(r'href="(/signin[^"]*)"', page)
    form = desk.ask(link, accept=HTML).whole().decode()

    assert 'name="next" value="/results?site=example.com&amp;x=%22%3E"' in form
    for wanted in ("/results?site=a", "/page?url=https://a.example/../b", "/web/2026/https://a.example/.x/"):
        assert desk.sign_in(next=wanted).header("Location") == wanted


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/save/https://evil.example/",
        "/save\\https://evil.example/",
        "/./save/https://evil.example/",
        "/page/../save/https://evil.example/",
        "/%2e/%2E%2e/save/https://evil.example/",
        "/page\\..\\save\\https://evil.example/",
        "/" + "x" * 5000,
    ],
)
def test_signing_in_leads_nowhere_else_and_to_nothing_that_saves(desk: Desk, back: str) -> None:
    assert desk.sign_in(next=back).header("Location") == "/"


def test_a_refused_sign_in_says_so_and_repeats_nothing_of_the_secret(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    made = desk.made
    body = urlencode({"key": made.key.id, "secret": "wrong-secret-0815"}).encode()
    answer = desk.ask("/signin", method="POST", body=body, origin=ORIGIN, accept=HTML)

    assert answer.status == 401
    assert b"its secret is wrong" in answer.whole()
    assert b"0815" not in answer.whole() + repr(answer.headers).encode()
    assert answer.header("Set-Cookie") is None
    assert "0815" not in caplog.text


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
@pytest.mark.parametrize("target", ["/signin", "/signout"])
def test_no_other_site_signs_a_reader_in_or_out(desk: Desk, target: str, headers: dict[str, str]) -> None:
    body = urlencode({"key": desk.made.key.id, "secret": desk.made.secret}).encode()
    answer = desk.ask(target, method="POST", body=body, **headers)

    assert answer.status == 403
    assert answer.header("Set-Cookie") is None


def test_signing_out_takes_the_cookie_away(desk: Desk) -> None:
    answer = desk.ask("/signout", method="POST", origin=ORIGIN, cookie=desk.session())

    assert answer.status == 303
    assert (answer.header("Set-Cookie") or "").startswith("__Host-pressmark-session=; Path=/; Max-Age=0;")


def test_a_form_of_ours_tells_its_origin(desk: Desk) -> None:
    """With no-referrer a browser sends ``Origin: null`` with a form, as another site's sandbox would."""
    assert desk.ask("/signin", accept=HTML).header("Referrer-Policy") == "same-origin"


def test_an_archive_without_keys_has_no_sign_in(application: Application) -> None:
    assert ask(application, "/signin").status == 404
    assert b"/signin" not in ask(application, "/", accept=HTML).whole()
