"""The socket against the clock, without a socket and without waiting."""

import pytest

from pressmark.clock import Outside
from pressmark.errors import TransientError
from pressmark.http.wire.source import Source, Stop


class SilentSocket:
    """Times out whenever it is asked, and notes how long it would have waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def settimeout(self, seconds: float) -> None:
        self.waited.append(seconds)

    def recv(self, size: int) -> bytes:
        raise TimeoutError


def source(sock: SilentSocket, *, until: float, read_timeout: float) -> Source:
    outside = Outside(monotonic=lambda: 100.0)
    return Source(sock, outside, read_timeout=read_timeout, until=until, url="http://a.example/")  # type: ignore[arg-type]


def test_it_waits_for_the_next_byte_no_longer_than_the_longest_silence() -> None:
    sock = SilentSocket()
    with pytest.raises(Stop) as caught:
        source(sock, until=150.0, read_timeout=20.0).more()
    assert sock.waited == [20.0]
    assert isinstance(caught.value.error, TransientError)
    assert (caught.value.truncated, caught.value.error.code) == ("time", "read-timeout")


def test_it_waits_no_longer_than_the_page_has_time() -> None:
    sock = SilentSocket()
    with pytest.raises(Stop) as caught:
        source(sock, until=103.0, read_timeout=20.0).more()
    assert sock.waited == [3.0]
    assert (caught.value.truncated, caught.value.error) == ("time", None)


def test_it_does_not_wait_at_all_when_time_is_up() -> None:
    sock = SilentSocket()
    with pytest.raises(Stop):
        source(sock, until=100.0, read_timeout=20.0).more()
    assert sock.waited == []
