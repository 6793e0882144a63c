"""Finding pages by their words: what is a hit, and what becomes of the index."""

import _thread
import gzip
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest
from tests import pumping
from tests.cli.conftest import Run
from tests.databases import growing_no_more, refusing
from tests.factories import NOON, article_html, fill_folder, make_capture

from pressmark.archive.folder import FolderReader
from pressmark.research.questions import join
from pressmark.research.search import Index, Question
from pressmark.research.snippets import Snippets

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


def test_a_page_whose_newest_capture_has_no_row_is_found_in_an_older_one(run: Run, tmp_path: Path) -> None:
    days = [NOON - timedelta(days=number) for number in range(3)]
    fill_folder(tmp_path, *([make_capture(PAGE, html=article_html("Ferry"), at=day)] for day in days))
    search = ["search", "ferry", "--json", "--archive", tmp_path]
    assert [hit["captured"] for hit in lines(run(*search).stdout)] == ["2026-11-23T12:00:00.000000Z"]
    for day in ("23", "22"):
        (newest,) = tmp_path.glob(f"warcs/2026/11/{day}/*.warc.gz")
        newest.unlink()
    found = lines(run(*search, "--no-update").stdout)
    assert [hit["captured"] for hit in found] == ["2026-11-21T12:00:00.000000Z"]


