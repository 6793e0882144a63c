"""What people run into when they read an archive, and what they are told."""

import base64
import gzip
import hashlib
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.test_lookup import terminal
from tests.factories import NOON, earlier_for, fill_folder, make_capture, write_warc

from pressmark.archive import content, rows
from pressmark.archive.folder import FolderReader
from pressmark.archive.tombstones import Hop, Tombstone

PAGE = "https://example.com/news/1"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("arguments", [["list"], ["get", PAGE], ["search", "ferry"], ["stats"]])
def test_reading_leaves_nothing_in_a_folder_that_is_no_archive(
    run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    other = tmp_path / "docs"
    other.mkdir()
    (other / "cli.md").write_text("text")
    result = run(*arguments, "--archive", other)
    assert result.exit_code == 3
    assert "no WARC file" in result.stderr
    assert [path.name for path in other.iterdir()] == ["cli.md"]


def test_a_folder_is_called_one(run: Run, folder: Path) -> None:
    result = run("list", "https://example.com/never", "--archive", folder)
    assert result.stderr == f"pressmark: folder {folder}: no such capture\n"


def test_get_of_a_redirect_gives_the_page_it_led_to(run: Run, folder: Path) -> None:
    result = run("get", "https://example.com/old", "--archive", folder)
    assert "forty minutes late" in result.stdout
    assert "this is https://example.com/new" in result.stderr
    itself = run("get", "https://example.com/old", "--no-follow", "--headers", "--archive", folder)
    assert itself.stdout.startswith("HTTP/1.1 301")
    assert itself.stderr == ""


def test_get_of_a_redirect_to_nowhere_says_so(run: Run, tmp_path: Path) -> None:
    moved = make_capture(PAGE, status=301, html=b"", headers=[("Location", "/elsewhere")])
    fill_folder(tmp_path / "a", [moved])
    result = run("get", PAGE, "--archive", tmp_path / "a")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "a redirect to https://example.com/elsewhere, which was not followed" in result.stderr


def damaged(folder: Path, *, digest: bool) -> str:
    """Spoil the body of a page: in the compressed bytes, or with all of gzip right and the digest wrong."""
    (path,) = fill_folder(folder, [make_capture(PAGE)])
    reader = FolderReader(folder)
    row = reader.rows([rows.capture_key(PAGE, "2026-11-23T12:00:00.000000Z")])[0]
    reader.close()
    data, at, length = path.read_bytes(), row["offset"], row["length"]
    member = data[at : at + length]
    if digest:
        plain = gzip.decompress(member)
        # Stored, not compressed, it may be longer than before; the row says how long, so a copy of it is read.
        member = gzip.compress(plain.replace(b"forty", b"fifty"), 9, mtime=0)
        with pytest.raises(content.WarcError, match="digest"):
            content.records(member, file="x", offset=0)
    else:
        member = member[:-8] + bytes([member[-8] ^ 1]) + member[-7:]
    state = path.stat()
    path.write_bytes(data[:at] + member + data[at + length :])
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    return PAGE


def test_get_of_a_damaged_record_is_exit_code_5(run: Run, tmp_path: Path) -> None:
    damaged(tmp_path / "a", digest=False)
    result = run("get", PAGE, "--archive", tmp_path / "a")
    assert (result.exit_code, result.stdout) == (5, "")
    assert ".warc.gz: offset " in result.stderr


def test_a_record_with_another_digest_is_damage(tmp_path: Path) -> None:
    damaged(tmp_path / "a", digest=True)


def test_what_may_stand_in_a_damaged_file_is_not_said_to_be_missing(run: Run, folder: Path) -> None:
    (folder / "broken.warc.gz").write_bytes(b"\x1f\x8b this is no gzip")
    assert run("get", "https://example.com/never", "--archive", folder).exit_code == 5


def take_down(folder: Path, url: str) -> str:
    """Take down the newest capture of a URL; return when it was captured."""
    reader = FolderReader(folder)
    row = content_row(reader, url)
    hop = Hop(row["site"], row["capture"], row["url"], row["captured"])
    stone = Tombstone(
        row["warc"], row["offset"], row["length"], "2026-11-23T19:00:00Z", "court order 12/26", (hop,)
    )
    path = folder / stone.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stone.to_json())
    reader.close()
    return str(row["captured"])


