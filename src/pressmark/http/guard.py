"""Decides where a request may go: checks each URL's scheme, host and port, and each IP address before connecting to it.

Anybody may have put a URL on the queue. It must not cause a request to something that only this
deployment can reach: its credentials service, its network, itself. A name proves nothing, so the resolved
address of each connection is checked (D8), and :mod:`pressmark.http.wire.connection` connects to exactly the
address that was checked: no name is resolved twice, so nothing can change in between.

An address is allowed only if it is globally reachable unicast by IANA's special-purpose registries (RFC
6890). An IPv6 address that embeds an IPv4 address is judged by the embedded one, or always refused if the
mechanism is retired.
"""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from pressmark.errors import PermanentError
from pressmark.http.hosts import HostLists
from pressmark.settings import Settings
from pressmark.urls import host_of, loopback_address, port_of

Address = IPv4Address | IPv6Address

# IANA IPv4 Special-Purpose Address Registry. Written out, so that a new Python version with another idea of
# is_global cannot allow more.
_REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared address space of carriers, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927: instance and container credentials are served here
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, retired by RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, and limited broadcast, RFC 1112, RFC 919
        "168.63.129.16/32",  # Azure's host agent: a public address, but not a web site
    )
)

# The one block from which global unicast addresses are allocated (RFC 4291 section 2.4, IANA's allocation). All
# others are refused unless named below: ::/8 with its compatible and translated forms, ULA, link-local, site-local,
# multicast, discard-only, SRv6.
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo (RFC 4380), ORCHID, benchmarking, DRIP
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, carries an IPv4 address, retired by RFC 7526
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 section 2.5.5.2
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: what DNS64 makes of a public IPv4 address
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214 section 6.1: upper half of the interface identifier


def embedded_v4(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that a mapped, NAT64 or ISATAP IPv6 address embeds, or None."""
    if isinstance(address, IPv4Address):
        return None
    if address in _MAPPED or address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_global(address: Address) -> bool:
    """Whether an address is one anybody on the Internet could reach: public unicast and nothing else."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    if address.scope_id is not None:
        return False
    inner = embedded_v4(address)
    if inner is not None and not is_global(inner):
        return False
    if address in _MAPPED or address in _NAT64:
        return True
    return (
        address in _GLOBAL_V6 and address.is_global and not any(address in network for network in _REFUSED_V6)
    )


def is_loopback(address: Address) -> bool:
    """Whether an address is this machine: 127.0.0.0/8, ::1, or 127.0.0.0/8 in mapped form."""
    if isinstance(address, IPv6Address) and address in _MAPPED:
        return IPv4Address(int(address) & 0xFFFFFFFF).is_loopback
    return address.is_loopback


class Guard:
    """The rules of one deployment. Every refusal is a PermanentError ``blocked-url`` that says why.

    Loopback addresses are refused, except those that a person named, each with its port (``allow_loopback``, local
    runs only); no redirect, name server or file can add one. Once a redirect chain has led to any other host,
    :meth:`toward` refuses the named ones, too, for the rest of the chain: a stranger's page cannot lead there.
    """

    def __init__(self, settings: Settings, hosts: HostLists | None = None) -> None:
        """hosts: the deployment's lists of hosts, required if one of them is in its bucket."""
        self._ports = frozenset(settings.allowed_ports)
        self._hosts = hosts or HostLists(settings)
        self._loopback = settings.allow_loopback
        self._closed = Guard(replace(settings, allow_loopback=()), self._hosts) if self._loopback else self

    def toward(self, url: str) -> "Guard":
        """Return the guard for a chain from its next hop on: this one, or a stricter one. url: that hop's, cleaned."""
        return self if self._is_named(host_of(url), port_of(url)) else self._closed

    def check_name(self, scheme: str, host: str, port: int, url: str = "") -> None:
        """Refuse what can be refused before anything is resolved: scheme, host lists, port.

        Raises PermanentError, or ArchiveError while a list of hosts cannot be read. The port of a named loopback
        host is allowed here, and checked again together with the addresses that the host resolves to.
        """
        if scheme not in ("http", "https"):
            raise PermanentError("blocked-url", f"the scheme is {scheme!r}: only http and https", url=url)
        if (reason := self._hosts.refusal(host)) is not None:
            raise PermanentError("blocked-url", reason, url=url)
        if port not in self._ports and not self._is_named(host, port):
            raise _port_refused(port, url)

    def check_addresses(self, host: str, texts: Iterable[str], port: int, url: str = "") -> list[Address]:
        """Return the addresses that may be connected to: all of them, or none.

        texts: the addresses that the host resolved to. If one is forbidden, all are refused: a public name with
        a private address next to its public one is an attack or a mistake.
        Raises PermanentError with ``address`` set.
        """
        addresses = []
        for text in texts:
            try:
                address = ip_address(text)
            except ValueError:
                raise PermanentError(
                    "blocked-url", f"not an IP address: {text!r}", url=url, address=text
                ) from None
            self._check(host, address, port, url)
            addresses.append(address)
        return addresses

    def _is_named(self, host: str, port: int) -> bool:
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        # A port alone allows that port of every host whose name means this machine.
        return authority in self._loopback or (
            str(port) in self._loopback and loopback_address(f"http://{authority}/") is not None
        )

    def _check(self, host: str, address: Address, port: int, url: str) -> None:
        if is_loopback(address) and self._is_named(host, port):
            return
        if not is_global(address):
            raise PermanentError(
                "blocked-url", f"{address} is not a public address", url=url, address=str(address)
            )
        if port not in self._ports:
            raise _port_refused(port, url)


def _port_refused(port: int, url: str) -> PermanentError:
    return PermanentError("blocked-url", f"port {port} is not on the list of allowed ports", url=url)
