"""What people get wrong or run into, and what they are told."""

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
from tests.factories import NOON, article_html, earlier_for, fill_folder, make_capture, write_warc
from tests.test_failures import codes_in_doc

from pressmark.archive import content, rows
from pressmark.archive.offline import FolderReader
from pressmark.archive.tombstones import Hop, Tombstone
from pressmark.cli.selecting import ERRORS, with_scheme
from pressmark.search import Index, join

PAGE = "https://example.com/news/1"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


# --- folders


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


# --- search


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


# --- get


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


def test_only_what_looks_like_a_host_gets_a_scheme(run: Run, folder: Path) -> None:
    result = run("get", "not-a-url", "--archive", folder)
    assert result.exit_code == 2
    assert "no scheme" in result.stderr
    assert with_scheme("example.com/a") == "https://example.com/a"
    assert with_scheme("localhost:8080/a") == "https://localhost:8080/a"
    assert with_scheme("[::1]/") == "https://[::1]/"
    assert with_scheme("http://example.com/") == "http://example.com/"
    assert with_scheme("\u200bhttp://example.com/\u200b") == "http://example.com/"
    assert with_scheme("example.com/?u=http://a.example/") == "https://example.com/?u=http://a.example/"


# --- times


@pytest.mark.parametrize(
    "arguments", [["list"], ["export", "--format", "csv"], ["stats"], ["search", "ferry"], ["diff", PAGE]]
)
def test_a_period_that_ends_before_it_begins_is_refused(run: Run, folder: Path, arguments: list[str]) -> None:
    period = ["--from", "2026-11-24", "--to", "2026-11-23"]
    result = run(*arguments, *period, "--archive", folder)
    assert result.exit_code == 2
    assert "--from (2026-11-24T00:00:00Z) is later than --to" in result.stderr
    same_day = ["--from", "2026-11-23T12:00", "--to", "2026-11-23"]
    assert run(*arguments, *same_day, "--archive", folder).exit_code in (0, 1)


# --- list


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
        assert robots_txt in run("export", "--format", form, *where).stdout
    assert robots_txt.encode() in gzip.decompress(run("export", "--format", "warc", *where).stdout_bytes)
    assert run("export", "-o", tmp_path / "a.parquet", *where).stderr == "1 capture exported\n"


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


@pytest.mark.parametrize(
    "digest", ["nonsense", "sha1:", "sha1:ABC", "sha1:" + "1" * 32, "sha1:" + "a" * 40, ""]
)
def test_what_is_no_digest_is_refused_with_what_one_looks_like(run: Run, folder: Path, digest: str) -> None:
    result = run("list", "--digest", digest, "--archive", folder)
    assert result.exit_code == 2
    assert "sha1: and 32 letters and digits of Base32" in result.stderr


def test_a_digest_of_another_algorithm_can_be_asked_for(run: Run, folder: Path) -> None:
    assert run("list", "--digest", "sha256:" + "0a" * 32, "--archive", folder).exit_code == 1


@pytest.mark.parametrize("command", [["list"], ["stats"], ["export", "--format", "csv"]], ids=" ".join)
def test_a_tag_that_nothing_has_hints_at_labels_and_the_other_way_round(
    run: Run, folder: Path, command: list[str]
) -> None:
    for options, hint in (
        (["--tag", "election"], "what was pushed with --tag is found by --label"),
        (["--label", "ferries"], "a tag of the page's own is found by --tag"),
    ):
        result = run(*command, *options, "--archive", folder)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert f"no such capture (--{options[0][2:]} is " in result.stderr
        assert hint in result.stderr
    assert "(" not in run(*command, "--author", "Nobody", "--archive", folder).stderr


def test_a_narrow_terminal_breaks_no_url(tmp_path: Path) -> None:
    url = "https://example.com/news/2026/11/23/the-morning-ferry-is-late-again-and-again"
    fill_folder(tmp_path / "a", [make_capture(url)])
    seen = re.sub(r"\x1b\[[0-9;]*m", "", terminal("list", "--archive", str(tmp_path / "a"), columns=80))
    assert len(seen.splitlines()) == 2
    assert re.search(r"https://example\.com/news\S*…", seen)


EMPTY = [
    ["list", ""],
    *(
        ["list", option, ""]
        for option in (
            "--prefix",
            "--host",
            "--site",
            "--author",
            "--tag",
            "--section",
            "--label",
        )
    ),
    ["list", "--author", " "],
    ["stats", "--site", ""],
    ["export", "--format", "csv", "--host", ""],
    ["failures", "--site", ""],
    ["search", "ferry", "--site", ""],
    ["replay", ""],
    ["verify", ""],
    ["get", ""],
    ["list", "--region", ""],
    ["list", "--profile", ""],
]


