"""What is no host, no code, no time and no list of URLs is refused, and said to be."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.queues.test_failures import codes_in_doc

from pressmark.cli.selecting import ERRORS, with_scheme

PAGE = "https://example.com/news/1"


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_not_a_url_is_repeated_with_what_is_wrong_with_it(run: Run, folder: Path) -> None:
    for arguments, told in (
        (
            ["get", "not-a-url", "--archive", folder],
            "not-a-url: the URL has no scheme: it must begin with http:",
        ),
        (["extract", "http://a b/"], "http://a b/: 'a b' is not a host name"),
        (["list", "--host", "a:0", "--archive", folder], "'a:0': port 0 cannot be connected to"),
    ):
        result = run(*arguments)
        assert (result.exit_code, told in result.stderr) == (2, True), result.stderr


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


@pytest.mark.parametrize(
    "arguments", [["list"], ["export", "--format", "csv"], ["stats"], ["search", "ferry"], ["diff", PAGE]]
)
def test_a_period_that_ends_before_it_begins_is_refused(run: Run, folder: Path, arguments: list[str]) -> None:
    period = ["--from", "2026-11-24", "--to", "2026-11-23"]
    result = run(*arguments, *period, "--archive", folder)
    assert result.exit_code == 2
    assert "--from (2026-11-24T00:00:00Z) is later than the end of --to" in result.stderr
    same_day = ["--from", "2026-11-23T12:00", "--to", "2026-11-23"]
    assert run(*arguments, *same_day, "--archive", folder).exit_code in (0, 1)


@pytest.mark.parametrize(
    "digest", ["nonsense", "sha1:", "sha1:ABC", "sha1:" + "1" * 32, "sha1:" + "a" * 40, ""]
)
def test_what_is_not_a_digest_is_refused_with_what_one_looks_like(
    run: Run, folder: Path, digest: str
) -> None:
    result = run("list", "--digest", digest, "--archive", folder)
    assert result.exit_code == 2
    assert "sha1: and 32 characters of Base32" in result.stderr


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
        ["--host", "example.com:443"],
        ["--host", "example.com:80"],
        ["--prefix", "example.com/news"],
        ["--prefix", "https://example.com"],
        ["--prefix", "HTTPS://example.com/"],
    ):
        assert run("list", *arguments, "--archive", folder).exit_code == 0, arguments
    for arguments in (
        ["--host", "localhost"],
        ["--host", "example.com:8443"],
        ["--host", "[::1]:8080"],
        ["--host", "[::1]:443"],
        ["--prefix", "localhost:8080/a"],
    ):
        assert run("list", *arguments, "--archive", folder).exit_code == 1, arguments


@pytest.mark.parametrize(
    ("option", "value"), [("--status", "abc"), ("--status", "20"), ("--error", "nosuch"), ("--status", "٤٠٤")]
)
def test_a_code_that_there_is_not_is_refused(run: Run, folder: Path, option: str, value: str) -> None:
    result = run("list", option, value, "--archive", folder)
    assert result.exit_code == 2
    assert ("no such code" if option == "--error" else "is not an HTTP status") in result.stderr
    assert ("not-found" in result.stderr) == (option == "--error")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--limit", "many"], "'many' is not a valid whole number."),
        (["push", "--host-delay", "long"], "'long' is not a valid number."),
        (["key", "add", "x", "--daily-limit", "many"], "'many' is not a valid whole number."),
    ],
)
def test_what_is_not_a_number_is_refused_in_plain_words(run: Run, arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stderr.splitlines()[-1].endswith(told)) == (2, True), done.stderr


def test_redrive_knows_the_codes_too(run: Run) -> None:
    result = run("redrive", "--error", "nosuch")
    assert result.exit_code == 2
    assert "known codes: " in result.stderr


def test_every_code_can_be_asked_for() -> None:
    assert set(ERRORS) == codes_in_doc() - {"obey"}


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
    assert "pressmark: README.md is neither a feed nor a sitemap" in result.stderr
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


@pytest.mark.parametrize(
    "arguments", [["local", "run"], ["local", "serve"], ["local", "serve", "--", "true"]]
)
def test_a_stack_is_no_place_for_what_runs_on_this_machine(
    run: Run, tmp_path: Path, arguments: list[str]
) -> None:
    result = run("--stack", "news", *arguments)
    assert result.exit_code == 2
    assert (
        "--stack news: pressmark local keeps its archive in a folder (name it with --archive" in result.stderr
    )
    assert list(tmp_path.iterdir()) == []
