"""An archive folder and a bucket with the same captures, and what foreign readers see of their open tables."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factories import NOON, article_html, make_capture

from pressmark.archive.folder_files import FolderFiles
from pressmark.catalog import stones
from pressmark.catalog.shelf import FolderShelf
from pressmark.catalog.writer import Catalog, Updated, Writer, list_parts
from pressmark.clock import Outside
from pressmark.settings import Settings
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile


class Folder:
    """An archive folder that is filled by hand."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self._settings = path, settings
        path.mkdir()

    def warc(self, captures: Sequence[Capture], *, begun: datetime = NOON) -> str:
        """Write a WARC file; return its key."""
        outside = Outside(now=lambda: begun)
        warc = WarcFile(self._settings, host=f"h{sum(1 for _ in self.path.rglob('*.gz'))}", outside=outside)
        for capture in captures:
            warc.add(capture)
        path = self.path / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()
        return warc.key

    def catalog(self) -> Catalog:
        return Catalog(
            files=FolderFiles(self.path),
            shelf=FolderShelf(self.path),
            stones=stones.of_folder(self.path),
            bucket="folder",
        )

    def update(self, **options: Any) -> Updated:
        catalog = self.catalog()
        parts = list(list_parts(catalog.shelf))
        return Writer(catalog).update(catalog.groups(), parts, **options)

    @property
    def glob(self) -> str:
        return str(self.path / "catalog/captures/*/*.parquet")


def page(number: int, *, at: datetime = NOON, **how: Any) -> Capture:
    how.setdefault("html", article_html(f"Title {number}", text=f"Text of page {number}. " * 30))
    return make_capture(
        f"https://news{number % 3}.example.com/{number}", at=at + timedelta(seconds=number), **how
    )


Pages = Callable[..., Capture]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "archive", Settings(bucket="archive", table="archive", state_table="state"))
