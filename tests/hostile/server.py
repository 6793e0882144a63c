"""The hostile server: every path is a script of what goes over the wire.

    with HostileServer() as server:
        url = server.page("/a", b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi")
        url = server.script("/slow", lambda wire: wire.send(b"HTTP/1.1 2").until_closed())

It never sleeps: what takes forever waits for the client to hang up.
"""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

MAX_REMEMBERED = 8 * 1024 * 1024
"""Bytes of a conversation that are remembered; what has no end must not be kept to its end."""

_conversations: list["Wire"] = []


def conversations(request: bytes) -> list[bytearray]:
    """What all servers sent in answer to a request, a string a connection, since they were last forgotten."""
    return [wire.sent for wire in _conversations if wire.request in (request, b"")]


def forget_conversations() -> None:
    """Begin anew."""
    _conversations.clear()


class Wire:
    """One accepted connection. request: the head the client sent. sent: what it was answered."""

    def __init__(self, sock: socket.socket, request: bytes) -> None:
        self.sock = sock
        self.request = request
        self.sent = bytearray()
        _conversations.append(self)

    @property
    def path(self) -> str:
        return self.request.split(b" ")[1].decode("latin-1")

    def header(self, name: str) -> str | None:
        for line in self.request.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return None

    def send(self, *parts: bytes) -> Self:
        """Send, each part in a call of its own."""
        for part in parts:
            self._send(part)
        return self

    def _send(self, part: bytes) -> None:
        if len(self.sent) < MAX_REMEMBERED:
            self.sent += part  # before it goes out: the client may be done with it first
        self.sock.sendall(part)

    def stream(self, parts: Iterable[bytes]) -> Self:
        """Send what may have no end, until the client has had enough."""
        for part in parts:
            self._send(part)
        return self

    def until_closed(self) -> Self:
        """Say nothing more until the client hangs up."""
        with contextlib.suppress(OSError):
            while self.sock.recv(4096):
                pass
        return self

    def half_close(self) -> Self:
        """Say that no more will be said."""
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def reset(self) -> Self:
        """Drop the connection with a RST in place of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        return self


Script = Callable[[Wire], object]


class HostileServer:
    """Listens on a free port of 127.0.0.1. requests: every request head received, in order."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", greeting: bytes = b""
    ) -> None:
        """greeting: said to every connection before anything is read; nothing else is said then."""
        self._tls = tls
        self._greeting = greeting
        self._scripts: dict[str, Script] = {}
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        scheme = "https" if tls else "http"
        self.base = f"{scheme}://{host}:{self.port}"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, name="hostile", daemon=True)

    def page(self, path: str, raw: bytes) -> str:
        """Answer a path with exactly these bytes, then close. Returns its URL."""
        return self.script(path, lambda wire: wire.send(raw))

    def script(self, path: str, script: Script) -> str:
        """Answer a path with whatever a function does to the connection. Returns its URL."""
        self._scripts[path] = script
        return self.base + path

    def script_of(self, path: str) -> Script:
        """What answers a path, without its query."""
        return self._scripts.get(path, _not_found)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and cut every connection that is still open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,), name="hostile", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
        plain = sock
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._greeting:
                Wire(sock, b"").send(self._greeting).half_close().until_closed()
                return
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                more = sock.recv(65536)
                if not more:
                    return
                request += more
            self.requests.append(request)
            wire = Wire(sock, request)
            self.script_of(wire.path.partition("?")[0])(wire)
        except OSError:
            pass  # the client hung up, which is what hostile servers see most
        finally:
            with self._lock:
                self._open.discard(plain)
            sock.close()


def _not_found(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
