"""What other tools wrote is listed, read, searched, exported, imported and replayed as what Pressmark wrote."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests import foreign
from tests.cli.test_replay import get, replay
from tests.odd.records import chunked, members, page, wacz, warc
from tests.odd.records import http as response
from tests.odd.tools import URL, Case, cases
from warcio.archiveiterator import ArchiveIterator

from pressmark.cli.root import cli

CASES = cases()
IN_PLACE = {name: case for name, case in CASES.items() if not case.only_import}

DATA = Path(__file__).parents[3] / "shared" / "data" / "foreign"


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def rows(folder: Path) -> list[dict[str, object]]:
    listed = run("list", "--limit", 0, "--json", "--archive", folder)
    return [json.loads(line) for line in listed.stdout.splitlines()]


def holds(folder: Path, case: Case) -> None:
    """Every capture is listed, and the page can be read."""
    found = sorted(rows(folder), key=lambda row: str(row["captured"]))
    wanted = case.captures
    assert [(row["url"], row.get("status", 0)) for row in found] == [
        (url, status) for url, _, status in wanted
    ]
    for row, (_, when, _) in zip(found, wanted, strict=True):
        assert str(row["captured"]).startswith(when)
    if case.body is not None:
        got = run("get", wanted[-1][0], "--archive", folder)
        assert (got.exit_code, got.stdout_bytes) == (0, case.body), got.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_PLACE)
def test_a_folder_gives_what_is_in_the_file(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / case.file).write_bytes(case.data)
    holds(folder, case)
    verified = run("verify", "--archive", folder)
    if name == "a WACZ without a package":
        assert "it has no datapackage.json" in verified.stdout
    else:
        assert verified.exit_code == 0, verified.output
    for form in ("cdxj", "cdx", "csv", "jsonl"):
        assert case.captures[-1][0] in run("export", "--format", form, "--archive", folder).stdout
    exported = tmp_path / "other" / "merged.warc.gz"
    exported.parent.mkdir()
    assert run("export", "-o", exported, "--archive", folder).exit_code == 0
    with exported.open("rb") as file:  # warcio refuses what is not compressed record by record
        urls = [record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file)]
    assert len([url for url in urls if url]) >= len(case.captures)
    holds(exported.parent, case)
    assert run("verify", "--archive", exported.parent).exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_import_gives_what_is_in_the_file_and_reads_its_articles(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    source, folder = tmp_path / case.file, tmp_path / "archive"
    source.write_bytes(case.data)
    done = run("import", source, "--archive", folder)
    assert done.exit_code == (5 if name == "a WACZ without a package" else 0), done.output
    holds(folder, case)
    assert run("verify", "--archive", folder).exit_code == 0
    assert source.read_bytes() == case.data
    status, url = case.captures[-1][2], case.captures[-1][0]
    (row,) = [row for row in rows(folder) if row["url"] == url and "revisit" not in row] or [{}]
    if status == 200 and row:
        assert row["title"] == "The ferry is late"
    if row:
        assert row["imported"]
    before = {path: path.read_bytes() for path in folder.rglob("*.warc.gz")}
    again = run("import", source, "--archive", folder)
    assert "already in the archive" in again.stdout
    assert {path: path.read_bytes() for path in folder.rglob("*.warc.gz")} == before


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.only_import])
def test_what_cannot_be_read_in_pieces_is_named_with_the_way_out(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    (tmp_path / case.file).write_bytes(case.data)
    listed = run("list", "--archive", tmp_path)
    assert case.file in listed.stderr
    assert "pressmark import" in listed.stderr or "gzip member" in listed.stderr


def test_records_that_are_not_pages_are_counted_by_kind(tmp_path: Path) -> None:
    case = CASES["other records beside it"]
    (tmp_path / case.file).write_bytes(case.data)
    said = run("list", "--archive", tmp_path).stderr
    for kind in ("3 urn", "2 dns", "1 data", "1 mailto", "1 no URL", "1 continuation record"):
        assert kind in said
    verified = run("verify", "--json", "--archive", tmp_path)
    assert json.loads(verified.stdout.splitlines()[-1])["verified"]["passed"]["urn"] == 3


@pytest.mark.slow
def test_an_imported_page_is_found_by_its_words(tmp_path: Path) -> None:
    text = (
        "<p>"
        + "Fog lay on the sound from early morning on, the harbour office said, and no ferry sailed. " * 4
    )
    html = f"<html><head><title>The ferry</title></head><body><article><h1>The ferry</h1>{text}</article></body></html>"
    (tmp_path / "x.warc.gz").write_bytes(members(warc(url=URL, block=response(html.encode()))))
    run("import", tmp_path / "x.warc.gz", "--archive", tmp_path / "archive")
    found = run("search", "harbour", "--json", "--archive", tmp_path / "archive")
    assert json.loads(found.stdout.splitlines()[0])["url"] == URL


def test_an_import_keeps_every_block_as_it_was(tmp_path: Path) -> None:
    case = CASES["other records beside it"]
    (tmp_path / case.file).write_bytes(case.data)
    run("import", tmp_path / case.file, "--archive", tmp_path / "archive")
    (made,) = (tmp_path / "archive").rglob("*.warc.gz")

    def blocks(data: bytes) -> list[tuple[str, bytes]]:
        found = ArchiveIterator(io.BytesIO(data), no_record_parse=True)
        return [
            (record.rec_headers.get_header("WARC-Record-ID"), record.raw_stream.read()) for record in found
        ]

    made_blocks = blocks(made.read_bytes())
    assert all(block in made_blocks for block in blocks(case.data))


def test_an_import_says_what_it_left_out_and_ends_with_5(tmp_path: Path) -> None:
    good, odd = warc(url=URL, block=response(page())), warc(url=URL + "x", date="noon")
    (tmp_path / "x.warc.gz").write_bytes(members(good, odd) + members(good)[:-30])
    done = run("import", tmp_path / "x.warc.gz", "--json", "--archive", tmp_path / "archive")
    assert done.exit_code == 5
    assert "WARC-Date is not a date: 'noon'" in done.stderr
    said = json.loads(done.stdout)
    assert (said["captures"], len(said["damage"])) == (1, 2)
    assert run("verify", "--archive", tmp_path / "archive").exit_code == 0


def test_an_import_that_stopped_half_way_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pressmark.upkeep import import_source, importing

    monkeypatch.setattr(import_source, "PART_BYTES", 300)
    records = [warc(url=f"{URL}{number}", block=response(page(str(number)))) for number in range(5)]
    (tmp_path / "x.warc.gz").write_bytes(members(*records))
    folder = tmp_path / "archive"
    put = importing.FolderStore.put
    calls: list[str] = []

    def stop(self: importing.FolderStore, key: str, file: io.BytesIO) -> None:
        calls.append(key)
        if len(calls) == 3:
            raise KeyboardInterrupt
        put(self, key, file)

    monkeypatch.setattr(importing.FolderStore, "put", stop)
    run("import", tmp_path / "x.warc.gz", "--archive", folder)
    done = run("import", tmp_path / "x.warc.gz", "--archive", folder)
    assert "5 captures" in done.stdout
    assert len(rows(folder)) == 5
    assert len(list(folder.rglob("*.warc.gz"))) == len(set(calls)) > 2


def test_two_files_of_one_capture_are_one_row_and_either_may_go(tmp_path: Path) -> None:
    data = members(warc(url=URL, block=response(page())))
    for name in ("a.warc.gz", "b.warc.gz"):
        (tmp_path / name).write_bytes(data)
    assert len(rows(tmp_path)) == 1
    assert run("verify", "--archive", tmp_path).exit_code == 0
    (tmp_path / "b.warc.gz").unlink()
    assert run("get", URL, "--archive", tmp_path).stdout_bytes == page()
    assert run("verify", "--archive", tmp_path).exit_code == 0


@pytest.mark.e2e
def test_pywb_replays_what_stands_in_every_kind_of_file(tmp_path: Path) -> None:
    foreign.require(foreign.WAYBACK)
    names = {
        "in.wacz": lambda url: wacz({"data.warc.gz": members(warc(url=url, block=response(page("wacz"))))}),
        "deflated.wacz": lambda url: wacz(
            {"d.warc": warc(url=url, block=response(page("deflated")))}, deflate=True
        ),
        "plain.warc": lambda url: warc(url=url, block=response(page("plain"))),
        "chunked.warc.gz": lambda url: members(warc(url=url, block=chunked(page("chunked")))),
        "v6.warc.gz": lambda url: members(warc(url=url, block=response(page("v6")))),
    }
    for number, (name, make) in enumerate(names.items()):
        url = "http://[2001:db8::7]:8080/x" if name.startswith("v6") else f"{URL}{number}"
        (tmp_path / name).write_bytes(make(url))
    (tmp_path / "old.arc").write_bytes(CASES["ARC"].data)
    with replay("--archive", str(tmp_path), PRESSMARK_WAYBACK=str(foreign.WAYBACK)) as shown:
        for number, name in enumerate(("wacz", "deflated", "plain", "chunked")):
            assert get(f"{shown}2026id_/{URL}{number}") == page(name)
        assert get(f"{shown}2026id_/http://[2001:db8::7]:8080/x") == page("v6")
        assert get(f"{shown}2026id_/{URL}") == page()


INDEX_EACH = """
import contextlib, io, json, sys
from cdxj_indexer.main import main

