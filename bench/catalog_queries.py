"""Questions to an open table of a million captures: how long, and how many bytes of it are read.

    .venv/bin/python -m bench.catalog_queries [--rows 1000000] [--folder DIR]

The rows are invented: words after Zipf's law, texts of 3,500 characters in the middle, 500 hosts, 5,000 authors, 2,000
tags, 60 days, a file each, written as ``pressmark catalog`` writes them. They are queried as Pressmark does (DuckDB
behind its walls), with Polars and with PyArrow, which must agree. Bytes are those of the column chunks that a question
needs (Parquet footers), after leaving out files by day and row groups by their statistics: what Athena bills, at $5 a
TB and 10 MB at least (aws.amazon.com/athena/pricing, us-east-1).
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pressmark.catalog import asking
from pressmark.catalog.files import Added, DayFiles
from pressmark.catalog.parquet import Entry, engine_here
from pressmark.catalog.shelf import FolderShelf

START = datetime(2026, 10, 1, tzinfo=UTC)
DAYS = 60
WORDS, AUTHORS, TAGS, HOSTS = 50_000, 5_000, 2_000, 500
POOL = 100_000_000
"""Characters of words that texts are pieces of: far more than zstd looks back, so that no piece repeats another."""

TEXT = 3_500
ATHENA_A_TB, ATHENA_LEAST = 5.0, 10_000_000

HOST = "ministry-7.example"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. columns: those it needs. day, host: the only one it is about. contains: a column and an element."""

    name: str
    columns: tuple[str, ...]
    where: str
    day: str | None = None
    host: str | None = None
    contains: tuple[str, str] | None = None
    word: str | None = None


QUESTIONS = (
    Asked(
        "by author",
        ("url", "captured", "title", "authors"),
        "list_contains(authors, 'Author 70')",
        contains=("authors", "Author 70"),
    ),
    Asked(
        "by tag",
        ("url", "captured", "title", "tags"),
        "list_contains(tags, 'tag 300')",
        contains=("tags", "tag 300"),
    ),
    Asked(
        "by tag, of one day",
        ("url", "captured", "title", "tags"),
        "list_contains(tags, 'tag 300') AND day = '2026-11-02'",
        day="2026-11-02",
        contains=("tags", "tag 300"),
    ),
    Asked(
        "by a word in the text", ("url", "captured", "text"), "text ILIKE '%drawbridge%'", word="drawbridge"
    ),
    Asked(
        "of one site by month, with that word",
        ("captured", "host", "text"),
        f"host = '{HOST}' AND text ILIKE '%drawbridge%'",
        host=HOST,
        word="drawbridge",
    ),
)


