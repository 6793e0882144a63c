"""Damage is said once, with what is lost by it, and never taken for a change or for a whole archive."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import LATER, Run
from tests.factories import NOON, article_html, earlier_for, make_capture, write_warc

PAGE = "https://example.com/news/1"
BEFORE = article_html("The ferry is late")


def _break(file: Path, offset: int) -> None:
    """Turn bytes over in the middle of the record at an offset."""
    data = bytearray(file.read_bytes())
    data[offset + 40] ^= 0xFF
    data[offset + 41] ^= 0xFF
    file.write_bytes(data)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A page, found unchanged a day later, and changed after that; the first file is damaged where the page stands."""
    folder = tmp_path / "archive"
    first, stored = write_warc([make_capture(PAGE, at=NOON - timedelta(days=2), html=BEFORE)])
    earlier = earlier_for(stored[0])
    again = make_capture(PAGE, at=NOON - timedelta(days=1), html=BEFORE, earlier=earlier)
    second, _ = write_warc([again], serial=1)
    third, _ = write_warc([make_capture(PAGE, at=NOON, html=LATER)], serial=2)
    for warc in (first, second, third):
        path = folder / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()
    _break(folder / first.key, stored[0].hops[0].offset)
    return folder


def test_verify_says_each_damage_once(run: Run, archive: Path) -> None:
    result = run("verify", "--archive", archive)
    assert result.exit_code == 5
    said = [line for line in result.stdout.splitlines() if line.startswith("damaged-file ")]
    assert len(said) == 1
    (file,) = {word for word in said[0].split() if word.endswith(".warc.gz")}
    assert said[0].count(file) == 1
    assert "damaged: " not in result.stderr
    assert "problem" in result.stderr.splitlines()[0]


def test_diff_of_a_page_whose_first_capture_is_damaged_compares_what_is_known(
    run: Run, archive: Path
) -> None:
    result = run("diff", PAGE, "--archive", archive)
    assert result.exit_code == 5
    assert (
        "that it repeats is not in the readable part of this archive (its text is not compared)"
        in result.stderr
    )
    told = json.loads(result.stdout)
    assert set(told["fields"]) == {"title"}, "a row and a recorded article are not compared with each other"
    assert told["text"] == []


def test_diff_where_damage_leaves_one_capture_is_damage_and_not_nothing(run: Run, archive: Path) -> None:
    newest = json.loads(run("list", PAGE, "--archive", archive).stdout.splitlines()[0])
    (archive / newest["warc"]).unlink()
    result = run("diff", PAGE, "--archive", archive)
    assert result.exit_code == 5
    assert result.stderr.splitlines()[-1].startswith(
        f"pressmark: {PAGE}: only one capture in the readable part of "
    )


def test_show_says_that_what_a_revisit_repeats_cannot_be_read(run: Run, archive: Path) -> None:
    at = (NOON - timedelta(days=1)).isoformat()
    assert (
        "that this one repeats cannot be read in "
        in run("show", PAGE, "--at", at, "--archive", archive).stderr
    )
