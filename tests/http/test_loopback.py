"""This machine's own servers: asked only where a person named host and port, never by redirect, DNS or a file."""

import socket
from collections.abc import Iterator

import pytest
from tests.hostile.fixtures import closing_bodies, fetch
from tests.hostile.server import HostileServer
from tests.http.test_guard import LOOPBACK

from pressmark.errors import PermanentError
from pressmark.forms import LOOPBACK as NAMED
from pressmark.http.exchange import FetchResult
from pressmark.http.wire import connection as connections
from pressmark.urls import loopback_address

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

PUBLIC = "93.184.215.14"


def moved(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        running.page("/", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        yield running


@pytest.fixture
def other() -> Iterator[HostileServer]:
    """Another service of this machine, which nobody named."""
    with HostileServer() as running:
        running.page("/", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        yield running


@pytest.fixture
def diverted(server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> HostileServer:
    """The server, to which connections to the public address lead as well."""
    real = connections.connect_to

    def connect(address: object, port: int, timeout: float) -> socket.socket:
        if str(address) == PUBLIC:
            return socket.create_connection(("127.0.0.1", server.port))
        return real(address, port, timeout)  # type: ignore[arg-type]  # an address of either kind

    monkeypatch.setattr(connections, "connect_to", connect)
    return server


def resolver(host: str, _port: int) -> list[str]:
    return {
        "public.example": [PUBLIC],
        "rebound.example": ["127.0.0.1"],
        "router.localhost": ["192.168.0.1"],
    }.get(host, ["127.0.0.1"])


def blocked(result: FetchResult) -> bool:
    return isinstance(result.error, PermanentError) and result.error.code == "blocked-url"


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_named_address_opens_no_other_spelling_that_is_not_the_same_host(
    host: str, server: HostileServer
) -> None:
    result = fetch(f"http://{host}:{server.port}/", allow_loopback=(f"127.0.0.1:{server.port}",))
    if result.error is None:
        assert result.exchanges[0].url == server.base + "/"  # 127.1 is how 127.0.0.1 can be written, too
    else:
        assert result.error.code in ("blocked-url", "invalid-url-syntax")
        assert server.connections == 0


@pytest.mark.parametrize("named", ["127.0.0.1:80", "127.0.0.2:{port}", "localhost:{port}", "81"])
def test_the_port_and_the_host_must_be_the_ones_that_were_named(named: str, server: HostileServer) -> None:
    assert blocked(fetch(server.base + "/", allow_loopback=(named.format(port=server.port),)))
    assert server.connections == 0


def test_a_port_alone_opens_what_says_itself_that_it_is_this_machine(server: HostileServer) -> None:
    named = (str(server.port),)
    assert fetch(server.base + "/", allow_loopback=named).error is None
    assert fetch(f"http://localhost:{server.port}/", allow_loopback=named, resolver=resolver).error is None
    assert blocked(fetch(f"http://rebound.example:{server.port}/", allow_loopback=named, resolver=resolver))


def test_no_name_server_opens_an_address(server: HostileServer) -> None:
    for named in (server.base.removeprefix("http://"), str(server.port)):
        result = fetch(
            f"http://rebound.example:{server.port}/",
            allow_loopback=(named,),
            allowed_ports=(server.port,),
            resolver=resolver,
        )
        assert blocked(result)
    assert server.connections == 0


@pytest.mark.parametrize("named", ["192.168.0.1:80", "10.0.0.1:80", "router.localhost:80", "0.0.0.0:80"])
def test_no_address_of_the_network_is_ever_opened(named: str) -> None:
    host = named.removesuffix(":80")
    assert blocked(
        fetch(
            f"http://{host}/",
            allow_loopback=(named, "80"),
            resolver=lambda *_: ["192.168.0.1" if host.endswith("localhost") else host],
        )
    )


def test_a_redirect_stays_within_the_address_that_was_named(
    server: HostileServer, other: HostileServer
) -> None:
    server.page("/here", moved("/"))
    server.page("/there", moved(other.base + "/"))
    server.page("/name", moved(f"http://localhost:{server.port}/"))
    named = (f"127.0.0.1:{server.port}",)
    assert fetch(server.base + "/here", allow_loopback=named).error is None
    assert blocked(fetch(server.base + "/there", allow_loopback=named))
    assert blocked(fetch(server.base + "/name", allow_loopback=named))
    assert other.connections == 0


def test_no_page_from_elsewhere_leads_to_an_address_that_was_named(
    diverted: HostileServer, other: HostileServer
) -> None:
    named = (f"127.0.0.1:{diverted.port}", f"127.0.0.1:{other.port}")
    diverted.page("/trap", moved(other.base + "/"))
    assert blocked(fetch("http://public.example/trap", allow_loopback=named, resolver=resolver))
    diverted.page("/out", moved("http://public.example/trap"))
    result = fetch(diverted.base + "/out", allow_loopback=named, resolver=resolver)
    assert (len(result.exchanges), blocked(result)) == (2, True)
    assert other.connections == 0


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", ()),
        ("localhost:8000", ("localhost:8000",)),
        (
            "LOCALHOST:80, 127.0.0.1:81,[::1]:8000, 3000",
            ("localhost:80", "127.0.0.1:81", "[::1]:8000", "3000"),
        ),
        ("[::ffff:127.0.0.1]:8000, app.localhost:1", ("[::ffff:127.0.0.1]:8000", "app.localhost:1")),
    ],
)
def test_addresses_of_this_machine_are_written_with_their_ports(
    text: str, addresses: tuple[str, ...]
) -> None:
    assert NAMED.parse(text) == addresses
    assert NAMED.parse(",".join(addresses)) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "0",
        "*",
        "localhost",
        "127.1:80",
        "192.168.0.1:80",
        "example.com:80",
        "0.0.0.0:80",
        "[::]:80",
        "70000",
    ],
)
def test_nothing_else_can_be_named(text: str) -> None:
    with pytest.raises(ValueError, match="localhost:8000"):
        NAMED.parse(text)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "http://localhost.example/", "http://notlocalhost/", "http://128.0.0.1/"]
)
def test_other_hosts_are_not_this_machine(url: str) -> None:
    assert loopback_address(url) is None
