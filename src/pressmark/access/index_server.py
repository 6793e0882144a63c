"""Serves pywb's replay on this machine: the archive's index, and files that pywb cannot open by itself."""

import re
import threading
from typing import Self
from urllib.parse import unquote

from pressmark.access import cdx
from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.messages import Request, Response
from pressmark.access.refusals import HttpError
from pressmark.access.routes import Route
from pressmark.access.server import Server
from pressmark.archive.content import Files
from pressmark.archive.ranges import Reader

FILES = "/files/"

MAX_RANGE_BYTES = 4 << 30

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})", re.ASCII)
"""A player asks for one record, whose offset and length it has from the index."""


def _part(archive: Archive, request: Request) -> Response:
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    first, last = (int(each) for each in asked.groups()) if asked else (0, -1)
    if first > last:
        raise HttpError(404, "ask for the bytes of one record, with a Range header")
    size = min(last - first + 1, MAX_RANGE_BYTES)
    data = archive.files.get(unquote(request.parts["key"]), first, size)
    return Response(206, [("Content-Type", "application/octet-stream")], data)


class IndexServer:
    """The server while it is entered.

    endpoint: its address, for ``cdx+http://...`` in a pywb configuration. files: the address of the archive's files by
    their keys, in ranges, including those in a WACZ.
    """

    def __init__(self, reader: Reader, files: Files) -> None:
        archive = Archive("", reader, files, options=Options(local=True))
        routes = (*cdx.ROUTES, Route(f"{FILES}(?P<key>.+)", _part))
        self._server = Server(Application(archive, routes=routes), port=0)
        self._thread = threading.Thread(target=self._server.run, name="index", daemon=True)
        self.endpoint = f"http://127.0.0.1:{self._server.port}/cdx"
        self.files = f"http://127.0.0.1:{self._server.port}{FILES}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join()
