"""One capture as a file that ReplayWeb.page opens: WACZ, made when it is asked for."""

import re
import tempfile
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlsplit

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links
from pressmark.access.pages.capture import check, chosen
from pressmark.access.pages.history import named_by
from pressmark.access.refusals import HttpError
from pressmark.access.replay.records import requisites_of, rows_of
from pressmark.archive.rows import Item
from pressmark.archive.times import timestamp14
from pressmark.export.merge import merge_page
from pressmark.export.wacz import write_wacz

MAX_BYTES = 1 << 30
"""Maximum size of the records of one capture; the file is made on disk before it is sent."""

AROUND = 64 * 1024
"""Maximum number of bytes that a file has in addition to its records, estimated before it is made: index, pages,
warcinfo."""

PIECE = 1 << 18

MEDIA_TYPE = "application/wacz"


def wacz(archive: Archive, request: Request) -> Response:
    """Answer with a capture, its redirects and what it repeats as a WACZ file.

    Raises HttpError, TakenDownError, UrlError, ArchiveError, WarcError.
    """
    row, exact = chosen(archive, named_by(request), request.arg("at"))
    if not exact:
        return redirect(links.bundle(row)).add("Cache-Control", "no-store")
    check(archive, row)
    found = rows_of(archive, row)
    size = sum(each.get("length", 0) + each.get("meta_length", 0) for each in found) + AROUND
    size += sum(each["length"] for each in requisites_of(archive, found))
    most = min(MAX_BYTES, archive.options.max_response)
    if size > most:
        raise HttpError(
            501,
            f"this capture takes about {size:,} bytes, and at most {most:,} can be sent at once: make the file with "
            f"pressmark export --format wacz, or open the capture, which is read in parts",
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it has been sent
    write_wacz(
        file,
        lambda warc: merge_page(archive.reader, archive.files, row, warc),
        created=archive.clock.now(),
        title=_title(row),
    )
    length = file.tell()
    if length > most:
        file.close()
        raise HttpError(501, f"the file has {length:,} bytes, and at most {most:,} can be sent at once")
    if request.method == "HEAD":
        file.close()
    response = Response(200, body=b"" if file.closed else _pieces(file))
    response.add("Content-Type", MEDIA_TYPE).add("Content-Length", str(length))
    response.add("Content-Disposition", f'attachment; filename="{_name(row)}"')
    return response.add("Cache-Control", "private, no-cache")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _title(row: Item) -> str:
    return str(row.get("title") or row["url"])[:500]


def _name(row: Item) -> str:
    try:
        host = urlsplit(row["url"]).hostname or ""
    except ValueError:
        host = ""
    return f"{re.sub(r'[^a-z0-9.-]+', '-', host)[:60] or 'capture'}-{timestamp14(row['captured'])}.wacz"
