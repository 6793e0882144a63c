"""The application behind its own server on loopback."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
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


def get(
    port: int, target: str, *, method: str = "GET", form: str = "", **headers: str
) -> http.client.HTTPResponse:
    """Ask with a client that sends the target as it is; the body has been read, and is in ``text``.

    form: fields that are sent with it.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, target, skip_host="host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if form:
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(len(form)))
    connection.endheaders(form.encode() or None)
    answer = connection.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]
    connection.close()
    return answer


@contextmanager
def showing(archive: Archive, player: str) -> Iterator[str]:
    """Serve an archive with its pages at localhost and what it shows at 127.0.0.1; the first's address is given."""
    with ExitStack() as stack:
        ports = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)
        ]
        stack.close()
        options = Options(local=True, replay_url=f"http://127.0.0.1:{ports[1]}", player=player)
        application = Application(replace(archive, options=options))
        for port in ports:
            server = Server(application, port=port)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            stack.callback(thread.join, 20)
            stack.callback(server.stop)
        yield f"http://localhost:{ports[0]}"
