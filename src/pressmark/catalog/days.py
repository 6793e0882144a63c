"""Rows on their way into Parquet files: lines of JSON for each day, in a bounded part of /tmp."""

from pathlib import Path

from pressmark import json_text
from pressmark.catalog.parquet import Engine, Footer
from pressmark.catalog.schema import Row


class Days:
    """Sorts rows by the day of ``captured``. found: the days. count: rows."""

    def __init__(self, work: Path, engine: Engine, footer: Footer, *, limit: int) -> None:
        """limit: bytes of a day's lines, from which on they are turned into Parquet, which is a fifth as long."""
        self._work, self._engine, self._footer, self._limit = work, engine, footer, limit
        self.count = 0
        self.found: dict[str, list[Path]] = {}

    def add(self, row: Row) -> None:
        """Take a row. Raises ArchiveError, OSError."""
        day = str(row["captured"])[:10]
        pieces = self.found.setdefault(day, [])
        lines = self._lines(day)
        # A lone surrogate, which metadata of a stranger may hold, becomes a question mark.
        with lines.open("a", encoding="utf-8", errors="replace") as file:
            file.write(json_text.dumps(row, ensure_ascii=False) + "\n")
            size = file.tell()
        self.count += 1
        if size > self._limit:
            pieces.append(self._piece(day, len(pieces), self._footer))

    def parquet(self, day: str, footer: Footer) -> Path:
        """Return a day's rows as a Parquet file, without rows for a day that was not found. Raises ArchiveError."""
        pieces = self.found.get(day, [])
        lines = self._lines(day)
        if not pieces:
            lines.touch()
            return self._piece(day, 0, footer)
        if lines.exists():
            pieces.append(self._piece(day, len(pieces), footer))
        whole = self._work / f"{day}.parquet"
        self._engine.joined(pieces, whole, footer)
        for piece in pieces:
            piece.unlink()
        return whole

    def _lines(self, day: str) -> Path:
        return self._work / f"{day}.jsonl"

    def _piece(self, day: str, number: int, footer: Footer) -> Path:
        lines, out = self._lines(day), self._work / f"{day}-{number}.parquet"
        self._engine.of_lines(lines, out, footer)
        lines.unlink()
        return out
