"""Rows for spreadsheets, programs and data frames: CSV, JSON Lines, Parquet."""

import csv
import errno
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pressmark import json_text
from pressmark.archive.rows import Item
from pressmark.errors import PressmarkError, interruptible
from pressmark.export import spreadsheets
from pressmark.files import temporary

COLUMNS: dict[str, str] = {
    "url": "VARCHAR",
    "captured": "TIMESTAMP",
    "title": "VARCHAR",
    "authors": "VARCHAR[]",
    "published": "TIMESTAMP",
    "modified": "TIMESTAMP",
    "section": "VARCHAR",
    "tags": "VARCHAR[]",
    "description": "VARCHAR",
    "kind": "VARCHAR",
    "language": "VARCHAR",
    "site_name": "VARCHAR",
    "words": "INTEGER",
    "read": "VARCHAR",
    "paywalled": "BOOLEAN",
    "canonical": "VARCHAR",
    "image": "VARCHAR",
    "caption": "VARCHAR",
    "credit": "VARCHAR",
    "status": "SMALLINT",
    "error": "VARCHAR",
    "reason": "VARCHAR",
    "mime": "VARCHAR",
    "size": "BIGINT",
    "digest": "VARCHAR",
    "truncated": "VARCHAR",
    "requested": "VARCHAR",
    "redirect": "VARCHAR",
    "final": "VARCHAR",
    "revisit": "VARCHAR",
    "original_url": "VARCHAR",
    "original_captured": "TIMESTAMP",
    "labels": "VARCHAR[]",
    "note": "VARCHAR",
    "purpose": "VARCHAR",
    "etag": "VARCHAR",
    "last_modified": "VARCHAR",
    "bucket": "VARCHAR",
    "warc": "VARCHAR",
    "offset": "BIGINT",
    "length": "BIGINT",
    "meta_offset": "BIGINT",
    "meta_length": "BIGINT",
    "message_id": "VARCHAR",
    "token": "VARCHAR",
    "site": "VARCHAR",
    "capture": "VARCHAR",
}
"""Attributes of a row in their order, with DuckDB's type for each; times are UTC."""


MAX_LINE = 1 << 26
"""Maximum bytes of a row with its text; duckdb's default is a quarter of it."""


def _columns(with_text: bool) -> dict[str, str]:
    return {**COLUMNS, "text": "VARCHAR"} if with_text else COLUMNS


def jsonl(rows: Iterable[Item]) -> Iterator[str]:
    """Yield each row as a line of JSON, exactly as the table has it."""
    for row in rows:
        yield json_text.dumps(row, ensure_ascii=False)


def csv_lines(rows: Iterable[Item], *, with_text: bool = False) -> Iterator[str]:
    """Yield a heading and a line for each row (RFC 4180, but for the line end); lists are joined by ``; ``.

    A cell that a spreadsheet would run as a formula begins with an apostrophe (CWE-1236).
    """
    columns = _columns(with_text)
    yield _csv(list(columns))
    for row in rows:
        yield _csv([_cell(row.get(name)) for name in columns])


def parquet(rows: Iterable[Item], path: Path, *, with_text: bool = False) -> int:
    """Write rows as a Parquet file; return how many. Needs duckdb.

    Raises PressmarkError if it is missing, OSError that names the file if it cannot be written.
    """
    try:
        import duckdb
    except ImportError as error:
        raise PressmarkError(
            "Parquet is written by duckdb, which is not installed: pip install duckdb"
        ) from error
    count, columns = 0, _columns(with_text)
    with temporary(), tempfile.TemporaryDirectory(prefix="pressmark-") as folder:
        lines = Path(folder) / "rows.jsonl"
        with lines.open("w", encoding="utf-8", errors="replace") as file:
            for row in rows:
                file.write(json_text.dumps({name: row[name] for name in columns if name in row}) + "\n")
                count += 1
        texts = {name: "VARCHAR" if kind == "TIMESTAMP" else kind for name, kind in columns.items()}
        with (
            duckdb.connect(config={"temp_directory": folder}) as database,
            _as_os_error(duckdb.Error, path),
            interruptible(),
        ):
            database.execute(
                f"COPY (SELECT {', '.join(_column(name, kind) for name, kind in columns.items())} "  # noqa: S608 - names of ours
                f"FROM read_json(?, format = 'newline_delimited', maximum_object_size = {MAX_LINE}, "
                f"columns = {_struct(texts)})) "
                f"TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)",
                [str(lines)],
            )
    return count


@contextmanager
def _as_os_error(kind: type[Exception], path: Path) -> Iterator[None]:
    """Turn an error of duckdb, which says in many words that it could not write, into one of the system."""
    try:
        yield
    except kind as error:
        said = str(error).strip()
        known = (
            number for number in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) if os.strerror(number) in said
        )
        number = next(known, errno.EIO)
        reason = f"duckdb: {said.splitlines()[0][:200]}" if number == errno.EIO else os.strerror(number)
        raise OSError(number, reason, str(path)) from error


def _column(name: str, kind: str) -> str:
    # A time without an offset, or a day without a time, is taken for UTC; anything that is not a time becomes null.
    return (
        f"TRY_CAST(rtrim({_name(name)}, 'Z') AS TIMESTAMP) AS {_name(name)}"
        if kind == "TIMESTAMP"
        else _name(name)
    )


def _name(name: str) -> str:
    return f'"{name}"'


def _struct(columns: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items()) + "}"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _csv(values: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return spreadsheets.cell(text)
