"""The application in the place of web.archive.org: clients that know no other address are run as they are.

A proxy (RFC 9110 section 9.3.6, CONNECT) leads that one name to a TLS server of ours, with a certificate of a CA that
lives as long as the test. Clients find both in their environment.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import trustme

from pressmark.access.messages import Request, Response

NAMES = ("web.archive.org", "archive.org")


class WaybackMachine:
    """The place while it is entered. environment: variables that lead a client here. asked: method and target of each
    request."""

    def __init__(self, application: Callable[[Request], Response], folder: Path) -> None:
        self.asked: list[tuple[str, str]] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers: dict[str, str] = {}
                for name, value in self.headers.items():
                    headers[name.lower()] = (
                        f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
                    )
                asked.append((self.command, self.path))
                origin = f"https://{self.headers['Host'].removesuffix(':443')}"
                response = application(Request(self.command, self.path, origin, headers, body, "127.0.0.1"))
                whole = response.whole()
                self.send_response(response.status)
                for name, value in response.headers:
                    if name.lower() != "content-length" or self.command == "HEAD":
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole)

            do_GET = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - as http.server names them

            def log_message(self, format: str, *args: Any) -> None:
                pass

        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ca.issue_cert(*NAMES).configure_cert(context)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._proxy = socket.create_server(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{self._proxy.getsockname()[1]}"
        bundle = str(folder / "ca.pem")
        self.environment = {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), bundle),
            "no_proxy": "127.0.0.1",
            "HOME": str(folder),
        }

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._proxy.shutdown(socket.SHUT_RDWR)
        self._proxy.close()
        self._server.shutdown()
        self._server.server_close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._proxy.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (piece := client.recv(4096)):
                head += piece
            words = head.split(b" ")
            if words[0] != b"CONNECT" or words[1].decode("latin-1") not in [f"{name}:443" for name in NAMES]:
                client.sendall(b"HTTP/1.1 403 Only the archive\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._server.server_port)) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pipe, args=(server, client), daemon=True)
                back.start()
                _pipe(client, server)
                back.join()


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
