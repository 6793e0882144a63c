"""What failed in an archive folder is captured again there, and never by a name that only the archive gives."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.factories import NOON, fill_folder, make_capture
from tests.site import RawSite

from pressmark.cli import exits

pytestmark = pytest.mark.slow


def test_what_failed_in_a_folder_is_captured_again_with_its_options(run: Run, site: RawSite) -> None:
    site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
    good, bad = site.page("/ferry", "<title>The ferry sank</title><p>It did."), site.url("/late")
    here = ("--archive", "archive")
    options = (
        "--label",
        "sea",
        "--note",
        "asked for",
        "--requisites",
        "page",
        "--allow-loopback",
        "--host-delay",
        "0",
        *here,
    )
    assert run("push", good, bad, *options).exit_code == 1
    dry = run("redrive", "--all", "--dry-run", *here)
    assert (dry.exit_code, dry.stdout.count("\n")) == (0, 1)
    assert json.loads(dry.stdout) == {
        "url": bad,
        "tags": ["sea"],
        "note": "asked for",
        "requisites": "page",
    }
    still = run("redrive", "--all", *here)
    assert (still.exit_code, "blocked-url" in still.stderr) == (exits.NOTHING, True), (
        "no name of this machine's"
    )
    named = run("redrive", bad, *here)
    assert f"(--allow-loopback, or PRESSMARK_ALLOW_LOOPBACK=127.0.0.1:{site.port}" in named.stderr
    site.page("/late", "<title>Late</title><p>It came.")
    done = run("redrive", bad, "--allow-loopback", "--host-delay", "0", *here)
    assert (done.exit_code, done.stderr) == (0, "1 page archived, with 1 requisite\n")
    found = run("list", "--label", "sea", "--format", "jsonl", "--latest", *here).stdout
    assert '"Late"' in run("show", bad, "--json", *here).stdout
    assert bad in found
    assert run("redrive", "--all", *here).exit_code == exits.NOTHING


def test_only_pages_whose_newest_capture_failed_are_asked_for_again(run: Run, tmp_path: Path) -> None:
    from datetime import timedelta

    day = timedelta(days=1)
    captures = [
        make_capture("https://example.com/back", at=NOON - day, status=404, error="not-found"),
        make_capture("https://example.com/back", at=NOON),
        make_capture("https://example.com/gone", at=NOON - day),
        make_capture("https://example.com/gone", at=NOON, status=404, error="not-found"),
        make_capture("https://example.net/", at=NOON, status=0, error="invalid-host-resolution"),
    ]
    fill_folder(tmp_path / "archive", captures)
    here = ("--dry-run", "--archive", tmp_path / "archive")

    def asked(*how: str) -> list[str]:
        return [line.split('"')[3] for line in run("redrive", *how, *here).stdout.splitlines()]

    assert sorted(asked("--all")) == ["https://example.com/gone", "https://example.net/"]
    assert asked("--error", "not-found") == ["https://example.com/gone"]
    assert asked("https://example.net/") == ["https://example.net/"]
    assert len(asked("--all", "--limit", "1")) == 1
    none = run("redrive", "--error", "read-timeout", *here)
    assert none.exit_code == exits.NOTHING
    assert none.stderr.endswith("nothing that was asked for has failed; pressmark failures lists what has\n")
    fill_folder(tmp_path / "good", [make_capture("https://example.com/back", at=NOON)])
    none = run("redrive", "--all", "--archive", tmp_path / "good")
    assert (none.exit_code, none.stderr.splitlines()[-1]) == (exits.NOTHING, "pressmark: nothing has failed")
