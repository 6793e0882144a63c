"""An archive folder is whatever somebody put there: links, odd names, damaged tombstones, files that went."""

import json
import os
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.odd.records import good, wacz, warc

from pressmark.archive.tombstones import Tombstone
from pressmark.cli.root import cli

BEFORE, AFTER = "http://good.example/before", "http://good.example/after"


def run(*arguments: object) -> Result:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def urls(folder: Path) -> list[str]:
    listed = run("list", "--json", "--archive", folder)
    return sorted(json.loads(line)["url"] for line in listed.stdout.splitlines())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    (made / "a.warc.gz").write_bytes(good("before") + good("after"))
    return made


def test_a_link_that_leads_out_is_named_and_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.warc.gz").write_bytes(good("secret"))
    (tmp_path / "others").mkdir()
    (folder / "link.warc.gz").symlink_to(tmp_path / "secret.warc.gz")
    (folder / "others").symlink_to(tmp_path / "others")
    (folder / "inside.warc.gz").symlink_to(folder / "a.warc.gz")
    (folder / "broken.warc.gz").symlink_to(folder / "nothing")
    assert urls(folder) == [AFTER, BEFORE]
    said = run("list", "--archive", folder).stderr
    assert "link.warc.gz: a symbolic link that leads out" in said
    assert "others: a symbolic link that leads out" in said
    assert run("verify", "--archive", folder).exit_code == 5


def test_a_name_that_is_not_utf8_is_named(folder: Path) -> None:
    shutil.copy(folder / "a.warc.gz", os.fsencode(folder) + b"/caf\xe9.warc.gz")
    assert urls(folder) == [AFTER, BEFORE]
    assert "caf\\xe9.warc.gz: its name is not UTF-8" in run("list", "--archive", folder).stderr


def test_a_file_that_cannot_be_read_costs_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "b.warc.gz").write_bytes(good("b"))
    opened = Path.open

    def refuse(self: Path, *arguments: object, **more: object) -> object:
        if self.name == "b.warc.gz":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    assert urls(folder) == [AFTER, BEFORE]
    assert "b.warc.gz" in run("list", "--archive", folder).stderr
    monkeypatch.undo()
    assert len(urls(folder)) == 3  # it is tried again


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b"{}",
        b"[]",
        b'{"hops":[{"site":1}]}',
        b'{"hops":[],"warc":5,"offset":"x","length":0,"deleted":null,"reason":{}}',
        b"\xff\xfe",
        b"",
        b'{"hops":[],"warc":"\\ud800","offset":0,"length":0,"deleted":"","reason":""}',
    ],
)
def test_a_damaged_tombstone_still_hides_what_was_taken_down(folder: Path, text: bytes) -> None:
    stone = Tombstone("a.warc.gz", 0, 10, "2026-12-01T00:00:00Z", "a court order", ())
    path = folder / stone.key
    path.parent.mkdir()
    path.write_bytes(text)
    assert urls(folder) == [AFTER]
    assert run("get", BEFORE, "--archive", folder).exit_code == 1
    assert run("get", AFTER, "--archive", folder).exit_code == 0
    listed = run("list", "--archive", folder)
    assert "damaged: tombstones/a.warc.gz@0.json: not a tombstone" in listed.stderr
    assert run("verify", "--archive", folder).exit_code == 5


def test_a_stray_file_among_the_tombstones_hides_nothing(folder: Path) -> None:
    (folder / "tombstones").mkdir()
    (folder / "tombstones" / "notes.json").write_text("hello")
    assert run("get", BEFORE, "--archive", folder).exit_code == 0
    assert "tombstones/notes.json" in run("list", "--archive", folder).stderr


@pytest.mark.parametrize("how", ["gone", "cut at a record's end", "emptied"])
def test_verify_finds_what_a_folder_once_held(folder: Path, how: str) -> None:
    path = folder / "a.warc.gz"
    assert run("verify", "--archive", folder).exit_code == 0
    (folder / "b.warc.gz").write_bytes(good("b"))
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(data[: len(good("before"))] if how.startswith("cut") else b"")
    verified = run("verify", "--archive", folder)
    assert verified.exit_code == 5
    assert f"lost-capture {AFTER}" in verified.stdout
    assert (BEFORE in verified.stdout) == (not how.startswith("cut"))
    path.write_bytes(data)
    assert run("verify", "--archive", folder).exit_code == 0
    path.unlink()
    assert run("verify", "--archive", folder).exit_code == 5
    assert run("verify", "--forget-lost", "--archive", folder).exit_code == 0
    assert run("verify", "--archive", folder).exit_code == 0


def test_a_file_that_was_renamed_is_not_lost(folder: Path) -> None:
    assert urls(folder) == [AFTER, BEFORE]
    (folder / "deep").mkdir()
    (folder / "a.warc.gz").rename(folder / "deep" / "z.warc.gz")
    verified = run("verify", "--archive", folder)
    assert (verified.exit_code, verified.stdout) == (0, "")


def test_verify_names_a_bundle_that_is_not_what_it_says(folder: Path) -> None:
    whole = wacz({"data.warc": warc()})
    (folder / "good.wacz").write_bytes(whole)
    assert run("verify", "--archive", folder).exit_code == 0
    other = wacz({"data.warc": warc(date="2026-11-02T12:00:00Z")}, package=False)
    out = BytesIO(other)
    with zipfile.ZipFile(BytesIO(whole)) as source, zipfile.ZipFile(out, "a") as bundle:
        bundle.writestr("datapackage.json", source.read("datapackage.json"))
    (folder / "bad.wacz").write_bytes(out.getvalue())
    verified = run("verify", "--archive", folder)
    assert verified.exit_code == 5
    assert "bad.wacz" in verified.stdout
    assert "archive/data.warc does not match datapackage.json" in verified.stdout


@pytest.mark.parametrize("name", ["datapackage.json", "datapackage-digest.json"])
def test_what_a_wacz_says_of_itself_is_read_up_to_a_limit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("pressmark.archive.folder_files.MAX_STATEMENT_BYTES", 1 << 20)
    said = {"datapackage.json": '{"resources": []}', name: '{"resources": []}' + " " * (2 << 20)}
    with zipfile.ZipFile(folder / "b.wacz", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("archive/b.warc.gz", good("b"))
        for each, text in said.items():
            bundle.writestr(each, text)
    assert f"{name} is longer than 1 MB" in run("verify", "--archive", folder).output


@pytest.mark.slow
def test_the_last_day_there_is_has_a_year_of_four_digits(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "late.warc").write_bytes(warc(url=BEFORE, date="9999-12-31T23:59:59Z"))
    run("import", tmp_path / "late.warc", "--archive", folder)
    assert [path.relative_to(folder).as_posix()[:17] for path in folder.glob("warcs/**/*.gz")] == [
        "warcs/9999/12/31/"
    ]
