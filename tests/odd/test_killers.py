"""A page that kills whoever reads it, in a command that reads many: it costs its article, and is named."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.conftest import Aws
from tests.factories import fill, make_capture
from tests.odd.records import http, members, page, warc
from tests.odd.test_stack import stack as stack
from tests.readers import page_that

from pressmark.cli.root import cli
from pressmark.reading.pool import Readers
from pressmark.reading.reader import Reader

pytestmark = pytest.mark.slow

REASONS = {
    "crashes": "the process that read the page died of SIGSEGV",
    "eats memory": "the process that read the page ran out of memory",
    "stops": "it took longer than 3 seconds to read the page",
    "raises": "ValueError: something on the page",
}

GOOD = [f"http://good.example/{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def _reader_that_does_what_a_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressmark.reading.reader.Reader", partial(Reader, "tests.readers"))
    monkeypatch.setattr("pressmark.reading.pool.Readers", partial(Readers, module="tests.readers"))
    monkeypatch.setattr("pressmark.reading.reader.READ_SECONDS", 3.0)


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def killer(deed: str) -> str:
    return f"http://killer.example/{deed.replace(' ', '-')}"


def among_good_ones(made: list[Any]) -> list[Any]:
    """Of the good pages, then of those that kill: one of each in turn."""
    good, killers = made[: len(GOOD)], made[len(GOOD) :]
    return [
        each for pair in zip(good, [*killers, None, None], strict=True) for each in pair if each is not None
    ]


def test_an_import_goes_on_past_pages_that_kill_and_names_them(tmp_path: Path) -> None:
    records = [warc(url=url, block=http(page(url[-1]))) for url in GOOD]
    records += [warc(url=killer(deed), block=http(page_that(deed).encode())) for deed in REASONS]
    source, folder = tmp_path / "crawl.warc.gz", tmp_path / "archive"
    source.write_bytes(members(*among_good_ones(records)))
    done = run("import", source, "--archive", folder, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["captures"], said["articles"]) == (10, 6)
    when = "2026-11-01T12:00:00.000000Z"
    wanted = {f"{killer(deed)} at {when}: {reason}" for deed, reason in REASONS.items()}
    assert set(said["unread"]) == wanted
    for line in wanted:
        assert f"without its article: {line}" in done.stderr
    listed = run("list", "--limit", 0, "--json", "--archive", folder)
    titles = {row["url"]: row.get("title") for row in map(json.loads, listed.stdout.splitlines())}
    good = {url: f"The ferry {url[-1]}" for url in GOOD}
    assert titles == good | {killer(deed): None for deed in REASONS}
    for deed in REASONS:
        assert run("get", killer(deed), "--archive", folder).stdout_bytes == page_that(deed).encode()
    assert run("verify", "--archive", folder).exit_code == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_rebuild_reads_on_past_pages_that_kill_and_names_them(stack: Aws, workers: int) -> None:
    captures = [make_capture(url, html=page(url[-1])) for url in GOOD]
    captures += [make_capture(killer(deed), html=page_that(deed)) for deed in REASONS]
    mixed = among_good_ones(captures)
    fill(stack, mixed[:5], mixed[5:])
    done = run("rebuild", "--extract", "--workers", workers)
    assert done.exit_code == 0, done.output
    for deed, reason in REASONS.items():
        assert f"not read again: {killer(deed)} at 2026-11-23T12:00:00.000000Z: {reason}" in done.stderr
    rows = {row["url"]: row for row in stack.rows() if "day" in row}
    assert {url for url, row in rows.items() if "extracted_by" in row} == set(GOOD)
    assert rows.keys() == {*GOOD, *map(killer, REASONS)}
    assert {rows[url]["title"] for url in GOOD} == {f"The ferry {url[-1]}" for url in GOOD}
