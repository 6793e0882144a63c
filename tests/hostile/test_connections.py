"""Names, connections and TLS that go wrong: what is said, and whether it is worth another try."""

import datetime
import socket
import ssl

import pytest
import trustme
from tests.hostile.fixtures import authority, closing_bodies, fetch, server_tls
from tests.hostile.server import HostileServer

from pressmark.errors import PermanentError, TransientError
from pressmark.http.wire.connection import iana_name

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def failing(code: int) -> object:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(code, "said the resolver")

    return resolve


@pytest.mark.slow
@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_NODATA])
def test_a_host_that_does_not_exist_is_permanent(code: int) -> None:
    error = fetch("http://nowhere.example/", resolver=failing(code)).error
    assert isinstance(error, PermanentError)
    assert (error.code, error.url) == ("invalid-host-resolution", "http://nowhere.example/")


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM])
def test_a_resolver_in_trouble_is_worth_another_try(code: int) -> None:
    error = fetch("http://somewhere.example/", resolver=failing(code)).error
    assert isinstance(error, TransientError)
    assert error.code == "invalid-host-resolution"


def test_a_name_without_addresses_is_permanent() -> None:
    error = fetch("http://empty.example/", resolver=lambda host, port: []).error
    assert isinstance(error, PermanentError)
    assert error.code == "invalid-host-resolution"


def test_a_resolver_that_hangs_is_left_behind() -> None:
    import threading

    release = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        release.wait(30)
        return []

    error = fetch("http://slow.example/", resolver=hang, connect_timeout=0.05).error
    release.set()
    assert isinstance(error, TransientError)
    assert error.code == "invalid-host-resolution"


def test_a_refused_connection_is_worth_another_try(server: HostileServer) -> None:
    server.close()
    error = fetch(server.base + "/").error
    assert isinstance(error, TransientError)
    assert error.code == "cannot-fetch"


def test_a_certificate_nobody_vouches_for_is_permanent() -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(stranger)
    with HostileServer(tls=stranger) as server:
        result = fetch(server.page("/", PAGE))
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.address) == ("tls-error", "127.0.0.1")
    assert "issuer" in result.error.reason
    assert (result.exchanges, server.requests) == ([], [])


def test_a_certificate_for_another_name_is_permanent() -> None:
    with HostileServer(tls=server_tls("other.example")) as server:
        result = fetch(server.page("/", PAGE))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "tls-error"
    assert server.requests == []


def test_an_expired_certificate_is_permanent() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    authority().issue_cert("127.0.0.1", not_before=past, not_after=past.replace(year=2002)).configure_cert(
        context
    )
    with HostileServer(tls=context) as server:
        result = fetch(server.page("/", PAGE))
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "tls-error"
    assert "expired" in result.error.reason


def test_a_name_is_verified_though_an_address_is_connected_to() -> None:
    with HostileServer(tls=server_tls("named.example")) as server:
        server.page("/", PAGE)
        result = fetch(f"https://named.example:{server.port}/", resolver=lambda host, port: ["127.0.0.1"])
    assert result.error is None
    assert result.exchanges[0].ip == "127.0.0.1"
    assert server.requests[0].startswith(f"GET / HTTP/1.1\r\nHost: named.example:{server.port}\r\n".encode())


def test_plain_http_where_tls_was_asked_for_is_permanent() -> None:
    with HostileServer(greeting=PAGE) as server:
        result = fetch(server.base.replace("http:", "https:") + "/")
    assert isinstance(result.error, PermanentError)
    assert result.error.code == "tls-error"


def test_tls_where_plain_http_was_asked_for_is_no_answer() -> None:
    with HostileServer(tls=server_tls()) as server:
        result = fetch(server.base.replace("https:", "http:") + "/")
    assert result.error is not None
    assert result.error.code in ("protocol-error", "invalid-server-response")


def test_a_handshake_that_never_ends_times_out(server: HostileServer) -> None:
    result = fetch(server.base.replace("http:", "https:") + "/", connect_timeout=0.1)
    assert isinstance(result.error, TransientError)
    assert (result.error.code, result.exchanges) == ("cannot-fetch", [])
    assert "TLS handshake" in result.error.reason


def test_an_answer_before_the_question_is_an_answer() -> None:
    with HostileServer(greeting=PAGE) as server:
        result = fetch(server.base + "/")
    assert result.error is None
    assert result.exchanges[0].body.head(9) == b"hi"


def test_a_body_that_ends_without_closing_tls_properly_is_whole_if_nobody_said_how_long_it_is() -> None:
    raw = b"HTTP/1.1 200 OK\r\n\r\nto the end"
    with HostileServer(tls=server_tls()) as server:
        result = fetch(server.page("/", raw))  # the server closes the socket without close_notify
    assert result.error is None
    assert result.exchanges[0].body.head(99) == b"to the end"


def test_older_tls_is_noted_as_what_it_is() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority().issue_cert("127.0.0.1").configure_cert(context)
    with HostileServer(tls=context) as server:
        result = fetch(server.page("/", PAGE))
    (exchange,) = result.exchanges
    assert exchange.protocols == ("http/1.1", "tls/1.2")
    assert exchange.cipher_suite is not None
    assert exchange.cipher_suite.startswith("TLS_ECDHE_ECDSA_WITH_")


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("DHE-RSA-AES256-SHA256", "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
        ("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("SOMETHING-NEW", None),
    ],
)
def test_cipher_suites_are_named_as_iana_names_them(openssl: str, iana: str | None) -> None:
    assert iana_name(openssl) == iana


def test_every_suite_a_default_client_offers_has_its_iana_name() -> None:
    """Some builds of OpenSSL list suites of a shared key or password, too; without one they are not offered."""
    listed = ssl.create_default_context().get_ciphers()
    offered = [str(cipher["name"]) for cipher in listed if not {"PSK", "SRP"} & {*cipher["name"].split("-")}]
    assert [name for name in offered if iana_name(name) is None] == []


def tls_for(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("host", "certificate", "code"),
    [
        ("my_blog.site.example", "*.site.example", None),
        ("my-blog-.site.example", "*.site.example", None),
        ("my_blog.site.example", "*.example", "tls-error"),
        ("my_blog.site.example", "*.other.example", "tls-error"),
        ("my_blog.site.example", "site.example", "tls-error"),
        ("a.my_blog.site.example", "*.site.example", "tls-error"),
    ],
)
def test_a_wildcard_covers_one_label_even_with_an_underscore(
    host: str, certificate: str, code: str | None
) -> None:
    with HostileServer(tls=tls_for(certificate)) as server:
        server.page("/", PAGE)
        error = fetch(f"https://{host}:{server.port}/", resolver=lambda host, port: ["127.0.0.1"]).error
    assert (error and error.code) == code
    assert error is None or isinstance(error, PermanentError)


def test_a_name_with_an_underscore_is_not_trusted_to_strangers() -> None:
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("*.site.example").configure_cert(stranger)
    with HostileServer(tls=stranger) as server:
        url = f"https://my_blog.site.example:{server.port}/"
        error = fetch(url, resolver=lambda host, port: ["127.0.0.1"]).error
    assert isinstance(error, PermanentError)
    assert error.code == "tls-error"
