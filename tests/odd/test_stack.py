"""Odd files in a bucket: rebuild and verify name what is at fault, and the table holds all that is good."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.conftest import Aws
from tests.factories import make_capture, write_warc
from tests.odd.hostile import files
from tests.odd.records import arc, good, members, page, warc
from tests.odd.records import http as response

from pressmark.cli.root import cli

URL = "http://tool.example/"


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Aws:
    """An empty stack that the environment leads to."""
    monkeypatch.chdir(tmp_path)
    aws.lead_here(monkeypatch)
    return aws


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def put(aws: Aws, key: str, data: bytes) -> None:
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=data)


def rows(aws: Aws) -> list[dict[str, Any]]:
    return [item for item in aws.rows() if "=" not in item["site"]]


@pytest.mark.slow
def test_a_rebuild_names_every_fault_and_writes_every_good_row(stack: Aws) -> None:
    begins, ends = len(good("before")), len(good("after"))
    wanted = set()
    for number, (file, data) in enumerate(files().values()):
        if file.endswith(".warc.gz"):
            names = f"{number}/before", f"{number}/after"
            wanted |= {f"http://good.example/{name}" for name in names}
            bent = good(names[0]) + data[begins : len(data) - ends] + good(names[1])
            put(stack, f"warcs/2026/11/01/{file}", bent)
    done = run("rebuild", "--workers", 2)
    assert done.exit_code == 5
    assert wanted <= {row["url"] for row in rows(stack)}
    for said in ("WARC-Date is not a date: 'yesterday at noon'", "070.warc.gz: offset"):
        assert said in done.stderr
    again = run("rebuild", "--dry-run", "--json")
    assert json.loads(again.stdout.splitlines()[-1])["rebuilt"]["missing"] == 0
    verified = run("verify")
    assert verified.exit_code == 5
    assert "no-bytes" not in verified.stdout


@pytest.mark.slow
def test_a_rebuild_that_reads_articles_names_damage(stack: Aws) -> None:
    warc_file, _ = write_warc([make_capture("https://example.com/"), make_capture("https://example.com/2")])
    data = bytearray(warc_file.open().read())
    warc_file.close()
    data[len(data) // 2] ^= 16
    put(stack, "warcs/2026/11/23/a.warc.gz", bytes(data))
    put(stack, "warcs/2026/11/23/b.warc.gz", good("b") + members(warc(date="noon")))
    done = run("rebuild", "--extract", "--workers", 2)
    assert done.exit_code == 5, done.output
    assert "warcs/2026/11/23/a.warc.gz: offset" in done.stderr
    assert "warcs/2026/11/23/b.warc.gz: offset" in done.stderr
    assert "http://good.example/b" in {row["url"] for row in rows(stack)}


@pytest.mark.slow
def test_an_import_into_a_stack_stores_before_it_writes_rows_and_goes_on_when_repeated(
    stack: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole.warc.gz").write_bytes(gzip.compress(warc(url=URL, block=response(page())) * 2))
    (tmp_path / "old.arc").write_bytes(arc((URL + "old", response(page("of old"))), date="20260914000000"))
    from pressmark.archive.table import Table

    with monkeypatch.context() as broken:
        broken.setattr(Table, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("import", tmp_path / "whole.warc.gz").exit_code == 130
    assert rows(stack) == []
    done = run("import", tmp_path / "whole.warc.gz", tmp_path / "old.arc")
    assert done.exit_code == 0, done.output
    assert "already in the archive" in done.stdout
    found = {row["url"]: row for row in rows(stack)}
    assert found[URL]["title"] == "The ferry is late"
    assert found[URL]["imported"] == "whole.warc.gz"
    assert found[URL + "old"]["captured"].startswith("2026-09-14T00:00:00")
    assert found[URL + "old"]["warc"].startswith("warcs/2026/09/14/imported-")
    assert run("verify").exit_code == 0
    assert run("get", URL).stdout_bytes == page()
    listed = run("list", "--json", "--limit", 0)
    assert {json.loads(line)["url"] for line in listed.stdout.splitlines()} == {URL, URL + "old"}
    again = run("import", tmp_path)
    assert (again.exit_code, again.stdout.count("already in the archive")) == (0, 2)


@pytest.mark.slow
def test_what_pressmark_wrote_is_imported_as_it_is(stack: Aws, tmp_path: Path) -> None:
    warc_file, _ = write_warc([make_capture("https://example.com/")])
    data = warc_file.open().read()
    warc_file.close()
    (tmp_path / "copy.warc.gz").write_bytes(data)
    assert run("import", tmp_path / "copy.warc.gz").exit_code == 0
    stored = stack.client("s3").get_object(Bucket=stack.bucket, Key=warc_file.key)["Body"].read()
    assert stored == data
    assert {row["warc"] for row in rows(stack)} == {warc_file.key}
    assert run("verify").exit_code == 0
