"""Text is compressed for who takes it, as other programs unpack it; archived bytes and parts never are."""

import gzip
import zlib
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import PAGE
from tests.access.serving import get, serving
from tests.access.test_pages import HTML

from pressmark.access.app import Application
from pressmark.access.compression import compress, takes_gzip
from pressmark.access.messages import Request, Response

TEXTS = [
    "/",
    "/index.json",
    f"/capture?url={quote(PAGE)}&at=20261123120000",
    "/cdx/search/cdx?url=example.com&matchType=domain",
    f"/web/timemap/link/{PAGE}",
    "/static/style.css",
]


@pytest.mark.parametrize("target", TEXTS)
def test_text_is_compressed_where_the_client_takes_it_and_is_the_same(
    application: Application, target: str
) -> None:
    plain = ask(application, target, accept=HTML)
    packed = ask(application, target, accept=HTML, accept_encoding="br, gzip;q=0.8")
    whole = plain.whole()
    for response in (plain, packed):
        assert "Accept-Encoding" in [value for name, value in response.headers if name == "Vary"]
    if len(whole) < 1_000:
        assert packed.header("Content-Encoding") is None
        return
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.whole()) == whole
    assert len(packed.whole()) < len(whole) / 2


def test_archived_bytes_and_their_parts_are_never_compressed(application: Application) -> None:
    for headers in ({}, {"range": "bytes=0-99"}):
        answer = ask(application, f"/web/20261123120000id_/{PAGE}", accept_encoding="gzip", **headers)
        assert answer.header("Content-Encoding") is None


def test_nothing_is_compressed_for_a_request_with_cookies(application: Application) -> None:
    answer = ask(application, "/", accept=HTML, accept_encoding="gzip", cookie="session=1")
    assert answer.header("Content-Encoding") is None


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=1", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("notgzip", False),
    ],
)
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


def test_head_tells_the_length_of_what_get_would_send(application: Application) -> None:
    packed = ask(application, "/", accept=HTML, accept_encoding="gzip")
    head = ask(application, "/", method="HEAD", accept=HTML, accept_encoding="gzip")
    assert head.header("Content-Length") == str(len(packed.whole()))
    assert (head.header("Content-Encoding"), head.whole()) == ("gzip", b"")


def test_a_stream_is_compressed_while_it_is_made() -> None:
    taken = []

    def lines() -> Iterator[bytes]:
        for number in range(50):
            taken.append(number)
            yield bytes(f"{number} {zlib.crc32(b'%d' % number)}\n" * 2_000, "ascii")

    response = Response(200, [("Content-Type", "text/plain"), ("Content-Length", "1")], lines())
    compress(Request("GET", "/", "https://a.example", {"accept-encoding": "gzip"}), response)
    assert response.header("Content-Length") is None
    pieces = iter(response.body)
    first = next(pieces)  # type: ignore[call-overload]
    assert len(taken) < 50
    assert len(gzip.decompress(first + b"".join(pieces)).splitlines()) == 100_000  # type: ignore[arg-type]


def test_a_real_client_gets_it_over_the_wire(application: Application) -> None:
    with serving(application) as port:
        answer = get(port, "/static/style.css", accept_encoding="gzip")
    assert answer.getheader("Content-Encoding") == "gzip"


def test_a_page_that_the_browser_has_is_not_sent_again(application: Application) -> None:
    for accept in (HTML, "application/json"):
        first = ask(application, "/", accept=accept)
        etag = first.header("ETag") or ""
        again = ask(application, "/", accept=accept, if_none_match=f'"other", {etag}')
        assert (again.status, again.whole(), again.header("ETag")) == (304, b"", etag)
        assert first.header("Cache-Control") == "private, no-cache"
    other = ask(application, "/", accept=HTML).header("ETag")
    assert other != ask(application, "/", accept="application/json").header("ETag")


def test_a_compressed_body_has_a_weak_entity_tag() -> None:
    response = Response(200, [("Content-Type", "text/plain"), ("ETag", '"x"')], b"word " * 400)
    compress(Request("GET", "/", "https://a.example", {"accept-encoding": "gzip"}), response)
    assert response.header("ETag") == 'W/"x"'
