"""One odd record costs itself: every command works over every odd file, gives its neighbours and names the fault."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from tests.odd.hostile import bundles, files

from pressmark.cli.root import cli

FILES = files()
GOOD = ("http://good.example/before", "http://good.example/after")

COMMANDS = {
    "list": ["list", "--limit", "0", "--json"],
    "list of a site": ["list", "--site", "odd.example", "--json"],
    "list by error": ["list", "--error", "not-found"],
    "show": ["show", GOOD[1], "--json"],
    "show the odd one": ["show", "http://odd.example/"],
    "get": ["get", GOOD[1]],
    "get the odd one": ["get", "http://odd.example/"],
    "get --raw": ["get", "http://odd.example/", "--raw"],
    "get --headers": ["get", "http://odd.example/", "--headers"],
    "get --metadata": ["get", "http://odd.example/", "--metadata"],
    "get --text": ["get", "http://odd.example/", "--text"],
    "get --warc": ["get", "http://odd.example/", "--warc"],
    "diff": ["diff", "http://odd.example/"],
    "search": ["search", "ferry"],
    "stats": ["stats"],
    "failures": ["failures"],
    "verify": ["verify"],
    "verify a URL": ["verify", "http://odd.example/"],
    "verify a sample": ["verify", "--sample", "9"],
    "export cdxj": ["export", "--format", "cdxj"],
    "export cdx": ["export", "--format", "cdx"],
    "export csv": ["export", "--format", "csv"],
    "export jsonl": ["export", "--format", "jsonl"],
    "export timemap": ["export", "http://odd.example/", "--format", "timemap"],
    "export warc": ["export", "-o", "{out}.warc.gz"],
    "export wacz": ["export", "-o", "{out}.wacz"],
    "export parquet": ["export", "-o", "{out}.parquet"],
}

HARMLESS = {
    "published of a megabyte",
    "an etag of lists",
    # Nothing is wrong with what is stored, or nothing that a reader need be told.
    "an exchange says null",
    "message id is a list",
    "purpose is a number",
    "error without a code",
    "a status of words",
    "authors of lists",
    "a lone surrogate",
    "a lone surrogate in a key",
    "a status line of bytes",
    "a status of 999999",
    "an empty response",
    "a media type of blanks",
    "a location of bytes",
    "a revisit of nothing",
    "a revisit of a date of words",
    "a revisit of itself",
    "a resource without a type",
    "chunks of nonsense",
    "escapes in the URL",
    "bytes that are no UTF-8",
    "an answer to nothing",
    "no type",
    "a type of 100 KB",
    "no URL at all",
    "revisit_of is a text",
    "a canonical URL of numbers",
}


@pytest.fixture(scope="module", autouse=True)
def _duckdb_is_started_once() -> Iterator[None]:
    """Give each export a connection to one DuckDB: to start it takes longer than any other command."""
    with duckdb.connect() as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda **_config: database.cursor())
        yield


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--archive", str(folder)], catch_exceptions=True)


def check(result: Result, said: str) -> None:
    """No traceback, an exit code that is documented, and no raw control characters on the terminal."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"{said}: {result.exception!r}") from result.exception
    assert result.exit_code in (0, 1, 4, 5), f"{said}: {result.exit_code} {result.stderr[-500:]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_no_odd_record_costs_another_or_ends_a_command(name: str, tmp_path: Path) -> None:
    file, data = FILES[name]
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / file).write_bytes(data)
    results = {}
    for command, words in COMMANDS.items():
        out = tmp_path / command.replace(" ", "-")
        results[command] = run(folder, *(word.format(out=out) for word in words))
        check(results[command], f"{command} over {name}")
    listed = [json.loads(line)["url"] for line in results["list"].stdout.splitlines()]
    assert set(GOOD) <= set(listed)
    assert b"Fog" in results["get"].stdout_bytes
    for form in ("cdxj", "cdx", "csv", "jsonl"):
        assert all(url in results[f"export {form}"].stdout for url in GOOD), form
    exported = duckdb.connect().read_parquet(str(tmp_path / "export-parquet.parquet"))
    assert {(url,) for url in GOOD} <= set(exported.select("url").fetchall())
    if name not in HARMLESS:
        assert results["verify"].exit_code == 5
        assert file in results["verify"].stdout
        assert f"damaged: {file}" in results["list"].stderr or "digest" in name


@pytest.mark.slow
def test_files_that_hold_nothing_are_named_and_cost_nothing(tmp_path: Path) -> None:
    _, data = FILES["no date"]
    (tmp_path / "good.warc.gz").write_bytes(data)
    for file, content in bundles().items():
        (tmp_path / file).write_bytes(content)
    for command, words in COMMANDS.items():
        check(run(tmp_path, *(word.format(out=tmp_path / "out") for word in words)), command)
    listed = run(tmp_path, "list", "--json")
    assert {json.loads(line)["url"] for line in listed.stdout.splitlines()} == set(GOOD)
    for file in bundles():
        assert f"damaged: {file}" in listed.stderr, file
