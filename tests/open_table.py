"""Files of the open table, made of rows that a test names; the writer itself has tests of its own."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

COLUMNS = {
    "url": "VARCHAR",
    "captured": "TIMESTAMP",
    "surt": "VARCHAR",
    "status": "BIGINT",
    "size": "BIGINT",
    "title": "VARCHAR",
    "titles": "MAP(VARCHAR, VARCHAR)",
    "authors": "VARCHAR[]",
    "tags": "VARCHAR[]",
    "section": "VARCHAR",
    "text": "VARCHAR",
    "purpose": "VARCHAR",
    "site": "VARCHAR",
    "capture": "VARCHAR",
}


def page(number: int, *, day: int = 23, **said: Any) -> dict[str, Any]:
    """Return a row of the open table for a page, which its number tells from others."""
    captured = f"2026-11-{day}T12:00:00.{number:06d}"
    key = f"com,example)/{number}"
    return {
        "url": f"https://example.com/{number}",
        "captured": captured,
        "surt": key,
        "status": 200,
        "size": 1000 + number,
        "title": f"Page {number}",
        "authors": ["Jane Doe"],
        "tags": ["ferries"],
        "text": f"The ferry of page {number} crossed the sound.",
        "site": "com,example",
        "capture": f"{key} {captured}Z",
    } | said


def write(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """Write rows as files of an archive folder's open table, one for each day; return their paths."""
    paths = []
    for day, some in groupby(sorted(rows, key=lambda row: row["captured"]), lambda row: row["captured"][:10]):
        path = folder / "catalog" / "captures" / f"day={day}" / f"{day}-0000.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.with_suffix(".jsonl")
        lines.write_text("".join(json.dumps(row) + "\n" for row in some), encoding="utf-8")
        duckdb.execute(
            f"COPY (SELECT * FROM read_json(?, format = 'newline_delimited', columns = {COLUMNS})) "
            f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)",
            [str(lines)],
        )
        lines.unlink()
        paths.append(path)
    return paths