def test_the_archive_is_asked_once_for_all_pages_that_are_found(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each page, for the text that fits best, however many it had."""
    several = [
        make_capture(PAGE, html=article_html(f"Ferry {day}"), at=NOON - timedelta(days=day))
        for day in range(1, 4)
    ]
    fill_folder(
        tmp_path,
        [make_capture(f"{PAGE}{number}", html=article_html("Ferry")) for number in range(4)],
        several,
    )
    search = ["search", "ferry", "--archive", tmp_path]
    run(*search)
    asked: list[int] = []
    rows = FolderReader.rows
    monkeypatch.setattr(FolderReader, "rows", lambda self, keys: asked.append(len(keys)) or rows(self, keys))
    assert len(lines(run(*search, "--no-update").stdout)) == 5
    assert [number for number in asked if number] == [5]


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
@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_search_works_on_an_archive_that_is_refusing(run: Run, folder: Path, mode: int) -> None:
    assert run("search", "fog", "--archive", folder).exit_code == 0
    for path in (folder / "search.sqlite", folder / "index.sqlite"):
        path.chmod(mode)
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

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", refusing(there))
        index = Index(there, own_place=True)
    assert "cannot be written" in index.told()[0]
    assert index.in_memory
    assert index.size() == 5
    index.close()


@pytest.mark.parametrize("chosen", [False, True])
def test_an_index_that_can_only_be_read_is_updated_in_memory_unless_it_was_named(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    there = folder / "search.sqlite"
    run("search", "pilot", "--archive", folder)
    before = there.read_bytes()
    fill_folder(
        folder,
        [
            make_capture(
                f"https://example.com/tram/{number}",
                html=article_html("Trams", text=f"Tram number {number} has a bell. " * 99),
            )
            for number in range(30)
        ],
    )
    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", growing_no_more(there))
        result = run("search", "tram", "--archive", folder, *(["--index", there] if chosen else []))
    said = f"{there}: database or disk is full"
    if chosen:
        assert (result.exit_code, result.stdout, result.stderr) == (4, "", f"pressmark: {said}\n")
    else:
        assert (result.exit_code, len(lines(result.stdout))) == (0, 20)
        assert f"{said}; indexed in memory this time\n" in result.stderr
    assert there.read_bytes() == before


def foreign(path: Path) -> bytes:
    """Another program's database, with tables of the same names."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for table in ("pages", "state", "captures", "texts", "files", "items"):
            database.execute(f"CREATE TABLE {table} (own TEXT)")
            database.execute(f"INSERT INTO {table} VALUES ('of another program')")
    return path.read_bytes()


def test_a_file_that_is_not_an_index_is_refused_and_left_as_it_is(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary")
    for other in (tmp_path / "bookmarks.sqlite", diary):
        before = other.read_bytes() if other is diary else foreign(other)
        for more in ([], ["--reindex"], ["--no-update"]):
            result = run("search", "pilot", "--index", other, *more, "--archive", folder)
            assert (result.exit_code, result.stdout) == (2, "")
            assert f"{other} is not Pressmark's search index" in result.stderr
            assert other.read_bytes() == before


def test_another_programs_database_under_the_indexs_name_is_left_alone(run: Run, folder: Path) -> None:
    there = folder / "search.sqlite"
    before = foreign(there)
    result = run("search", "pilot", "--archive", folder)
    assert (result.exit_code, len(lines(result.stdout))) == (0, 1)
    assert "indexed in memory" in result.stderr
    assert there.read_bytes() == before


@pytest.mark.slow
def test_a_damaged_index_is_made_again_and_finds_the_same(run: Run, folder: Path) -> None:
    there = folder / "search.sqlite"
    wanted = run("search", "ferry", "--archive", folder)
    whole = there.read_bytes()
    for harm in (whole[: len(whole) // 2], bytes(len(whole)), whole[:4096] + os.urandom(len(whole) - 4096)):
        there.write_bytes(harm)
        for more in ([], ["--no-update"]):
            there.write_bytes(harm)
            result = run("search", "ferry", *more, "--archive", folder)
            assert (result.exit_code, result.stdout) == (0, wanted.stdout), more
            assert "made again" in result.stderr
        assert run("search", "ferry", "--archive", folder).stderr == ""


def test_pages_that_share_a_urlkey_are_each_found(run: Run, tmp_path: Path) -> None:
    urls = ["https://h.example/AbC", "https://h.example/aBc", "https://h.example/abc/"]
    html = article_html(
        "The lock", text="The old lock was opened on Friday, and forty boats went out to sea."
    )
    fill_folder(
        tmp_path, [make_capture(url, html=html, at=NOON + timedelta(seconds=n)) for n, url in enumerate(urls)]
    )
    found = lines(run("search", "boats", "--archive", tmp_path).stdout)
    assert sorted(str(hit["url"]) for hit in found) == sorted(urls)


def test_a_snippet_is_the_piece_of_the_text_that_has_most_of_the_words() -> None:
    early, late = (
        "The fog lay low. " + "More of the same. " * 20,
        "The ferry met fog at dawn. " + "Rest. " * 40,
    )
    with closing(Snippets(['"fog"', '"ferry"'])) as snippets:
        assert "The \x02ferry\x03 met \x02fog\x03 at dawn" in snippets.of(early + late)
        assert snippets.of(early + late).startswith("… ")
        assert snippets.of("Nothing of it").strip() == "Nothing of it"
        assert snippets.of("") == ""
    words = " ".join(f"word{number}" for number in range(100))
    with closing(Snippets([f'"{words}"'])) as snippets:
        assert f"\x02{words}\x03" in snippets.of(f"{late}{words} {late}")


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["and ", "and-", "and the cat ", "x and. "])
def test_search_takes_time_that_grows_no_faster_than_a_page_that_repeats_what_is_searched_for(
    tmp_path: Path, unit: str
) -> None:
    def work(size: int) -> Callable[[], object]:
        path = tmp_path / f"{size}.sqlite"
        path.unlink(missing_ok=True)
        filled(path, unit * (size // len(unit))).close()
        return lambda: hits(path)

    def hits(path: Path) -> None:
        with closing(Index(path)) as index:
            assert list(index.search(Question("and OR x")))

    assert not pumping.growth(work, 160_000)


def test_an_interrupt_ends_a_search_while_sqlite_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: SimpleQueue[object] = SimpleQueue()
    connect = sqlite3.connect

    def telling(*path: Any, **options: Any) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*path, **options)
        database.create_function(
            "begun", 1, begun.put
        )  # no code of Python, which would meet the interrupt itself
        return database

    monkeypatch.setattr(sqlite3, "connect", telling)
    path = tmp_path / "i.sqlite"
    index = filled(path, "and")
    with closing(sqlite3.connect(path)) as other:
        other.executescript(
            "DROP TABLE captures; CREATE VIEW captures AS "
            "WITH RECURSIVE endless AS (SELECT begun(1) AS page UNION ALL SELECT 1 FROM endless) "
            "SELECT page, '2026' AS captured, '' AS url, '' AS published FROM endless"
        )

    def interrupt() -> None:
        begun.get()
        _thread.interrupt_main()

    thread = Thread(target=interrupt)
    thread.start()
    with closing(index), pytest.raises(KeyboardInterrupt):
        list(index.search(Question("and")))
    thread.join()


def filled(path: Path, text: str) -> Index:
    index = Index(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("INSERT INTO pages VALUES (1, ?, '1', 'example.com')", (PAGE,))
        database.execute("INSERT INTO captures VALUES (1, '2026-11-20T12:00:00Z', ?, NULL)", (PAGE,))
        database.execute("INSERT INTO texts (rowid, title, text) VALUES (1, 'x', ?)", (text,))
    return index


def test_a_word_behind_a_minus_is_no_option(run: Run, folder: Path) -> None:
    without = lines(run("search", "ferry", "--archive", folder, "--", "-pilot").stdout)
    assert lines(run("search", "ferry", "-pilot", "--archive", folder).stdout) == without
    assert run("search", "ferry", "-harbour", "--archive", folder).stderr.count("Usage") == 0  # -h is one
    assert run("search", "ferry", "--limti", "3", "--archive", folder).exit_code == 2


def test_a_file_that_is_no_index_is_named_with_what_it_is(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A readme that is longer than the header of a database\n" * 9)
    result = run("search", "--index", tmp_path / "README.md", "x", "--archive", folder)
    assert "README.md is not Pressmark's search index (it is not an SQLite database), and" in result.stderr
