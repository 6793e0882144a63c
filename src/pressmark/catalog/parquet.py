"""Parquet files of the open table, written and read by DuckDB in a process's bounded memory."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressmark.catalog.schema import COLUMNS, VERSION
from pressmark.catalog.shelf import FOOTER_BYTES, Shelf
from pressmark.errors import ArchiveError, PressmarkError

MEMORY = "384MB"
"""What DuckDB may take; what is more goes to its temporary directory. The function has 1,024 MB."""

ROWS_A_GROUP = 4096
"""Rows of a row group: 20 MB of text, which is in memory while it is written, and what a reader may pass over."""

MAX_LINE = 1 << 26
"""The longest row with its text, in bytes; duckdb's own limit is a quarter of it."""

MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class Footer:
    """What a file says of itself, in its key-value metadata.

    group: the group's name. files: digest of the WARC files that the group had. tombstones: digest of what of it was
    taken down. days: in the group's home, the days of its other files. schema: the version of its columns.
    """

    group: str
    files: str
    tombstones: str
    days: tuple[str, ...] = ()
    schema: int = VERSION

    def is_same(self, other: "Footer") -> bool:
        """Whether two files are made of the same WARC files and takedowns, in the same way."""
        return (self.files, self.tombstones, self.schema) == (other.files, other.tombstones, other.schema)

    def to_metadata(self) -> dict[str, str]:
        """Write it as key-value metadata of Parquet."""
        return {
            "pressmark.schema": str(self.schema),
            "pressmark.group": self.group,
            "pressmark.files": self.files,
            "pressmark.tombstones": self.tombstones,
            "pressmark.days": ",".join(self.days),
        }

    @classmethod
    def of_metadata(cls, said: Mapping[str, str]) -> "Footer":
        """Read it. Raises ValueError where something is missing."""
        try:
            return cls(
                said["pressmark.group"],
                said["pressmark.files"],
                said["pressmark.tombstones"],
                tuple(day for day in said["pressmark.days"].split(",") if day),
                int(said["pressmark.schema"]),
            )
        except KeyError as error:
            raise ValueError(f"its footer does not say {error.args[0]}") from error


class DamagedError(ArchiveError):
    """A file of the open table that is not Parquet, or does not say what it is made of."""


class Engine:
    """DuckDB, in memory, with its temporary files in a directory of ours."""

    def __init__(self, work: Path) -> None:
        """work: for temporary files. Raises PressmarkError where duckdb is not installed."""
        try:
            import duckdb
        except ImportError as error:
            raise PressmarkError(
                "the open table is written by duckdb, which is not installed: pip install duckdb"
            ) from error
        self._error = duckdb.Error
        self._database = duckdb.connect(
            config={
                "temp_directory": str(work / "duckdb"),
                "memory_limit": MEMORY,
                "threads": 1,
                "autoinstall_known_extensions": False,
            }
        )

    def close(self) -> None:
        """Give memory back."""
        self._database.close()

    def of_lines(self, lines: Path, out: Path, footer: Footer) -> None:
        """Write a Parquet file of lines of JSON, in the order of URLs. Raises ArchiveError."""
        texts = {name: "VARCHAR" if kind == "TIMESTAMP" else kind for name, kind in COLUMNS.items()}
        struct = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in texts.items()) + "}"
        columns = ", ".join(
            f'TRY_CAST(rtrim("{name}", \'Z\') AS TIMESTAMP) AS "{name}"'
            if kind == "TIMESTAMP"
            else f'"{name}"'
            for name, kind in COLUMNS.items()
        )
        self._copy(
            f"SELECT {columns} FROM read_json(?, format = 'newline_delimited', "  # noqa: S608 - names of ours
            f'maximum_object_size = {MAX_LINE}, columns = {struct}) ORDER BY surt, captured, warc, "offset"',
            [str(lines)],
            out,
            footer,
        )

    def joined(self, files: Sequence[Path], out: Path, footer: Footer) -> None:
        """Write one Parquet file of several, one behind the other. Raises ArchiveError."""
        self._copy(
            "SELECT * FROM read_parquet(?, hive_partitioning = false)", [list(map(str, files))], out, footer
        )

    def without(self, file: Path, out: Path, gone: Iterable[str], footer: Footer) -> None:
        """Write a Parquet file without the rows of some keys (``capture``). Raises ArchiveError."""
        query = "SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE NOT list_contains(?, capture)"
        self._copy(query, [str(file), list(gone)], out, footer)

    def captures(self, file: Path) -> list[tuple[str, str]]:
        """Return URL and key (``capture``) of each row of a file. Raises ArchiveError."""
        return self.ask("SELECT url, capture FROM read_parquet(?, hive_partitioning = false)", [str(file)])

    def metadata(self, file: Path) -> dict[str, str]:
        """Return a file's key-value metadata. Raises ArchiveError."""
        found = self.ask("SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(file)])
        return dict(found)

    def ask(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Return what a query finds. Raises ArchiveError."""
        with self._as_ours():
            return self._database.execute(query, list(values)).fetchall()

    def _copy(self, query: str, values: Sequence[object], out: Path, footer: Footer) -> None:
        said = ", ".join(f"'{name}': {_literal(value)}" for name, value in footer.to_metadata().items())
        with self._as_ours():
            self._database.execute(
                f"COPY ({query}) TO {_literal(str(out))} (FORMAT parquet, COMPRESSION zstd, "
                f"ROW_GROUP_SIZE {ROWS_A_GROUP}, USE_TMP_FILE false, KV_METADATA {{{said}}})",
                list(values),
            )

    @contextmanager
    def _as_ours(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise ArchiveError(f"duckdb: {str(error).strip()[:300]}") from error


def footer_of(engine: Engine, shelf: Shelf, key: str) -> Footer:
    """Read what a file says of itself, from its end alone. Raises NotFoundError, ArchiveError where it is damaged."""
    end = shelf.end(key, FOOTER_BYTES)
    if end[-4:] != MAGIC or len(end) < 12:
        raise DamagedError(f"{key} is not a Parquet file")
    length = int.from_bytes(end[-8:-4], "little") + 8
    if length > len(end):
        end = shelf.end(key, length)
    # DuckDB wants a file; it reads nothing of it but the first bytes and the footer.
    with tempfile.NamedTemporaryFile(prefix="pressmark-", suffix=".parquet") as file:
        file.write(MAGIC + end[-length:])
        file.flush()
        try:
            return Footer.of_metadata(engine.metadata(Path(file.name)))
        except (ValueError, ArchiveError) as error:
            raise DamagedError(f"{key}: {error}") from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
