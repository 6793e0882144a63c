"""The guard: no spelling of a forbidden address gets a connection, and no change of mind by a resolver does."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest
from tests.hostile.fixtures import LOCAL, closing_bodies, fetch
from tests.hostile.server import HostileServer

from pressmark.errors import PermanentError
from pressmark.http.guard import Guard, is_global
from pressmark.http.wire import connection as connections

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

FORBIDDEN_HOSTS = [
    # loopback, in every way a URL can say it
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "127.8.8.8",
    "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "0177.1", "127.0x0.0.01",
    "0000000177.0.0.1", "%31%32%37.0.0.1", "127.0.0.%31", "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0｡0．1",
    "localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ",
    "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::127.0.0.1]", "[::7f00:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]", "[::ffff:0:127.0.0.1]",
    "user:password@127.0.0.1", "public.example@127.0.0.1", "127.0.0.1%00.public.example",
    # this network, unspecified
    "0.0.0.0", "0", "0x0", "0.0.0.1", "[::]", "[::ffff:0.0.0.0]",
    # private, shared, link-local: where credentials live
    "10.0.0.1", "10.1", "167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1", "0xc0a80001",
    "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "169.254.43518", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]", "[64:ff9b::7f00:1]", "[64:ff9b::a00:1]", "[64:ff9b:1::1]",
    "[64:ff9b:1:a9fe:a9:fe00::]", "[2002:7f00:1::1]", "[2002:a9fe:a9fe::]", "[2002:808:808::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "[100::1]",
    "[fd00:ec2::254]", "[fd00:ec2::23]", "[fc00::1]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]",
    "[2400:cb00::5efe:127.0.0.1]", "[2400:cb00::200:5efe:10.0.0.1]", "[fe80::5efe:10.0.0.1]",
    "[::ffff:0:0]", "[::10.0.0.1]", "[4000::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]",
    # reserved, documentation, benchmarking, multicast, broadcast
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "4294967295", "168.63.129.16",
]  # fmt: skip


LOOPBACK = FORBIDDEN_HOSTS[: FORBIDDEN_HOSTS.index("0.0.0.0")]


def test_there_are_at_least_sixty_spellings() -> None:
    assert len(set(FORBIDDEN_HOSTS)) >= 60


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    """Something that would answer, on IPv4 loopback, if anyone came."""
    with HostileServer() as running:
        running.page("/", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        yield running


@pytest.mark.parametrize("host", FORBIDDEN_HOSTS)
def test_no_spelling_of_a_forbidden_address_is_connected_to(host: str, server: HostileServer) -> None:
    before = server.connections
    result = fetch(f"http://{host}:{server.port}/", allow_loopback=(), allowed_ports=(server.port,))
    assert isinstance(result.error, PermanentError)
    # Not an address at all, or one the guard refused; never one that was tried.
    assert result.error.code in ("blocked-url", "invalid-url-syntax")
    assert result.exchanges == []
    assert server.connections == before
    assert "password" not in str(result.error)


@pytest.mark.parametrize("host", [host for host in FORBIDDEN_HOSTS if host not in LOOPBACK])
def test_a_redirect_to_a_forbidden_address_is_refused_and_the_hop_is_kept(
    host: str, server: HostileServer
) -> None:
    location = f"http://{host}/latest/meta-data/".encode()
    server.page("/out", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    result = fetch(server.base + "/out")  # loopback is allowed, so that the first hop can be had
    assert isinstance(result.error, PermanentError)
    assert result.error.code in ("blocked-url", "invalid-url-syntax")
    assert [exchange.status for exchange in result.exchanges] == [302]


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "93.184.215.14", "223.255.255.254", "2606:4700::1111", "2a00:1450:4001:80b::200e",
     "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_public_addresses_pass(address: str) -> None:
    assert is_global(ip_address(address))


def test_an_address_of_one_link_only_is_not_public() -> None:
    assert not is_global(ip_address("2606:4700::1111%eth0"))


class Resolver:
    """Answers differently each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers.pop(0)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that connections were attempted to; none gets through."""
    attempts: list[str] = []

    def refuse(address: object, port: int, timeout: float) -> socket.socket:
        attempts.append(str(address))
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(connections, "connect_to", refuse)
    return attempts


def test_a_resolver_that_changes_its_answer_is_asked_once_and_its_checked_answer_connected_to(
    connected: list[str],
) -> None:
    resolver = Resolver(["93.184.215.14"], ["127.0.0.1"], ["169.254.169.254"])
    fetch("http://rebinding.example/", resolver=resolver, allow_loopback=())
    assert resolver.asked == [("rebinding.example", 80)]
    assert connected == ["93.184.215.14"]


def test_https_connects_to_the_checked_address_too(connected: list[str]) -> None:
    resolver = Resolver(["2606:4700::1111"], ["::1"])
    fetch("https://rebinding.example/", resolver=resolver, allow_loopback=())
    assert (resolver.asked, connected) == ([("rebinding.example", 443)], ["2606:4700::1111"])


@pytest.mark.parametrize("order", [["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "93.184.215.14"]])
def test_one_forbidden_address_condemns_the_name(connected: list[str], order: list[str]) -> None:
    result = fetch("http://mixed.example/", resolver=Resolver(order), allow_loopback=())
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.address) == ("blocked-url", "10.0.0.1")
    assert connected == []


def test_every_hop_is_resolved_and_checked_anew(server: HostileServer) -> None:
    server.page("/hop", b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
    resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
    result = fetch(f"http://rebinding.example:{server.port}/hop", resolver=resolver)
    assert [exchange.status for exchange in result.exchanges] == [302]
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, result.error.address) == ("blocked-url", "169.254.169.254")


def test_what_a_resolver_says_that_is_no_address_is_refused(connected: list[str]) -> None:
    result = fetch("http://odd.example/", resolver=Resolver(["fe80::1%eth0"]), allow_loopback=())
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, connected) == ("blocked-url", [])
    result = fetch("http://odd.example/", resolver=Resolver(["not an address"]), allow_loopback=())
    assert isinstance(result.error, PermanentError)
    assert (result.error.code, connected) == ("blocked-url", [])


def test_the_next_address_is_tried_when_one_does_not_answer(server: HostileServer) -> None:
    resolver = Resolver(["::1", "127.0.0.1"])  # the server listens on IPv4 only
    result = fetch(f"http://two.example:{server.port}/", resolver=resolver)
    assert result.error is None
    assert result.exchanges[0].ip == "127.0.0.1"


def blocked(url: str, **changes: object) -> str | None:
    """The code the guard gives before anything is resolved, None where it lets the URL pass."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    guard = Guard(replace(LOCAL, allow_loopback=(), **changes))  # type: ignore[arg-type]
    try:
        guard.check_name(parts.scheme, parts.hostname or "", port, url)
    except PermanentError as error:
        return error.code
    return None


