"""WARC and ARC records, each as some tool writes them or as none should; all of them of invented pages."""

import base64
import gzip
import hashlib
import json
import zipfile
from io import BytesIO

PAGE = b"<html><head><title>The ferry %s</title></head><body><p>Fog lay on the sound.</p></body></html>"


def page(name: str = "is late") -> bytes:
    """An HTML page."""
    return PAGE % name.encode()


def http(body: bytes = PAGE, *lines: str, status: str = "HTTP/1.1 200 OK", kind: str = "text/html") -> bytes:
    """An HTTP response, with its length."""
    head = [
        status,
        *([f"Content-Type: {kind}"] if kind else []),
        f"Content-Length: {len(body)}",
        *lines,
        "",
        "",
    ]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + body


def chunked(body: bytes, size: int = 20) -> bytes:
    """An HTTP response whose body is stored in chunks, as it was sent."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + framed


def sha1(data: bytes) -> str:
    """A digest as WARC files have it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def warc(
    kind: str = "response",
    url: str = "http://odd.example/",
    block: bytes | None = None,
    *lines: str,
    date: str | None = "2026-11-01T12:00:00Z",
    length: str | None = None,
    version: str = "WARC/1.0",
    end: bytes = b"\r\n\r\n",
    line_end: str = "\r\n",
    content_type: str | None = "application/http; msgtype=response",
) -> bytes:
    """One record, not compressed."""
    block = http() if block is None else block
    head = [
        version,
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{hashlib.md5(url.encode(errors='replace'), usedforsecurity=False).hexdigest()}>",
    ]
    head += [f"WARC-Target-URI: {url}"] if url else []
    head += [f"WARC-Date: {date}"] if date is not None else []
    head += [f"Content-Type: {content_type}"] if content_type else []
    head += [f"Content-Length: {len(block) if length is None else length}", *lines, "", ""]
    return line_end.join(head).encode("utf-8", "surrogateescape") + block + end


def resource(url: str, block: bytes, kind: str = "text/html", **more: str) -> bytes:
    """A resource record."""
    return warc("resource", url, block, content_type=kind, **more)  # type: ignore[arg-type]


def metadata(text: bytes, url: str = "http://odd.example/", date: str = "2026-11-01T12:00:00Z") -> bytes:
    """A metadata record that says it is Pressmark's."""
    return warc("metadata", "urn:pressmark:" + url, text, date=date, content_type="application/json")


def event(facts: object, url: str = "http://odd.example/") -> bytes:
    """A response and a Pressmark metadata record behind it, each a gzip member."""
    text = facts if isinstance(facts, bytes) else json.dumps({"pressmark": 1, **facts}).encode()  # type: ignore[dict-item]
    return members(warc("response", url), metadata(text, url))


def members(*records: bytes) -> bytes:
    """Records, each a gzip member."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def arc(*pages: tuple[str, bytes], date: str = "20261101120000") -> bytes:
    """An ARC file, version 1, not compressed."""
    return b"".join(arc_records(*pages, date=date))


def arc_records(*pages: tuple[str, bytes], date: str = "20261101120000") -> list[bytes]:
    """The records of an ARC file."""
    about = b"1 0 Somebody\nURL IP-address Archive-date Content-type Archive-length\n"
    first = f"filedesc://old.arc 0.0.0.0 {date} text/plain {len(about)}\n".encode() + about + b"\n"
    return [first] + [
        f"{url} 192.0.2.7 {date} text/html {len(block)}\n".encode() + block + b"\n" for url, block in pages
    ]


def wacz(files: dict[str, bytes], *, package: bool = True, deflate: bool = False) -> bytes:
    """A WACZ of these files below archive/."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as bundle:
        for name, data in files.items():
            bundle.writestr(f"archive/{name}", data)
        if package:
            resources = [
                {
                    "name": name,
                    "path": f"archive/{name}",
                    "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
                    "bytes": len(data),
                }
                for name, data in files.items()
            ]
            bundle.writestr("datapackage.json", json.dumps({"wacz_version": "1.1.1", "resources": resources}))
    return out.getvalue()


def good(name: str) -> bytes:
    """A record that every reader takes, as a gzip member."""
    return members(warc("response", f"http://good.example/{name}", http(page(name))))
