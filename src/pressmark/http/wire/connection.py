"""Connections to exactly the address that the guard has checked.

urllib3 sets up the connection and verifies the server's certificate; this module replaces only its step
that resolves a name and connects (``_new_conn``). Proxies named by the environment are not used: urllib3's
connection classes use a proxy only if one is passed to them.
"""

import errno
import queue
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Protocol

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError as Urllib3Error
from urllib3.util.ssl_match_hostname import CertificateError

from pressmark.clock import Outside
from pressmark.errors import CaptureError, PermanentError, TransientError
from pressmark.http.exchange import Timings
from pressmark.http.guard import Address, Guard
from pressmark.http.wire.reasons import plain
from pressmark.http.wire.request import Target

Resolver = Callable[[str, int], list[str]]
"""Resolves a name and port to addresses as text, best first; raises socket.gaierror as getaddrinfo does."""


class Trust(Protocol):
    """Returns a TLS context."""

    def __call__(self, *, legacy: bool = False, by_urllib3: bool = False) -> ssl.SSLContext:
        """legacy: one that accepts servers without RFC 5746. by_urllib3: one that urllib3 may change."""


_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of connect() if there is no route, no address of the family, or no such protocol at all."""

_GONE = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5))


def system_resolver(host: str, port: int) -> list[str]:
    """Resolve a name with the operating system, which sorts addresses by RFC 6724."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


_LEGACY = "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"
"""OpenSSL's error for a server without RFC 5746."""


@cache
def default_trust(*, legacy: bool = False, by_urllib3: bool = False) -> ssl.SSLContext:  # noqa: ARG001 - a key of the cache
    """Return the TLS context of production: system roots, certificates and names verified. Each is built once: it
    costs tens of milliseconds of CPU.

    legacy: for servers without RFC 5746, which browsers accept, too. That RFC makes renegotiation safe, and nothing is
    renegotiated here. by_urllib3: a separate one for hosts whose names urllib3 compares with the certificate, because
    urllib3 changes the context permanently.
    """
    context = ssl.create_default_context()
    if legacy:
        context.options |= ssl.OP_LEGACY_SERVER_CONNECT
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):  # an image without system roots: use those of boto3
        import botocore.httpsession

        context.load_verify_locations(botocore.httpsession.where())
    return context


@dataclass(slots=True)
class Opening:
    """A connection that is to be opened.

    until: when it must be open, in outside.monotonic() seconds. timings: dns, connect and tls are filled in.
    address, connected: the address that the socket is connected to, and since when, in the same seconds.
    """

    to: Target
    guard: Guard
    resolver: Resolver
    outside: Outside
    until: float
    timings: Timings
    address: Address | None = None
    connected: float = 0.0

    def left(self) -> float:
        """Seconds left. Raises TimeoutError if there are none."""
        left = self.until - self.outside.monotonic()
        if left <= 0:
            raise TimeoutError("no time left to connect")
        return left

    def socket(self) -> socket.socket:
        """Resolve once, check all addresses, and connect to one of exactly these. Raises PermanentError or OSError."""
        to, monotonic = self.to, self.outside.monotonic
        self.guard.check_name(to.scheme, to.host, to.port, to.url)
        began = monotonic()
        texts = _resolve(self.resolver, to.host, to.port, self.left())
        resolved = monotonic()
        self.timings.dns = (resolved - began) * 1000
        addresses = self.guard.check_addresses(to.host, texts, to.port, to.url)
        failure: OSError | None = None
        for index, address in enumerate(addresses):
            # Each gets an equal share of the time left, so that a dead first address leaves time for the others.
            share = self.left() / (len(addresses) - index)
            try:
                sock = connect_to(address, to.port, share)
            except OSError as error:
                # A function outside a VPC has no IPv6: an IPv6 address that fails there says nothing about the site.
                if not (
                    error.errno in _UNREACHABLE
                    and isinstance(address, IPv6Address)
                    and not has_route(address)
                ):
                    failure = error
                continue
            self.address = address
            self.connected = monotonic()
            self.timings.connect = (self.connected - resolved) * 1000
            sock.settimeout(self.left())  # for the TLS handshake, if there is one
            return sock
        if failure is None:
            raise PermanentError(
                "no-ipv6",
                f"{to.host} has IPv6 addresses only, and this deployment cannot reach the IPv6 Internet",
                url=to.url,
                address=str(addresses[0]),
            )
        raise failure


def has_route(address: IPv6Address) -> bool:
    """Whether this machine has a route to an address. A UDP connect sends nothing: it only looks up the route."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 443))
    except OSError:
        return False
    return True


def connect_to(address: Address, port: int, timeout: float) -> socket.socket:
    """Open a TCP connection within ``timeout`` seconds. Raises OSError."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect((str(address), port))
    except BaseException:
        sock.close()
        raise
    return sock


def _resolve(resolver: Resolver, host: str, port: int, timeout: float) -> list[str]:
    """Run a resolver, which has no timeout itself, on a thread that is abandoned after ``timeout`` seconds."""
    answer: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=timeout)
    except queue.Empty:
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver did not answer in time") from None
    if isinstance(found, UnicodeError):
        raise socket.gaierror(socket.EAI_NONAME, str(found)) from found
    if isinstance(found, OSError):
        raise found
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return found


class _Plain(HTTPConnection):
    """http, connected by :class:`Opening`."""

    def __init__(self, opening: Opening, **options: Any) -> None:
        super().__init__(opening.to.host, opening.to.port, **options)
        self._opening = opening

    def _new_conn(self) -> socket.socket:
        return self._opening.socket()


