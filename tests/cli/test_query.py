"""``pressmark query``: SQL over an archive's open table, which may come with somebody else's script."""

import csv
import io
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer, main_thread
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import Run
from tests.conftest import Aws
from tests.open_table import page, write

from pressmark.archive.folder import FolderReader
from pressmark.catalog import asking
from pressmark.catalog.parquet import Engine
from pressmark.errors import ArchiveError

URLS = "select url from captures order by url"


@pytest.fixture(scope="module")
def _asked(_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(_sample, tmp_path_factory.mktemp("asked") / "archive"))
    rows = [page(1), page(2, day=24, tags=["fog"], titles={"html h1": "Two"}), page(1, day=24, title="Now")]
    write(folder, rows)
    FolderReader(folder).close()  # makes the index, or each command of each test would
    return folder


@pytest.fixture
def asked(_asked: Path, tmp_path: Path) -> Path:
    """The sample folder with an open table of three rows, on two days."""
    return Path(shutil.copytree(_asked, tmp_path / "archive"))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_query_gives_rows_as_json_lines_in_a_pipe(run: Run, asked: Path) -> None:
    done = run(
        "query",
        "select url, captured, tags, titles, day from captures where list_contains(tags, 'fog')",
        "--archive",
        asked,
    )
    assert done.exit_code == 0
    assert lines(done.stdout) == [
        {
            "url": "https://example.com/2",
            "captured": "2026-11-24T12:00:00.000002Z",
            "tags": ["fog"],
            "titles": {"html h1": "Two"},
            "day": "2026-11-24",
        }
    ]


def test_a_time_with_a_zone_is_that_of_utc(run: Run, asked: Path) -> None:
    sql = (
        "select captured::timestamptz as at, [timestamptz '2026-11-24 01:00:00+01'] as list, 1 as at "
        "from captures order by url desc limit 1 ; -- and no more"
    )
    done = run("query", sql, "--archive", asked)
    assert lines(done.stdout) == [
        {"at": "2026-11-24T12:00:00.000002Z", "list": ["2026-11-24T00:00:00.000000Z"], "at_2": 1}
    ]
    assert run("query", "select now()", "--archive", asked).exit_code == 0


@contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Press Ctrl-C after a moment. On a machine so slow that nothing has begun by then, it is heard as well."""
    ctrl_c = Timer(0.3, signal.pthread_kill, [main_thread().ident, signal.SIGINT])
    ctrl_c.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    ctrl_c.join()


ENDLESS = "select i from range(1000000000000) numbers(i) where hash(i) = 7"


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked_for",
    [
        lambda database, _: database.ask(f"select count(*) from ({ENDLESS})"),
        lambda database, _: list(database.ask(ENDLESS).batches),
        lambda database, out: database.write(ENDLESS, out),
    ],
    ids=["first row", "next rows", "file"],
)
def test_ctrl_c_ends_a_question_at_whatever_duckdb_is(
    asked: Path, tmp_path: Path, asked_for: Callable[[asking.Asking, Path], object]
) -> None:
    out = tmp_path / "out.parquet"
    paths = sorted(asked.glob("catalog/captures/*/*.parquet"))
    with ended_by_ctrl_c(), asking.opened(paths, output=out) as database:
        asked_for(database, out)


@pytest.mark.slow
def test_ctrl_c_ends_what_duckdb_does_for_a_command(tmp_path: Path) -> None:
    with ended_by_ctrl_c(), closing(Engine(tmp_path)) as engine:
        engine.ask(ENDLESS)


@pytest.mark.slow
def test_ctrl_c_ends_the_look_at_the_files(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "KINDS", f"{ENDLESS} and ? is not null")
    with ended_by_ctrl_c(), asking.opened([*asked.glob("catalog/captures/*/*.parquet")]):
        pass


def test_latest_is_the_newest_capture_of_each_url(run: Run, asked: Path) -> None:
    done = run("query", "select url, title from latest order by url", "--archive", asked)
    assert [(row["url"][-1], row["title"]) for row in lines(done.stdout)] == [("1", "Now"), ("2", "Page 2")]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (["--from", "2026-11-24"], ["2026-11-24"]),
        (["--to", "2026-11-23"], ["2026-11-23"]),
        (["--from", "2026-11-24T12:00:00.000002Z"], ["2026-11-24"]),
        ([], ["2026-11-23", "2026-11-24"]),
    ],
)
def test_a_period_is_that_of_capture(run: Run, asked: Path, options: list[str], days: list[str]) -> None:
    done = run("query", "select distinct day from captures order by day", *options, "--archive", asked)
    assert [row["day"] for row in lines(done.stdout)] == days


def test_a_period_is_exact_within_a_day(run: Run, asked: Path) -> None:
    done = run(
        "query",
        "select count(*) n from captures",
        "--from",
        "2026-11-24T12:00:00.000002Z",
        "--archive",
        asked,
    )
    assert lines(done.stdout) == [{"n": 1}]


@pytest.mark.slow
def test_every_format_says_the_same(run: Run, asked: Path, tmp_path: Path) -> None:
    sql = "select url, size from captures order by size, captured"
    wanted = [(row["url"], row["size"]) for row in (page(1), page(1), page(2))]
    as_json = json.loads(run("query", sql, "--format", "json", "--archive", asked).stdout)
    assert [(row["url"], row["size"]) for row in as_json] == wanted
    as_csv = list(csv.reader(io.StringIO(run("query", sql, "--format", "csv", "--archive", asked).stdout)))
    assert as_csv == [["url", "size"], *([url, str(size)] for url, size in wanted)]
    for name in ("out.parquet", "out.csv", "out.json", "out.jsonl"):
        done = run("query", sql, "-o", tmp_path / name, "--archive", asked)
        assert (done.exit_code, done.stdout) == (0, "")
        assert "3 rows" in done.stderr
        read = duckdb.sql(f"select url, size from '{tmp_path / name}'").fetchall()
        assert [(url, int(size)) for url, size in read] == wanted


def test_a_column_that_older_files_lack_is_null_there(run: Run, asked: Path) -> None:
    (path,) = asked.rglob("day=2026-11-24/*.parquet")
    duckdb.sql(f"copy (select *, 'new' as added from '{path}') to '{path}.new' (format parquet)")
    Path(f"{path}.new").replace(path)
    done = run("query", "select day, added from captures order by all", "--archive", asked)
    assert [(row["day"][-2:], row["added"]) for row in lines(done.stdout)] == [
        ("23", None),
        ("24", "new"),
        ("24", "new"),
    ]


def test_a_limit_ends_the_rows_and_says_that_there_are_more(run: Run, asked: Path, tmp_path: Path) -> None:
    done = run("query", URLS, "--limit", 2, "--archive", asked)
    assert len(lines(done.stdout)) == 2
    assert "--limit 0 gives all" in done.stderr
    run("query", URLS, "--limit", 1, "-o", tmp_path / "one.parquet", "--archive", asked)
    assert duckdb.sql(f"select count(*) from '{tmp_path / 'one.parquet'}'").fetchall() == [(1,)]


def test_columns_of_one_name_are_told_apart(run: Run, asked: Path) -> None:
    done = run("query", "select 1 as a, 2 as a, 3 as a_2", "--archive", asked)
    assert lines(done.stdout) == [{"a": 1, "a_2": 2, "a_2_2": 3}]


def test_no_rows_are_nothing_found_and_leave_an_older_file_as_it_is(
    run: Run, asked: Path, tmp_path: Path
) -> None:
    for name in ("kept.csv", "kept.parquet"):
        (tmp_path / name).write_text("older")
        done = run(
            "query", "select url from captures where status = 7", "-o", tmp_path / name, "--archive", asked
        )
        assert done.exit_code == 1
        assert "no rows" in done.stderr
        assert (tmp_path / name).read_text() == "older"


@pytest.mark.slow
def test_what_a_page_smuggles_into_its_title_does_nothing_to_a_terminal_or_a_spreadsheet(
    run: Run, folder: Path
) -> None:
    write(folder, [page(1, title="\x1b]52;c;cHduZWQ=\x07\x1b[31m=HYPERLINK()\u202e", section="=1+1")])
    sql = "select title, section, '\x1b[31m' || title as \"\x1b[5m\" from captures"
    for form in ("table", "jsonl", "json"):
        shown = run("query", sql, "--format", form, "--archive", folder).stdout
        assert "HYPERLINK" in shown
        assert not set(shown) & set("\x1b\x07\u202e")
    assert "'=1+1" in run("query", sql, "--format", "csv", "--archive", folder).stdout


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("selec 1", "syntax error"),
        ("select nope from captures", 'Referenced column "nope" not found'),
        ("select * from nowhere", "there is no table nowhere; the views are captures and latest"),
        ("select 1; select 2", "only one SELECT statement is accepted at a time"),
        ("", "only one SELECT statement is accepted at a time"),
        ("select 'a'::int", "Could not convert"),
        ("select error('mine')", "mine"),
    ],
)
def test_a_mistake_in_sql_is_one_line_and_wrong_usage(run: Run, asked: Path, sql: str, told: str) -> None:
    done = run("query", sql or " ", "--archive", asked)
    assert done.exit_code == 2
    if sql:
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_what_is_no_select_is_refused_before_an_archive_is_opened(run: Run) -> None:
    done = run("query", "drop view captures", "--archive", "nowhere")
    assert done.exit_code == 2
    assert "only SELECT statements are accepted" in done.stderr


SECRET = "correct horse battery staple"


@pytest.mark.slow
@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{secret}')",
        "select * from read_blob('{secret}')",
        "select * from read_csv('{secret}', header = false)",
        "select * from '{secret}'",
        "select * from glob('{folder}/*')",
        "select * from sniff_csv('{secret}')",
        "select * from read_json('{secret}')",
        "select * from read_parquet('{other}')",
        "select * from parquet_metadata('{other}')",
        "select * from query('from read_text(''{secret}'')')",
        "with a as (from read_text('{secret}')) select * from a",
        "select (select content from read_text('{secret}'))",
        "copy (select 1) to '{written}'",
        "copy (select 1 as url) to '{own}' (format parquet)",
        "export database '{written}'",
        "attach '{written}' as other",
        "attach '{other}'",
        "install httpfs",
        "load httpfs",
        "load '{secret}'",
        "force install httpfs from 'http://127.0.0.1:9'",
        "select * from 'http://127.0.0.1:9/a.parquet'",
        "select * from read_csv('s3://bucket/a.csv')",
        "set enable_external_access = true",
        "reset lock_configuration",
        "set allowed_directories = ['/']",
        "pragma enable_profiling",
        "call pragma_version()",
        "create secret (type http, bearer_token 'x')",
        "create table t as select 1",
        "create or replace view captures as select 1",
        "drop view captures",
        "insert into captures select 1",
        "delete from captures",
        "explain analyze copy (select 1) to '{written}'",
        "prepare p as copy (select 1) to '{written}'",
        "select * from SECRET",
        "begin",
        "select getenv('HOME')",
    ],
)
def test_sql_of_a_stranger_reads_and_writes_nothing_but_the_table(
    run: Run, asked: Path, tmp_path: Path, sql: str
) -> None:
    secret, other, written = tmp_path / "secret", tmp_path / "other.parquet", tmp_path / "written"
    secret.write_text(SECRET)
    duckdb.sql(f"copy (select '{SECRET}' as a) to '{other}' (format parquet)")
    (own, *_) = sorted(asked.rglob("*.parquet"))
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    sql = sql.format(secret=secret, other=other, written=written, folder=tmp_path, own=own)
    for out in ((), ("-o", tmp_path / "out.parquet"), ("-o", tmp_path / "out.csv")):
        done = run("query", sql, *out, "--archive", asked)
        assert done.exit_code == 2, done.output
        assert SECRET not in done.output
        assert len(done.stderr.splitlines()) == 1
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before


@pytest.mark.slow
def test_what_only_reads_is_asked_however_it_is_written(run: Run, asked: Path) -> None:
    for sql in (
        "from captures",
        "with a as (select 1 as b) select * from a -- done",
        "describe captures",
        "summarize captures",
        "values (1)",
        "select 1;",
        "show tables",
    ):
        assert run("query", sql, "--archive", asked).exit_code == 0, sql


@pytest.mark.slow
def test_memory_is_bounded_and_what_is_too_much_is_said(
    run: Run, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MEMORY", "20MB")
    monkeypatch.setattr(asking, "SPILL", "1MB")
    done = run("query", "select list(i::varchar || 'x') from range(10000000) r(i)", "--archive", asked)
    assert done.exit_code == 4
    assert "ask for fewer columns or a shorter period" in done.stderr


def test_a_folder_without_an_open_table_is_told_how_to_make_one(run: Run, folder: Path) -> None:
    done = run("query", URLS, "--archive", folder)
    assert done.exit_code == 3
    assert "has no open table yet" in done.stderr
    assert "pressmark " in done.stderr


def test_a_period_without_captures_is_nothing_found(run: Run, asked: Path) -> None:
    done = run("query", URLS, "--from", "2027", "--archive", asked)
    assert done.exit_code == 1
    assert "no captures of this period" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["empty", "cut", "footer", "data"])
def test_a_damaged_file_is_named(run: Run, folder: Path, damage: str) -> None:
    import random

    text = "".join(random.Random(7).choices("abcdefghijklm ", k=40_000))
    (path, *_) = write(folder, [page(1, text=text)])
    data = path.read_bytes()
    middle, footer = len(data) // 2, len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    path.write_bytes(
        {
            "empty": b"",
            "cut": data[:middle],
            "footer": data[:footer] + bytes(40) + data[footer + 40 :],
            "data": data[: middle - 500] + bytes(1000) + data[middle + 500 :],
        }[damage]
    )
    done = run("query", "select text from captures", "--archive", folder)
    assert done.exit_code == 5
    assert str(path) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_vanishes_while_it_is_asked_is_said(asked: Path) -> None:
    paths = sorted(asked.rglob("*.parquet"))
    with asking.opened(paths) as database:
        paths[0].unlink()
        with pytest.raises(ArchiveError, match="deleted or replaced meanwhile; ask again"):
            list(database.ask("select text from captures").batches)


def test_a_link_out_of_the_folder_is_not_followed(run: Run, asked: Path, tmp_path: Path) -> None:
    (outside,) = write(tmp_path / "outside", [page(9)])
    (asked / "catalog" / "captures" / "day=2026-11-23" / "link.parquet").symlink_to(outside)
    done = run("query", "select count(*) n from captures", "--archive", asked)
    assert lines(done.stdout) == [{"n": 3}]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_the_terminal_and_numbers_stand_whole(width: int) -> None:
    from rich.cells import cell_len
    from rich.console import Console

    from pressmark.cli.table import any_table

    rows = [["https://example.com/" + "a" * 90, "夜明けの渡し船" * 9, "123456789"], ["b", "", "1"]]
    out = io.StringIO()
    console = Console(file=out, width=width)
    for each in any_table(["url", "title", "size"], rows, [False, False, True], width):
        console.print(each)
    assert max(map(cell_len, out.getvalue().splitlines())) <= width
    assert "123456789" in out.getvalue()


def test_a_row_of_too_many_columns_stands_upright() -> None:
    from rich.console import Console

    from pressmark.cli.table import any_table

    names = [f"column{number}" for number in range(20)]
    out = io.StringIO()
    for each in any_table(names, [[f"value of {name}" for name in names]], [False] * 20, 60):
        Console(file=out, width=60).print(each)
    assert "column19  value of column19" in out.getvalue()


@pytest.mark.slow
def test_a_bucket_is_asked_by_the_same_command(
    run: Run, deployed: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = run("query", URLS)
    assert (none.exit_code, "has no open table yet" in none.stderr) == (3, True)
    (path,) = write(tmp_path / "made", [page(1)])
    key = path.relative_to(tmp_path / "made").as_posix()
    deployed.client("s3").put_object(Bucket=deployed.stack.bucket, Key=key, Body=path.read_bytes())
    for kept in (False, True):
        done = run("query", URLS, *([] if kept else ["--no-cache"]))
        assert lines(done.stdout) == [{"url": "https://example.com/1"}]
        assert "the open table is complete up to 2026-11-" in done.stderr
        assert len(list((tmp_path / "cache").rglob("*.parquet"))) == kept
    deployed.client("s3").delete_object(Bucket=deployed.stack.bucket, Key=key)


def test_damage_within_a_file_is_not_taken_for_a_mistake_in_sql(run: Run, asked: Path) -> None:
    for file in asked.glob("catalog/captures/*/*.parquet"):
        data = file.read_bytes()
        footer = len(data) - int.from_bytes(data[-8:-4], "little") - 8
        file.write_bytes(data[:4] + b"\xa5" * (footer - 4) + data[footer:])
    done = run("query", URLS, "--archive", asked)
    assert (done.exit_code, "damaged" in done.stderr, "catalog/captures" in done.stderr) == (5, True, True)
