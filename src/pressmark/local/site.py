"""The local web site: sample pages, so that a first run works offline."""

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from pressmark.callers import OwnCallersOnly
from pressmark.local.template import ROOT
from pressmark.local.waiting import Waiting

PAGES = ROOT / "tests" / "fixtures" / "pages"
"""Hand-written pages with invented text; the tests use them, too."""

PORT = 8000
"""The port that is tried first, so that a page has the same URL in every run."""

PICTURE = b"""\
<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675"><rect width="100%" height="100%" fill="#888"/></svg>
"""
"""Stands in for every picture that the pages name and the folder does not have."""

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".svg", ".ico")


class _Handler(OwnCallersOnly, SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "PressmarkSamples"

    def do_GET(self) -> None:
        path = self.path.split("?", 1)[0]
        if path == "/robots.txt":
            self._send(b"User-agent: *\nAllow: /\n", "text/plain")
        elif path.lower().endswith(PICTURE_SUFFIXES) and not Path(self.translate_path(path)).exists():
            self._send(PICTURE, "image/svg+xml")
        else:
            super().do_GET()

    def send_head(self) -> Any:
        """Answer 404 for a path with a zero byte, for which the standard library's open() raises ValueError."""
        if "\0" in unquote(self.path):
            self.send_error(404)
            return None
        return super().send_head()

    def _send(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the run's own display shows what is fetched."""


class Site:
    """Serves a folder on loopback within its ``with`` block."""

    def __init__(self, folder: Path = PAGES, port: int = PORT, host: str = "127.0.0.1") -> None:
        self._folder = folder

        class Handler(_Handler):
            names = (host,)

            def __init__(self, *args: Any) -> None:
                super().__init__(*args, directory=str(folder))

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError:  # taken: any other port will do
            self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.base = f"http://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._waiting = Waiting(self._server, "site")
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.end()

    def close(self) -> None:
        """Release the port of a site that has served nothing."""
        self._server.server_close()

    @property
    def urls(self) -> list[str]:
        """URL of every page in the folder."""
        return [
            f"{self.base}/{path.relative_to(self._folder).as_posix()}"
            for path in sorted(self._folder.rglob("*.html"))
        ]
