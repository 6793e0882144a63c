"""SQL over the open table's files, run by DuckDB in isolation: a query may be part of somebody else's script.

Only one SELECT is run. It sees the views and nothing else: not another file, not the network, not a variable of this
process; it loads no extension, changes no setting and writes nothing (DuckDB manual, "Securing DuckDB"). Memory is
bounded; the rest goes to a temporary folder, which is bounded, too.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pressmark.errors import ArchiveError, DamagedTableError, PressmarkError, SqlError, interruptible

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
"""How much of this machine's memory a question may take."""

SPILL = "20GB"
"""How much of the disk a question may take while it runs."""

AT_A_TIME = 1000
"""Rows that are handed on together."""

HEARD_SECONDS = 0.1
"""The longest time until Ctrl-C is noticed."""

VIEWS = {
    "captures": "SELECT * FROM read_parquet({files}, hive_partitioning = true, hive_types = {{'day': VARCHAR}}, "
    "union_by_name = {differ}) WHERE captured >= {start} AND captured < {end}",
    "latest": "SELECT captures.* FROM captures SEMI JOIN (SELECT url, max(captured) AS captured FROM captures "
    "GROUP BY url) AS newest USING (url, captured)",
}
"""latest: the newest capture of each URL. Columns that are not asked for, such as the text, are not read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of the columns, each once, and batches of rows, which can be read only once."""

    columns: list[str]
    batches: Iterator[list[tuple[Any, ...]]]


KINDS = (
    "SELECT count(DISTINCT columns) FROM "
    "(SELECT list((name, type)) AS columns FROM parquet_schema(?) GROUP BY file_name)"
)
"""Counts the different lists of columns."""


_ZONED = "TIMESTAMP WITH TIME ZONE"


class Asking:
    """A database in memory that has views of some files, and access to nothing else."""

    def __init__(
        self, database: "duckdb.DuckDBPyConnection", paths: Sequence[Path], thread: ThreadPoolExecutor
    ) -> None:
        """thread: where DuckDB works, a single one."""
        self._database = database
        self._paths = paths
        self._thread = thread

    def look_at(self, paths: Sequence[Path], *, start: datetime | None, end: datetime | None) -> None:
        """Make the views, in place of earlier ones, as :func:`opened` does. Raises DamagedTableError."""
        self._paths = paths
        self.run(lambda: _make_views(self._database, paths, start, end))

    def run[T](self, work: Callable[[], T]) -> T:
        """Have DuckDB do something in its thread, so that this one notices Ctrl-C.

        Python notices a signal between two steps of its own, and a sort, or the next rows of an answer, can be one step
        of minutes. The wait has many steps, because a signal does not always end one (Windows; SA_RESTART, as Polars
        sets it).
        """
        future = self._thread.submit(work)
        try:
            while not wait([future], timeout=HEARD_SECONDS).done:
                pass
        except KeyboardInterrupt:
            while not future.cancel() and not wait([future], timeout=HEARD_SECONDS).done:
                self._database.interrupt()  # if the question has not begun yet, DuckDB would forget the interrupt
            raise
        return future.result()

    def ask(self, sql: str, values: Sequence[object] = ()) -> Answer:
        """Run one SELECT. Raises SqlError, DamagedTableError, ArchiveError."""
        with self._translated():
            query = only_select(sql)
            result = self.run(lambda: self._database.execute(query, list(values)))
            described = [(name, str(kind)) for name, kind, *_ in result.description or ()]
            columns = _once([name for name, _ in described])
            kinds = [kind for _, kind in described]
            if any(_ZONED in kind for kind in kinds) and not values:
                names = ", ".join(f"c{number}" for number in range(len(kinds)))
                self._database.execute(f"CREATE OR REPLACE TEMP VIEW zoned({names}) AS {query}")
                result = self.run(lambda: self._database.execute(_without_zone("zoned", kinds)))
        return Answer(columns, self._batches(result))

    def write(self, sql: str, path: Path, *, limit: int | None = None) -> int:
        """Run one SELECT and write its rows as Parquet (zstd), into the file that :func:`opened` was given.

        Return how many there were; limit: the maximum. Raises as :meth:`ask`.
        """
        with self._translated():
            rows = self._database.sql(only_select(sql))
            rows = rows if limit is None else rows.limit(limit)
            self.run(lambda: rows.write_parquet(str(path), compression="zstd", use_tmp_file=False))
            (count,) = self._database.execute(
                "SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]
            ).fetchone() or (0,)
        return int(count)

    def footers(self, paths: Sequence[Path], names: Sequence[str]) -> list[tuple[str | None, ...]]:
        """Return each file's values for some names in its key-value metadata. Raises DamagedTableError."""
        values = ", ".join(f"any_value(decode(value)) FILTER (decode(key) = {_text(name)})" for name in names)
        with self._translated(), self._database.cursor() as another:  # an earlier answer may still be read
            return another.execute(
                f"SELECT {values} FROM parquet_kv_metadata(?) GROUP BY file_name",  # noqa: S608 - names of ours
                [[*map(str, paths)]],
            ).fetchall()

    def _batches(self, result: Any) -> Iterator[list[tuple[Any, ...]]]:
        while True:
            with self._translated():
                batch = self.run(lambda: result.fetchmany(AT_A_TIME))
            if not batch:
                return
            yield batch

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            with interruptible():
                yield
        except duckdb.Error as error:
            raise self._of(error) from error

    def _of(self, error: Exception) -> PressmarkError:
        import duckdb

        said = one_line(str(error))
        named = next((path for path in self._paths if str(path) in str(error)), None)
        if named is not None and not named.exists():
            return ArchiveError(f"{named}: it was deleted or replaced meanwhile; ask again")
        if named is not None and not isinstance(error, duckdb.PermissionException):
            return DamagedTableError(named, f"damaged: {said}")
        if type(error) is duckdb.Error:  # a bare one is from DuckDB's Parquet reader
            place = self._paths[0] if len(self._paths) == 1 else self._paths[0].parent.parent
            return DamagedTableError(place, f"damaged; pressmark verify says which file: {said}")
        if isinstance(error, duckdb.OutOfMemoryException):
            return ArchiveError(
                f"the query needs more than {MEMORY} of memory and {SPILL} of disk; ask for fewer columns or a "
                f"shorter period: {said}"
            )
        if isinstance(error, duckdb.IOException):
            return ArchiveError(said)
        if missing := re.search("Table with name (.+) does not exist", said):
            return SqlError(f"there is no table {missing[1]}; the views are {' and '.join(VIEWS)}")
        return SqlError(said)


