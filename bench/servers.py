"""The servers that benchmarks talk to, each a process of its own, so that only our side is counted."""

import contextlib
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "news-dev"
FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "pages"


HOSTS = 10
"""Addresses of this machine that stand for as many hosts."""


def news_urls() -> dict[str, str]:
    """Return the URL that each page of the development corpus came from."""
    if not DATA.is_dir():
        return {}
    lines = (DATA / "truth.jsonl").read_text("utf-8").splitlines()
    return {truth["name"]: truth["url"] for truth in map(json.loads, lines)}


def addresses(site: str, pages: list[tuple[str, bytes]], *, hosts: int = 1) -> list[str]:
    """URLs of the pages at ``site``, page by page on the next of ``hosts`` hosts, each as long as the page's real one.

    Rows, log lines and records name URLs, so that their length is part of the price.
    """
    real = news_urls()
    found = []
    for number, (name, _) in enumerate(pages):
        url = f"{site.replace('127.0.0.1', f'127.0.0.{1 + number % hosts}')}/{name}.html"
        spare = len(real.get(name, "")) - len(url) - 3
        found.append(f"{url}?p={'x' * spare}" if spare > 0 else url)
    return found


def news_pages() -> list[tuple[str, bytes]]:
    """Return name and HTML of each benchmark page: the development corpus, or the fixtures if that is absent."""
    if DATA.is_dir():
        return [
            (path.name.removesuffix(".html.gz"), gzip.decompress(path.read_bytes()))
            for path in sorted((DATA / "pages").glob("*.html.gz"))
        ]
    print("the news corpus is not here: the fixtures stand in, which are far smaller", file=sys.stderr)
    return [(path.stem, path.read_bytes()) for path in sorted(FIXTURES.glob("*.html"))]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 20.0) -> None:
    """Wait until something listens on a port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(command: Sequence[str | Path], port: int, **options: Any) -> Iterator[None]:
    """Run a server within the block, which begins when it listens on a port. options: of subprocess.Popen."""
    server = subprocess.Popen(command, **options)
    try:
        wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def nginx(pages: list[tuple[str, bytes]]) -> Iterator[str]:
    """Serve pages with nginx, gzipped on request; yield the base URL. 127.0.0.1 to 127.0.0.10 are ten hosts."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise SystemExit("the benchmark needs nginx (package nginx-light on Debian)")
    port = free_port()
    listen = " ".join(f"listen 127.0.0.{host}:{port};" for host in range(1, HOSTS + 1))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.chmod(root, 0o755)
        (root / "pages").mkdir()
        for name, html in pages:
            (root / "pages" / f"{name}.html").write_bytes(html)
            (root / "pages" / f"{name}.html.gz").write_bytes(gzip.compress(html, 6))
        (root / "nginx.conf").write_text(
            f"""
            daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log; user root;
            events {{ worker_connections 1024; }}
            http {{
              access_log off; charset utf-8; types {{ text/html html; }}
              client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
              uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
              server {{ {listen} root {root}/pages; gzip_static on; }}
            }}
            """
        )
        with running([program, "-c", root / "nginx.conf", "-e", root / "error.log"], port):
            yield f"http://127.0.0.1:{port}"


SLOW_SERVER = """
import asyncio, gzip, sys
page = gzip.compress(open(sys.argv[2], "rb").read(), 6)
head = ("HTTP/1.1 200 OK\\r\\nContent-Type: text/html; charset=utf-8\\r\\nContent-Encoding: gzip\\r\\n"
        f"Content-Length: {len(page)}\\r\\nConnection: close\\r\\n\\r\\n").encode()
missing = b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n"
async def serve(reader, writer):
    try:
        await answer(reader, writer)
    except asyncio.IncompleteReadError:
        writer.close()
async def answer(reader, writer):
    request = await reader.readuntil(b"\\r\\n\\r\\n")
    if b"/robots.txt" in request.split(b"\\r\\n", 1)[0]:
        writer.write(missing)
    else:
        await asyncio.sleep(float(sys.argv[3]))
        writer.write(head + page)
    await writer.drain()
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=256)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def slow_site(page: bytes, delay: float) -> Iterator[str]:
    """Serve one page under every path, each answer after ``delay`` seconds; yield the base URL."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".html") as file:
        file.write(page)
        file.flush()
        with running([sys.executable, "-c", SLOW_SERVER, str(port), file.name, str(delay)], port):
            yield f"http://127.0.0.1:{port}"


