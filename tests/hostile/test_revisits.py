"""Pages captured twice by the function: pywb replays the second capture as the original page, from both files."""

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import pytest
from tests import foreign
from tests.clock import ticking
from tests.hostile.fixtures import client_trust, server_tls
from tests.hostile.replaying import Judge
from tests.hostile.server import HostileServer, Wire
from tests.world import World

from pressmark.archive import tombstones
from pressmark.archive.items import Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.crawl.service import Service
from pressmark.http.fetcher import Fetcher
from pressmark.upkeep import takedown

pytestmark = pytest.mark.e2e

TEXT = b"<html><head><title>Kept</title></head><body><p>Words of the page that stays.</p></body></html>"
ZIPPED = gzip.compress(TEXT * 20, mtime=0)
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def page(body: bytes, fields: bytes = b"") -> bytes:
    return HTML + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


PLAIN = page(TEXT)
TAGGED = page(ZIPPED, b'Content-Encoding: gzip\r\nETag: "v1"\r\nX-First: yes\r\n')
DATED = page(TEXT, b"Last-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n")
SAME, NOT_MODIFIED = "identical-payload-digest", "server-not-modified"


def plain(wire: Wire) -> None:
    wire.send(PLAIN)


def tagged(wire: Wire) -> None:
    same = wire.header("If-None-Match") == '"v1"'
    wire.send(b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nX-First: no\r\n\r\n' if same else TAGGED)


def dated(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 304 Not Modified\r\n\r\n" if wire.header("If-Modified-Since") else DATED)


def moved(there: str, fields: str = "") -> Callable[[Wire], object]:
    raw = f"HTTP/1.1 301 Moved\r\nLocation: {there}\r\n{fields}Content-Length: 5\r\n\r\nmoved".encode()
    return lambda wire: wire.send(raw)


def gated(wire: Wire) -> None:
    """Sets a cookie and redirects to itself; behind that, a page with an ETag."""
    if wire.header("Cookie") != "seen=1":
        moved("/gated", "Set-Cookie: seen=1; Path=/\r\n")(wire)
    else:
        tagged(wire)


@dataclass
class Case:
    """A page that is pushed twice. urls: its chain; $ and % stand for the ports of the plain and the secure server."""

    name: str
    urls: tuple[str, ...]
    serve: Callable[[Wire], object]
    raw: bytes
    revisit: str


HOST, WWW, SECURE = "http://news.example:$", "http://www.news.example:$", "https://www.news.example:%"
CASES = [
    Case("plain", (f"{HOST}/plain",), plain, PLAIN, SAME),
    Case("tagged", (f"{HOST}/tagged",), tagged, TAGGED, NOT_MODIFIED),
    Case("dated", (f"{HOST}/dated",), dated, DATED, NOT_MODIFIED),
    # One urlkey: the query that was made for the pushed URL has the rows of both.
    Case("www", (f"{HOST}/1", f"{WWW}/1"), plain, PLAIN, SAME),
    Case("www tagged", (f"{HOST}/2", f"{WWW}/2"), tagged, TAGGED, NOT_MODIFIED),
    # Another port or path is another urlkey, which is asked for on the way.
    Case("https", (f"{HOST}/3", f"{SECURE}/3"), tagged, TAGGED, NOT_MODIFIED),
    Case("https dated", (f"{HOST}/4", f"{SECURE}/4"), dated, DATED, NOT_MODIFIED),
    Case("short link", ("http://s.example:$/x", f"{HOST}/5", f"{SECURE}/5/long"), plain, PLAIN, SAME),
]  # fmt: skip


class Chains(World):
    """Two sites that all names lead to, and captures of every case an hour apart."""

    def __init__(self, aws: Any, plain_site: HostileServer, secure_site: HostileServer) -> None:
        self.clock = ticking()
        super().__init__(aws, outside=self.clock.outside)
        self.sites = (plain_site, secure_site)
        self.queries = 0
        self.scripts: dict[tuple[str, str], Callable[[Wire], object]] = {}
        self.dynamodb.instead["query"] = self._query
        settings = aws.settings_with(robots="ignore")
        self.fetcher = Fetcher(
            settings,
            outside=self.clock.outside,
            resolver=lambda host, port: ["127.0.0.1"],
            trust=client_trust(),
        )
        for case in CASES:
            *hops, last = self.chain(case)
            for here, there in pairwise([*hops, last]):
                self.serve(here, moved(there))
            self.serve(last, case.serve)
        self.gate = f"http://gate.example:{plain_site.port}/gated"
        self.serve(self.gate, gated)

    @cached_property
    def service(self) -> Service:
        return self.another(fetcher=self.fetcher)

    def _query(self, **asked: Any) -> Any:
        self.queries += 1
        return self.aws.client("dynamodb").query(**asked)

    def chain(self, case: Case) -> list[str]:
        ports = [str(site.port) for site in self.sites]
        return [url.replace("$", ports[0]).replace("%", ports[1]) for url in case.urls]

    def serve(self, url: str, script: Callable[[Wire], object]) -> None:
        host, path = url.split("/", 3)[2:]
        self.scripts[host, path] = script
        self.sites[url.startswith("https")].script(
            f"/{path}", lambda wire: self.scripts[str(wire.header("Host")), path](wire)
        )

    def capture(self, *urls: str) -> list[str]:
        """Capture pages in one batch, an hour after the last; their outcomes, failures by their code."""
        start = self.clock.moment
        reports = self.run(*urls, remaining=120.0)
        self.clock.moment = start + timedelta(hours=1)
        return [report.code or report.outcome for report in reports]

    def warcs(self) -> list[bytes]:
        return [data for key, data in sorted(self.aws.objects().items()) if key.startswith("warcs/")]

    def take_down(self, row: dict[str, Any]) -> None:
        aws = self.aws
        s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
        reader = TableReader(dynamodb, aws.table)
        planned = takedown.plan(
            reader, Objects(s3, aws.bucket), reader.rows([row])[0], reason="asked", now=self.clock.moment
        )
        takedown.carry_out(planned, client=s3, bucket=aws.bucket, table=Table(dynamodb, aws.table))

    def asked(self, url: str) -> list[str]:
        """The conditions of each request for a URL, empty for none."""
        host, path = url.split("/", 3)[2:]
        heads = [head.decode() for site in self.sites for head in site.requests]
        return [
            " ".join(line for line in head.splitlines() if line.startswith("If-"))
            for head in heads
            if head.startswith(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n")
        ]


@pytest.fixture
def world(aws: Any) -> Iterator[Chains]:
    names = server_tls("news.example", "www.news.example")
    with HostileServer() as plain_site, HostileServer(tls=names) as secure_site:
        made = Chains(aws, plain_site, secure_site)
        yield made
        agrees_with_a_rebuild(made)


def agrees_with_a_rebuild(world: Chains) -> None:
    """The table holds what the WARC files make, item for item and letter for letter, and nothing else."""
    settings = world.service.settings
    stones = Tombstones(tombstones.load(world.aws.client("s3"), settings.bucket))
    indexing = Indexing(bucket=settings.bucket, terms=settings.index_terms, tombstones=stones)
    made = [
        item
        for key, data in world.aws.objects().items()
        if key.startswith("warcs/")
        for _, items in items_of_file(io.BytesIO(data), key, indexing)
        for item in items
    ]
    there = {(item["site"], item["capture"]): item for item in world.table()}
    assert {(item["site"], item["capture"]): item for item in made} == there != {}


def test_both_kinds_of_revisit_replay_as_the_original_page_wherever_the_chain_began(
    world: Chains, judge: Judge
) -> None:
    pushed = [world.chain(case)[0] for case in CASES]
    assert world.capture(*pushed) == ["archived"] * len(CASES)
    assert world.capture(*pushed) == ["unchanged"] * len(CASES)
    warcs = world.warcs()
    assert len(warcs) == 2
    judge.read(warcs)
    for case in CASES:
        *hops, last = world.chain(case)
        first, second = world.rows(last)
        assert (second["revisit"], second["title"]) == (case.revisit, "Kept"), case
        original = {
            name.removeprefix("original_"): value
            for name, value in second.items()
            if name.startswith("original_")
        }
        assert original == {name: first[name] for name in ("captured", "warc", "offset", "length")}, case
        assert [row.get("revisit") for hop in hops for row in world.rows(hop)] == [None] * 2 * len(hops)
        for hour in ("08", "09"):
            assert judge.get(last, f"20261123{hour}0000") == foreign.sent(case.raw), (case, hour)
            for hop in hops:
                replayed = judge.get(hop, f"20261123{hour}0000")
                assert (replayed.status, replayed.body) == (301, b"moved"), (case, hour)


def test_each_hop_is_asked_about_its_own_earlier_capture_alone(world: Chains) -> None:
    pushed = [world.chain(case)[0] for case in CASES]
    for _ in range(3):
        world.capture(*pushed)
    for case in CASES:
        *hops, last = world.chain(case)
        assert [world.asked(hop) for hop in hops] == [["", "", ""]] * len(hops), case
        says = {TAGGED: 'If-None-Match: "v1"', DATED: "If-Modified-Since: Mon, 23 Nov 2026 08:00:00 GMT"}
        assert world.asked(last) == ["", *[says.get(case.raw, "")] * 2], case
        _, second, third = world.rows(last)
        assert third["original_captured"] == second["original_captured"], "revisits never refer to revisits"


@pytest.mark.parametrize(("name", "queries"), [("plain", 1), ("www", 1), ("https", 2), ("short link", 3)])
def test_only_a_url_that_is_filed_elsewhere_costs_another_query(
    world: Chains, name: str, queries: int
) -> None:
    (case,) = (case for case in CASES if case.name == name)
    world.capture(world.chain(case)[0])
    assert world.queries == queries


def test_a_capture_that_was_taken_down_is_never_repeated_behind_a_redirect(world: Chains) -> None:
    for name in ("www tagged", "https"):
        (case,) = (case for case in CASES if case.name == name)
        first, last = world.chain(case)
        assert [world.capture(first), world.capture(first)] == [["archived"], ["unchanged"]]
        world.take_down(world.rows(last)[0])
        assert [world.capture(first), world.capture(first)] == [["archived"], ["unchanged"]], name
        asked = world.asked(last)
        assert (asked[2], asked[3]) == ("", 'If-None-Match: "v1"')
        third, fourth = world.rows(last)[-2:]
        assert fourth["original_captured"] == third["captured"]


def test_a_304_that_nobody_asked_for_stands_for_nothing_at_the_end_of_a_chain_either(world: Chains) -> None:
    (case,) = (case for case in CASES if case.name == "www")
    first, last = world.chain(case)
    world.serve(last, lambda wire: wire.send(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert world.capture(first) == ["invalid-server-response"]
    world.serve(last, plain)  # it has no validators, so nothing is asked that a 304 could answer
    assert world.capture(first) == ["archived"]
    world.serve(last, lambda wire: wire.send(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert world.capture(first) == ["invalid-server-response"]
    world.serve(last, plain)
    assert world.capture(first) == ["unchanged"]
    assert world.asked(last) == [""] * 4


def test_a_page_behind_a_cookie_has_a_row_a_hop_and_replays_as_the_page(world: Chains, judge: Judge) -> None:
    assert [world.capture(world.gate), world.capture(world.gate)] == [["archived"], ["unchanged"]]
    found = world.rows(world.gate)
    assert [row["status"] for row in found] == [301, 200, 301, 304]
    assert not any("error" in row for row in found)
    assert found[0]["redirect"] == found[0]["final"] == world.gate
    # Both requests are for the URL that the earlier capture is of; the first is answered by the gate all the same.
    assert world.asked(world.gate) == ["", "", 'If-None-Match: "v1"', 'If-None-Match: "v1"']
    judge.read(world.warcs())
    assert judge.get(world.gate, "2999").status == 200
