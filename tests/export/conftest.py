"""An archive with what exports have to cope with: redirects, revisits, failures, robots.txt, several files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factories import NOON, article_html, earlier_for, make_capture, write_warc

from pressmark.archive.folder import FolderReader
from pressmark.archive.selection import Selection, select, whole_rows

NOW = NOON + timedelta(days=10)

PAGE = "https://example.com/news/1"


@dataclass
class Archive:
    """A folder and its index."""

    folder: Path
    reader: FolderReader

    @property
    def warcs(self) -> list[Path]:
        return sorted(self.folder.rglob("*.warc.gz"))

    def rows(self, **question: Any) -> list[dict[str, Any]]:
        """Whole rows of a selection."""
        found = select(self.reader, Selection(**question), now=NOW)
        return [each.item for each in whole_rows(self.reader, found)]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    folder = tmp_path / "archive"
    day = timedelta(days=1)
    robots = make_capture(
        "https://example.com/robots.txt", mime="text/plain", html="User-agent: *\nAllow: /\n"
    )
    robots.purpose = "robots"
    first, stored = write_warc(
        [
            robots,
            make_capture(PAGE),
            make_capture(
                "https://example.com/Straße?b=2&a=1".replace("ß", "%C3%9F"), html=article_html("Straße")
            ),
            make_capture("https://example.com/gone", status=404, mime="text/plain", html="gone"),
            make_capture("https://example.net/", status=0, error="invalid-host-resolution"),
        ]
    )
    earlier = earlier_for(stored[1])
    second, _ = write_warc(
        [
            make_capture(PAGE, at=NOON + day, earlier=earlier),
            make_capture(
                "https://www.example.com/b",
                at=NOON + day,
                redirects=["http://example.com/a", "https://example.com/a"],
            ),
            make_capture(
                "https://example.org/photo",
                at=NOON + day,
                mime="image/jpeg",
                html=b"\xff\xd8\xff\xe0 not text",
            ),
        ],
        serial=1,
    )
    third, _ = write_warc(
        [
            make_capture(PAGE, at=NOON + 2 * day, status=304, earlier=earlier),
            make_capture(PAGE, at=NOON + 3 * day, html=article_html("Changed")),
        ],
        serial=2,
    )
    for warc in (first, second, third):
        path = folder / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()
    reader = FolderReader(folder)
    yield Archive(folder, reader)
    reader.close()
