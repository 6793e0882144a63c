"""Questions for which a stack keeps no look-up items (IndexTerms) are answered by its open table, and as before."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import Run, sample
from tests.conftest import Aws
from tests.factories import NOON, article_html, fill, fill_folder, make_capture

from pressmark.archive.objects import Objects
from pressmark.catalog import stones
from pressmark.catalog.shelf import BucketShelf
from pressmark.catalog.writer import Catalog, Writer
from pressmark.local import stack as stacks


def since() -> list[Any]:
    """What the open table's last update did not see."""
    fog = article_html("Of another section", section="Sport", tags=["FERRIES ", "fog"])
    return [
        make_capture("https://example.com/news/9", at=NOON + timedelta(hours=3), html=article_html("Since")),
        make_capture("https://example.com/news/8", at=NOON + timedelta(hours=3, minutes=1), html=fog),
    ]


@pytest.fixture(scope="module")
def both(_server: Any, template: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Aws, Path]:
    """A stack and a folder with the same captures; two of them came after the open table's last update."""
    aws = Aws(*_server, stacks.create(_server[0], "unkeyed", template=template))
    fill(aws, *sample())
    client, bucket = aws.client("s3"), aws.bucket
    catalog = Catalog(
        files=Objects(client, bucket),
        shelf=BucketShelf(client, bucket),
        stones=stones.of_bucket(client, bucket),
        bucket=bucket,
    )
    assert Writer(catalog).update().is_complete
    fill(aws, since())
    folder = tmp_path_factory.mktemp("unkeyed") / "archive"
    fill_folder(folder, *sample(), since())
    return aws, folder


@pytest.fixture
def stack(both: tuple[Aws, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, _elsewhere: None) -> Aws:
    aws, _ = both
    aws.lead_here(monkeypatch)
    monkeypatch.setenv("PRESSMARK_INDEX_TERMS", "author")
    return aws


def digest(folder: Path, run: Run) -> str:
    shown = run("list", "https://example.com/news/1", "--json", "--archive", folder).stdout
    return str(json.loads(shown.splitlines()[0])["digest"])


def facts(text: str) -> list[tuple[Any, ...]]:
    rows = [json.loads(line) for line in text.splitlines()]
    return [
        tuple(row.get(name) for name in ("url", "captured", "title", "tags", "section", "digest"))
        for row in rows
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        ["--tag", "Ferries"],
        ["--section", "harbour"],
        ["--tag", "ferries", "--section", "sport"],
        ["--tag", "fog"],
        ["--digest", "DIGEST"],
        ["--tag", "ferries", "--latest"],
        ["--tag", "ferries", "--from", "2026-11-19T12:00", "--to", "2026-11-23T12:30"],
        ["--tag", "ferries", "--from", "2026-11-23T14:59"],
        ["--tag", "ferries", "--to", "2026-11-21"],
        ["--tag", "ferries", "--limit", "2"],
        ["--tag", "ferries", "--status", "200"],
        ["--tag", "ferries", "--author", "jane doe"],
    ],
    ids=" ".join,
)
def test_a_listing_is_the_same_as_with_look_up_items(
    run: Run, stack: Aws, both: tuple[Aws, Path], options: list[str]
) -> None:
    _, folder = both
    options = [digest(folder, run) if each == "DIGEST" else each for each in options]
    wanted = run("list", *options, "--json", "--archive", folder)
    given = run("list", *options, "--json")
    assert facts(wanted.stdout)
    assert facts(given.stdout) == facts(wanted.stdout)
    table = run("list", *options, "--format", "table")
    assert table.stdout == run("list", *options, "--format", "table", "--archive", folder).stdout


@pytest.mark.slow
@pytest.mark.parametrize("latest", [[], ["--latest"]])
def test_a_listing_goes_on_behind_its_token(run: Run, stack: Aws, latest: list[str]) -> None:
    whole = facts(run("list", "--tag", "ferries", "--json", *latest).stdout)
    pages, after = [], []
    for _ in range(len(whole) + 1):
        done = run("list", "--tag", "ferries", "--limit", 1, "--json", *latest, *after)
        pages += facts(done.stdout)
        if "--after" not in done.stderr:
            break
        after = ["--after", done.stderr.split()[-1]]
    assert pages == whole
    assert len(pages) > 3


@pytest.mark.slow
def test_statistics_and_exports_are_the_same_too(
    run: Run, stack: Aws, both: tuple[Aws, Path], tmp_path: Path
) -> None:
    _, folder = both
    counts = [
        json.loads(run("stats", "--tag", "ferries", "--json", *where).stdout)
        for where in ([], ["--archive", folder])
    ]
    assert counts[0] == counts[1]
    for number, where in enumerate(([], ["--archive", folder])):
        done = run(
            "export", "--section", "harbour", "--with-text", "-o", tmp_path / f"{number}.parquet", *where
        )
        assert done.exit_code == 0, done.output
    first, second = (
        duckdb.sql(
            f"select url, captured, title, text from '{tmp_path}/{number}.parquet' order by all"
        ).fetchall()
        for number in (0, 1)
    )
    assert first == second != []


@pytest.mark.slow
def test_nothing_found_is_said_as_ever(run: Run, stack: Aws) -> None:
    done = run("list", "--tag", "no such tag")
    assert (done.exit_code, "no such capture" in done.stderr) == (1, True)


@pytest.mark.slow
def test_a_token_of_another_listing_is_refused(run: Run, stack: Aws) -> None:
    done = run("list", "--tag", "ferries", "--after", "nonsense")
    assert (done.exit_code, "not a token" in done.stderr) == (2, True)


@pytest.mark.slow
def test_without_an_open_table_it_is_said_what_makes_one(
    run: Run, deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRESSMARK_INDEX_TERMS", "author")
    done = run("list", "--tag", "ferries", "--from", "2026-11-01")
    assert "has no open table yet" in done.stderr
    assert "pressmark catalog update" in done.stderr


@pytest.mark.slow
def test_a_table_named_by_variables_is_asked_by_key_only_for_what_they_say(
    run: Run, stack: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRESSMARK_INDEX_TERMS")
    assert run("list", "--tag", "ferries").exit_code == 0
