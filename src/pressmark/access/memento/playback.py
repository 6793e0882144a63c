"""A memento: the captured response as it came, with its headers in addition to ours.

The body is the stored one, still content-encoded, so its digest is the one in the index. Its original headers are sent
as ``x-archive-orig-*``; those that describe the body (type, encoding, language) are also sent as they were.
"""

import re
from collections.abc import Iterator

from pressmark.access.context import Archive
from pressmark.access.memento import addresses, links
from pressmark.access.messages import Policy, Request, Response, header_value
from pressmark.access.refusals import HttpError
from pressmark.archive import content
from pressmark.archive.requisite_lists import check_record
from pressmark.archive.rows import Item
from pressmark.archive.same import Named
from pressmark.errors import NotFoundError, TakenDownError, UrlError, WarcError
from pressmark.ranging import byte_range
from pressmark.text import counted
from pressmark.urls import join
from pressmark.warc.requisites import PURPOSE

MAX_ORIGINAL = 60
"""How many original header lines are sent; clients accept a hundred in all (Python's http.client)."""

MAX_ORIGINAL_BYTES = 6_000
"""How many bytes of them: AWS accepts 10,240 bytes of response headers (API Gateway quotas)."""

_AS_THEY_WERE = ("content-type", "content-language", "content-disposition")

_CODINGS = {
    "gzip": b"\x1f\x8b",
    "x-gzip": b"\x1f\x8b",
    "zstd": b"\x28\xb5\x2f\xfd",
    "br": b"",
    "deflate": b"",
}
"""Content codings that clients know, and the bytes that data in them begins with."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

REFUSED_USES = frozenset(
    "script style worker sharedworker serviceworker audioworklet paintworklet manifest xslt object embed".split()
)
"""Sec-Fetch-Dest (W3C Fetch Metadata) of uses that would act in one of our pages; a sandbox does not restrict them."""


def check_use(request: Request) -> None:
    """Refuse archived bytes to a browser that wants to run them in a page or as its worker. Raises HttpError."""
    if (
        request.headers.get("sec-fetch-dest", "").lower() in REFUSED_USES
        or "service-worker" in request.headers
    ):
        raise HttpError(403, "archived bytes are not run as scripts, styles or workers of a page")


def memento(archive: Archive, request: Request, named: Named, row: Item) -> Response:
    """Return the capture of a row. Raises HttpError, TakenDownError, NotFoundError, ArchiveError, WarcError."""
    check_use(request)
    if "deleted" in row:
        raise TakenDownError(content.taken_down(row))
    content.original_of(archive.reader, row)  # raises if the capture that a revisit repeats was taken down
    stored = _stored(archive, row)
    status = _status(row, stored)
    headers = [("Memento-Datetime", links.http_date(row)), ("Accept-Ranges", "bytes")]
    response = Response(status if 200 <= status <= 599 else 502, headers, policy=Policy.ARCHIVED)
    response.add("Link", links.link(archive, request, named, row, request.parts["modifier"]))
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in stored.fields]
    _tell(response, fields, row, stored.kept.head(4))
    if response.status != status:
        response.add("X-Archive-Status", str(status))
    if 300 <= response.status < 400:
        _lead_on(request, response, fields, row)
    etag = _etag(row)
    if etag:
        response.add("ETag", etag)
    response.add("Cache-Control", "private, no-cache")
    if etag and request.headers.get("if-none-match", "").strip() == etag:
        return Response(304, [("ETag", etag)], policy=Policy.ARCHIVED)
    return _with_body(archive, request, response, stored)


def _stored(archive: Archive, row: Item) -> content.Response:
    if row.get("purpose") != PURPOSE:
        return content.response(archive.files, row, archive.reader)
    try:
        stored = content.response(archive.files, row, archive.reader)
    except WarcError as error:  # anybody may have made a list: the archive need not be damaged
        raise NotFoundError(f"{row['url']} at {row['captured']}: no record is where the list says") from error
    check_record(row, stored)
    return stored


def _status(row: Item, stored: content.Response) -> int:
    """Return the status that a capture stands for; if the answer was "not modified", the page's own."""
    if row.get("revisit") != "server-not-modified":
        return int(row.get("status") or 200)
    line = stored.head.split(b"\r\n", 1)[0].split(b" ")
    told = int(line[1]) if len(line) > 1 and re.fullmatch(rb"\d{3}", line[1]) else 304
    return 200 if told == 304 else told


