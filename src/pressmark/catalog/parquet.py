"""Parquet files of the open table, written and read by DuckDB in a process's bounded memory."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressmark import json_text
from pressmark.catalog.schema import COLUMNS, VERSION
from pressmark.catalog.shelf import FOOTER_BYTES, Shelf
from pressmark.errors import ArchiveError, PressmarkError, interruptible
from pressmark.files import temporary

if TYPE_CHECKING:
    import duckdb

MEMORY = "384MB"
"""How much memory DuckDB may take; the rest goes to its temporary directory. The function has 1,769 MB."""

ROWS_A_GROUP = 2048
"""Rows of a row group, which a reader can skip by the least and greatest value of a column. DuckDB's minimum."""

SORTED_ROWS = 100_000
"""Rows that are sorted together, in memory and in the temporary directory. If there are more, each piece is sorted by
itself."""

MAX_LINE = 1 << 26
"""The longest row with its text, in bytes; duckdb's own limit is a quarter of it."""

MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A footer's entry for a group whose captures of the day are in the file.

    files: digest of the WARC files that the group had. tombstones: digest of its takedowns. days: in the group's home,
    the other days on which it has captures.
    """

    files: str
    tombstones: str
    days: tuple[str, ...] = ()

    def is_same(self, other: "Entry") -> bool:
        """Whether both are of the same WARC files and takedowns."""
        return (self.files, self.tombstones) == (other.files, other.tombstones)


@dataclass(frozen=True, slots=True)
class Footer:
    """A file's key-value metadata.

    groups: all groups whose captures of the day are in it. is_full: no other group is added to it. schema: the version
    of its columns.
    """

    groups: Mapping[str, Entry] = field(default_factory=dict)
    is_full: bool = False
    schema: int = VERSION

    def to_metadata(self) -> dict[str, str]:
        """Write it as key-value metadata of Parquet."""
        groups = {name: [each.files, each.tombstones, *each.days] for name, each in self.groups.items()}
        return {
            "pressmark.schema": str(self.schema),
            "pressmark.full": str(self.is_full).lower(),
            GROUPS: json_text.dumps(groups),
        }

    @classmethod
    def of_metadata(cls, said: Mapping[str, str | None]) -> "Footer":
        """Read it. Raises ValueError if something is missing."""
        return cls(
            groups_of(said.get(GROUPS)),
            said.get("pressmark.full") == "true",
            int(said.get("pressmark.schema") or 0),
        )


GROUPS = "pressmark.groups"
"""The metadata key under which a file lists its groups."""


def groups_of(said: str | None) -> dict[str, Entry]:
    """Parse a file's entries of groups. Raises ValueError."""
    try:
        found = json.loads(said or "")
        return {
            name: Entry(files, tombstones, tuple(days)) for name, (files, tombstones, *days) in found.items()
        }
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError("its footer does not say what groups are in it") from error


class DamagedError(ArchiveError):
    """A file of the open table that is not Parquet, or does not say what it is made of."""


Select = tuple[str, list[object]]
"""A query and its values."""

ORDER = 'ORDER BY surt, captured, warc, "offset"'


@dataclass(frozen=True, slots=True)
class Files:
    """Parquet files from whose rows another is made.

    pieces: used whole. kept: only the rows of some WARC files are used, or all others (leaves_out).
    """

    pieces: Sequence[Path]
    kept: Path | None = None
    warcs: Sequence[str] = ()
    leaves_out: bool = False

    def query(self, columns: str = "*") -> Select:
        """Return a SELECT of all rows, the kept ones first, and its values."""
        read = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false)"  # noqa: S608 - names of ours
        parts, values = [], list[object]()
        if self.kept is not None:
            which = "NOT IN" if self.leaves_out else "IN"
            parts.append(f"{read} WHERE coalesce(warc, '') {which} (SELECT unnest(?::VARCHAR[]))")
            values += [str(self.kept), list(self.warcs)]
        if self.pieces:
            parts.append(read)
            values.append(list(map(str, self.pieces)))
        return " UNION ALL BY NAME ".join(parts), values


