"""Pages found unchanged: what stands with the capture that they repeat, and what is left when that is taken down."""

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.conftest import Aws
from tests.factories import NOON, article_html, earlier_for, fill, make_capture, write_warc
from warcio.archiveiterator import ArchiveIterator

from pressmark.archive.folder import FolderReader
from pressmark.archive.tombstones import Hop, Tombstone
from pressmark.warc.event import Capture
from pressmark.warc.stored import StoredCapture

PAGE = "https://example.com/news/1"
HOUR = timedelta(hours=1)
OLD_TEXT = "The old ferry was painted red, and nobody at the harbour office could say why that was so."


def at(hour: int) -> list[str]:
    return ["--at", f"2026-11-23T{hour}"]


def later(original: StoredCapture) -> list[Capture]:
    """The page as not modified at 13, the same bytes at 14, and at 15 the same behind a redirect."""
    earlier = earlier_for(original)
    not_modified = make_capture(PAGE, at=NOON + HOUR, status=304, earlier=earlier)
    not_modified.article = original.metadata["article"]  # what its earlier capture said still holds
    return [
        not_modified,
        make_capture(PAGE, at=NOON + 2 * HOUR, earlier=earlier),
        make_capture(PAGE, at=NOON + 3 * HOUR, redirects=["https://example.com/short"], earlier=earlier),
    ]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Another text at 11, the page at 12, and what found it unchanged."""
    folder = tmp_path / "archive"
    (folder / "warcs").mkdir(parents=True)
    first, stored = write_warc(
        [
            make_capture(PAGE, at=NOON - HOUR, html=article_html("A red ferry", text=OLD_TEXT)),
            make_capture(PAGE),
        ]
    )
    second, _ = write_warc(later(stored[1]), serial=1)
    for warc in (first, second):
        (folder / "warcs" / warc.name).write_bytes(warc.open().read())
        warc.close()
    return folder


def take_down(folder: Path, hour: int = 12) -> None:
    reader = FolderReader(folder)
    key = {"site": "com,example", "capture": f"com,example)/news/1 2026-11-23T{hour}:00:00.000000Z"}
    (row,) = reader.rows([key])
    reader.close()
    hop = Hop(row["site"], row["capture"], row["url"], row["captured"])
    stone = Tombstone(row["warc"], row["offset"], row["length"], "2026-12-01", "court order", (hop,))
    path = folder / stone.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stone.to_json())


GONE = (
    "a revisit. https://example.com/news/1: the capture of 2026-11-23T12:00:00.000000Z was taken down on "
    "2026-12-01: court order"
)


def records(data: bytes) -> list[tuple[str, str]]:
    """Type and hour of the responses and revisits in a WARC file."""
    return [
        (record.rec_type, str(record.rec_headers.get_header("WARC-Date"))[11:13])
        for record in ArchiveIterator(io.BytesIO(data))
        if record.rec_type in ("response", "revisit")
    ]


def test_show_of_a_revisit_has_the_sources_of_the_capture_it_repeats(run: Run, archive: Path) -> None:
    original = json.loads(run("show", PAGE, *at(12), "--archive", archive).stdout)
    assert original["sources"]["title"] == "json-ld"
    assert "sources_of" not in original
    for hour in (13, 14, 15):
        shown = json.loads(run("show", PAGE, *at(hour), "--archive", archive).stdout)
        assert shown["captured"][11:13] == str(hour)
        assert shown["sources"] == original["sources"]
        assert shown["sources_of"] == original["captured"]
    seen = run("show", PAGE, *at(14), "--format", "table", "--archive", archive)
    assert "forty minutes late" in seen.stdout
    assert f"sources and text are of the capture of {original['captured']}, which" in seen.stderr


def test_get_warc_of_a_revisit_brings_what_it_repeats_along(run: Run, archive: Path) -> None:
    for hour in (13, 14):
        result = run("get", PAGE, *at(hour), "--warc", "--archive", archive)
        assert records(result.stdout_bytes) == [("response", "12"), ("revisit", str(hour))]
        assert result.stderr == ""
    itself = run("get", PAGE, *at(12), "--warc", "--archive", archive).stdout_bytes
    assert records(itself) == [("response", "12")]


def test_a_redirect_brings_what_the_page_behind_it_repeats_along(run: Run, archive: Path) -> None:
    short = "https://example.com/short"
    whole = [("response", "12"), ("response", "15"), ("revisit", "15")]
    assert records(run("get", short, "--warc", "--archive", archive).stdout_bytes) == whole
    exported = run("export", short, "--format", "warc", "--archive", archive)
    assert records(exported.stdout_bytes) == whole


def test_what_was_taken_down_is_given_by_no_later_capture_of_it_either(run: Run, archive: Path) -> None:
    take_down(archive)
    where = ("--archive", archive)
    for what in ("--body", "--raw", "--headers", "--text"):
        result = run("get", PAGE, *at(14), what, *where)
        assert GONE in result.stderr
        assert "forty minutes late" not in result.stdout
    assert run("get", PAGE, *at(14), "--text", *where).stdout == OLD_TEXT + "\n", "the nearest that is left"
    behind = run("get", "https://example.com/short", *where)
    assert (behind.exit_code, behind.stdout) == (1, "")
    assert GONE in behind.stderr
    shown = run("show", PAGE, *at(14), *where)
    assert json.loads(shown.stdout)["title"] == "The ferry is late again", "what stands with itself"
    assert "sources_of" not in shown.stdout
    assert GONE in shown.stderr
    changed = run("diff", PAGE, "--from", "2026-11-23T11", "--to", "2026-11-23T14", *where)
    assert json.loads(changed.stdout)["text"] == []
    assert f"{GONE} (its text is not compared)" in changed.stderr
    assert run("verify", *where).exit_code == 0


def test_when_nothing_else_is_left_that_is_said(run: Run, archive: Path) -> None:
    take_down(archive)
    take_down(archive, 11)
    result = run("get", PAGE, "--archive", archive)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[1:] == [f"pressmark: {PAGE}: no other capture is left"]


def test_an_export_is_without_what_was_taken_down_and_says_so(
    run: Run, archive: Path, tmp_path: Path
) -> None:
    take_down(archive)
    options = (PAGE, "--from", "2026-11-23T12", "--to", "2026-11-23T14", "--archive", archive)
    taken = "left out because they were taken down: 1 capture"
    result = run("export", "--format", "warc", *options)
    assert records(result.stdout_bytes) == [("revisit", "13"), ("revisit", "14")]
    told = result.stderr.splitlines()
    assert told[:2] == ["2 captures exported", taken]
    assert told[2].startswith("2 captures without a body: ")
    assert run("export", "-o", tmp_path / "a.wacz", *options).stderr == result.stderr
    with zipfile.ZipFile(tmp_path / "a.wacz") as bundle:
        assert len(bundle.read("pages/pages.jsonl").splitlines()) == 1, "its heading: no page can be shown"
    for form in ("jsonl", "csv", "cdxj"):
        rows = run("export", "--format", form, *options)
        assert rows.stderr.splitlines() == ["2 captures exported", taken]
        assert "court order" not in rows.stdout
    warc = run("get", PAGE, *at(14), "--warc", "--archive", archive)
    assert records(warc.stdout_bytes) == [("revisit", "14")]
    assert "was taken down, and is not in the file" in warc.stderr


def test_stats_count_no_tombstones(run: Run, archive: Path) -> None:
    take_down(archive)
    for question in ([PAGE], ["--site", "example.com"], []):
        told = json.loads(run("stats", *question, "--archive", archive).stdout)
        assert (told["pages"], told["others"]) == (4, 0 if question == [PAGE] else 1)


@pytest.mark.slow
@pytest.mark.parametrize("indexed_before", [True, False])
def test_search_finds_no_words_of_what_was_taken_down(run: Run, archive: Path, indexed_before: bool) -> None:
    if indexed_before:
        assert "forty" in run("search", "forty", "minutes", "--archive", archive).stdout
    take_down(archive)
    for options in ([], ["--reindex"]):
        result = run("search", "forty", "minutes", "--archive", archive, *options)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "red" in run("search", "painted", "red", "--archive", archive, *options).stdout


@pytest.fixture
def stack(aws: Aws, deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The page and what found it unchanged, in a stack of this test's own."""
    filled = fill(aws, [make_capture(PAGE)])
    fill(aws, later(filled.stored[0]))
    aws.lead_here(monkeypatch)
    return aws


