"""Everything that a hostile test fetches and every WARC file it makes goes through other people's tools.

Nothing has to be done for it: ``conftest.py`` puts each test of this folder under :class:`Watch`, which sees what
every Fetcher brings and every WarcFile holds. After the test, what was fetched is compared with what the
hostile servers sent, and so are the rows that the files make. With the foreign tools (``make tools``),
``warcio check`` and ``fastwarc check`` read each file, too, and a running pywb replays each page; what pywb changes or
cannot replay is in :mod:`tests.hostile.pywb`.
"""

import base64
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastwarc.cli
from click.testing import CliRunner
from tests import foreign
from tests.hostile import server
from tests.hostile.fixtures import LOCAL
from tests.hostile.pywb import Page, as_pywb_has_it, is_replay

from pressmark.archive import rows as row_maker
from pressmark.clock import iso_utc
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.reader import read_captures
from pressmark.warc.records import stored_head
from pressmark.warc.writer import WarcFile

MAX_FETCHES = 60
"""Of one test. Generated responses come by the hundred: the first of them, which are the simplest, and every fifth."""

START = datetime(2001, 1, 1, tzinfo=UTC)


class Judge:
    """The foreign tools, started once for all tests."""

    def __init__(self, folder: Path) -> None:
        self._replay = foreign.Replay(folder).__enter__()
        self._folder = folder
        self._names = itertools.count()
        python = foreign.require(foreign.TOOLS / "replay" / "bin" / "python")
        self._tools = subprocess.Popen(
            [python, foreign.ROOT / "tests" / "judge.py"],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def close(self) -> None:
        self._replay.__exit__()
        self._tools.communicate()

    def read(self, warcs: list[bytes]) -> list[dict[str, Any]]:
        """Check WARC files and put them, and nothing else, before pywb; returns the index, an entry a capture."""
        paths = self._put({f"{next(self._names)}.warc.gz": data for data in warcs})
        lines = [line for path in paths for line in self._check(path)]
        self._index(sorted(lines))
        return [{"timestamp": line.split(" ")[1], **json.loads(line.split(" ", 2)[2])} for line in lines]

    def show(self, warcs: Mapping[str, bytes], index: Iterable[str]) -> None:
        """Put WARC files, by name, and nothing else before pywb, with an index that is given."""
        self._put(warcs)
        self._index(index)

    def _put(self, warcs: Mapping[str, bytes]) -> list[Path]:
        shutil.rmtree(self._folder / "warcs")
        paths = [self._folder / "warcs" / name for name in warcs]
        for path, data in zip(paths, warcs.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return paths

    def _index(self, lines: Iterable[str]) -> None:
        new = self._folder / "index.new"
        new.write_text("".join(f"{line}\n" for line in lines))
        os.replace(new, self._folder / "index.cdxj")

    def _check(self, path: Path) -> list[str]:
        assert self._tools.stdin
        assert self._tools.stdout
        self._tools.stdin.write(f"{path}\n")
        self._tools.stdin.flush()
        answer = json.loads(self._tools.stdout.readline())
        assert answer["code"] == 0, f"warcio check: {answer['said']}"
        done = CliRunner().invoke(fastwarc.cli.check, ["--quiet", str(path)])
        assert done.exit_code == 0, f"fastwarc check: {done.output}"
        lines: list[str] = answer["index"]
        return lines

    def get(self, url: str, timestamp: str = "") -> foreign.Replayed:
        return self._replay.get(url, timestamp)


class Watch:
    """What one test fetched and wrote."""

    def __init__(self) -> None:
        self.pages: dict[tuple[str, str], list[Page]] = {}
        self._warcs: list[bytes] = []
        self._problems: list[str] = []
        self._fetches, self._files, self._seconds = itertools.count(), itertools.count(), itertools.count()
        self._own: WarcFile | None = None
        self._one_at_a_time = threading.Lock()

    def fetched(self, result: FetchResult) -> None:
        """Compare what was fetched with what was sent, and keep it in a WARC file of its own; from any thread."""
        with self._one_at_a_time:
            self._fetched(result)

    def _fetched(self, result: FetchResult) -> None:
        for exchange in result.exchanges:
            self.keep(exchange)
        if not result.exchanges or not _chosen(next(self._fetches)):
            return
        for exchange in result.exchanges:
            if not was_sent(
                exchange
            ):  # told when the test is over: here may be a thread whose errors go elsewhere
                self._problems.append(
                    f"{exchange.url}: no server sent {exchange.head[:200]!r} and what follows"
                )
        # A second each: pywb's timestamps tell no less apart.
        again = [
            replace(each, started=START + timedelta(seconds=next(self._seconds))) for each in result.exchanges
        ]
        for exchange in again:
            self.keep(exchange)
        capture = Capture(CaptureRequest(again[0].url), "message", "token", started=again[0].started)
        capture.exchanges, capture.error = again, result.error
        self._own = self._own or WarcFile(LOCAL, host="watch")
        self._own.add(capture)

    def keep(self, exchange: Exchange) -> None:
        """Take an answer as one that was fetched."""
        if exchange.status:
            head, body = stored_head(exchange), exchange.body.open().read()
            page = Page(exchange.url, iso_utc(exchange.started), exchange.status, head, body)
            self.pages.setdefault((page.url, page.timestamp), []).append(page)

    def written(self, data: bytes) -> None:
        """Take a WARC file that the test made."""
        if _chosen(next(self._files)):
            self._warcs.append(data)

    def judge(self, judge: Judge | None) -> None:
        """Compare all that was written with what was sent, and have a judge check and replay it where there is one."""
        if self._own is not None:
            self._warcs.insert(0, self._own.open().read())
            self._own.captures = 0  # it is here already
            self._own.close()
        assert not self._problems
        self._own, warcs, self._warcs = None, self._warcs, []
        for data in warcs:
            self._rows(data)
        if judge is None or not warcs:
            return
        entries = [entry for entry in judge.read(warcs) if not entry["url"].startswith("urn:")]
        for entry in entries:
            self._replay(judge, entry)
        indexed = {(entry["url"], entry["timestamp"]) for entry in entries}
        own = {place for place in self.pages if place[1] < "2002"}
        assert own <= indexed, "cdxj-indexer passes over a capture"
        self.pages.clear()

    def _rows(self, data: bytes) -> None:
        """Compare the rows that a WARC file makes with what was sent."""
        for stored in read_captures(io.BytesIO(data), file="watched"):
            for row in row_maker.items(stored, bucket="watched", index_terms=()):
                if "digest" not in row or "revisit" in row:  # no answer; or a payload of an earlier capture
                    continue
                said = (row["status"], row["size"], row["digest"])
                sent = {
                    (page.status, len(page.body), f"sha1:{_sha1(page.body)}")
                    for page in self.pages[row["url"], re.sub(r"\D", "", row["captured"])[:14]]
                }
                assert said in sent, (row, sent)

    def _replay(self, judge: Judge, entry: dict[str, Any]) -> None:
        url, timestamp = entry["url"], entry["timestamp"]
        replayed = judge.get(url, timestamp)
        if entry.get("mime") == "warc/revisit":
            # The page that it refers to, whose payload has the digest that the revisit states.
            assert (replayed.status, f"sha1:{_sha1(replayed.body)}") == (200, entry["digest"]), entry
            return
        # A test's clock may stand still, or a chain come by a URL twice within a second.
        pages = self.pages[url, timestamp]
        if not any(is_replay(page, replayed) for page in pages):
            page = pages[0]
            raise AssertionError(
                f"{url} at {timestamp} is not replayed as {as_pywb_has_it(page)} {page.body[:300]!r} "
                f"({len(page.body)} bytes; stored head {page.head!r}), but as {replayed.status} {replayed.reason!r} "
                f"{replayed.headers} {replayed.body[:300]!r} ({len(replayed.body)} bytes)"
            )


def _sha1(data: bytes) -> str:
    return base64.b32encode(hashlib.sha1(data).digest()).decode()


def _chosen(number: int) -> bool:
    """Whether the so-manieth of a test is looked at."""
    return number < MAX_FETCHES // 2 or (number % 5 == 0 and number < 5 * MAX_FETCHES // 2)


def was_sent(exchange: Exchange) -> bool:
    """Whether a hostile server answered this request with these bytes, chunk framing taken off."""
    body = exchange.body.open().read()
    head = exchange.head
    for sent in reversed(server.conversations(exchange.request)):
        at = sent.find(head) if head in sent else sent.find(head[:-2])
        if at < 0:
            continue
        rest = bytes(sent[at + len(head) :])
        if not head and not body.startswith(
            (b"\r", b"\n")
        ):  # of what is no HTTP, too, empty lines mean nothing
            rest = rest.lstrip(b"\r\n")
        if (dechunked(rest, len(body)) if exchange.chunked else rest).startswith(body):
            return True
    return False


_SIZE = re.compile(rb"\s*([0-9A-Fa-f]+)[^\n]*\n")


def dechunked(wire: bytes, most: int) -> bytes:
    """The content of chunks, as far as they are any and until there is as much as is wanted."""
    pieces: list[bytes] = []
    at = size = 0
    while size < most and (match := _SIZE.match(wire, at)) and (length := int(match[1], 16)):
        pieces.append(wire[match.end() : match.end() + length])
        at, size = match.end() + length, size + length
    return b"".join(pieces)
