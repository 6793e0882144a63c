"""Every discrepancy between WARC files and the open table is found, and named."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from tests.catalog.conftest import SETTINGS, Folder, page
from tests.factories import NOON

from pressmark.catalog.removing import take_out
from pressmark.catalog.schema import COLUMNS

OTHER = {
    "VARCHAR": "coalesce({}, '') || 'x'",
    "BIGINT": "coalesce({}, 0) + 1",
    "BOOLEAN": "NOT coalesce({}, false)",
    "TIMESTAMP": "coalesce({}, TIMESTAMP '2000-01-01') + INTERVAL 1 MICROSECOND",
    "VARCHAR[]": "list_append(coalesce({}, []), 'x')",
    "MAP(VARCHAR, VARCHAR)": "MAP {{'x': 'y'}}",
}
"""Another value of each type of column, in SQL."""

OLD = NOON + timedelta(days=4)
"""When no group may wait any longer."""

PLACE = {"warc", "offset", "capture"}
"""What tells which record a row is of."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder with an open table in which nothing is wrong."""
    made = Folder(tmp_path_factory.mktemp("whole") / "archive", SETTINGS)
    made.warc([page(n) for n in range(4)])
    made.update()
    assert made.check() == []
    return made


@pytest.fixture
def written(whole: Folder, tmp_path: Path) -> Folder:
    """A copy of it."""
    return whole.copy(tmp_path / "archive")


def the_file(folder: Folder) -> Path:
    (file,) = folder.path.glob("catalog/captures/*/*.parquet")
    return file


def plant(folder: Folder, query: str) -> None:
    """Replace the file by what a query makes of its rows (``there``); its footer says what it said."""
    file = the_file(folder)
    said = duckdb.execute(
        "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(file)]
    ).fetchall()
    footer = ", ".join(f"'{key}': '{value}'" for key, value in said)
    wrong = file.with_name("wrong")
    there = f"(SELECT * FROM read_parquet('{file}', hive_partitioning = false))"
    duckdb.execute(
        f"COPY (WITH there AS {there} {query}) TO '{wrong}' (FORMAT parquet, KV_METADATA {{{footer}}})"
    )
    wrong.replace(file)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT * FROM there WHERE url NOT LIKE '%/2'", "no-catalog-row"),
        ("FROM there UNION ALL FROM there WHERE url LIKE '%/2'", "extra-catalog-row"),
        ("SELECT * REPLACE (text || '.' AS text) FROM there", "different-catalog-row"),
        (
            "SELECT * REPLACE (CASE WHEN url LIKE '%/2' THEN 500 ELSE status END AS status) FROM there",
            "different-catalog-row",
        ),
        ("SELECT * REPLACE (['x'] AS authors) FROM there", "different-catalog-row"),
        ("SELECT * REPLACE (captured + INTERVAL 1 SECOND AS captured) FROM there", "different-catalog-row"),
        ("SELECT * REPLACE (capture || '0' AS capture) FROM there", "extra-catalog-row"),
        ("SELECT * EXCLUDE (text) FROM there", "damaged-catalog-file"),
    ],
)
def test_a_row_that_is_missing_or_too_much_or_wrong_is_found(written: Folder, query: str, kind: str) -> None:
    plant(written, query)
    assert kind in {problem.kind for problem in written.check()}
    written.update(again=True)
    assert written.check() == []