@pytest.mark.parametrize("arguments", EMPTY, ids=" ".join)
def test_an_empty_argument_does_not_mean_everything(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    def started(*_: object, **__: object) -> None:
        pytest.fail("a player was looked for")

    monkeypatch.setattr("pressmark.replay.pywb.find_wayback", started)
    result = run(*arguments, "--archive", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "empty" in result.stderr


@pytest.mark.parametrize("arguments", [["--archive", "", "list"], ["list", "--archive", ""]], ids=" ".join)
def test_an_empty_archive_is_not_the_current_folder(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(folder)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'--archive': it is empty" in result.stderr
    assert run("list", "--stack", "").exit_code == 2
    monkeypatch.setenv("PRESSMARK_ARCHIVE", "")
    assert run("list").exit_code == 3  # as if it were not set


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--host", "http://x/"], "'http://x/' is not a host name"),
        (["list", "--host", "example.com/news"], "'example.com/news' is not a host name"),
        (["list", "--host", "nonsense.."], "'nonsense..' is not a host name"),
        (["stats", "--site", "https://example.com"], "'https://example.com' is not a host name"),
        (["search", "ferry", "--site", "https://example.com"], "'https://example.com' is not a host name"),
        (["list", "--prefix", "nonsense"], "'nonsense' is not a URL"),
        (["list", "--prefix", "ftp://example.com/"], "'ftp://example.com/' is not a URL"),
    ],
    ids=str,
)
def test_what_is_no_host_and_what_no_url_is_refused(
    run: Run, folder: Path, arguments: list[str], told: str
) -> None:
    result = run(*arguments, "--archive", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_hosts_and_prefixes_may_be_written_short(run: Run, folder: Path) -> None:
    for arguments in (
        ["--host", "Example.com"],
        ["--prefix", "example.com/news"],
        ["--prefix", "https://example.com"],
        ["--prefix", "HTTPS://example.com/"],
    ):
        assert run("list", *arguments, "--archive", folder).exit_code == 0, arguments
    for arguments in (["--host", "localhost"], ["--host", "[::1]:8080"], ["--prefix", "localhost:8080/a"]):
        assert run("list", *arguments, "--archive", folder).exit_code == 1, arguments


@pytest.mark.parametrize(
    ("option", "value"), [("--status", "abc"), ("--status", "20"), ("--error", "nosuch"), ("--status", "٤٠٤")]
)
def test_a_code_that_there_is_not_is_refused(run: Run, folder: Path, option: str, value: str) -> None:
    result = run("list", option, value, "--archive", folder)
    assert result.exit_code == 2
    assert "no such code" in result.stderr
    assert ("not-found" in result.stderr) == (option == "--error")


def test_redrive_knows_the_codes_too(run: Run) -> None:
    result = run("redrive", "--error", "nosuch")
    assert result.exit_code == 2
    assert "known are" in result.stderr


def test_every_code_can_be_asked_for() -> None:
    assert set(ERRORS) == codes_in_doc() - {"obey"}


# --- push and stats


@pytest.mark.parametrize("where", [["--archive", "new"], ["--check"]])
def test_a_push_of_nothing_is_a_usage_error(run: Run, tmp_path: Path, where: list[str]) -> None:
    result = run("push", *where)
    assert result.exit_code == 2
    assert "nothing to push" in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("option", ["--feed", "--sitemap"])
@pytest.mark.parametrize("text", ["# A text\n", "<html><body>A page</body></html>", "<", ""])
def test_a_file_that_is_no_feed_is_refused(run: Run, option: str, text: str) -> None:
    Path("README.md").write_text(text)
    result = run("push", "--check", option, "README.md")
    assert result.exit_code == 2
    assert "pressmark: README.md: no feed and no sitemap" in result.stderr
    assert run("push", "--check", option, "nowhere.xml").exit_code == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_said_to_be_that(run: Run, encoding: str) -> None:
    Path("urls.txt").write_bytes(f"{PAGE}\n".encode(encoding))
    result = run("push", "--check", "--file", "urls.txt")
    assert result.exit_code == 2
    assert "urls.txt: not UTF-8" in result.stderr


def test_a_line_that_is_not_utf_8_is_refused_and_the_rest_is_not(run: Run) -> None:
    Path("urls.txt").write_bytes(
        b"https://example.com/\xe4\nhttps://example.com/1\xe2\x80\x8b\nhttps://a.example/ https://b.example/\n"
    )
    result = run("push", "--check", "--file", "urls.txt")
    assert result.stderr.splitlines() == [
        "urls.txt, line 1: not UTF-8: https://example.com/?",
        "urls.txt, line 3: two URLs on one line: https://a.example/ https://b.example/",
        "1 page would be pushed, 2 refused",
    ]


def test_stats_count_no_fractions_of_a_cent(folder: Path) -> None:
    seen = " ".join(terminal("stats", "--archive", str(folder), NO_COLOR="1").split())
    assert "less than a cent a month in S3 Standard" in seen
    assert "$0.0000" not in seen