AWS_SERVER = """
import json, sys, threading
from pressmark.local import stack
from pressmark.local.server import EmbeddedAws
from pressmark.settings import INDEX_TERMS
with EmbeddedAws() as aws:
    made = stack.create(aws, "bench", {"IndexTerms": ",".join(INDEX_TERMS)})  # every kind is counted
    print(json.dumps(made.process_environment()), flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def embedded_aws(ports: list[int]) -> Iterator[dict[str, str]]:
    """Run the embedded AWS with the template's stack; yield the function's environment.

    ports: those that the guard must allow. No host delay: one loopback host stands for many.
    """
    server = subprocess.Popen(
        [sys.executable, "-c", AWS_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        environment = json.loads(server.stdout.readline())
        environment["PRESSMARK_HOST_DELAY"] = "0"
        for name in ("PRESSMARK_ALLOWED_PORTS", "PRESSMARK_ALLOW_LOOPBACK"):
            environment[name] = ",".join(str(port) for port in ports)
        yield environment
    finally:
        server.stdin.close()
        server.wait()


INSTANT_AWS = """
import asyncio, json, sys
answers = {b"Query": {"Items": [], "Count": 0, "ScannedCount": 0}, b"BatchWriteItem": {"UnprocessedItems": {}}}
database, store = float(sys.argv[2]), float(sys.argv[3])
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            lines = {name.strip().lower(): value.strip() for name, _, value in
                     (line.partition(b":") for line in head.split(b"\\r\\n")[1:])}
            if lines.get(b"expect", b"").lower() == b"100-continue":
                writer.write(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
            await reader.readexactly(int(lines.get(b"content-length", 0)))
            operation = lines.get(b"x-amz-target", b"").rpartition(b".")[2]
            await asyncio.sleep(database if operation else store)
            body = json.dumps(answers.get(operation, {})).encode() if operation else b""
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/x-amz-json-1.0\\r\\nContent-Length: "
                         + str(len(body)).encode() + b"\\r\\n\\r\\n" + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 26, backlog=256)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def instant_aws(
    environment: dict[str, str], *, database: float = 0.0, store: float = 0.0
) -> Iterator[dict[str, str]]:
    """Answer for S3, DynamoDB and SQS as an empty archive, and keep nothing. database, store: seconds per answer.

    The emulators take longer to answer than a page takes to be archived, on the processor that is measured.
    environment: the function's; yields it with the endpoint.
    """
    port = free_port()
    with running([sys.executable, "-c", INSTANT_AWS, str(port), str(database), str(store)], port):
        yield {**environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


DYNALITE = (
    Path(__file__).resolve().parent.parent / ".tools" / "dynalite" / "node_modules" / "dynalite" / "cli.js"
)


@contextlib.contextmanager
def dynalite(environment: dict[str, str]) -> Iterator[dict[str, str] | None]:
    """Run dynalite with the template's tables; yield the environment with its endpoint, None if it is not installed."""
    node = shutil.which("node")
    if node is None or not DYNALITE.exists():
        yield None
        return
    import boto3

    from pressmark.local import template

    port = free_port()
    command = [node, DYNALITE, "--port", str(port), "--createTableMs", "0"]
    with running(command, port, stdout=subprocess.DEVNULL):
        endpoint = f"http://127.0.0.1:{port}"
        client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for resource, variable in (("ArchiveTable", "TABLE"), ("StateTable", "STATE_TABLE")):
            properties = template.load()["Resources"][resource]["Properties"]
            taken = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
            client.create_table(
                TableName=environment[f"PRESSMARK_{variable}"],
                **{name: properties[name] for name in taken if name in properties},
            )
            while (
                client.describe_table(TableName=environment[f"PRESSMARK_{variable}"])["Table"]["TableStatus"]
                != "ACTIVE"
            ):
                time.sleep(0.05)
        yield {**environment, "AWS_ENDPOINT_URL_DYNAMODB": endpoint}
