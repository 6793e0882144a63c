"""replay: the player really runs, over the folder and over the bucket."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests import foreign
from tests.cli.conftest import LATER, Run

from pressmark.access.index_server import IndexServer
from pressmark.archive.folder import FolderReader
from pressmark.errors import PressmarkError
from pressmark.replay import player
from pressmark.replay.page import PageServer, write_page
from pressmark.replay.pywb import find_wayback

PAGE = "https://example.com/news/1"


@contextmanager
def replay(*arguments: str, **environment: str) -> Iterator[str]:
    """The address that ``pressmark replay`` names, while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "replay", "--no-browser", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stderr
    line = process.stderr.readline()
    try:
        assert line.startswith("http://127.0.0.1:"), line + process.stderr.read()
        yield line.split(" ")[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        process.stderr.close()
        assert process.wait(20) == 0


def get(url: str) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=30)
    try:
        connection.request(
            "GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers={"Host": parts.netloc}
        )
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:500])
        return body
    finally:
        connection.close()


@pytest.mark.e2e
@pytest.mark.parametrize("where", ["folder", "stack"])
def test_pywb_shows_the_archive(where: str, request: pytest.FixtureRequest) -> None:
    foreign.require(foreign.WAYBACK)
    arguments = ["--archive", str(request.getfixturevalue("folder"))] if where == "folder" else []
    if where == "stack":
        request.getfixturevalue("deployed")
    with replay(PAGE, *arguments, PRESSMARK_WAYBACK=str(foreign.WAYBACK)) as shown:
        assert shown.endswith(f"/pressmark/{PAGE}")
        base = shown.removesuffix(PAGE)
        assert get(f"{base}20261123120000id_/{PAGE}") == LATER.encode()
        assert b"forty minutes late" in get(f"{base}20261119120000id_/{PAGE}")
        assert b"The ferry is very late" in get(f"{base}20261123120000mp_/{PAGE}")
        with pytest.raises(AssertionError, match="404"):
            get(f"{base}2026id_/https://example.com/never")


@pytest.mark.slow
def test_replayweb_offers_a_wacz_and_the_page_for_it(folder: Path, tmp_path: Path) -> None:
    player = tmp_path / "player"
    player.mkdir()
    (player / "ui.js").write_text("the user interface")
    (player / "sw.js").write_text("the worker")
    with replay(PAGE, "--player", "replayweb", "--archive", str(folder), "--assets", str(player)) as shown:
        text = get(shown).decode()
        assert f'url="{PAGE}"' in text
        assert '<script src="./ui.js">' in text
        assert get(shown + "archive.wacz").startswith(b"PK")
        assert get(shown + "replay/sw.js") == b'importScripts("../sw.js");\n'
        assert (get(shown + "ui.js"), get(shown + "sw.js")) == (b"the user interface", b"the worker")


@pytest.mark.parametrize("player", ["pywb", "replayweb"])
def test_nothing_is_started_for_what_is_no_url_or_has_no_capture(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, player: str
) -> None:
    def started(*_: object, **__: object) -> None:
        pytest.fail("a server was started")

    for server in ("access.index_server.IndexServer", "replay.pywb.Pywb", "replay.page.PageServer"):
        monkeypatch.setattr(f"pressmark.{server}", started)
    for url, code, told in (
        ("nonsense", 2, "no scheme"),
        ("ftp://example.com/", 2, "only http and https"),
        ("https://example.com/never", 1, f"https://example.com/never: not in folder {folder}"),
        ("https://example.net/", 1, "no capture holds an answer from the server"),
    ):
        result = run("replay", url, "--no-browser", "--player", player, "--archive", folder)
        assert (result.exit_code, result.stderr.count("\n")) == (code, 1), result.stderr
        assert told in result.stderr


@pytest.mark.parametrize(
    ("assets", "told"),
    [("nowhere", "no such folder"), ("empty", "no copy of ReplayWeb.page: no ui.js and no sw.js")],
)
def test_nothing_is_started_without_the_player_that_was_named(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assets: str, told: str
) -> None:
    def started(*_: object, **__: object) -> None:
        pytest.fail("a server was started")

    monkeypatch.setattr("pressmark.replay.page.PageServer", started)
    (tmp_path / "empty").mkdir()
    result = run(
        *("replay", PAGE, "--no-browser", "--player", "replayweb", "--assets", assets, "--archive", folder)
    )
    assert (result.exit_code, result.stderr) == (2, f"pressmark: --assets {assets}: {told}\n")