def _etag(row: Item) -> str:
    digest = str(row.get("digest", ""))
    return f'"{digest}"' if re.fullmatch(r"[A-Za-z0-9:+/=-]{10,200}", digest) else ""


def _tell(response: Response, fields: list[tuple[str, str]], row: Item, begins: bytes) -> None:
    told = size = 0
    for name, value in fields:
        plain = header_value(value)
        fits = told < MAX_ORIGINAL and size + len(name) + len(plain) + 20 < MAX_ORIGINAL_BYTES
        if not _TOKEN.fullmatch(name) or not fits:
            continue
        told, size = told + 1, size + len(name) + len(plain) + 20
        response.add(f"x-archive-orig-{name.lower()}", plain)
    if told < len(fields):
        response.add("X-Archive-Omitted", counted(len(fields) - told, "header line"))
    response.add("x-archive-src", str(row["warc"]))
    for wanted in _AS_THEY_WERE:
        value = next((value for name, value in fields if name.lower() == wanted), "")
        if value:
            response.add(wanted.title(), value)
    if response.header("Content-Type") is None:
        response.add("Content-Type", "application/octet-stream")
    coding = ", ".join(value for name, value in fields if name.lower() == "content-encoding").strip().lower()
    if coding in _CODINGS and begins.startswith(_CODINGS[coding]) and begins:
        response.add("Content-Encoding", coding)


def _lead_on(request: Request, response: Response, fields: list[tuple[str, str]], row: Item) -> None:
    """Make a redirect lead to the capture of its target, never out of the archive."""
    target = next((value for name, value in fields if name.lower() == "location"), "")
    try:
        leads_to = join(row["url"], target) if target else ""
    except (UrlError, ValueError):
        return
    if leads_to:
        there = row | {"url": leads_to}
        response.add("Location", addresses.memento(request, there, request.parts["modifier"]))


def _with_body(archive: Archive, request: Request, response: Response, stored: content.Response) -> Response:
    size = stored.kept.size
    if response.status in (204, 304):
        return response
    asked = request.headers.get("range", "")
    unchanged = request.headers.get("if-range", "") in ("", response.header("ETag"))
    part = byte_range(asked, size) if response.status == 200 and unchanged else None
    if (
        part is None
        and response.status == 200
        and unchanged
        and asked.startswith("bytes=")
        and "," not in asked
    ):
        raise HttpError(416, "this range is outside the body", [("Content-Range", f"bytes */{size}")])
    most = archive.options.max_response
    if part is None:
        if size > most:
            raise HttpError(
                501,
                f"this capture has {size:,} bytes, and at most {most:,} can be sent at once: ask for it in parts, "
                "with Range",
                [("Accept-Ranges", "bytes")],
            )
        part = (0, size - 1)
    else:
        part = (part[0], min(part[1], part[0] + most - 1))
        response.status = 206
        response.add("Content-Range", f"bytes {part[0]}-{part[1]}/{size}")
    length = part[1] - part[0] + 1
    response.add("Content-Length", str(length))
    response.body = _pieces(stored, part[0], length)
    return response


def _pieces(stored: content.Response, first: int, length: int) -> Iterator[bytes]:
    stream = stored.kept.open()
    stream.seek(first)
    while length > 0 and (piece := stream.read(min(length, 1 << 18))):
        length -= len(piece)
        yield piece