class _Secure(HTTPSConnection):
    """https, connected by :class:`Opening`; urllib3 does the TLS handshake and verifies the certificate."""

    def __init__(self, opening: Opening, **options: Any) -> None:
        super().__init__(opening.to.host, opening.to.port, **options)
        self._opening = opening

    def _new_conn(self) -> socket.socket:
        return self._opening.socket()


class Connection:
    """An open connection. sock: send and receive here; ip: the address connected to, as RFC 5952 writes it;
    tls: TLS version for WARC-Protocol (``tls/1.3``) or None; cipher_suite: IANA's name or None; legacy: whether
    the server lacks RFC 5746.
    """

    def __init__(self, sock: socket.socket, address: Address, *, legacy: bool = False) -> None:
        self.sock = sock
        self.legacy = legacy
        self.ip = str(address)
        self.tls: str | None = None
        self.cipher_suite: str | None = None
        if isinstance(sock, ssl.SSLSocket):
            self.tls = (sock.version() or "tls").lower().replace("tlsv", "tls/")
            cipher = sock.cipher()
            self.cipher_suite = iana_name(cipher[0]) if cipher else None

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def open_connection(opening: Opening, trust: "Trust", *, legacy: bool = False) -> Connection:
    """Connect to a target, including TLS, before the opening's time is over.

    trust: returns the TLS context; called for https only. legacy: whether to accept a server without RFC 5746. If the
    handshake fails because the server lacks it, a second connection is opened that accepts this.
    Raises PermanentError (refused by the guard, no such host, certificate not valid) or TransientError.
    """
    to = opening.to
    opening.address = None
    pool: HTTPConnection
    if to.scheme == "https":
        # OpenSSL does not let a wildcard match a name with an underscore; browsers and urllib3 do.
        odd = "_" in to.host
        context = trust(legacy=legacy, by_urllib3=odd)
        pool = _Secure(opening, ssl_context=context, assert_hostname=to.host if odd else None)
    else:
        pool = _Plain(opening)
    try:
        pool.connect()
    except CaptureError:
        raise
    except socket.gaierror as error:
        kind = PermanentError if error.errno in _GONE else TransientError
        raise kind(
            "invalid-host-resolution", f"{to.host} did not resolve: {plain(error)}", url=to.url
        ) from error
    except (ssl.SSLError, ssl.CertificateError, CertificateError, Urllib3Error) as error:
        pool.close()
        if not legacy and isinstance(error, ssl.SSLError) and error.reason == _LEGACY:
            return open_connection(opening, trust, legacy=True)
        raise _tls_failure(error, to, opening) from error
    except OSError as error:
        pool.close()
        shaking = "TLS handshake with" if opening.address is not None else "connection to"
        raise TransientError(
            "cannot-fetch",
            f"{shaking} {to.host}:{to.port} failed: {plain(error)}",
            url=to.url,
            address=_text(opening.address),
        ) from error
    sock, address = pool.sock, opening.address
    if sock is None or address is None:  # connect() either raises or sets both
        raise TransientError("cannot-fetch", f"no connection to {to.host}", url=to.url)
    if to.scheme == "https":
        opening.timings.tls = (opening.outside.monotonic() - opening.connected) * 1000
    return Connection(sock, address, legacy=legacy)


def _tls_failure(error: Exception, to: Target, opening: Opening) -> CaptureError:
    hangup = isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    kind = TransientError if hangup else PermanentError
    return kind(
        "tls-error", f"TLS with {to.host} failed: {plain(error)}", url=to.url, address=_text(opening.address)
    )


def _text(address: Address | None) -> str | None:
    return None if address is None else str(address)


# OpenSSL's names of the TLS 1.2 suites that a default context offers, with IANA's names; for TLS 1.3, both use
# the same names.
_SUITES = {
    f"{exchange}-{openssl}": f"TLS_{exchange.replace('-', '_')}_WITH_{iana}"
    for exchange in ("ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA")
    for openssl, iana in (
        ("AES128-GCM-SHA256", "AES_128_GCM_SHA256"),
        ("AES256-GCM-SHA384", "AES_256_GCM_SHA384"),
        ("CHACHA20-POLY1305", "CHACHA20_POLY1305_SHA256"),
        ("AES128-SHA256", "AES_128_CBC_SHA256"),
        ("AES256-SHA384", "AES_256_CBC_SHA384"),
        ("AES256-SHA256", "AES_256_CBC_SHA256"),
        ("AES128-SHA", "AES_128_CBC_SHA"),
        ("AES256-SHA", "AES_256_CBC_SHA"),
        ("AES128-CCM", "AES_128_CCM"),
        ("AES256-CCM", "AES_256_CCM"),
    )
} | {
    "AES128-GCM-SHA256": "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "AES256-GCM-SHA384": "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "AES128-SHA256": "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "AES256-SHA256": "TLS_RSA_WITH_AES_256_CBC_SHA256",
    "AES128-SHA": "TLS_RSA_WITH_AES_128_CBC_SHA",
    "AES256-SHA": "TLS_RSA_WITH_AES_256_CBC_SHA",
}


def iana_name(openssl: str) -> str | None:
    """Return IANA's name of a cipher suite, from OpenSSL's name; None for one that is not known here."""
    return openssl if openssl.startswith("TLS_") else _SUITES.get(openssl)
