"""The application behind its own server on loopback."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pressmark.access.app import Application
from pressmark.access.server import Server


@contextmanager
def serving(application: Application) -> Iterator[int]:
    """Serve on a free port of 127.0.0.1, which is given."""
    server = Server(application, port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.stop()
        thread.join(20)
        assert not thread.is_alive()


def get(port: int, target: str, *, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """Ask with a client that sends the target as it is; the body has been read, and is in ``text``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
    connection.close()
    return answer
