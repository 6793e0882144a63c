"""A capture of an archive folder taken down: from then on no command gives what it held, whatever is made again."""

import json
import shutil
from pathlib import Path

from tests.cli.conftest import Run

from pressmark.cli import exits

PAGE = "https://example.com/news/1"
AT = ("--at", "2026-11-19", "--reason", "court order 12/26")


def test_a_capture_of_a_folder_is_taken_down_and_stays_down(run: Run, folder: Path) -> None:
    here = ("--archive", folder)
    row = json.loads(run("show", PAGE, "--at", "2026-11-19", "--json", *here).stdout)
    files = {path: path.read_bytes() for path in folder.rglob("*.warc.gz")}
    dry = run("delete", PAGE, *AT, "--dry-run", *here)
    assert dry.exit_code == 0
    end = row["offset"] + row["length"]
    assert f"its bytes stay in {folder / row['warc']} (bytes {row['offset']} to " in dry.stderr
    assert end
    assert not (folder / "tombstones").exists()
    assert run("delete", PAGE, *AT, *here, stdin="n\n").exit_code == 1
    assert not (folder / "tombstones").exists()
    done = run("delete", PAGE, *AT, "--yes", *here)
    assert done.exit_code == 0, done.stderr
    (stone,) = (folder / "tombstones").rglob("*.json")
    assert str(stone) in done.stdout
    assert json.loads(stone.read_text())["reason"] == "court order 12/26"
    assert {path: path.read_bytes() for path in folder.rglob("*.warc.gz")} == files

    def nothing_gives_it() -> None:
        (left,) = [json.loads(line) for line in run("list", PAGE, "--format", "jsonl", *here).stdout.splitlines()
                   if row["captured"] in line]  # fmt: skip
        assert left.get("deleted")
        assert "title" not in left
        for command in (("export", "--format", "jsonl"), ("export", "--format", "cdxj"), ("search", "ferry")):
            given = run(*command, *here).stdout
            assert str(row["offset"]) + "," not in given
            assert not [line for line in given.splitlines() if row["captured"] in line and "digest" in line]
        shown = run("get", PAGE, "--at", row["captured"], *here)
        assert "taken down" in shown.stderr
        assert run("verify", *here).exit_code == 0

    nothing_gives_it()
    for name in ("index.sqlite", "search.sqlite"):
        (folder / name).unlink(missing_ok=True)
    nothing_gives_it()
    assert run("delete", PAGE, *AT, "--yes", *here).exit_code == exits.NOTHING


def test_a_capture_that_two_files_hold_is_taken_down_in_both(run: Run, folder: Path) -> None:
    here = ("--archive", folder)
    row = json.loads(run("show", PAGE, "--at", "2026-11-19", "--json", *here).stdout)
    for name in ("a copy.warc.gz", Path(row["warc"]).relative_to("warcs").as_posix()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / row["warc"], folder / name)
    before = run("list", PAGE, *here).stdout.splitlines()
    assert run("delete", PAGE, *AT, "--yes", *here).exit_code == 0
    for _ in range(2):
        found = [
            json.loads(line) for line in run("list", PAGE, "--format", "jsonl", *here).stdout.splitlines()
        ]
        (left,) = [each for each in found if each["captured"] == row["captured"]]
        assert "deleted" in left
        assert len(found) == len(before)
        of_author = run("list", "--author", row["authors"][0], "--format", "jsonl", *here).stdout
        assert not [line for line in of_author.splitlines() if row["captured"] in line and PAGE in line]
        (folder / "index.sqlite").unlink()


def test_a_tombstone_never_takes_the_place_of_another_files(run: Run, tmp_path: Path, folder: Path) -> None:
    from pressmark.archive.folder import tombstones_of
    from pressmark.archive.tombstones import Tombstone
    from pressmark.upkeep.takedown import Takedown, carry_out_here

    stones = [
        Tombstone(name, 0, 5, "2026-11-23", "asked to", ()) for name in ("warcs/x.warc.gz", "x.warc.gz")
    ]
    for stone in [*stones, *stones]:
        carry_out_here(Takedown(stone), tmp_path)
    assert sorted(stone.warc for stone in tombstones_of(tmp_path)) == ["warcs/x.warc.gz", "x.warc.gz"]
