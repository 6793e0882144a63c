"""An archive folder and a bucket with the same captures, and what foreign readers see of their open tables."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.factories import NOON, article_html, make_capture

from pressmark.archive import ranges
from pressmark.archive.folder import FolderReader
from pressmark.archive.folder_files import FolderFiles
from pressmark.archive.tombstones import Tombstone
from pressmark.catalog import stones
from pressmark.catalog.check import Checker, Discrepancy
from pressmark.catalog.shelf import FolderShelf
from pressmark.catalog.writer import Catalog, Updated, Writer
from pressmark.clock import Outside
from pressmark.files import whole_file
from pressmark.settings import Settings
from pressmark.upkeep import takedown
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile

SETTINGS = Settings(bucket="archive", table="archive", state_table="state")

State = frozenset[tuple[str, bytes | None]]
"""Name and bytes of each file of a folder; of a folder in it, only the name."""


class Folder:
    """An archive folder that is filled by hand."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, settings
        path.mkdir()

    def warc(self, captures: Sequence[Capture], *, begun: datetime = NOON) -> str:
        """Write a WARC file; return its key."""
        outside = Outside(now=lambda: begun)
        warc = WarcFile(self.settings, host=f"h{sum(1 for _ in self.path.rglob('*.gz'))}", outside=outside)
        for capture in captures:
            warc.add(capture)
        path = self.path / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()
        return warc.key

    def copy(self, to: Path) -> "Folder":
        """Return another one with the same files."""
        copied = Folder(to, self.settings)
        shutil.copytree(self.path, to, dirs_exist_ok=True)
        return copied

    def state(self) -> State:
        """Return everything that is in it: whatever begins now finds that, and nothing else."""
        return frozenset(
            (str(path.relative_to(self.path)), path.read_bytes() if path.is_file() else None)
            for path in self.path.rglob("*")
        )

    def become(self, state: State) -> None:
        """Replace the files that are not as in a state, as programs here replace files; delete what it lacks."""
        for name in sorted(dict(self.state()).keys() - dict(state).keys(), reverse=True):
            path = self.path / name
            path.rmdir() if path.is_dir() else path.unlink()
        for name, data in sorted(state - self.state(), key=itemgetter(0)):
            if data is None:
                (self.path / name).mkdir()
            else:
                with whole_file(self.path / name) as file:
                    file.write(data)

    def catalog(self) -> Catalog:
        return Catalog(
            files=FolderFiles(self.path),
            shelf=FolderShelf(self.path),
            stones=stones.of_folder(self.path),
            bucket="folder",
        )

    def update(self, catalog: Catalog | None = None, **options: Any) -> Updated:
        return Writer(catalog or self.catalog()).update(**options)

    def take_down(self, url: str) -> Tombstone:
        """Store the tombstone of a page's captures, nothing else."""
        with closing(FolderReader(self.path)) as reader:
            row = reader.page(ranges.of_url(url), limit=1).items[0]
            planned = takedown.plan(
                reader, reader.files, reader.rows([row])[0], reason="court order", now=NOON
            )
        takedown.carry_out_here(planned, self.path)
        return planned.tombstone

    def check(self, **options: Any) -> list[Discrepancy]:
        found: list[Discrepancy] = []
        self.checked = Checker(self.catalog(), on_problem=found.append, **options).everything()
        return found

    def seen(self) -> list[tuple[str, str]]:
        """URL and time of each row that a reader sees now; nothing is there twice."""
        if not list(self.path.glob("catalog/captures/*/*.parquet")):
            return []
        found = duckdb.sql(f"SELECT url, capture FROM read_parquet('{self.glob}') ORDER BY 1, 2").fetchall()
        assert len(found) == len(set(found)), "a row is there twice"
        return found

    @property
    def glob(self) -> str:
        return str(self.path / "catalog/captures/*/*.parquet")


def page(number: int, *, at: datetime = NOON, **how: Any) -> Capture:
    how.setdefault("html", article_html(f"Title {number}", text=f"Text of page {number}. " * 30))
    return make_capture(
        f"https://news{number % 3}.example.com/{number}", at=at + timedelta(seconds=number), **how
    )


@pytest.fixture(autouse=True)
def _duckdb_stays(duckdb_stays: None) -> None:
    """Of every test."""


@pytest.fixture
def settings() -> Settings:
    return SETTINGS


@pytest.fixture
def folder(
    tmp_path: Path, settings: Settings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Folder:
    """An empty one; its parameter: how many groups fill a file of the open table."""
    if hasattr(request, "param"):
        monkeypatch.setattr("pressmark.catalog.files.FULL_GROUPS", request.param)
    return Folder(tmp_path / "archive", settings)
