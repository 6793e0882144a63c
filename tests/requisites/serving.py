"""Small sites with pictures and style, each a folder of `sites/`, served at two hosts of this machine.

A host is an address of 127.0.0.0/8: names below localhost do not resolve on every machine. `{here}` and `{other}` in a
file stand for the two. A picture that no file holds is made from its name: `weir-300x60.png` has 300 by 60 pixels, and
colours that no other address has. The two fonts were made for this with fontTools: their letters are blocks of two or
four heights, so that text shows which font it is drawn in.
"""

import hashlib
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITES = Path(__file__).parent / "sites"

NAMES = tuple(sorted(path.parent.name for path in SITES.glob("*/index.html")))

TITLES = {
    name: re.findall("<title>(.*)</title>", (SITES / name / "index.html").read_text("utf-8"))[0]
    for name in NAMES
}

NEEDS_SCRIPTS = ("modules", "scripts")
"""What is shown only if the page's script files were captured, too."""

HERE, OTHER = "127.0.0.1", "127.0.0.2"

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
}

LED = {
    "/redirects/moved.css": "/redirects/there/style.css",
    "/redirects/once.png": "there/house-100x40.png",
    "/redirects/away.png": "http://{other}/redirects/on.png",
    "/redirects/on.png": "town-100x40.png",
}
"""Where redirects lead to."""

_SIZE = re.compile(r"-(\d{1,3})x(\d{1,3})\.png$", re.IGNORECASE)


def picture(address: str) -> bytes | None:
    """Return the PNG of an address (path and query) whose name tells its size: two colours, slantwise; else None."""
    size = _SIZE.search(unquote(urlsplit(address).path))
    if size is None:
        return None
    width, height = int(size[1]), int(size[2])
    said = hashlib.sha256(address.encode()).digest()
    colours = (said[0:3], said[3:6])
    rows = b"".join(
        b"\0" + b"".join(colours[(x + y) // 8 % 2] for x in range(width)) for y in range(height)
    )  # RGB, no filter (PNG section 9.2)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


@dataclass
class Towns:
    """The two hosts while they are served. requests: host, path and query of each, in order."""

    port: int
    requests: list[str] = field(default_factory=list)
    frozen: dict[str, bytes] = field(default_factory=dict)
    """What an address answers instead of what its file holds: for pages that change."""

    @property
    def here(self) -> str:
        """Host and port of the pages."""
        return f"{HERE}:{self.port}"

    @property
    def other(self) -> str:
        """Host and port of the other town."""
        return f"{OTHER}:{self.port}"

    @property
    def allowed(self) -> str:
        """Both, for PRESSMARK_ALLOW_LOOPBACK."""
        return f"{self.here},{self.other}"

    def url(self, name: str) -> str:
        """The page of a site."""
        return f"http://{self.here}/{name}/index.html"

    def said(self, text: bytes) -> bytes:
        """Put the hosts' addresses in."""
        return text.replace(b"{here}", self.here.encode()).replace(b"{other}", self.other.encode())

    def answer(self, host: str, address: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, header fields and body."""
        path = unquote(urlsplit(address).path)
        if path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n"
        if path in LED:
            return 302, {"Location": self.said(LED[path].encode()).decode()}, b""
        suffix = Path(path).suffix.lower()
        file = (SITES / "_other" if host == OTHER else SITES) / path.lstrip("/")
        body = self.frozen.get(f"{host}{address}")
        if body is None and suffix in TYPES and file.is_file():
            body = file.read_bytes()
            body = self.said(body) if suffix in (".html", ".css") else body
        if body is None and suffix == ".png":
            body = picture(f"{host}{address}")
        if body is None:
            return 404, {"Content-Type": "text/plain"}, b"not here"
        fields = {"Content-Type": TYPES[suffix], "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if suffix in (".woff2", ".ttf"):
            fields |= {
                "Access-Control-Allow-Origin": "*",
                "Cache-Control": "public, max-age=31536000, immutable",
            }
        return 200, fields, body


@contextmanager
def towns() -> Iterator[Towns]:
    """Serve the sites at one free port of both hosts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.server.server_address[0]
            served.requests.append(f"{host}{self.path}")
            status, fields, body = served.answer(str(host), self.path)
            if "ETag" in fields and self.headers.get("If-None-Match") == fields["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    first = ThreadingHTTPServer((HERE, 0), Handler)
    served = Towns(first.server_port)
    servers = [first, ThreadingHTTPServer((OTHER, first.server_port), Handler)]
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield served
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
