"""``pressmark web``: the archive of a folder, served until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.access.serving import get as asked
from tests.conftest import Aws
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.cli.root import cli
from pressmark.clock import Outside


@contextmanager
def web(*arguments: str | Path) -> Iterator[str]:
    """The address that ``pressmark web`` names, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "web", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert process.stderr
    with process.stderr:
        try:
            line = process.stderr.readline()
            assert line.startswith("http://localhost:"), line + process.stderr.read()
            yield line.split(" ")[0].rstrip("/")
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def get(address: str, **headers: str) -> tuple[str, str]:
    """Final address and text of an answer."""
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
        return answer.url, answer.read().decode()


@pytest.mark.slow
def test_an_archive_folder_is_served_until_it_is_interrupted(folder: Path, tmp_path: Path) -> None:
    for name in ("ui.js", "sw.js"):
        (tmp_path / name).write_text(f"// {name}")
    with web("--archive", folder, "--assets", tmp_path) as address:
        assert get(f"{address}/web/{PAGE}")[0] == f"{address}/web/20261126120000/{PAGE}"
        assert get(f"{address}/web/20261123120000id_/{PAGE}")[1] == article_html()
        assert len(get(f"{address}/cdx/search/cdx?url={PAGE}")[1].splitlines()) == 4
        shown, page = get(f"{address}/web/20261123120000/{PAGE}", Accept="text/html")
        assert shown.startswith("http://127.0.0.1:")
        assert "<replay-web-page " in page
        assert get(shown.partition("/replay/")[0] + "/player/ui.js")[1] == "// ui.js"


@pytest.mark.slow
def test_of_a_stack_it_saves_pages(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.lead_here(monkeypatch)
    with web() as address:
        asked = urllib.request.Request(f"{address}/save", b"url=https://example.com/a")
        with urllib.request.urlopen(asked, timeout=20) as answer:
            job = json.load(answer)["job_id"]
        assert json.loads(get(f"{address}/save/status/{job}")[1])["status"] == "pending"
        assert json.loads(get(f"{address}/save/status/user")[1])["processing"] == 1
        assert json.loads(get(f"{address}/index.json")[1])["title"] == "Web archive"
    (message,) = aws.messages()
    assert json.loads(message["Body"]) == {"url": "https://example.com/a", "job": job}


@pytest.mark.slow
def test_behind_a_proxy_with_tls_people_sign_in_and_nobody_is_taken_for_this_machine(folder: Path) -> None:
    added = CliRunner().invoke(cli, ["key", "add", "desk", "--archive", str(folder)])
    identity, _, secret = added.stdout.strip().partition(":")
    key = urlencode({"key": identity, "secret": secret})
    with web(
        "--archive", folder, "--public-url", "https://archive.example/", "--title", "Ferries"
    ) as address:
        port = int(address.rpartition(":")[2])
        ours, theirs = "https://archive.example", "https://evil.example"
        signed_in = asked(port, "/signin", method="POST", form=key, host="archive.example", Origin=ours)
        foreign = asked(port, "/signin", method="POST", form=key, host="archive.example", Origin=theirs)
        refused = asked(port, "/save", method="POST", form="url=https://example.com/")
        page = asked(port, "/", host="archive.example", Accept="text/html")

    assert signed_in.status == 303
    assert (signed_in.getheader("Set-Cookie") or "").startswith("__Host-pressmark-session=")
    assert refused.status == 401
    assert "Ferries" in page.text  # type: ignore[attr-defined]
    assert foreign.status == 403


def test_an_address_that_is_no_origin_is_refused(folder: Path) -> None:
    said = CliRunner().invoke(cli, ["web", "--archive", str(folder), "--public-url", "archive.example"])

    assert said.exit_code == 2
    assert "write an origin such as https://archive.example.org" in said.stderr


def test_a_folder_that_is_no_copy_of_the_player_is_refused(folder: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, ["web", "--archive", str(folder), "--assets", str(tmp_path)])

    assert said.exit_code == 2
    assert "no copy of ReplayWeb.page" in said.stderr


def test_what_is_put_into_the_folder_is_seen(folder: Path) -> None:
    reader = FolderReader(folder)
    clock = iter(range(100))
    served = Application(
        Archive(
            "",
            reader,
            reader.files,
            refresh=reader.refresh,
            clock=Outside(now=lambda: NOW, monotonic=lambda: float(next(clock))),
        )
    )
    assert ask(served, "/cdx?url=new.example").status == 404
    fill_folder(folder, [make_capture("https://new.example/", at=NOON + timedelta(days=5))])
    answers = [ask(served, "/cdx?url=new.example").status for _ in range(3)]
    reader.close()

    assert answers[-1] == 200