def content_row(reader: FolderReader, url: str) -> dict[str, str]:
    from pressmark.archive.selection import nearest

    row = nearest(reader, url, None)
    assert row is not None
    return row


def test_a_capture_that_was_taken_down_is_said_to_be_with_date_and_reason(run: Run, folder: Path) -> None:
    captured = take_down(folder, PAGE)
    told = f"the capture of {captured} was taken down on 2026-11-23T19:00:00Z: court order 12/26"
    newest = run("get", PAGE, "--archive", folder)
    assert told in newest.stderr
    assert "forty minutes late" in newest.stdout  # the one before
    then = run("get", PAGE, "--at", captured, "--archive", folder)
    assert told in then.stderr
    assert then.stdout == newest.stdout  # what is nearest to it
    for question, statuses in (
        ([PAGE], ["taken down", "200"]),
        (["--prefix", PAGE], ["200", "taken down"]),
        ([PAGE, "--author", "Jane Doe"], ["200"]),
        (["--author", "Jane Doe", "--host", "example.com"], None),
        ([], None),
    ):
        listed = run("list", *question, "--format", "csv", "--archive", folder).stdout.splitlines()[1:]
        if statuses is None:
            assert listed
            assert not any("taken down" in line for line in listed), question
        else:
            assert [line.split(",")[1] for line in listed] == statuses, question
    shown = run("show", PAGE, "--archive", folder)
    assert told in shown.stderr
    assert lines(shown.stdout)[0]["reason"] == "court order 12/26"
    reader = FolderReader(folder)
    with pytest.raises(content.NotFoundError, match="court order"):
        content.response(reader.files, content_row(reader, PAGE))
    reader.close()


DIGEST_OF_ROBOTS = "sha1:" + base64.b32encode(hashlib.sha1(b"User-agent: *\n").digest()).decode()


def robots() -> list[object]:
    robots = make_capture("https://example.com/robots.txt", mime="text/plain", html=b"User-agent: *\n")
    robots.purpose = "robots"
    return [robots, make_capture(PAGE, at=NOON + timedelta(seconds=1))]


def test_robots_txt_is_listed_when_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    fill_folder(tmp_path / "a", robots())  # type: ignore[arg-type]
    where = ("--archive", tmp_path / "a")
    assert [each["url"] for each in lines(run("list", *where).stdout)] == [PAGE]
    assert len(lines(run("list", "--all", *where).stdout)) == 2
    assert len(lines(run("list", "https://example.com/robots.txt", *where).stdout)) == 1


@pytest.mark.slow
def test_what_robots_txt_is_left_out_of_says_so_and_has_an_option_for_it(run: Run, tmp_path: Path) -> None:
    fill_folder(tmp_path / "a", robots())  # type: ignore[arg-type]
    where = ("--archive", tmp_path / "a")

    def listed(*arguments: str) -> list[object]:
        return [each["url"] for each in lines(run("list", *arguments, *where).stdout)]

    robots_txt = "https://example.com/robots.txt"
    for question in ([], ["--status", "200"], ["--site", "example.com"], ["--digest", DIGEST_OF_ROBOTS]):
        pages = [] if "--digest" in question else [PAGE]
        assert listed(*question) == pages
        assert sorted(map(str, listed(*question, "--all"))) == sorted([*pages, robots_txt])
    (told,) = lines(run("stats", *where).stdout)
    assert [told[name] for name in ("captures", "pages", "others", "robots")] == [1, 1, 0, 1]
    assert told["by_status"] == {"200": 1}
    (whole,) = lines(run("stats", "--all", *where).stdout)
    assert [whole[name] for name in ("captures", "pages", "others", "robots")] == [2, 2, 0, 0]
    assert told["usd_a_month"] == whole["usd_a_month"]
    for form in ("jsonl", "csv"):
        assert robots_txt not in run("export", "--format", form, *where).stdout
        assert robots_txt in run("export", "--format", form, "--all", *where).stdout
    for form in ("cdxj", "cdx"):
        whole = run("export", "--format", form, *where)
        assert robots_txt in whole.stdout
        assert whole.stderr == "2 captures exported (1 of robots.txt files)\n"
    assert robots_txt.encode() in gzip.decompress(run("export", "--format", "warc", *where).stdout_bytes)
    assert run("export", "-o", tmp_path / "a.parquet", *where).stderr == (
        "1 capture exported\nleft out: 1 robots.txt file (--all includes them)\n"
    )


