"""What the player reads: a CDXJ of a capture's records, and those records, byte for byte."""

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.refusals import HttpError
from pressmark.access.replay import tokens
from pressmark.access.requisites import PAGES
from pressmark.archive import content, ranges
from pressmark.archive.keys import capture_key, original_key
from pressmark.archive.outcome import is_answer
from pressmark.archive.parts import Part
from pressmark.archive.rows import Item
from pressmark.clock import parse_iso
from pressmark.errors import NotFoundError, TakenDownError, UrlError, WarcError
from pressmark.export import requisites
from pressmark.export.cdx import cdxj_line, is_indexed
from pressmark.urls import join
from pressmark.warc.stated import capture_time
from pressmark.warc.stream import read_records

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})", re.ASCII)

HOPS = 20
"""Redirects that are followed within one capture."""

CLOSE = 30
"""How many rows are looked at for the next hop, which comes within a second, or a few."""


def rows_of(archive: Archive, row: Item) -> list[Item]:
    """Return the rows whose records show a capture: its own, where its redirects led, and what revisits repeat.

    Raises TakenDownError, HttpError 404, ArchiveError.
    """
    if "deleted" in row:
        raise TakenDownError(content.taken_down(row))
    if not is_answer(row):
        raise HttpError(404, "the server did not answer when this was captured")
    found = [row, *_chain(archive, row)]
    originals = []
    for each in found:
        if "revisit" in each:
            original = content.original_of(archive.reader, each)
            original = original or next(iter(archive.reader.rows([original_key(each)])), None)
            originals += [original] if original is not None and "warc" in original else []
    unique = {(each["warc"], each["offset"]): each for each in [*found, *originals]}
    return list(unique.values())


def _chain(archive: Archive, row: Item) -> list[Item]:
    """Return the rows that a redirect led to in the same capture, hop by hop; each is a row of its own."""
    found: list[Item] = []
    place = (row["warc"], row.get("meta_offset"))
    while 300 <= row.get("status", 0) < 400 and "revisit" not in row and len(found) < HOPS:
        fields = content.response(archive.files, row, archive.reader).fields
        target = next((value for name, value in fields if name.lower() == b"location"), b"")
        try:
            url = join(row["url"], target.decode("latin-1")) if target else ""
        except (UrlError, ValueError):
            break
        if not url:
            break
        page = archive.reader.page(ranges.from_on(url, parse_iso(row["captured"])), limit=CLOSE)
        same = [each for each in page.items if (each.get("warc"), each.get("meta_offset")) == place]
        following = next((each for each in same if each["url"] == url and each not in found), None)
        if following is None:
            break
        found.append(following)
        row = following
    return found


def requisites_of(archive: Archive, rows: Sequence[Item]) -> list[Item]:
    """Return the lines of the requisites of a capture, as rows.

    rows: of :func:`rows_of`. Raises ArchiveError. For each row there are at most as many as a list holds
    (:data:`pressmark.warc.requisites.MAX_LINES`).
    """
    found = requisites.of_pages(archive.reader, archive.files, rows)
    unique = {(each["warc"], each["offset"]): each for each in found if is_indexed(each)}
    return list(unique.values())


def index(archive: Archive, request: Request) -> Response:
    """Answer with the CDXJ; the player asks for the records separately. Raises HttpError, ArchiveError."""
    rows = rows_of(archive, tokens.read(archive, request.parts["token"]))
    rows += requisites_of(archive, rows)
    lines = sorted(cdxj_line(row, filename=quote(row["warc"], safe="/")) for row in rows)
    body = "".join(f"{line}\n" for line in lines).encode()
    return Response(
        200, [("Content-Type", "text/x-cdxj; charset=utf-8"), ("Cache-Control", "no-store")], body
    )


def part(archive: Archive, request: Request) -> Response:
    """Answer with the bytes of one record, which a range names; no other part of a file is given out.

    Raises HttpError.
    """
    rows = rows_of(archive, tokens.read(archive, request.parts["token"]))
    key = unquote(request.parts["key"])
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None:
        raise HttpError(416, "ask for the bytes of one record, with a Range header")
    first, last = int(asked[1]), int(asked[2])
    is_within = first <= last and (
        _within(rows, key, first, last)
        or any(
            _is_requisite(archive, line)
            for line in requisites_of(archive, rows)
            if _within([line], key, first, last)
        )
    )
    if not is_within:
        raise HttpError(403, "this link is for other bytes")
    if last - first + 1 > archive.options.max_response:
        if archive.presign is None:
            raise HttpError(501, "this record is too large to be sent")
        return redirect(archive.presign(key, first, last), status=307)
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("Content-Range", f"bytes {first}-{last}/*"),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", "private, max-age=3600"),
    ]
    return Response(206, headers, archive.files.get(key, first, last - first + 1))


def _within(rows: Sequence[Item], key: str, first: int, last: int) -> bool:
    """Whether a range of a file is a row's record."""
    return any(
        row["warc"] == key and row["offset"] <= first and last < row["offset"] + row["length"] for row in rows
    )


def _is_requisite(archive: Archive, line: Item) -> bool:
    """Whether a line of a list leads to exactly the record that it states, and that is not a page.

    Anybody may have made the file: whoever may see one page must not get others, or captures that were taken down,
    because its list says so.
    """
    stream = Part(archive.files, line["warc"], line["offset"], line["length"])
    try:
        record = next(read_records(stream, file=line["warc"], start=line["offset"]), None)
        is_there = (
            record is not None
            and record.url == line["url"]
            and capture_time(record.get("WARC-Date") or "", record.url) == line["captured"]
            and record.finish() == line["length"]
        )
    except (NotFoundError, WarcError, ValueError):
        return False
    # A requisite whose record was copied by itself, as from an export, has a row, too; but no message asked for it.
    rows = [] if "before" in line else archive.reader.rows([capture_key(line["url"], line["captured"])])
    return is_there and not any(
        (row.get("warc"), row.get("offset")) == (line["warc"], line["offset"])
        and ("message_id" in row or row.get("mime") in PAGES)
        for row in rows
    )
