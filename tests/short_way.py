"""boto3's requests to an embedded AWS of this process reach its application without a connection.

A connection and a thread for each request, and HTTP written and read twice, take more than the answer itself. Other
processes (of the function, of the command line, foreign tools) use HTTP, as they do everywhere; only those that are
forked by the hundred to be killed take a short way, too (``answering``).
"""

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Connection, Listener
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from urllib3 import HTTPResponse
from werkzeug.exceptions import InternalServerError

from pressmark.local import server


@contextmanager
def taken() -> Iterator[None]:
    """Send requests this way to every server of an embedded AWS that is made within the block."""
    applications: dict[tuple[str | None, int | None], Any] = {}
    make, send = server.make_server, URLLib3Session.send

    def make_server(*address: Any, **options: Any) -> Any:
        made = make(*address, **options)
        where = (made.host, made.server_port)
        close, applications[where] = made.server_close, made.app

        def server_close() -> None:
            applications.pop(where, None)
            close()

        made.server_close = server_close
        return made

    def send_directly(session: Any, request: Any) -> Any:
        url = urlsplit(request.url)
        application = applications.get((url.hostname, url.port))
        return send(session, request) if application is None else _answer(application, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "make_server", make_server)
        patch.setattr(URLLib3Session, "send", send_directly)
        yield


@contextmanager
def answering() -> Iterator[str]:
    """Let processes that a test forks send their requests through this one; yield the address for ``Asking``."""
    with TemporaryDirectory() as folder, Listener(f"{folder}/aws", backlog=32) as listener:

        def answer(connection: "Connection[Any, Any]") -> None:
            session = URLLib3Session()
            with connection, suppress(EOFError, ConnectionError):  # its process ended, or was killed
                while True:
                    got = session.send(AWSPreparedRequest(*connection.recv(), stream_output=False))
                    connection.send((got.status_code, list(got.headers.items()), got.content))

        def accept() -> None:
            with suppress(OSError):  # closed
                while True:
                    threading.Thread(target=answer, args=(listener.accept(),), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield str(listener.address)


class Asking:
    """Sends requests in a forked process: one connection for each thread, one request after the other."""

    def __init__(self, address: str) -> None:
        self._address, self._of_thread = address, threading.local()

    def send(self, request: Any) -> AWSResponse:
        """Replace URLLib3Session.send."""
        if not hasattr(self._of_thread, "connection"):
            self._of_thread.connection = Client(self._address)
        connection = self._of_thread.connection
        body = request.body.read() if hasattr(request.body, "read") else request.body
        connection.send((request.method, request.url, request.headers, body))
        return _response(request, *connection.recv())


def _answer(application: Any, request: Any) -> AWSResponse:
    """Ask a WSGI application (PEP 3333) as botocore asks a server."""
    said: list[Any] = []
    environ = _environ(request)
    try:
        pieces = application(environ, lambda *status_and_headers: said.extend(status_and_headers))
        body = b"".join(pieces)
        if hasattr(pieces, "close"):
            pieces.close()
    except Exception:  # noqa: BLE001 - as werkzeug's server does
        said.clear()
        body = b"".join(InternalServerError()(environ, lambda *all_of_it: said.extend(all_of_it)))
    return _response(request, int(said[0].split(" ")[0]), said[1], body)


def _response(request: Any, status: int, headers: list[tuple[str, str]], body: bytes) -> AWSResponse:
    raw = HTTPResponse(
        io.BytesIO(b"" if request.method == "HEAD" else body),
        headers=headers,
        status=status,
        preload_content=False,
        decode_content=False,
        request_method=request.method,
    )
    response = AWSResponse(request.url, status, raw.headers, raw)
    if not request.stream_output:
        response.content  # noqa: B018 - reads it
    return response


def _environ(request: Any) -> dict[str, Any]:
    url, body = urlsplit(request.url), request.body or b""
    body = body.encode() if isinstance(body, str) else body
    asked = url.path + (f"?{url.query}" if url.query else "")
    environ = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body) if isinstance(body, bytes | bytearray) else body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": asked,
        "RAW_URI": asked,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    if "HTTP_TRANSFER_ENCODING" in environ:
        environ["wsgi.input_terminated"] = True
    return environ
