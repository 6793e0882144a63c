"""A server's thread ends, whatever else is connected to it or waits to be."""

import socket
import socketserver
import threading
from contextlib import ExitStack
from typing import Any

import pytest

from pressmark.local import waiting
from pressmark.local.waiting import Waiting

connect = socket.create_connection


def test_it_ends_though_others_woke_it_first_and_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS", 0.1)
    ended = Waiting(
        socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler), "full of others"
    )
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "full of others")
    with ExitStack() as others:

        def after_others(address: Any, timeout: float) -> socket.socket:
            others.enter_context(connect(address))
            thread.join()
            for _ in range(8):  # the queue has room for five or six
                other = others.enter_context(socket.socket())
                other.setblocking(False)
                other.connect_ex(address)
            return connect(address, timeout=timeout)

        monkeypatch.setattr(socket, "create_connection", after_others)
        ended.end()
