"""An archive with what exports have to cope with: redirects, revisits, failures, robots.txt, several files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from tests.factories import DAY, NOON, PAGE, article_html, fill_sample, make_capture

from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.export.merge import Copied, merge

NOW = NOON + 10 * DAY


@dataclass
class Archive:
    """A folder and its index."""

    folder: Path
    reader: FolderReader

    @property
    def warcs(self) -> list[Path]:
        return sorted(self.folder.rglob("*.warc.gz"))

    def copy(self, warc: IO[bytes]) -> Iterator[Copied]:
        """Copy every capture into a WARC file."""
        return merge(self.reader, self.reader.files, self.rows(), warc)

    def rows(self, **question: Any) -> list[dict[str, Any]]:
        """Whole rows of a selection."""
        found = select(self.reader, Selection(**question), now=NOW)
        return [each.item for each in whole_rows(self.reader, found)]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    folder = tmp_path / "archive"
    robots = make_capture(
        "https://example.com/robots.txt", mime="text/plain", html="User-agent: *\nAllow: /\n"
    )
    robots.purpose = "robots"
    first = [
        robots,
        make_capture(PAGE),
        make_capture("https://example.com/Stra%C3%9Fe?b=2&a=1", html=article_html("Straße")),
        make_capture("https://example.com/gone", status=404, mime="text/plain", html="gone"),
        make_capture("https://example.net/", status=0, error="invalid-host-resolution"),
    ]
    photo = make_capture(
        "https://example.org/photo", at=NOON + DAY, mime="image/jpeg", html=b"\xff\xd8\xff\xe0 not text"
    )
    fill_sample(folder, first, next_day=[photo], changed="Changed")
    reader = FolderReader(folder)
    yield Archive(folder, reader)
    reader.close()