def test_only_listed_ports_are_asked() -> None:
    assert blocked("http://a.example:22/") == "blocked-url"
    assert blocked("http://a.example:6379/") == "blocked-url"
    assert blocked("http://a.example/") is None
    assert blocked("http://a.example:81/", allowed_ports=(81,)) is None
    assert blocked("http://a.example/", allowed_ports=(81,)) == "blocked-url"


def test_where_loopback_is_allowed_other_addresses_keep_to_the_ports(connected: list[str]) -> None:
    error = fetch("http://a.example:6379/", resolver=Resolver(["93.184.215.14"])).error
    assert isinstance(error, PermanentError)
    assert (error.code, connected) == ("blocked-url", [])


def test_only_http_and_https_are_spoken() -> None:
    assert blocked("ftp://a.example/") == "blocked-url"
    assert blocked("file:///etc/passwd") == "blocked-url"


def test_a_list_of_allowed_hosts_refuses_all_others() -> None:
    only = {"allow_hosts": ("news.example", "*.press.example")}
    assert blocked("http://news.example/", **only) is None
    assert blocked("http://www.NEWS.example./", **only) is None
    assert blocked("http://a.press.example/", **only) is None
    assert blocked("http://badnews.example/", **only) == "blocked-url"
    assert blocked("http://news.example.evil.example/", **only) == "blocked-url"


def test_denied_hosts_and_their_subdomains_are_refused() -> None:
    assert blocked("http://tracker.example/", deny_hosts=("tracker.example",)) == "blocked-url"
    assert blocked("http://a.b.tracker.example/", deny_hosts=("tracker.example",)) == "blocked-url"
    assert blocked("http://nottracker.example/", deny_hosts=("tracker.example",)) is None


def test_allowing_loopback_allows_nothing_else(server: HostileServer) -> None:
    assert fetch(server.base + "/").error is None
    for host in ("10.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]", "0.0.0.0", "[::127.0.0.1]"):
        error = fetch(f"http://{host}/").error
        assert error is not None
        assert error.code == "blocked-url", host


def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, server: HostileServer
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert fetch(server.base + "/").error is None


def test_credentials_in_a_url_are_neither_sent_nor_stored(server: HostileServer) -> None:
    result = fetch(f"http://user:secret@127.0.0.1:{server.port}/")
    (exchange,) = result.exchanges
    assert exchange.url == server.base + "/"
    assert b"secret" not in exchange.request
    assert b"uthorization" not in exchange.request
