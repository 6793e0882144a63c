"""`make serve`: what is pushed to it is captured, and nothing on its queue is dropped without a word."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.site import RawSite

from pressmark.cli.root import run as pressmark

pytestmark = pytest.mark.slow

PAGE = "<!doctype html><title>The tram</title><article><p>It runs again.</p></article>"


@dataclass
class Served:
    """A server and what it printed. variables: those that lead there."""

    process: subprocess.Popen[str]
    variables: dict[str, str]

    def sqs(self) -> Any:
        login = (self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"])
        session = boto3.Session(*login, region_name=self.variables["AWS_REGION"])
        return session.client("sqs", endpoint_url=self.variables["AWS_ENDPOINT_URL"])

    def push(self, *bodies: str) -> None:
        with closing(self.sqs()) as sqs:
            for body in bodies:
                sqs.send_message(QueueUrl=self.variables["PRESSMARK_QUEUE_URL"], MessageBody=body)

    def heard(self, words: str) -> str:
        """Read what it says until a line has these words in it."""
        assert self.process.stderr
        for line in self.process.stderr:
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}")

    def end(self, *signals: signal.Signals) -> tuple[int, str]:
        """Send signals, and return exit code and the rest of what it says."""
        for number in signals:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextmanager
def serving(archive: Path, *options: str, allow: RawSite | None = None) -> Iterator[Served]:
    ports = ("--port", "0", "--pages-port", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "local", "--archive", str(archive), *ports, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("PRESSMARK_")}
        | ({"PRESSMARK_ALLOW_LOOPBACK": f"127.0.0.1:{allow.port}"} if allow else {}),
    )
    assert process.stdout
    served = Served(process, {})
    try:
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                served.variables[name] = value
            if line.startswith("# pages"):
                break
        yield served
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def test_what_is_pushed_is_captured_and_in_the_folder(site: RawSite, tmp_path: Path) -> None:
    url = site.page("/tram", PAGE)
    with serving(tmp_path, "--host-delay", "0", allow=site) as served:
        served.push(url)
        assert served.heard("archived: ") == f"archived: {url}\n"
        assert served.end(signal.SIGINT)[0] == 0
    assert len(list(tmp_path.rglob("*.warc.gz"))) == 1
    assert all(json.loads(line) for line in (tmp_path / "run.log").read_text().splitlines())


def test_what_is_left_at_the_end_is_said_kept_and_put_back_the_next_time(
    site: RawSite, tmp_path: Path
) -> None:
    url = site.serve("/busy", b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    bodies = [url, '{"url": "https://example.com/\\u00e4",\n "tags": ["a"]}', f"{url}?3", f"{url}?4"]
    with serving(tmp_path, "--no-capture") as served:
        served.push(*bodies[:-2], json.dumps([["1", each] for each in bodies[-2:]]))  # a run of two
        code, said = served.end(signal.SIGINT)
    assert code == 0
    assert f"not archived, was on the queue: {url}" in said
    assert "4 pages kept in " in said
    assert sorted(map(json.loads, (tmp_path / "queue.jsonl").read_text().splitlines())) == sorted(bodies)

    with serving(tmp_path, "--no-capture") as served:
        assert not (tmp_path / "queue.jsonl").exists()
        said = served.end(signal.SIGTERM)[1]
    assert "4 pages left from the last time put back on the queue" in said
    assert "4 pages kept in " in said


def test_ctrl_c_finishes_the_queue_and_a_second_one_ends_at_once(site: RawSite, tmp_path: Path) -> None:
    url = site.serve("/busy", b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    with serving(tmp_path, "--host-delay", "0", allow=site) as served:
        served.push(url, "nonsense")
        served.heard("retry: ")
        served.process.send_signal(signal.SIGINT)
        assert "Ctrl-C again" in served.heard("on the queue: finishing")
        code, said = served.end(signal.SIGINT)
    assert code == 0
    assert "not archived, given up: nonsense" in said
    assert f"not archived, was on the queue: {url}" in said


@pytest.mark.parametrize(("option", "variable"), [("--port", "PORT"), ("--pages-port", "PAGES_PORT")])
def test_a_taken_port_is_said_with_the_way_out(
    tmp_path: Path, capsys: Any, option: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = {"--port": "0", option: port}
        words = [word for pair in ports.items() for word in pair]
        assert pressmark(["local", "--archive", str(tmp_path), *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"pressmark: port {port} is taken: give ")
    assert f"{option} N (make serve {variable}=N)" in said


def test_a_queue_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test's server of this process may keep the stack of this name.
    monkeypatch.setattr("pressmark.local.serve.STACK", "unreadable-queue")
    (tmp_path / "queue.jsonl").write_text("no JSON\n")
    assert pressmark(["local", "--archive", str(tmp_path), "--port", "0", "--pages-port", "0"]) == 4
    assert "queue.jsonl cannot be read" in capsys.readouterr().err
    assert (tmp_path / "queue.jsonl").exists()
