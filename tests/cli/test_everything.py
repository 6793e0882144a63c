"""Statistics and exports of a whole stack are the same with an open table as from its rows, value for value."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import LATER, NOW, Run, sample
from tests.cli.spoiled import SPOILED, Bucket, Spoil, catalog_files
from tests.conftest import Aws
from tests.factories import NOON, article_html, earlier_for, fill, make_capture
from tests.odd.records import members, warc
from tests.stacks import Copies, forget

from pressmark.archive.keys import BY_DAY
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import Page, Range, TableReader
from pressmark.archive.rows import Item
from pressmark.catalog.as_rows import rows_of
from pressmark.catalog.asking import Asking
from pressmark.clock import Outside
from pressmark.errors import DamagedTableError

LONG = "A word that goes on, " * 60
PAGE = "https://example.com/news/1"
MINUTE = timedelta(minutes=1)

FIRST = NOON - timedelta(days=10)
"""Six days without a capture behind it: wherever rows are read, each of them is asked for."""


def captures() -> list[list[Any]]:
    """Values that rows cut, three captures in a second, failures, robots.txt, and a file over midnight."""
    many = [f"{number} {LONG}" for number in range(30)]
    long = article_html(LONG, authors=many, tags=many, section=LONG)
    robots = make_capture("https://example.com/robots.txt", html=b"User-agent: *", mime="text/plain")
    robots.purpose = "robots"
    night = NOON.replace(hour=23, minute=59, second=59)
    return [
        *sample(first=FIRST),
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


def filled(aws: Aws) -> Aws:
    stored = fill(aws, *captures()).stored[0]
    assert stored.hops[-1].url == PAGE
    fill(aws, revisits(stored))
    return aws


@pytest.fixture
def stack(bucket: Bucket) -> Aws:
    """A stack whose open table has everything."""
    return bucket.aws


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
    bucket: Bucket, outputs: Every, days_read: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.catalog.as_rows.SORTED", 3)
    given = outputs()
    assert days_read == set()
    bucket.drop_table()
    assert given == outputs()
    assert len(days_read) > 4


@pytest.mark.slow
def test_what_came_since_is_read_from_the_rows(bucket: Bucket, outputs: Every, days_read: set[str]) -> None:
    fill(bucket.aws, since())
    given = outputs()
    assert days_read == {"2026-11-23"}
    bucket.drop_table()
    assert given == outputs()


@pytest.mark.slow
def test_a_search_reads_a_file_for_many_texts_and_finds_the_same(
    run: Run, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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

    given = indexed("given")
    assert read == []
    fill(bucket.aws, since())
    assert "news/9" in indexed("given")[0]
    assert len(read) == 2, "what the open table does not have yet"
    bucket.restore()
    bucket.drop_table()
    read.clear()
    assert indexed("wanted") == given
    assert len(read) > 10


MANY = timedelta(days=4)


@pytest.mark.slow
def test_an_index_of_days_ago_is_brought_up_to_date_by_the_open_table(
    run: Run, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bucket.drop_table()
    index = ["--index", tmp_path / "index.sqlite", "--json"]
    assert run("search", "ferry", *index).exit_code == 0
    monkeypatch.setattr("pressmark.clock.REAL", Outside(now=lambda: NOW + MANY))
    later = NOON + timedelta(days=2)
    fill(bucket.aws, [make_capture(f"https://example.org/later/{n}", at=later, html=LATER) for n in range(3)])
    assert run("catalog", "update").exit_code == 0
    monkeypatch.delattr(Objects, "get")
    found = run("search", "pilot", "--site", "example.org", *index)
    assert found.stdout.count("/later/") == 3


@pytest.fixture(scope="module")
def _buckets(_server: Any, _copies: Copies) -> Iterator[list[Bucket]]:
    """The bucket, once a test has made it."""
    made: list[Bucket] = []
    yield made
    for bucket in made:
        forget(bucket.aws.stack)


@pytest.fixture
def bucket(
    _server: Any,
    _copies: Copies,
    _buckets: list[Bucket],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Bucket:
    """The bucket of a stack whose open table has everything, restored for each test."""
    if not _buckets:
        aws = filled(Aws(*_server, _copies.another()))
        aws.lead_here(monkeypatch)
        wanted = answers(run, tmp_path)
        assert run("catalog", "update").exit_code == 0
        _buckets.append(Bucket(aws, wanted, catalog_files(aws), Copies(aws.stack)))
    (made,) = _buckets
    made.aws.lead_here(monkeypatch)
    made.restore()
    return made


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "since"), SPOILED)
def test_a_spoiled_open_table_changes_no_answer(
    run: Run,
    bucket: Bucket,
    tmp_path: Path,
    days_read: set[str],
    spoil: Spoil,
    since: str,
) -> None:
    """Since the first day of which a file is not right, rows are read instead."""
    assert bucket.there() == bucket.whole
    spoil(bucket)
    assert bucket.there() != bucket.whole
    days_read.clear()
    assert answers(run, tmp_path) == bucket.wanted
    days = {key.partition("day=")[2][:10] for key in bucket.files()}
    assert days_read == {day for day in days if day >= since}


@pytest.mark.slow
def test_damage_in_the_middle_of_a_day_leaves_no_row_out_and_repeats_none(
    run: Run, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[str] = []
    damaged: list[Asking] = []

    def halfway(database: Asking, paths: list[Path], **how: Any) -> Iterator[list[Item]]:
        assert database not in damaged, "damage may have ended it"
        for number, same in enumerate(rows_of(database, paths, **how)):
            if number == 2:
                damaged.append(database)
                raise DamagedTableError(paths[0], "from here on")
            read.append(same[0]["capture"])
            yield same

    monkeypatch.setattr("pressmark.catalog.as_rows.rows_of", halfway)
    assert answers(run, tmp_path) == bucket.wanted
    assert len(read) > 5


def answers(run: Run, folder: Path) -> list[Any]:
    """Everything counted, exported and searched."""
    done = run("export", "--all", "--with-text", "-o", folder / "all.parquet")
    assert done.exit_code == 0, done.output
    rows = duckdb.sql(f"FROM '{folder}/all.parquet'").fetchall()
    stats = run("stats", "--json").stdout
    found = run("search", "ferry", "--reindex", "--json", "--index", folder / "index.sqlite").stdout
    return [rows, json.loads(stats), found]


@pytest.mark.slow
def test_what_was_taken_down_is_in_no_answer_before_the_open_table_knows(
    run: Run, stack: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.catalog.removing.take_out", lambda *_: 0)
    url = "https://example.com/long"
    assert run("delete", url, "--at", "2026-11-23", "--yes", "--reason", "court order").exit_code == 0
    files = [data for key, data in stack.objects().items() if key.endswith(".parquet")]
    assert any(url in str(duckdb_rows(tmp_path, data)) for data in files), "it is still in the open table"
    rows, stats, found = answers(run, tmp_path)
    assert url not in str(rows)
    assert url not in found
    run("catalog", "update")
    assert answers(run, tmp_path) == [rows, stats, found]


def duckdb_rows(folder: Path, data: bytes) -> list[Any]:
    (folder / "there.parquet").write_bytes(data)
    return duckdb.sql(f"FROM '{folder}/there.parquet'").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["old", "named-20261112235900000-00000-too-late"])
def test_an_import_that_the_open_table_does_not_have_yet_is_in_every_answer(
    run: Run, stack: Aws, tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.warc.gz").write_bytes(members(warc(date="2026-11-12")))
    assert run("import", tmp_path / f"{name}.warc.gz").exit_code == 0
    before = answers(run, tmp_path)
    assert "2026-11-12" in before[1]["by_day"]
    assert run("catalog", "update").exit_code == 0
    assert answers(run, tmp_path) == before


@pytest.mark.slow
def test_a_capture_in_two_files_is_counted_once(run: Run, bucket: Bucket, tmp_path: Path) -> None:
    for key, data in bucket.aws.objects().items():
        if key.endswith(".warc.gz"):
            bucket.put(key.replace(".warc.gz", "-copy.warc.gz"), data)
    assert run("catalog", "update").exit_code == 0
    given = answers(run, tmp_path)
    given[1] |= {name: bucket.wanted[1][name] for name in ("warc_files", "warc_bytes", "usd_a_month")}
    assert given == bucket.wanted