def index(path):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            main(["--sort", path])
        except (Exception, SystemExit):
            return None
    return said.getvalue()

json.dump([index(path) for path in sys.argv[1:]], sys.stdout)
"""


def _indexes(sources: Sequence[Path]) -> list[str | None]:
    """What cdxj-indexer says of each file, None where it fails; in one process, as each start takes its time."""
    python = foreign.require(foreign.CDXJ_INDEXER).with_name("python")
    found: list[str | None] = json.loads(foreign.run(python, "-c", INDEX_EACH, *sources))
    return found


@pytest.mark.e2e
def test_other_tools_files_are_indexed_as_cdxj_indexer_indexes_them(tmp_path: Path) -> None:
    """Key, time, status, offset and length of each capture; not of what is no page, and of what it fails at."""
    if not DATA.is_dir():
        pytest.skip("the files of other tools are not here")
    sources = [
        source
        for source in sorted(DATA.glob("*/*"))
        if source.name.endswith((".warc", ".warc.gz", ".arc", ".arc.gz"))
    ]
    folders = [tmp_path / source.parent.name / source.name.replace(".", "-") for source in sources]
    for source, folder in zip(sources, folders, strict=True):
        folder.mkdir(parents=True)
        (folder / source.name).write_bytes(source.read_bytes())
    compared = 0
    for source, folder, theirs in zip(sources, folders, _indexes(sources), strict=True):
        if theirs is None:
            continue  # it reads none of it
        ours = run("export", "--format", "cdxj", "--archive", folder).stdout
        compared += 1
        there = {entry[:3] for entry in entries(ours)}  # a capture that stands twice in a file is one to us
        theirs_alone = {entry[3] for entry in entries(theirs) - entries(ours) if entry[:3] not in there}
        assert theirs_alone <= UNUSABLE.get(source.name, set()), (source, entries(theirs) - entries(ours))
        assert entries(ours) <= entries(theirs), (source, entries(ours) - entries(theirs))
    assert compared > 30


UNUSABLE = {
    "bad.arc": {"134", "262"},  # lengths that are no numbers
    "example-space-in-url.arc": {"151"},  # cut off
}
"""Offsets of what cdxj-indexer lists although it cannot be given whole."""


def entries(lines: str) -> set[tuple[str, ...]]:
    found = set()
    for line in lines.splitlines():
        if "{" not in line or line.startswith(("urn:", "file:", "dns:")):
            continue
        key, time, fields = line.split(" ", 2)
        said = json.loads(fields)
        if said["url"].startswith("metadata://") or not said["url"].startswith("http"):
            continue
        found.add((key, time, said.get("status", ""), said["offset"], said["length"]))
    return found
