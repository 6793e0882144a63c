"""Peak memory (RSS) of the two processes that capture hostile pages, ten at a time, each case in processes of its own.

    PYTHONPATH=src:. python bench/hostile_memory.py [--fetch-only] [CASE ...]

One process fetches and writes the WARC: what the function does with a batch, without AWS. The other removes content
codings and reads the articles (pressmark.reading.reader). "base" is both with everything imported and an ordinary
page captured. --fetch-only leaves the second out. The sum counts shared files of the interpreter and its libraries
twice.
"""

import gzip
import itertools
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from tests.hostile.server import HostileServer, Wire
from tests.site import ANY_LOOPBACK

from pressmark.clock import REAL
from pressmark.http.fetcher import Fetcher
from pressmark.queues.message import CaptureRequest
from pressmark.reading.process import ReadingError
from pressmark.reading.reader import Reader
from pressmark.settings import Settings
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile

PAGES = 10
SETTINGS = replace(
    Settings(bucket="b", table="t", state_table="s"),
    allow_loopback=ANY_LOOPBACK,
    page_timeout=20.0,
    read_timeout=5.0,
)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MIB = 1024 * 1024


def _gzipped(body: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        body = gzip.compress(body, 9)
    coding = ", ".join(["gzip"] * times).encode()
    return HTML + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


def _sized(body: bytes) -> bytes:
    return HTML + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _numbered(text: bytes, times: int) -> bytes:
    return b"".join(text % number for number in range(times))


def _endless(start: bytes, part: bytes) -> object:
    def script(wire: Wire) -> None:
        wire.send(start).stream(itertools.repeat(part))

    return script


CASES = {
    "base": lambda: _sized(b"<html><head><title>t</title></head><body><p>Words.</p></body></html>"),
    "32 MiB of text": lambda: _sized(b"<p>" + b"Some words of text. " * (32 * MIB // 20 - 1)),
    "endless text": lambda: _endless(HTML + b"\r\n", b"<p>Some words of text.</p>\n" * 2000),
    "bomb, 1 GiB": lambda: _gzipped(b"<p>" + b" " * 1024 * MIB),
    "bomb in a bomb": lambda: _gzipped(b"<p>" + b"a" * 512 * MIB, 2),
    "10 MB of headers": lambda: _endless(HTML, b"X-a: " + b"b" * 1000 + b"\r\n"),
    "100,000 headers": lambda: HTML + b"X-a: b\r\n" * 100_000 + b"\r\n",
    "chunks of a byte": lambda: _endless(HTML + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 10_000),
    "a million tags deep": lambda: _sized(b"<html><body>" + b"<div>" * 1_000_000),
    "a million paragraphs": lambda: _sized(b"<html><body>" + b"<p>a b c</p>" * 1_000_000),
    "a million words in a tag": lambda: _sized(b"<html><body " + _numbered(b"a%d ", 1_000_000) + b">"),
    "words behind a quoted >": lambda: _sized(b"<html><body a='>' " + _numbered(b"%x ", 1_000_000) + b">"),
    "words between slashes": lambda: _sized(b"<html><body>" + b"<p/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t>" * 100_000),
    "tags within tags": lambda: _sized(b"<html><body>" + _numbered(b"<p a%d b c d e f g ", 150_000)),
    "tables, lists, links": lambda: _sized(b"<html><body>" + b"<table><tr><td><a href=x>a</a><ul><li>b" * 100_000),
    "empty JSON-LD": lambda: _sized(b"<script type='application/ld+json'>[" + b"{}," * 1_000_000 + b"{}]</script>"),
    "a million entities": lambda: _sized(b"<html><body><p>" + b"&amp;&lt;" * 500_000),
    "4 MB of one paragraph": lambda: _sized(b"<html><body><article><p>" + b"Some words, of text. " * 200_000),
    "a million attributes": lambda: _sized(b"<html><body " + _numbered(b"a%d=1 ", 1_000_000) + b">"),
}  # fmt: skip


def _serve(pipe: Connection, name: str) -> None:
    with HostileServer() as server:
        for page in range(PAGES):
            made = CASES[name]()
            path = f"/{page}"
            pipe.send(server.script(path, made) if callable(made) else server.page(path, made))
        pipe.recv()


def _capture(pipe: Connection, urls: list[str], fetch_only: bool) -> None:
    fetcher = Fetcher(SETTINGS)
    warc = WarcFile(SETTINGS, host="bench")
    reader = Reader()
    unread = set()

    def page(url: str) -> str:
        capture = Capture(CaptureRequest(url), "m", "t", started=REAL.now())
        result = fetcher.fetch(url, deadline=time.monotonic() + 60)
        capture.exchanges, capture.error = result.exchanges, result.error
        if result.error is None and not fetch_only:
            try:
                read = reader.read(result.exchanges[-1], 300.0)
                capture.article, capture.text, capture.read = read.article, read.text, read.part
            except ReadingError as error:
                unread.add(str(error))
        warc.add(capture)
        capture.close()
        return result.error.code if result.error else result.exchanges[-1].truncated or "whole"

    began, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(PAGES) as pool:
        outcomes = set(pool.map(page, urls))
    wall = time.monotonic() - began
    peaks = _peak(os.getpid()), 0.0 if reader.process_id is None else _peak(reader.process_id)
    reader.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() - cpu + children.ru_utime + children.ru_stime
    pipe.send((peaks, warc.size / MIB, wall, spent, outcomes | unread))


def _peak(process: int) -> float:
    """Return the peak memory of a process since it was started, in MB (proc(5): VmHWM)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def main() -> None:
    context = multiprocessing.get_context("spawn")
    print(
        f"{'case':22} {'function':>9} {'reader':>9} {'both':>9} {'WARC':>9} {'wall':>7} {'CPU':>7}  {PAGES} pages"
    )
    wanted = [name for name in sys.argv[1:] if not name.startswith("--")]
    for name in wanted or CASES:
        ours, theirs = context.Pipe()
        server = context.Process(target=_serve, args=(theirs, name))
        server.start()
        urls = [ours.recv() for _ in range(PAGES)]
        mine, other = context.Pipe()
        worker = context.Process(target=_capture, args=(other, urls, "--fetch-only" in sys.argv))
        worker.start()
        while not mine.poll(1):
            if not worker.is_alive():
                print(f"{name:22} died with exit code {worker.exitcode}")
                break
        else:
            (here, there), size, wall, cpu, outcomes = mine.recv()
            print(
                f"{name:22} {here:6.0f} MB {there:6.0f} MB {here + there:6.0f} MB {size:6.1f} MB "
                f"{wall:6.1f}s {cpu:6.1f}s  {', '.join(sorted(outcomes))}"
            )
        ours.send(None)
        worker.join()
        server.join()


if __name__ == "__main__":
    main()