def unchanged(folder: Path) -> str:
    """A page captured three times: whole, as not modified, and as the same bytes. Returns its digest."""
    first, stored = write_warc([make_capture(PAGE)])
    later = [
        make_capture(PAGE, at=NOON + timedelta(hours=hours), status=status, earlier=earlier_for(stored[0]))
        for hours, status in ((1, 304), (2, 200))
    ]
    second, _ = write_warc(later, serial=1)
    folder.mkdir(parents=True)
    for warc in (first, second):
        (folder / warc.name).write_bytes(warc.open().read())
        warc.close()
    return str(stored[0].hops[-1].digest)


def test_a_page_that_had_not_changed_is_listed_so(run: Run, tmp_path: Path) -> None:
    unchanged(tmp_path / "a")
    listed = run("list", "--format", "csv", "--archive", tmp_path / "a").stdout.splitlines()
    assert [line.split(",")[1] for line in listed] == ["status", "unchanged", "unchanged", "200"]


def test_a_digest_leads_to_who_holds_the_bytes_and_with_a_url_to_its_revisits(
    run: Run, tmp_path: Path
) -> None:
    digest = unchanged(tmp_path / "a")

    def hours(*arguments: str) -> list[object]:
        listed = lines(run("list", *arguments, "--archive", tmp_path / "a").stdout)
        return [int(str(each["captured"])[11:13]) for each in listed]

    assert hours("--digest", digest) == [12]
    assert hours(PAGE, "--digest", digest) == [14, 13, 12]
    assert hours("--digest", digest.lower()) == hours("--digest", digest[5:]) == [12]


def test_a_digest_of_another_algorithm_can_be_asked_for(run: Run, folder: Path) -> None:
    assert run("list", "--digest", "sha256:" + "0a" * 32, "--archive", folder).exit_code == 1


@pytest.mark.parametrize("command", [["list"], ["stats"], ["export", "--format", "csv"]], ids=" ".join)
def test_a_tag_that_nothing_has_hints_at_labels_and_the_other_way_round(
    run: Run, folder: Path, command: list[str]
) -> None:
    for options, hint in (
        (["--tag", "election"], "--label finds what was pushed with a label"),
        (["--label", "ferries"], "--tag finds the page's own tags"),
    ):
        result = run(*command, *options, "--archive", folder)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert f"no such capture (--{options[0][2:]} finds " in result.stderr
        assert hint in result.stderr
    assert "(" not in run(*command, "--author", "Nobody", "--archive", folder).stderr


@pytest.mark.slow
def test_a_narrow_terminal_breaks_no_url(tmp_path: Path) -> None:
    url = "https://example.com/news/2026/11/23/the-morning-ferry-is-late-again-and-again"
    fill_folder(tmp_path / "a", [make_capture(url)])
    seen = re.sub(r"\x1b\[[0-9;]*m", "", terminal("list", "--archive", str(tmp_path / "a"), columns=80))
    seen = re.sub(r"\r\x1b\[2K[^\r]*(?=\r)", "", seen)  # how far indexing is, where it takes long
    assert len(seen.strip("\r\x1b[2K").splitlines()) == 2
    assert re.search(r" example\.com\S*…\S*again-and-again *$", seen), "its host and its end"


@pytest.mark.slow
def test_stats_count_no_fractions_of_a_cent(folder: Path) -> None:
    seen = " ".join(terminal("stats", "--archive", str(folder), NO_COLOR="1").split())
    assert "less than a cent a month in S3 Standard" in seen
    assert "$0.0000" not in seen
