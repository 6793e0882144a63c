"""Sorts rows into Parquet files by day, through lines of JSON in a bounded part of /tmp."""

from pathlib import Path

from pressmark import json_text
from pressmark.catalog.parquet import Engine
from pressmark.catalog.schema import Row


class Days:
    """Sorts rows by the day of ``captured``. found: the days. count: rows. size: bytes that wait, approximately."""

    def __init__(self, work: Path, engine: Engine, *, limit: int) -> None:
        """limit: from so many bytes on, a day's lines are turned into Parquet, which is a fifth as long."""
        self._work, self._engine, self._limit = work, engine, limit
        self.count = self.size = 0
        self.found: dict[str, list[Path]] = {}

    def add(self, row: Row) -> None:
        """Take a row. Raises ArchiveError, OSError."""
        day = str(row["captured"])[:10]
        pieces = self.found.setdefault(day, [])
        lines = self._lines(day)
        # A lone surrogate, which metadata of a stranger may hold, becomes a question mark.
        with lines.open("a", encoding="utf-8", errors="replace") as file:
            before = file.tell()
            file.write(json_text.dumps(row, ensure_ascii=False) + "\n")
            size = file.tell()
        self.count += 1
        self.size += size - before
        if size > self._limit:
            pieces.append(self._piece(day, len(pieces)))

    def pieces(self, day: str) -> list[Path]:
        """Return a day's rows as Parquet files, each sorted; for a day without rows, an empty one.

        Raises ArchiveError.
        """
        pieces = self.found.get(day, [])
        lines = self._lines(day)
        if not pieces:
            lines.touch()
        if lines.exists():
            pieces.append(self._piece(day, len(pieces)))
        return pieces

    def _lines(self, day: str) -> Path:
        return self._work / f"{day}.jsonl"

    def _piece(self, day: str, number: int) -> Path:
        lines, out = self._lines(day), self._work / f"{day}-{number}.parquet"
        self._engine.of_lines(lines, out)
        lines.unlink()
        return out
