"""Servers on a person's own machine obey programs and their own pages, whatever a page of the web sends."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests import chromium
from tests.chromium import Chromium
from tests.site import RawSite

from pressmark.access.index_server import IndexServer
from pressmark.archive.folder import FolderReader
from pressmark.callers import refusal
from pressmark.local.account import REGION
from pressmark.local.server import EmbeddedAws
from pressmark.local.site import Site
from pressmark.replay.page import PageServer

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

OWN = [
    "localhost", "LOCALHOST:5000", "localhost.:5000", "app.localhost:80", "127.0.0.1:5000", "127.8.8.8", "[::1]:5000",
    "192.168.0.7:5000", "host.docker.internal:5000", "bucket.host.docker.internal:5000", "host.containers.internal",
]  # fmt: skip
FOREIGN = [
    "evil.example", "evil.example:5000", "localhost.evil.example", "evillocalhost", "127.0.0.1.evil.example",
    "127.0.0.1.nip.io", "internal.evil.example", "notinternal", "s3.amazonaws.com", "user@localhost", "localhost/x",
    "[::1", "", " ", "localhost evil.example", "evil.example#localhost", "evil.example?localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", OWN)
def test_the_own_names_of_a_machine_pass(host: str) -> None:
    assert refusal(host, None) is None
    assert refusal(host, f"http://{host}", "same-origin") is None


@pytest.mark.parametrize("host", FOREIGN)
def test_no_name_that_somebody_else_may_have_passes(host: str) -> None:
    assert refusal(host, None) is not None
    assert refusal(host, f"http://{host}") is not None
    assert refusal(host, None, names=("mybox.lan", "0.0.0.0", "")) is not None or host == ""


def test_a_name_that_was_given_passes_and_its_lookalike_does_not() -> None:
    assert refusal("mybox.lan:5000", None, names=("mybox.lan",)) is None
    assert refusal("notmybox.lan:5000", None, names=("mybox.lan",)) is not None


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:5001", "https://localhost:5000", "file://", ""],
)
def test_a_page_of_another_origin_is_refused(origin: str) -> None:
    assert refusal("localhost:5000", origin) is not None


@pytest.mark.parametrize("fetch_site", ["cross-site", "same-site", "", "x"])
def test_what_another_sites_page_leads_to_is_refused(fetch_site: str) -> None:
    assert refusal("localhost:5000", None, fetch_site) is not None


def _aws(_tmp_path: Path) -> AbstractContextManager[Any]:
    return EmbeddedAws()


def _pages(tmp_path: Path) -> AbstractContextManager[Any]:
    (tmp_path / "x.html").write_text("<title>x</title>")
    return Site(tmp_path, 0)


def _replay(tmp_path: Path) -> AbstractContextManager[Any]:
    (tmp_path / "index.html").write_text("<title>x</title>")
    return PageServer(tmp_path, port=0)


@contextmanager
def _cdx(tmp_path: Path) -> Iterator[IndexServer]:
    with closing(FolderReader(tmp_path)) as reader, IndexServer(reader, reader.files) as server:
        yield server


def _address(server: Any) -> str:
    url = next(
        getattr(server, name)
        for name in ("base", "url", "endpoint")
        if hasattr(type(server), name) or name in vars(server)
    )
    return f"http://127.0.0.1:{urlsplit(url).port}/"


def _curl(url: str, *lines: str, method: str = "GET") -> tuple[str, str]:
    """Status and everything that is said."""
    headers = [word for line in lines for word in ("-H", line)]
    done = subprocess.run(
        ["curl", "-s", "-i", "-m", "20", "-X", method, *headers, url],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split(" ", 2)[1], done.stdout


@pytest.mark.slow
@needs_curl
@pytest.mark.parametrize("make", [_aws, _pages, _replay, _cdx])
def test_curl_is_refused_by_every_server_under_a_foreign_host_or_origin(
    make: Callable[[Path], AbstractContextManager[Any]], tmp_path: Path
) -> None:
    with make(tmp_path) as server:
        url = _address(server)
        for lines in ([], ["Host: localhost"], ["Host: host.docker.internal:5000"]):
            assert _curl(url, *lines)[0] != "403"
        for lines in (
            ["Host: evil.example"],
            ["Host: evil.example", "Origin: http://evil.example"],
            ["Origin: http://evil.example"],
            ["Origin: null"],
        ):
            for method in ("GET", "POST", "OPTIONS", "PUT", "DELETE"):
                status, said = _curl(url, *lines, "Access-Control-Request-Method: PUT", method=method)
                assert status == "403"
                assert "access-control" not in said.lower()


def test_a_container_reaches_the_embedded_aws_by_its_hosts_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """sam local invoke with --add-host host.docker.internal:host-gateway, bucket names included."""
    import boto3

    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        host = host.decode() if isinstance(host, bytes) else host
        return real("127.0.0.1" if host == "host.docker.internal" else host, *rest, **named)

    with EmbeddedAws("0.0.0.0") as aws:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        port = urlsplit(aws.endpoint).port
        s3 = boto3.client(
            "s3",
            endpoint_url=f"http://host.docker.internal:{port}",
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        s3.create_bucket(Bucket="from-the-container")
        s3.put_object(Bucket="from-the-container", Key="x", Body=b"x")
        assert s3.get_object(Bucket="from-the-container", Key="x")["Body"].read() == b"x"
        s3.close()


ATTACK = """<!doctype html><title>attack</title><body><script>
const aws = "AWS", queue = "QUEUE", tries = [];
const send = (url, options) => tries.push(
  fetch(url, options).then(r => r.text()).then(t => "read:" + t, e => "failed"));
