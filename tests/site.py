"""A web site that sends exactly the bytes that a test sets, and remembers the requests."""

import socket
import socketserver
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from pressmark.local.waiting import Waiting


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    head: bytes
    """Request line and header lines, with the empty line."""
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """First value of a header."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


Answer = bytes | Callable[[Request], bytes]


def response(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    content_type: str | None = "text/html; charset=utf-8",
    headers: Sequence[tuple[str, str]] = (),
    framed: bool = True,
) -> bytes:
    """Put an HTTP/1.1 response together; framed: with a Content-Length."""
    lines = [f"HTTP/1.1 {status}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in headers]
    if framed:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


NOT_FOUND = response(b"not here", status="404 Not Found", content_type="text/plain")


class AnyLoopback(tuple[str, ...]):
    """For ``Settings.allow_loopback``: every name that resolves to this machine, at every port. No run can set it."""

    __slots__ = ()

    def __contains__(self, _address: object) -> bool:
        return True


ANY_LOOPBACK = AnyLoopback(("any",))


@dataclass
class RawSite:
    """Answers by path, with one response for each connection, which it then closes.

    ``serve`` takes raw bytes, a function of the request, or several of them for one request after another (the
    last one stays). What was not set is a 404, /robots.txt too.
    """

    host: str = "127.0.0.1"
    requests: list[Request] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    """The last raw response of each path."""
    _answers: dict[str, list[Answer]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        site = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                site.answer(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False
            address_family = socket.AF_INET6 if ":" in site.host else socket.AF_INET

        self._server = Server((self.host, 0), Handler)
        self._waiting = Waiting(self._server, "site")
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.end()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base(self) -> str:
        """http://host:port"""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def url(self, path: str = "/") -> str:
        return self.base + path

    def serve(self, path: str, *answers: Answer) -> str:
        """Set the raw answer (or the sequence of answers) of a path; return its URL."""
        self._answers[path] = list(answers)
        return self.url(path)

    def page(self, path: str, body: bytes | str, **options: object) -> str:
        """Set a page with ordinary headers (see ``response``); return its URL."""
        raw = body.encode() if isinstance(body, str) else body
        return self.serve(path, response(raw, **options))  # type: ignore[arg-type]

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.path == path]

    def answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        method, path, *_ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        request = Request(method, path, head + b"\r\n\r\n", body)
        self.requests.append(request)
        answers = self._answers.get(path) or self._answers.get(path.split("?", 1)[0]) or [NOT_FOUND]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        raw = answer(request) if callable(answer) else answer
        self.sent[path] = raw
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the client has closed the connection, which it may do
