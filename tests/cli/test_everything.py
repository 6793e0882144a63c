"""Statistics and exports of a whole stack are the same with an open table as from its rows, value for value."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import LATER, NOW, Run, sample
from tests.conftest import Aws
from tests.factories import NOON, article_html, earlier_for, fill, make_capture

from pressmark.archive.keys import BY_DAY
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import Page, Range, TableReader
from pressmark.clock import Outside

LONG = "A word that goes on, " * 60
PAGE = "https://example.com/news/1"
MINUTE = timedelta(minutes=1)


def captures() -> list[list[Any]]:
    """Values that rows cut, three captures in a second, failures, robots.txt, and a file over midnight."""
    many = [f"{number} {LONG}" for number in range(30)]
    long = article_html(LONG, authors=many, tags=many, section=LONG)
    robots = make_capture("https://example.com/robots.txt", html=b"User-agent: *", mime="text/plain")
    robots.purpose = "robots"
    night = NOON.replace(hour=23, minute=59, second=59)
    return [
        *sample(),
        [
            robots,
            make_capture("https://example.com/long", html=long, at=NOON + MINUTE),
            make_capture("https://example.com/slow", status=0, error="read-timeout", at=NOON + MINUTE),
            make_capture("https://example.com/502", status=502, error="bad-gateway", at=NOON + MINUTE),
        ],
        [
            make_capture(f"https://example.net/{n}", at=NOON + 2 * MINUTE + timedelta(milliseconds=n))
            for n in range(3)
        ],
        [
            make_capture(f"https://example.org/{n}", at=night - timedelta(days=1) + timedelta(seconds=n))
            for n in range(3)
        ],
    ]


def revisits(stored: Any) -> list[Any]:
    """The page unchanged, said by its server, and by its bytes."""
    earlier = earlier_for(stored)
    return [
        make_capture(PAGE, at=NOON + 60 * MINUTE, status=304, earlier=earlier),
        make_capture(PAGE, at=NOON + 62 * MINUTE, earlier=earlier),
    ]


def since() -> list[Any]:
    """What the open table's last update did not see; one of it belongs into an hour that was written."""
    return [
        make_capture("https://example.com/late", at=NOON + 5 * MINUTE, html=article_html("Too late")),
        make_capture("https://example.com/news/9", at=NOON + 180 * MINUTE, html=article_html("Since")),
    ]


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws.lead_here(monkeypatch)
    stored = fill(aws, *captures()).stored[0]
    assert stored.hops[-1].url == PAGE
    fill(aws, revisits(stored))
    return aws


@pytest.fixture
def outputs(run: Run, tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """Returns what commands say of everything."""

    def every() -> dict[str, Any]:
        said: dict[str, Any] = {}
        for options in ([], ["--all"], ["--status", "200"], ["--to", "2026-11-23T12:01"]):
            done = run("stats", "--json", *options)
            said["stats", *options] = (done.exit_code, done.stdout)
        for name, options in {
            "a.csv": ["--all", "--with-text"],
            "a.parquet": [],
            "b.parquet": ["--to", "2026-11-23T12:01"],
            "c.parquet": ["--latest", "--with-text", "--status", "200"],
        }.items():
            file = tmp_path / name
            done = run("export", "-o", file, *options)
            read = file.read_text if name == "a.csv" else duckdb.sql(f"FROM '{file}'").fetchall
            said[name] = (done.exit_code, read())
        return said

    return every


@pytest.fixture
def days_read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The days of which rows are read through the index, as they are."""
    days: set[str] = set()
    page = TableReader.page

    def counted(self: TableReader, asked: Range, **how: Any) -> Page:
        answer = page(self, asked, **how)
        if asked.index == BY_DAY and answer.items:
            days.add(asked.partition)
        return answer

    monkeypatch.setattr(TableReader, "page", counted)
    return days


Every = Callable[[], dict[str, Any]]


@pytest.mark.slow
def test_the_open_table_says_what_the_rows_say_and_no_day_is_read(
    run: Run, stack: Aws, outputs: Every, days_read: set[str]
) -> None:
    wanted = outputs()
    assert len(days_read) > 4
    days_read.clear()
    assert run("catalog", "update").exit_code == 0
    assert outputs() == wanted
    assert days_read == set()


@pytest.mark.slow
def test_what_came_since_is_read_from_the_rows(
    run: Run, stack: Aws, outputs: Every, days_read: set[str]
) -> None:
    assert run("catalog", "update").exit_code == 0
    fill(stack, since())
    given = outputs()
    assert days_read == {"2026-11-23"}
    for key in [key for key in stack.objects() if key.startswith("catalog/")]:
        stack.client("s3").delete_object(Bucket=stack.bucket, Key=key)
    assert given == outputs()


@pytest.mark.slow
def test_a_search_reads_a_file_for_many_texts_and_finds_the_same(
    run: Run, stack: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[str] = []
    get = Objects.get
    monkeypatch.setattr(Objects, "get", lambda self, *place: read.append(place[0]) or get(self, *place))

    def indexed(name: str) -> Any:
        path = tmp_path / f"{name}.sqlite"
        found = run("search", "ferry", "--json", "--limit", 50, "--index", path)
        with closing(sqlite3.connect(path)) as index:
            tables = ("pages", "captures", "authors", "stems")
            kept = [index.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
            return found.stdout, kept, index.execute("SELECT rowid, title, text FROM texts").fetchall()

    wanted = indexed("wanted")
    assert len(read) > 10
    read.clear()
    assert run("catalog", "update").exit_code == 0
    assert indexed("given") == wanted
    assert read == []
    fill(stack, since())
    assert "news/9" in indexed("given")[0]
    assert len(read) == 2, "what the open table does not have yet"


MANY = timedelta(days=4)


@pytest.mark.slow
def test_an_index_of_days_ago_is_brought_up_to_date_by_the_open_table(
    run: Run, stack: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index = ["--index", tmp_path / "index.sqlite", "--json"]
    assert run("search", "ferry", *index).exit_code == 0
    monkeypatch.setattr("pressmark.clock.REAL", Outside(now=lambda: NOW + MANY))
    later = NOON + timedelta(days=2)
    fill(stack, [make_capture(f"https://example.org/later/{n}", at=later, html=LATER) for n in range(3)])
    assert run("catalog", "update").exit_code == 0
    monkeypatch.delattr(Objects, "get")
    found = run("search", "pilot", "--site", "example.org", *index)
    assert found.stdout.count("/later/") == 3