@contextmanager
def opened(
    paths: Sequence[Path],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    output: Path | None = None,
) -> Iterator[Asking]:
    """Make the views over files; start, end: of capture, aware UTC, the end excluded. output: for :meth:`Asking.write`.

    Raises DamagedTableError, and ArchiveError if there is no file.
    """
    if not paths:
        raise ArchiveError("the open table has no file to ask")
    with without_views(paths, output=output) as asking:
        asking.look_at(paths, start=start, end=end)
        yield asking


@contextmanager
def without_views(paths: Sequence[Path], *, output: Path | None = None) -> Iterator[Asking]:
    """Begin with access to files, and no view yet: :meth:`Asking.look_at` makes them over some files at a time."""
    import duckdb

    walls: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": MEMORY,
        "max_temp_directory_size": SPILL,
    }
    with (
        tempfile.TemporaryDirectory(prefix="pressmark-") as folder,
        duckdb.connect(config=walls | {"temp_directory": folder}) as database,
        ThreadPoolExecutor(1, thread_name_prefix="duckdb") as thread,
    ):
        allowed = [*paths, *([output] if output else [])]
        database.execute(f"SET allowed_paths = {_list(allowed)}")
        database.execute("SET enable_external_access = false")
        database.execute("SET TimeZone = 'UTC'")
        database.execute("SET lock_configuration = true")
        yield Asking(database, paths, thread)


def _make_views(
    database: "duckdb.DuckDBPyConnection", paths: Sequence[Path], start: datetime | None, end: datetime | None
) -> None:
    import duckdb

    parts = {"files": _list(paths), "start": _instant(start, "-infinity"), "end": _instant(end, "infinity")}
    try:
        # With union_by_name, DuckDB opens every file for each view and each question: six times as slow with 360 files.
        (kinds,) = database.execute(KINDS, [[*map(str, paths)]]).fetchone() or (0,)
        parts["differ"] = str(kinds != 1).lower()
        for name, sql in VIEWS.items():
            database.execute(f"CREATE OR REPLACE VIEW {name} AS {sql.format(**parts)}")
    except duckdb.Error as error:
        for path in paths:  # not every error names the file
            try:
                database.execute("SELECT * FROM parquet_file_metadata(?)", [str(path)]).fetchall()
            except duckdb.Error as why:
                raise DamagedTableError(path, f"damaged: {one_line(str(why))}") from error
        raise DamagedTableError(paths[0], one_line(str(error))) from error


def only_select(sql: str) -> Any:
    """Return the statement, if it is a single one that only reads; no file is needed for that. Raises SqlError."""
    import duckdb

    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise SqlError(one_line(str(error))) from error
    if len(statements) != 1:
        raise SqlError(f"only one SELECT statement is accepted at a time; this is {len(statements)}")
    (statement,) = statements
    if statement.type != duckdb.StatementType.SELECT:
        raise SqlError(
            f"only SELECT statements are accepted, not {statement.type.name}: the open table is read-only"
        )
    return statement.query


def _without_zone(view: str, kinds: Sequence[str]) -> str:
    """Return a SELECT of columns c0, c1 …, with zoned times converted to UTC: DuckDB's own conversion needs pytz."""
    casts = (
        f"c{number}::{kind.replace(_ZONED, 'TIMESTAMP')}" if _ZONED in kind else f"c{number}"
        for number, kind in enumerate(kinds)
    )
    return f"SELECT {', '.join(casts)} FROM {view}"  # noqa: S608 - names of ours


def one_line(text: str) -> str:
    """Return DuckDB's message as one line, without the lines that point at a place in the SQL."""
    told, _, place = text.partition("\n\nLINE ")
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    number = re.match(r"(\d+):", place)
    where = f" (line {number[1]})" if number and number[1] != "1" else ""
    return re.sub(r"^([A-Z][A-Za-z ]*) Error: ", r"\1: ", "; ".join(lines))[:500] + where


def _once(names: Sequence[str]) -> list[str]:
    """Make the names of columns unique: ``a``, ``a_2``."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found


def _list(paths: Sequence[Path]) -> str:
    return "[" + ", ".join(_text(str(path)) for path in paths) + "]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _instant(moment: datetime | None, otherwise: str) -> str:
    return f"TIMESTAMP '{moment.replace(tzinfo=None).isoformat() if moment else otherwise}'"
