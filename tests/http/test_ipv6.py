"""Sites with IPv6 addresses, asked from where there is no IPv6: a Lambda function outside a VPC."""

import errno
import os
import socket
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest
from tests.hostile.fixtures import fetch

from pressmark.errors import PermanentError, TransientError
from pressmark.http.wire import connection as connections

V6 = ["2606:4700::1111", "2606:4700::2222"]
V4 = "93.184.215.14"

Fail = Callable[[int, int], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let connections fail with one error number over IPv6 and another over IPv4."""

    def install(v6: int, v4: int) -> None:
        def connect(address: Any, port: int, timeout: float) -> socket.socket:
            number = v4 if isinstance(address, IPv4Address) else v6
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(connections, "connect_to", connect)

    return install


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda there: monkeypatch.setattr(connections, "has_route", lambda _: there)


@pytest.mark.parametrize(
    "number", [errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH]
)
def test_a_site_with_ipv6_only_fails_for_good_with_a_code_that_says_so(
    fail: Fail, route: Callable[[bool], None], number: int
) -> None:
    fail(number, errno.ECONNREFUSED)
    route(False)

    error = fetch("http://six.example/", resolver=lambda *_: V6).error

    assert isinstance(error, PermanentError)
    assert (error.code, error.address) == ("no-ipv6", V6[0])
    assert "six.example" in error.reason
    assert "IPv6" in error.reason


def test_where_there_is_ipv6_an_unreachable_site_may_come_back(
    fail: Fail, route: Callable[[bool], None]
) -> None:
    fail(errno.ENETUNREACH, errno.ECONNREFUSED)
    route(True)

    error = fetch("http://six.example/", resolver=lambda *_: V6).error

    assert isinstance(error, TransientError)
    assert error.code == "cannot-fetch"


@pytest.mark.parametrize("addresses", [[V4, *V6], [*V6, V4]])
def test_of_a_site_with_both_the_failure_that_counts_is_that_of_ipv4(
    fail: Fail, route: Callable[[bool], None], addresses: list[str]
) -> None:
    fail(errno.ENETUNREACH, errno.ECONNREFUSED)
    route(False)

    error = fetch("http://both.example/", resolver=lambda *_: addresses).error

    assert isinstance(error, TransientError)
    assert os.strerror(errno.ECONNREFUSED) in error.reason


def test_a_refused_connection_over_ipv6_is_the_sites_failure(
    fail: Fail, route: Callable[[bool], None]
) -> None:
    fail(errno.ECONNREFUSED, errno.ECONNREFUSED)
    route(False)

    error = fetch("http://six.example/", resolver=lambda *_: V6).error

    assert error is not None
    assert error.code == "cannot-fetch"
