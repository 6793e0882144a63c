"""An archive with two pages and their requisites, in two WARC files; the second page points into the first file.

``ONE``: a style sheet, and a logo behind a redirect, on another site; a picture was left out. ``TWO``, three days
later: the style sheet is still fresh, the logo has not changed (a revisit), a photograph is new.
"""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.warc.captures import SETTINGS, capture, exchange, fixed_outside, http, warc_file
from tests.warc.validator import sha1

from pressmark.clock import iso_utc
from pressmark.warc.event import Capture, Earlier
from pressmark.warc.requisites import LeftOut, Line, Listed, PageOf, read
from pressmark.warc.stored import StoredCapture

ONE, TWO = "https://news.example/one", "https://news.example/two"
STYLE = "https://news.example/main.css"
PHOTO = "https://news.example/photo.jpg?w=400"
MOVED, LOGO = "https://pictures.example.org/old.png", "https://pictures.example.org/logo.png"
SECRET = "https://news.example/secret.png"

CSS = b"body { color: #024 }"
LOGO_BYTES = bytes(range(256)) * 9
PHOTO_BYTES = bytes(range(256))[::-1] * 20

FIRST = datetime(2026, 11, 20, 12, 0, 0, 5, tzinfo=UTC)
SECOND = FIRST + timedelta(days=3)


@dataclass(frozen=True)
class Sample:
    """The archive's folder, and what was written: events of the first and of the second file."""

    folder: Path
    first: list[StoredCapture]
    second: list[StoredCapture]

    @property
    def files(self) -> list[Path]:
        return [self.folder / events[0].warc for events in (self.first, self.second)]


def make(folder: Path) -> Sample:
    """Write the two files below a folder."""
    first = write(folder, "host1", FIRST, [_page(ONE, FIRST), _requisites_of_one()])
    lines = read(first[1].metadata, warc=first[1].warc, offset=first[1].meta_offset).lines
    logo = next(line for line in lines if line["url"] == LOGO)
    style = next(line for line in lines if line["url"] == STYLE)
    second = write(folder, "host2", SECOND, [_page(TWO, SECOND), _requisites_of_two(style, logo)])
    return Sample(folder, first, second)


def add_page(folder: Path, url: str, pointers: list[Line]) -> list[StoredCapture]:
    """Add a file with a page whose requisites are all records of earlier events, as its list says."""
    listed = Listed(PageOf(url, iso_utc(SECOND)), "page", pointers=pointers)
    of_page = capture(url=url, purpose="requisites", requisites=listed, started=SECOND)
    return write(folder, "host3", SECOND, [_page(url, SECOND), of_page])


def write(folder: Path, host: str, at: datetime, captures: list[Capture]) -> list[StoredCapture]:
    outside = dataclasses.replace(fixed_outside(), now=lambda: at)
    file = warc_file(SETTINGS, host=host, outside=outside)
    stored = [file.add(each) for each in captures]
    path = folder / file.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.open().read())
    return stored


def _page(url: str, at: datetime) -> Capture:
    html = (
        f'<title>Ferry {url[-3:]}</title><link rel="stylesheet" href="/main.css"><img src="{LOGO}">'.encode()
    )
    return capture(exchange(http(html), url, started=at), started=at)


def _requisites_of_one() -> Capture:
    listed = Listed(
        PageOf(ONE, iso_utc(FIRST)),
        "page",
        told={
            STYLE: {"kind": "style", "fresh_until": "2027-11-20T12:00:00Z"},
            MOVED: {"kind": "image"},
            LOGO: {"kind": "image"},
        },
        left_out=[LeftOut(SECRET, "robots.txt does not allow it")],
    )
    exchanges = [
        exchange(http(CSS, kind="text/css"), STYLE, started=FIRST),
        exchange(http(b"", f"Location: {LOGO}", status="302 Found"), MOVED, started=FIRST),
        exchange(http(LOGO_BYTES, 'ETag: "7"', kind="image/png"), LOGO, started=FIRST),
    ]
    return capture(*exchanges, url=ONE, purpose="requisites", requisites=listed, started=FIRST)


def _requisites_of_two(style: Line, logo: Line) -> Capture:
    listed = Listed(
        PageOf(TWO, iso_utc(SECOND)),
        "page",
        told={LOGO: {"kind": "image"}, PHOTO: {"kind": "image"}},
        pointers=[style],
    )
    known = Earlier(LOGO, logo["captured"], sha1(LOGO_BYTES), logo["warc"], logo["offset"], logo["length"])
    exchanges = [
        exchange(http(LOGO_BYTES, 'ETag: "7"', kind="image/png"), LOGO, started=SECOND),
        exchange(http(PHOTO_BYTES, kind="image/jpeg"), PHOTO, started=SECOND),
    ]
    return capture(
        *exchanges, url=TWO, purpose="requisites", requisites=listed, started=SECOND, earlier=known
    )