send(aws + "/victim/key", {method: "PUT", body: "changed"});
send(aws + "/victim/key", {method: "DELETE"});
send(aws + "/victim/key");
send(aws + "/moto-api/reset", {method: "POST"});
send(aws + "/moto-api/reset", {method: "POST", mode: "no-cors"});
send(queue + "?Action=SendMessage&MessageBody=http://evil.example/", {mode: "no-cors"});
send(queue, {method: "POST", mode: "no-cors", body: new URLSearchParams({Action: "PurgeQueue"})});
for (const tag of ["img", "iframe", "script"]) {
  const each = document.createElement(tag);
  each.src = queue + "?Action=SendMessage&MessageBody=http://" + tag + ".example/";
  document.body.append(each);
}
const frame = document.createElement("iframe");
frame.name = "hidden";
document.body.append(frame);
const form = document.createElement("form");
form.action = aws + "/moto-api/reset"; form.method = "post"; form.target = "hidden";
document.body.append(form);
form.submit();
Promise.all(tries).then(said => setTimeout(() => { document.title = "done " + said.join("|"); }, 1000));
</script>"""


@pytest.fixture
def victim() -> Iterator[tuple[EmbeddedAws, str]]:
    with EmbeddedAws("localhost") as aws:
        s3, sqs = aws.client("s3"), aws.client("sqs")
        s3.create_bucket(Bucket="victim")
        s3.put_object(Bucket="victim", Key="key", Body=b"kept")
        queue = sqs.create_queue(QueueName="victim")["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="http://kept.example/")
        s3.close()
        sqs.close()
        yield aws, queue


def _unharmed(aws: EmbeddedAws, queue: str) -> None:
    s3, sqs = aws.client("s3"), aws.client("sqs")
    assert s3.get_object(Bucket="victim", Key="key")["Body"].read() == b"kept"
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["http://kept.example/"]
    s3.close()
    sqs.close()


@pytest.mark.e2e
@pytest.mark.skipif(chromium.find() is None, reason="needs Chromium (Debian: apt-get install chromium)")
@pytest.mark.parametrize("rebound", [False, True])
def test_no_page_in_chromium_reads_or_changes_the_embedded_aws(
    rebound: bool, victim: tuple[EmbeddedAws, str], tmp_path: Path
) -> None:
    """As a page of another origin, and as one whose name has come to mean this machine."""
    aws, queue = victim
    program = chromium.find()
    assert program is not None
    with RawSite() as site:
        endpoint = aws.endpoint.replace("localhost", "evil.example") if rebound else aws.endpoint
        page = ATTACK.replace("AWS", endpoint).replace("QUEUE", queue.replace(aws.endpoint, endpoint))
        site.page("/attack", page)
        with Chromium(program, tmp_path / "profile", rules="MAP evil.example 127.0.0.1, ") as browser:
            browser.open(f"http://evil.example:{site.port}/attack")
            end = time.monotonic() + 60
            while not (title := str(browser.evaluate("document.title"))).startswith("done"):
                assert time.monotonic() < end, title
                time.sleep(0.1)
    assert "kept" not in title
    assert any("victim/key" in url for url in browser.requested)
    _unharmed(aws, queue)


@pytest.mark.e2e
@pytest.mark.skipif(chromium.find() is None, reason="needs Chromium (Debian: apt-get install chromium)")
def test_a_name_that_has_come_to_mean_this_machine_shows_no_archive_in_chromium(tmp_path: Path) -> None:
    program = chromium.find()
    assert program is not None
    (tmp_path / "index.html").write_text("<title>private</title>private")
    rules = "EXCLUDE 127.0.0.1, MAP evil.example 127.0.0.1, "
    with (
        PageServer(tmp_path, port=0) as server,
        Chromium(program, tmp_path / "profile", rules=rules) as browser,
    ):
        browser.open(server.url)
        browser.wait_for_text("private", address="/")
        browser.open(server.url.replace("127.0.0.1", "evil.example"))
        shown = browser.wait_for_text("Error code: 403", address="/")
    assert "private" not in shown.text
