"""The embedded AWS ends, whatever is left of this process's means."""

import errno
import socket
import threading
from typing import Any

import pytest

from pressmark.local.server import EmbeddedAws


def test_it_ends_without_a_descriptor_for_the_connection_that_would_wake_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    before = set(threading.enumerate())  # the server of other tests among them
    with EmbeddedAws() as aws:
        port = int(aws.endpoint.rpartition(":")[2])
        monkeypatch.setattr(socket, "create_connection", full)
    assert "aws" not in {thread.name for thread in set(threading.enumerate()) - before}
    socket.create_server(("127.0.0.1", port)).close()