@pytest.mark.slow
def test_a_player_that_ends_by_itself_is_no_success(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = tmp_path / "wayback"
    player.write_text(f"#!{sys.executable}\n{ENDS}")
    player.chmod(0o755)
    monkeypatch.setenv("PRESSMARK_WAYBACK", str(player))
    result = run("replay", PAGE, "--no-browser", "--port", "0", "--archive", folder)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (4, "pressmark: pywb stopped unexpectedly")


ENDS = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[-1]))) as server:
    server.accept()
"""
"""A player that takes one connection, by which it is known to have started, and ends."""


def test_another_port_than_the_wanted_one_is_said(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.launch", interrupt)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("replay", PAGE, "--player", "replayweb", "--port", port, "--archive", folder)
    first, second, _ = result.stderr.splitlines()
    used = re.fullmatch(rf"port {port} is taken; using (\d+)", first)
    assert used, result.stderr
    assert second == f"http://127.0.0.1:{used[1]}/ (Ctrl-C ends it)"


def test_a_folder_without_the_player_is_said(tmp_path: Path) -> None:
    with pytest.raises(PressmarkError, match=r"not a copy of ReplayWeb\.page"):
        write_page(tmp_path, wacz="a.wacz", title="A", assets=str(tmp_path))


def test_an_address_of_the_player_is_named_in_the_page(tmp_path: Path) -> None:
    write_page(tmp_path, wacz="a.wacz", title="A", assets="https://example.com/player")
    assert 'src="https://example.com/player/ui.js"' in (tmp_path / "index.html").read_text()
    worker = (tmp_path / "replay" / "sw.js").read_text()
    assert worker == 'importScripts("https://example.com/player/sw.js");\n'


def test_the_index_answers_as_pywb_asks(folder: Path) -> None:
    reader = FolderReader(folder)
    with IndexServer(reader, reader.files) as server:

        def lines(query: str) -> list[str]:
            return get(f"{server.endpoint}?{query}").decode().splitlines()

        exact = f"url={PAGE}&sort=closest&limit=100&matchType=exact"
        assert [line.split(" ")[1] for line in lines(f"{exact}&closest=20261119")] == [
            "20261119120000",
            "20261123120000",
        ]
        assert (
            next(line.split(" ")[1] for line in lines(f"{exact}&closest=20261123120000")) == "20261123120000"
        )
        assert len(lines("url=https://example.com/&matchType=prefix&closest=")) == 7
        assert len(lines("url=https://example.com/&matchType=prefix&limit=2")) == 2
        assert len(lines(f"{exact}&limit={'9' * 5000}")) == 2
        for nonsense in (
            *("", "url=", "url=%00", "url=x&matchType=what", f"{exact}&closest=soon"),
            *(
                f"{exact}&closest=0001-01-01T00:00:00%2B01:00",
                f"{exact}&closest=00010101",
                f"{exact}&closest=9999",
            ),
            "url=xn--%EF%BC%98886099473492%EF%BC%9998%EF%BC%90z%EF%BC%9900%EF%BC%9994%EF%BD%8189&matchType=exact",
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{server.endpoint}?{nonsense}", timeout=10)
            refused.value.close()
            assert refused.value.code in (400, 404)  # to pywb, both are: not archived
    reader.close()


def test_a_wacz_is_served_in_ranges(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(100)))
    write_page(tmp_path, wacz="a.bin", title="<A>", url='https://example.com/"x')
    with PageServer(tmp_path, port=0) as server:

        def ranged(value: str) -> tuple[int, bytes, str | None]:
            asked = urllib.request.Request(
                server.url.replace("localhost", "127.0.0.1") + "a.bin", headers={"Range": value}
            )
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    return answer.status, answer.read(), answer.headers["Content-Range"]
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read(), error.headers["Content-Range"]

        assert ranged("bytes=10-12") == (206, bytes([10, 11, 12]), "bytes 10-12/100")
        assert ranged("bytes=98-") == (206, bytes([98, 99]), "bytes 98-99/100")
        assert ranged("bytes=-2") == (206, bytes([98, 99]), "bytes 98-99/100")
        assert ranged("bytes=90-400") == (206, bytes(range(90, 100)), "bytes 90-99/100")
        assert ranged("bytes=100-") == (416, b"", "bytes */100")
        assert ranged("lines=1")[0] == 200
        assert get(server.url).count(b"&lt;A&gt;") == 1
        assert b"&quot;x" in get(server.url)
        with pytest.raises(AssertionError, match="404"):
            get(server.url + "../secret")


def test_a_missing_player_is_said_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pressmark.replay.pywb.__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))
    with pytest.raises(PressmarkError, match="pipx install pywb"):
        find_wayback({"PATH": str(tmp_path)})
    assert player.ASSETS.startswith("https://")
