"""WACZ 1.1.1 (Web Archive Collection Zipped, specs.webrecorder.net): WARC, index, pages and full text in one file.

The WARC file and the compressed index are stored, not deflated, so that a player can fetch parts of them in place.
"""

import gzip
import hashlib
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import batched
from typing import IO, Any

from pressmark import __version__, json_text
from pressmark.archive.content import records
from pressmark.archive.rows import Item
from pressmark.export.cdx import cdxj_line, is_indexed
from pressmark.export.merge import Copied
from pressmark.export.sorting import Sorter
from pressmark.files import temporary

VERSION = "1.1.1"

WARC_NAME = "data.warc.gz"

Copy = Callable[[IO[bytes]], Iterable[Copied]]

BLOCK_LINES = 1024
"""Lines of one compressed block of the index (ZipNum)."""


def write_wacz(out: IO[bytes], copy: Copy, *, created: datetime, title: str = "") -> int:
    """Write a WACZ; return how many pages it lists.

    out: need not be seekable. copy: writes the captures into the WARC file that it is given, and yields each
    (:func:`pressmark.export.merge.merge`). created: aware UTC. Raises what ``copy`` raises.
    """
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as bundle,
        tempfile.TemporaryFile() as pages,
        Sorter() as index,
    ):
        package = _Package(bundle, created)
        with package.member(f"archive/{WARC_NAME}") as warc:
            count = _list(copy(warc), index, pages)
        _write_index(package, index)
        with package.member("pages/pages.jsonl", deflate=True) as out_pages:
            pages.seek(0)
            header = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}
            out_pages.write(page_line(header))
            while piece := pages.read(1 << 20):
                out_pages.write(piece)
        package.close(title=title)
    return count


def _list(copied: Iterable[Copied], index: Sorter, pages: IO[bytes]) -> int:
    count = 0
    for each in copied:
        if is_indexed(each.row):
            index.add(cdxj_line(each.row, filename=WARC_NAME))
        if is_page(each.row) and not each.alone:
            with temporary():
                pages.write(page_line(_page(each)))
            count += 1
    return count


def is_page(row: Item) -> bool:
    """Whether a row is a page that a person asked for and can be shown: no redirect, no robots.txt, no failure."""
    return (
        is_indexed(row)
        and "final" not in row
        and "redirect" not in row
        and "error" not in row
        and row.get("purpose", "page") == "page"
    )


def _page(copied: Copied) -> dict[str, Any]:
    row = copied.row
    page = {
        "id": hashlib.sha256(f"{row['url']} {row['captured']}".encode()).hexdigest()[:22],
        "url": row["url"],
        "ts": row["captured"],
        "title": row.get("title") or row["url"],
        "mime": row.get("mime"),
        "status": row.get("status"),
        "size": row.get("size"),
    }
    if copied.recorded:
        for record in records(copied.recorded, file=row["warc"], offset=row["meta_offset"]):
            if record.type == "conversion":
                page["text"] = record.block.decode("utf-8", "replace")
    return {name: value for name, value in page.items() if value is not None}


def _write_index(package: "_Package", index: Sorter) -> None:
    header = {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
    secondary = [f"!meta 0 {json_text.dumps(header)}\n"]
    place = 0
    with package.member("indexes/index.cdx.gz") as out:
        for block in batched((line for line, _ in index), BLOCK_LINES, strict=False):
            data = gzip.compress("".join(f"{line}\n" for line in block).encode(), mtime=0)
            out.write(data)
            key, timestamp, _ = block[0].split(" ", 2)
            where = {
                "offset": place,
                "length": len(data),
                "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
                "filename": "index.cdx.gz",
            }
            secondary.append(f"{key} {timestamp} {json_text.dumps(where)}\n")
            place += len(data)
    with package.member("indexes/index.idx", deflate=True) as out:
        out.write("".join(secondary).encode())


def page_line(value: dict[str, Any]) -> bytes:
    """Write a line of pages.jsonl."""
    return json_text.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


class _Package:
    """The zip file that is being written, and the datapackage.json that lists what is in it."""

    def __init__(self, bundle: zipfile.ZipFile, created: datetime) -> None:
        self._bundle = bundle
        self._created = created
        self._resources: list[dict[str, Any]] = []

    def member(self, path: str, *, deflate: bool = False) -> "_Member":
        """Open a file of the package for writing."""
        return _Member(self._bundle, self._info(path, deflate), self._resources)

    def close(self, *, title: str) -> None:
        """Write datapackage.json and the file that states its digest."""
        package = {
            "profile": "data-package",
            "resources": self._resources,
            "wacz_version": VERSION,
            "software": f"Pressmark/{__version__}",
            "created": self._created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if title:
            package["title"] = title
        data = json_text.dumps(package, indent=2, ensure_ascii=False).encode()
        digest = {"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(data).hexdigest()}
        self._bundle.writestr(self._info("datapackage.json", True), data)
        self._bundle.writestr(self._info("datapackage-digest.json", True), json_text.dumps(digest, indent=2))

    def _info(self, path: str, deflate: bool) -> zipfile.ZipInfo:
        # A zip file has years from 1980 to 2107, and its extra field 32 bits of seconds since 1970 (APPNOTE 4.4.6);
        # a machine whose clock is further off still exports. datapackage.json has the time as the clock says it.
        local = min(max(self._created.timetuple()[:6], (1980, 1, 1, 0, 0, 0)), (2107, 12, 31, 23, 59, 58))
        seconds = min(max(int(self._created.timestamp()), 0), 2**32 - 1)
        info = zipfile.ZipInfo(path, local)
        info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        # The time in UTC (extra field 0x5455). It has to be there: if the directory has no extra field,
        # ReplayWeb.page assumes that the file's own header has none, either, but ours has one (ZIP64 sizes).
        info.extra = struct.pack("<HHBI", 0x5455, 5, 1, seconds)
        return info


class _Member:
    """A file in the zip that counts and digests what is written to it."""

    def __init__(
        self, bundle: zipfile.ZipFile, info: zipfile.ZipInfo, resources: list[dict[str, Any]]
    ) -> None:
        self._bundle, self._info, self._resources = bundle, info, resources
        self._sha256 = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Any:
        self._file = self._bundle.open(self._info, "w", force_zip64=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._resources.append(
                {
                    "name": self._info.filename.rpartition("/")[2],
                    "path": self._info.filename,
                    "hash": "sha256:" + self._sha256.hexdigest(),
                    "bytes": self._size,
                }
            )

    def write(self, data: bytes) -> int:
        """Add bytes."""
        self._sha256.update(data)
        self._size += len(data)
        return self._file.write(data)