def begin(work: Path) -> "duckdb.DuckDBPyConnection":
    """Return a DuckDB in memory that keeps its temporary files below ``work``. Raises PressmarkError without duckdb."""
    try:
        import duckdb
    except ImportError as error:
        raise PressmarkError(
            "the open table is written by duckdb, which is not installed: pip install duckdb"
        ) from error
    return duckdb.connect(
        config={
            "temp_directory": str(work / "duckdb"),
            "memory_limit": MEMORY,
            "threads": 1,
            "autoinstall_known_extensions": False,
        }
    )


class Engine:
    """DuckDB, in memory, with its temporary files in a directory of ours."""

    def __init__(self, work: Path) -> None:
        """work: for temporary files. Every method raises PressmarkError if duckdb is not installed."""
        self.work = work

    @cached_property
    def _database(self) -> "duckdb.DuckDBPyConnection":
        """Loaded when it is needed: it would be most of the price of a scheduled run that finds nothing."""
        return begin(self.work)

    def close(self) -> None:
        """Release the memory."""
        if "_database" in self.__dict__:
            self._database.close()

    def of_lines(self, lines: Path, out: Path, footer: Footer = Footer()) -> None:
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
            f"maximum_object_size = {MAX_LINE}, columns = {struct}) {ORDER}",
            [str(lines)],
            out,
            footer,
        )

    def count(self, files: Files) -> int:
        """Return how many rows several files have. Raises ArchiveError."""
        query, values = files.query("warc")
        ((found,),) = self.ask(f"SELECT count(*) FROM ({query})", values)  # noqa: S608 - names of ours
        return int(found)

    def joined(self, files: Files, out: Path, footer: Footer, *, is_sorted: bool = True) -> None:
        """Write one Parquet file of several; is_sorted: in the order of URLs. Raises ArchiveError."""
        query, values = files.query()
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        self._copy(f"SELECT {columns} FROM ({query}) {ORDER if is_sorted else ''}", values, out, footer)  # noqa: S608

    def without(self, file: Path, out: Path, gone: Iterable[str], footer: Footer) -> None:
        """Write a Parquet file without the rows of some keys (``capture``). Raises ArchiveError."""
        query = "SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE NOT list_contains(?, capture)"
        self._copy(query, [str(file), list(gone)], out, footer)

    def warcs(self, file: Path) -> list[str]:
        """Return the WARC files that the rows of a file come from. Raises ArchiveError."""
        return [
            warc or ""
            for (warc,) in self.ask(
                "SELECT DISTINCT warc FROM read_parquet(?, hive_partitioning = false)", [str(file)]
            )
        ]

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
        self._database  # noqa: B018 - so that its absence is reported as such
        import duckdb

        try:
            with interruptible():
                yield
        except duckdb.Error as error:
            raise ArchiveError(f"duckdb: {str(error).strip()[:300]}") from error


@contextmanager
def engine_here() -> Iterator[Engine]:
    """Give an engine with a temporary directory of its own. If the disk is full, the error names the parent folder."""
    with (
        temporary(),
        tempfile.TemporaryDirectory(prefix="pressmark-") as work,
        closing(Engine(Path(work))) as engine,
    ):
        yield engine


def footer_of(engine: Engine, shelf: Shelf, key: str) -> Footer:
    """Read a file's footer, fetching only its end. Raises NotFoundError, and ArchiveError if the file is damaged."""
    end = shelf.end(key, FOOTER_BYTES)
    if end[-4:] != MAGIC or len(end) < 12:
        raise DamagedError(f"{key} is not a Parquet file")
    length = int.from_bytes(end[-8:-4], "little") + 8
    if length > len(end):
        end = shelf.end(key, length)
    # DuckDB wants a file, but reads only its first bytes and the footer.
    with tempfile.NamedTemporaryFile(prefix="pressmark-", suffix=".parquet") as file:
        file.write(MAGIC + end[-length:])
        file.flush()
        try:
            return Footer.of_metadata(engine.metadata(Path(file.name)))
        except (ValueError, ArchiveError) as error:
            raise DamagedError(f"{key}: {error}") from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