def said_of_columns(folder: Folder, other: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """Plant another value in each column, of another row each; return what is said of columns, and the kinds."""
    folder.warc([page(n) for n in range(len(COLUMNS))])
    folder.update()
    urls = {name: page(n).request.url for n, name in enumerate(COLUMNS)}
    wrong = ", ".join(
        f"""CASE WHEN url = '{urls[name]}' THEN {other[kind].format(f'"{name}"')} ELSE "{name}" END AS "{name}" """
        for name, kind in COLUMNS.items()
    )
    plant(folder, f"SELECT * REPLACE ({wrong}) FROM there")
    found = folder.check()
    by_url = {url: name for name, url in urls.items()} | {f"{urls['url']}x": "url"}
    return {by_url[each.url]: each.detail for each in found}, {each.kind for each in found}


@pytest.mark.slow
def test_another_value_is_found_in_every_column_and_the_column_named(folder: Folder) -> None:
    said, kinds = said_of_columns(folder, OTHER)
    assert said == {name: "" if name in PLACE else f"it differs in {name}" for name in COLUMNS}
    assert kinds == {"different-catalog-row", "no-catalog-row", "extra-catalog-row"}


@pytest.mark.slow
def test_a_value_that_is_gone_is_found_in_every_column_that_has_one(folder: Folder) -> None:
    said, _ = said_of_columns(folder, dict.fromkeys(OTHER, "NULL"))
    assert {"text", "title", "authors", "captured", "status", "warc", "tags", "token"} <= said.keys()
    assert {"error", "revisit", "labels"}.isdisjoint(said), "these have none"


def test_an_invented_row_is_found_as_often_as_it_is_there_up_to_a_bound(
    written: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented = "SELECT * REPLACE ('https://example.com/invented' AS url, 7 AS \"offset\") FROM there LIMIT 1"
    plant(written, f"FROM there UNION ALL ({invented}) UNION ALL ({invented})")
    named = ("extra-catalog-row", "https://example.com/invented")
    assert [(each.kind, each.url) for each in written.check()] == [named, named]
    monkeypatch.setattr("pressmark.catalog.check.MOST", 1)
    assert len(written.check()) == 1


@pytest.mark.slow
def test_rows_in_the_file_of_another_day_are_found(folder: Folder) -> None:
    late = NOON.replace(hour=23, minute=59, second=30)
    folder.warc([page(1, at=late), page(60, at=late)], begun=late)
    folder.update()
    first, second = sorted(folder.path.glob("catalog/captures/*/*.parquet"))
    home, other = first.read_bytes(), second.read_bytes()
    for swapped in ((other, home), (other, other), (home, home)):
        first.write_bytes(swapped[0])
        second.write_bytes(swapped[1])
        assert folder.check(now=OLD)
    first.write_bytes(home)
    second.write_bytes(other)
    assert folder.check() == []


@pytest.mark.slow
def test_a_file_of_another_archive_is_found(written: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other", SETTINGS)
    other.warc(
        [page(n) for n in range(4, 9)]
    )  # one more: the WARC files are never of the same size by chance
    other.update()
    own = the_file(written).read_bytes()
    the_file(written).write_bytes(the_file(other).read_bytes())
    assert {each.kind for each in written.check(now=OLD)} == {"damaged-catalog-file"}
    the_file(written).write_bytes(own)
    assert written.check(now=OLD) == []


def test_a_file_that_is_there_twice_is_found(written: Folder) -> None:
    file = the_file(written)
    file.with_name(file.name.replace("-0000.", "-0001.")).write_bytes(file.read_bytes())
    assert written.check(now=OLD)


def test_a_wrong_value_is_named(written: Folder) -> None:
    plant(
        written, "SELECT * REPLACE (CASE WHEN url LIKE '%/2' THEN 'Other' ELSE title END AS title) FROM there"
    )
    (problem,) = written.check()
    assert (problem.url, problem.detail) == ("https://news2.example.com/2", "it differs in title")


@pytest.mark.slow
def test_a_stale_row_of_what_was_taken_down_is_found(written: Folder) -> None:
    before = the_file(written).read_bytes()
    take_out(written.catalog(), written.take_down("https://news2.example.com/2"))
    assert written.check() == []
    after = duckdb.execute(
        "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)", [str(the_file(written))]
    )
    footer = dict(after.fetchall())
    the_file(written).write_bytes(before)
    said = ", ".join(f"'{key}': '{value}'" for key, value in footer.items())
    wrong = the_file(written).with_name("wrong")
    duckdb.execute(
        f"COPY (FROM read_parquet('{the_file(written)}', hive_partitioning = false)) TO '{wrong}' "
        f"(FORMAT parquet, KV_METADATA {{{said}}})"
    )
    wrong.replace(the_file(written))
    assert [problem.kind for problem in written.check()] == ["extra-catalog-row"]


@pytest.mark.slow
@pytest.mark.parametrize("cut", [0, 10, 200, -1, -300])
def test_a_damaged_file_is_found(written: Folder, cut: int) -> None:
    file = the_file(written)
    data = file.read_bytes()
    file.write_bytes(
        data[:cut] if cut <= 0 or cut == 10 else data[: cut // 2] + b"\0" * 400 + data[cut // 2 + 400 :]
    )
    assert [problem.kind for problem in written.check()] == ["damaged-catalog-file"]


def test_a_copy_of_a_file_is_found(written: Folder) -> None:
    other = the_file(written).with_name("2026-11-23-0001.parquet")
    other.write_bytes(the_file(written).read_bytes())
    (problem,) = written.check()
    assert (problem.kind, Path(problem.key).name) == ("damaged-catalog-file", other.name)


@pytest.mark.slow
def test_a_file_of_another_day_of_a_group_that_is_gone_is_found(folder: Folder) -> None:
    late = NOON.replace(hour=23, minute=59, second=30)
    folder.warc([page(1, at=late), page(60, at=late)], begun=late)
    folder.update()
    (file,) = (folder.path / "catalog/captures/day=2026-11-24").iterdir()
    file.unlink()
    assert [problem.detail for problem in folder.check()] == ["20261123T2300-60m is missing in it"]


@pytest.mark.slow
def test_what_is_not_written_yet_waits_and_is_a_problem_only_when_it_is_old(written: Folder) -> None:
    written.warc([page(9)])
    assert written.check() == []
    assert written.checked.waiting == ["20261123T1200-60m"]
    assert written.check(now=NOON + timedelta(days=1)) == []
    assert [problem.kind for problem in written.check(now=NOON + timedelta(days=4))] == [
        "damaged-catalog-file"
    ]
