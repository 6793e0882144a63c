"""Finding pages by their words: what is a hit, and what becomes of the index."""

import gzip
import json
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.factories import article_html, fill_folder, make_capture

from pressmark.search import Index, join

PAGE = "https://example.com/news/1"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_words_found_side_by_side_keep_the_space_between_them(run: Run, tmp_path: Path) -> None:
    fill_folder(
        tmp_path, [make_capture(PAGE, html=article_html("x", text="They keep the night bus running. " * 3))]
    )
    (hit,) = lines(run("search", "night", "bus", "--archive", tmp_path).stdout)
    assert "keep the night bus running" in str(hit["snippet"])
    assert join("\x02night\x03 \x02bus\x03") == "\x02night\x03 \x02bus\x03"
    assert join("\x02大\x03\x1f\x1f\x02雾\x03\x1f\x1f停") == "\x02大\x03\x02雾\x03停"


def test_what_has_no_row_any_more_is_no_hit(run: Run, folder: Path) -> None:
    assert len(lines(run("search", "ferry", "pilot", "--archive", folder).stdout)) == 1
    for path in folder.rglob("*.warc.gz"):
        if PAGE in gzip.decompress(path.read_bytes()).decode("latin-1") and b"pilot" in gzip.decompress(
            path.read_bytes()
        ):
            path.unlink()
    for options in ([], ["--no-update"], ["--reindex"]):
        result = run("search", "ferry", "pilot", "--archive", folder, *options)
        assert (result.exit_code, result.stdout) == (1, ""), options


def test_search_forgets_what_is_gone_when_it_indexes_anew(run: Run, folder: Path) -> None:
    run("search", "ferry", "--archive", folder)
    index = Index(folder / "search.sqlite")
    before = index.size()
    index.close()
    max(folder.rglob("*.warc.gz")).unlink()
    run("search", "ferry", "--archive", folder, "--reindex")
    index = Index(folder / "search.sqlite")
    assert 0 < index.size() < before
    index.close()


def test_search_does_without_a_file_where_none_can_be_written(run: Run, folder: Path) -> None:
    (folder / "search.sqlite").mkdir()  # nobody, not even root, opens that for writing
    result = run("search", "pilot", "--archive", folder)
    assert [each["url"] for each in lines(result.stdout)] == [PAGE]
    assert "cannot be written" in result.stderr
    asked = run("search", "pilot", "--archive", folder, "--index", folder / "search.sqlite")
    assert asked.exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_search_works_on_an_archive_that_is_read_only(run: Run, folder: Path) -> None:
    assert run("search", "fog", "--archive", folder).exit_code == 0
    for path in (folder / "search.sqlite", folder / "index.sqlite"):
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        result = run("search", "pilot", "--archive", folder)
    finally:
        folder.chmod(0o755)
    assert [each["url"] for each in lines(result.stdout)] == [PAGE]


def test_an_index_that_cannot_be_written_is_gone_on_with_in_memory(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("search", "pilot", "--archive", folder)
    there = folder / "search.sqlite"
    import sqlite3

    from pressmark import search

    opened = search._open

    def refuse(name: str) -> sqlite3.Connection:
        if name != ":memory:":
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return opened(name)

    with monkeypatch.context() as patched:
        patched.setattr(search, "_open", refuse)
        index = Index(there, or_memory=True)
    assert index.in_memory
    assert index.size() == 5
    index.close()