@pytest.mark.slow
def test_delete_says_what_later_captures_lose_and_how_these_go_too(run: Run, stack: Aws) -> None:
    takedown: tuple[Any, ...] = ("delete", PAGE, *at(12), "--reason", "court order")
    told = run(*takedown, "--dry-run").stderr
    for hour in (13, 14, 15):
        assert (
            f"found unchanged later, so it stays without body and text: {PAGE} at 2026-11-23T{hour}:" in told
        )
    assert "to take such a capture down, too: pressmark delete URL --at TIME" in told
    assert run(*takedown, "--yes").exit_code == 0
    assert run("get", PAGE, *at(14)).exit_code == 1
    assert run("rebuild", "--extract").exit_code == 0
    assert not [row for row in stack.rows() if "extracted_by" in row], (
        "nothing is read off what was taken down"
    )
    assert run("verify").exit_code == 0
    assert run("delete", PAGE, *at(14), "--reason", "court order", "--yes").exit_code == 0
    left = [json.loads(line) for line in run("list", PAGE).stdout.splitlines()]
    assert [(row["captured"][11:13], "deleted" in row) for row in left] == [
        ("15", False),
        ("14", True),
        ("13", False),
        ("12", True),
    ]
    assert run("verify").exit_code == 0


@pytest.mark.slow
def test_verify_does_not_miss_the_bytes_of_what_was_taken_down(run: Run, stack: Aws) -> None:
    """They may have been overwritten in their file, as docs/reliability.md says."""
    run("delete", PAGE, *at(12), "--reason", "court order", "--yes")
    row = next(row for row in stack.rows() if "original_warc" in row)
    key, offset, length = row["original_warc"], int(row["original_offset"]), int(row["original_length"])
    data = stack.objects()[key]
    stack.client("s3").put_object(
        Bucket=stack.bucket, Key=key, Body=data[:offset] + bytes(length) + data[offset + length :]
    )
    kinds = [json.loads(line).get("kind") for line in run("verify", "--json").stdout.splitlines()[:-1]]
    assert set(kinds) == {"damaged-file"}, "of the file, and of no row"