def words(chance: random.Random) -> str:
    """Return a long text of invented words, the frequent ones short and frequent as in a language."""
    vocabulary = [
        "".join(chance.choices("etaoinshrdlucmfwypvbgk", k=2 + min(9, rank.bit_length() * 2 // 3)))
        for rank in range(1, WORDS + 1)
    ]
    total, weights = 0.0, []
    for rank in range(1, WORDS + 1):
        weights.append(total := total + 1 / rank)
    return " ".join(chance.choices(vocabulary, cum_weights=weights, k=POOL // 6))[:POOL]


def rows(chance: random.Random, pool: str, begun: datetime, count: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of an hour."""
    for number in range(count):
        captured = begun + timedelta(seconds=3600 * number / count, microseconds=chance.randrange(1000))
        host = f"ministry-{min(HOSTS - 1, int(chance.paretovariate(0.6)))}.example"
        path = f"news/{chance.randrange(10**9)}"
        size = int(min(60_000, max(200, chance.lognormvariate(8.16, 0.7))))
        at = chance.randrange(len(pool) - size)
        text = pool[at : at + size]
        if chance.random() < 0.002:
            text = f"{text[: size // 2]} Drawbridge {text[size // 2 :]}"
        key = f"example,{host.removesuffix('.example')})/{path}"
        stamp = captured.isoformat(timespec="microseconds").replace("+00:00", "Z")
        yield {
            "url": f"https://{host}/{path}",
            "captured": stamp,
            "surt": key,
            "host": host,
            "status": 200,
            "mime": "text/html",
            "size": size * 12,
            "digest": "sha1:" + "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=32)),
            "title": text[: 40 + size % 50],
            "authors": [f"Author {int(chance.paretovariate(0.5)) % AUTHORS}"],
            "tags": [f"tag {int(chance.paretovariate(0.4)) % TAGS}" for _ in range(chance.randrange(6))],
            "published": stamp[:10],
            "section": f"section {chance.randrange(12)}",
            "description": text[100:260],
            "language": "en",
            "words": size // 6,
            "text": text,
            "bucket": "archive",
            "warc": f"warcs/{begun:%Y/%m/%d}/pressmark-{begun:%Y%m%d%H%M%S}000-00000-{number // 20}.warc.gz",
            "offset": number % 20 * 30_000,
            "length": size * 4,
            "meta_offset": number % 20 * 30_000 + size * 4,
            "meta_length": size,
            "site": f"example,{host.removesuffix('.example')}",
            "capture": f"{key} {stamp}",
        }


def make(folder: Path, count: int) -> None:
    """Write the files, as the archive's own writer does: one process, the hours of a day together."""
    chance = random.Random(19)
    pool = words(chance)
    hours = DAYS * 24
    with engine_here() as engine:
        files = DayFiles(engine, FolderShelf(folder))
        for day in range(DAYS):
            date = f"{START + timedelta(days=day):%Y-%m-%d}"
            added = {}
            for hour in range(24 * day, 24 * day + 24):
                begun = START + timedelta(hours=hour)
                lines, piece = engine.work / "lines.jsonl", engine.work / f"{hour}.parquet"
                some = count * (hour + 1) // hours - count * hour // hours
                with lines.open("w", encoding="utf-8") as file:
                    for row in rows(chance, pool, begun, some):
                        file.write(json.dumps(row) + "\n")
                engine.of_lines(lines, piece)
                added[f"{begun:%Y%m%dT%H%M}-60m"] = Added(Entry("", ""), [piece])
            if not files.of(date):
                files.change(date, added)
            for each in added.values():
                each.pieces[0].unlink()


def files_of(folder: Path) -> list[Path]:
    """Return the files of the table."""
    return sorted(folder.glob("catalog/captures/day=*/*.parquet"))


def by_pressmark(folder: Path, asked: Asked) -> int:
    """Ask as ``pressmark query`` does."""
    columns = ", ".join(each for each in asked.columns if each != "text")
    sql = f"SELECT {columns} FROM captures WHERE {asked.where}"
    if asked.host:
        sql = f"SELECT strftime(captured, '%Y-%m'), count(*) FROM captures WHERE {asked.where} GROUP BY 1"
    with asking.opened(files_of(folder)) as database:
        found = [row for batch in database.ask(sql).batches for row in batch]
    return sum(row[1] for row in found) if asked.host else len(found)


def by_polars(folder: Path, asked: Asked) -> int:
    """Ask with Polars' lazy reader."""
    import polars

    table = polars.scan_parquet(
        folder / "catalog/captures", hive_partitioning=True, hive_schema={"day": polars.String}
    )
    if asked.day:
        table = table.filter(polars.col("day") == asked.day)
    if asked.host:
        table = table.filter(polars.col("host") == asked.host)
    if asked.contains:
        table = table.filter(polars.col(asked.contains[0]).list.contains(asked.contains[1]))
    if asked.word:
        table = table.filter(polars.col("text").str.contains(f"(?i){asked.word}"))
    if asked.host:
        found = table.group_by(polars.col("captured").dt.strftime("%Y-%m")).len().collect()
        return int(found["len"].sum())
    return table.select(each for each in asked.columns if each != "text").collect().height


def by_pyarrow(folder: Path, asked: Asked) -> int:
    """Ask with PyArrow's dataset, whose expressions know no lists: these are compared batch by batch."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    partitioning = ds.partitioning(pa.schema([("day", pa.string())]), flavor="hive")
    table = ds.dataset(folder / "catalog/captures", format="parquet", partitioning=partitioning)
    wanted: Any = None
    for name, value in (("day", asked.day), ("host", asked.host)):
        if value:
            wanted = ds.field(name) == value if wanted is None else wanted & (ds.field(name) == value)
    if asked.word:
        word = pc.match_substring(ds.field("text"), asked.word, ignore_case=True)
        wanted = word if wanted is None else wanted & word
    count = 0
    columns = [each for each in asked.columns if each != "text"]
    for batch in table.to_batches(columns=columns, filter=wanted, batch_readahead=2, fragment_readahead=2):
        if asked.contains:
            lists = batch.column(asked.contains[0])
            hits = pc.equal(lists.flatten(), asked.contains[1])
            count += pc.count_distinct(pc.list_parent_indices(lists).filter(hits)).as_py()
        else:
            count += batch.num_rows
    return count


WAYS: dict[str, Callable[[Path, Asked], int]] = {
    "pressmark query": by_pressmark,
    "polars": by_polars,
    "pyarrow": by_pyarrow,
}


def scanned(folder: Path, asked: Asked) -> tuple[int, int]:
    """Return the bytes of the column chunks that a question needs, and of all files' column chunks."""
    import pyarrow.parquet as pq

    needed = total = 0
    for path in files_of(folder):
        footer = pq.ParquetFile(path).metadata
        for number in range(footer.num_row_groups):
            group = footer.row_group(number)
            chunks = [group.column(at) for at in range(group.num_columns)]
            total += sum(chunk.total_compressed_size for chunk in chunks)
            if asked.day and path.parent.name != f"day={asked.day}":
                continue
            hosts = next(chunk for chunk in chunks if chunk.path_in_schema == "host").statistics
            if (
                asked.host
                and hosts is not None
                and hosts.has_min_max
                and not hosts.min <= asked.host <= hosts.max
            ):
                continue
            needed += sum(
                chunk.total_compressed_size
                for chunk in chunks
                if chunk.path_in_schema.partition(".")[0] in asked.columns
            )
    return needed, total


def one(folder: Path, way: str, name: str) -> None:
    """Ask once, in a process of its own; print rows and seconds."""
    asked = next(each for each in QUESTIONS if each.name == name)
    begun = time.monotonic()
    count = WAYS[way](folder, asked)
    seconds = time.monotonic() - begun
    print(json.dumps([count, seconds]))


def main() -> None:
    """Make the table if it does not exist yet, and print a table of answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "QUESTION"))
    options = parser.parse_args()
    if options.one:
        one(options.folder, *options.one)
        return
    with tempfile.TemporaryDirectory(prefix="pressmark-bench-") as made:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        make(folder, options.rows)
        paths = files_of(folder)
        size, seconds = sum(path.stat().st_size for path in paths), time.monotonic() - begun
        print(f"{options.rows:,} rows, {len(paths):,} files, {size / 1e9:.2f} GB, made in {seconds:.0f} s")
        for asked in QUESTIONS:
            needed, total = scanned(folder, asked)
            dollars = max(needed, ATHENA_LEAST) / 1e12 * ATHENA_A_TB
            print(
                f"\n{asked.name}: {needed / 1e6:,.1f} MB of {total / 1e6:,.0f} MB, ${dollars:.6f} in Athena"
            )
            counts = set()
            for way in WAYS:
                done = subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "bench.catalog_queries",
                        "--folder",
                        folder,
                        "--one",
                        way,
                        asked.name,
                    ],
                    capture_output=True,
                    text=True,
                    check=True,
                    timeout=1800,
                )
                count, seconds = json.loads(done.stdout)
                counts.add(count)
                print(f"  {way:16} {count:8,} rows {seconds:8.2f} s")
            if len(counts) != 1:
                sys.exit(f"the readers disagree: {counts}")


if __name__ == "__main__":
    main()
