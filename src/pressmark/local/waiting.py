"""A server in a thread, which costs nothing while nobody connects."""

import contextlib
import socket
import socketserver
import threading

SECONDS = 1.0
"""How long ending may take where no connection can wake the thread."""


class Waiting:
    """Answers the connections of a server in a thread of its own, from now until ``end``.

    It waits until a connection comes: ``serve_forever`` would look every moment whether it is to end.
    """

    def __init__(self, server: socketserver.TCPServer, name: str) -> None:
        self._server = server
        self._ended = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        self._server.timeout = SECONDS
        while not self._ended:
            self._server.handle_request()

    def end(self) -> None:
        """End the thread and close the server."""
        self._ended = True
        host, port = self._server.server_address[:2]
        # This wakes the thread. It fails where no descriptor is left, and nobody may accept it: another client's
        # connection may have woken the thread first, and others may fill the queue.
        with contextlib.suppress(OSError):
            socket.create_connection((_here(str(host)), port), timeout=SECONDS).close()
        self._thread.join()
        self._server.server_close()


def _here(host: str) -> str:
    """The address by which this machine reaches a server that listens on a host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing listens on it here
