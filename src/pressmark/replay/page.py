"""ReplayWeb.page for a WACZ: a folder with three small files that any web server can serve, and such a server."""

import html
import json
import shutil
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from pressmark.callers import OwnCallersOnly
from pressmark.errors import PressmarkError
from pressmark.ranging import byte_range
from pressmark.replay.player import ASSETS


def write_page(
    folder: Path, *, wacz: str, title: str, url: str = "", timestamp: str = "", assets: str = ASSETS
) -> None:
    """Write index.html, and the player's frame and service worker, which show a WACZ in the same folder.

    url, timestamp: the page to open first. assets: the folder with ui.js and sw.js, or its URL; from a folder of this
    machine they are copied. Raises PressmarkError if it does not have them.
    """
    if Path(assets).is_dir():
        _copy_player(Path(assets), folder)
        assets = "."
    attributes = {"source": wacz, "replayBase": "./replay/", "embed": "default"}
    attributes |= {name: value for name, value in (("url", url), ("ts", timestamp)) if value}
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    (folder / "index.html").write_text(
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        "<style>html, body, replay-web-page { margin: 0; height: 100%; display: block }</style>\n"
        f'<script src="{html.escape(assets)}/ui.js"></script>\n'
        f"<replay-web-page {written}></replay-web-page>\n</html>\n",
        encoding="utf-8",
    )
    worker = folder / "replay"
    worker.mkdir(exist_ok=True)
    base = ".." if assets == "." else assets
    (worker / "index.html").write_text(frame_html(base), encoding="utf-8")
    (worker / "sw.js").write_text(worker_js(base), encoding="utf-8")


def frame_html(assets: str) -> str:
    """Return the page of the player's frame.

    The service worker answers this request, too, but a browser may send it before the worker is active. assets: URL of
    the folder with ui.js.
    """
    return (
        f'<!doctype html>\n<meta charset="utf-8">\n<script src="{html.escape(assets)}/ui.js"></script>\n'
        "<replay-app-main></replay-app-main>\n"
    )


def worker_js(assets: str) -> str:
    """Return the player's service worker, for the origin that serves it. assets: URL of the folder with sw.js."""
    return f"importScripts({json.dumps(f'{assets}/sw.js')});\n"


def _copy_player(source: Path, folder: Path) -> None:
    for name in ("ui.js", "sw.js"):
        try:
            shutil.copyfile(source / name, folder / name)
        except OSError as error:
            raise PressmarkError(f"{source} is not a copy of ReplayWeb.page: {error}") from error


class _Handler(OwnCallersOnly, SimpleHTTPRequestHandler):
    """Serves files of a folder, with byte ranges (RFC 9110 section 14): a player reads a WACZ in pieces."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        size = path.stat().st_size
        asked = byte_range(self.headers.get("Range", ""), size)
        if asked is None and self.headers.get("Range", "").startswith("bytes="):
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, last = asked or (0, size - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(last - first + 1))
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if body:
            with path.open("rb") as file:
                file.seek(first)
                left = last - first + 1
                while left > 0 and (piece := file.read(min(left, 1 << 20))):
                    self.wfile.write(piece)
                    left -= len(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class PageServer:
    """Serves a folder on this machine within its ``with`` block. url: its address."""

    def __init__(self, folder: Path, *, port: int) -> None:
        def handler(*args: Any) -> _Handler:
            return _Handler(*args, directory=str(folder))

        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        # Service workers need a secure context, which this is. Not localhost: there pressmark web has its own pages,
        # and a worker that an archived page leaves behind would act as one of them.
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="page", daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
