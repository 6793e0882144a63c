"""robots.txt: how often it is asked for, what follows if it cannot be fetched, and what it may cost."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.hostile.fixtures import LOCAL, closing_bodies, fetcher, kept
from tests.hostile.server import HostileServer, Wire
from tests.site import ANY_LOOPBACK
from tests.world import Client

from pressmark.clock import Outside
from pressmark.errors import NotYet, PermanentError, TransientError
from pressmark.http.exchange import FetchResult
from pressmark.politeness.robots import MAX_PARSED_BYTES, Robots, Verdict

pytestmark = pytest.mark.usefixtures("watch")

close_bodies = pytest.fixture(autouse=True)(closing_bodies)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


class Host:
    """A Robots of a process of its own, asked about pages of the hostile server."""

    def __init__(self, aws: Any, server: HostileServer, **changes: Any) -> None:
        self.aws, self.server, self.changes = aws, server, changes
        self.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
        self.restart()

    def restart(self) -> None:
        settings = replace(LOCAL, **self.changes)
        outside = Outside(now=lambda: self.now)
        self.robots = Robots(
            fetcher(outside=outside, **self.changes),
            self.aws.client("dynamodb"),
            self.aws.state_table,
            settings,
            outside,
        )

    def check(self, path: str = "/page", base: str | None = None, within: float = 10.0) -> Verdict:
        verdict = self.robots.check((base or self.server.base) + path, time.monotonic() + within)
        if verdict.fetched:
            kept(verdict.fetched)
        return verdict

    @property
    def asked(self) -> int:
        return sum(request.startswith(b"GET /robots.txt ") for request in self.server.requests)


@pytest.fixture
def host(aws: Any, server: HostileServer) -> Host:
    return Host(aws, server)


def answer(text: str, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(text.encode())}", *headers, "", text]
    return "\r\n".join(lines).encode()


def test_a_page_is_refused_with_its_reason_when_the_site_disallows_it(
    host: Host, server: HostileServer
) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /private\n"))
    refused = host.check("/private/x")
    refusal = refused.refusal("http://a/private/x")
    assert not refused.allowed
    assert isinstance(refusal, PermanentError)
    assert (refusal.code, refusal.url) == ("blocked-by-robots", "http://a/private/x")
    allowed = host.check("/public")
    assert allowed.allowed
    assert allowed.refusal("http://a/public") is None


def test_rules_for_our_name_go_before_rules_for_all(host: Host, server: HostileServer) -> None:
    server.page(
        "/robots.txt",
        answer("User-agent: *\nDisallow: /\n\nUser-agent: pressmark\nCrawl-delay: 7\nDisallow: /no\n"),
    )
    assert host.check("/yes").allowed
    assert not host.check("/no").allowed
    assert host.check("/yes").crawl_delay == 7.0


@pytest.mark.parametrize("delay", ["inf", "nan", "-3", "soon"])
def test_a_crawl_delay_that_is_no_time_is_none(host: Host, server: HostileServer, delay: str) -> None:
    server.page("/robots.txt", answer(f"User-agent: *\nDisallow: /no\nCrawl-delay: {delay}\n"))
    assert host.check("/yes").crawl_delay is None


def test_it_is_fetched_once_a_process_and_handed_over_once_for_archiving(
    host: Host, server: HostileServer
) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /x\n"))
    first, second = host.check(), host.check()
    assert first.fetched is not None
    assert first.fetched.exchanges[0].body.head(99) == b"User-agent: *\nDisallow: /x\n"
    assert second.fetched is None
    assert host.asked == 1


def test_other_processes_learn_of_it_from_the_table(host: Host, server: HostileServer) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /x\nCrawl-delay: 3\n"))
    host.check()
    host.restart()
    again = host.check("/x")
    assert (again.allowed, again.crawl_delay, again.fetched) == (False, 3.0, None)
    assert host.asked == 1


def test_it_is_asked_for_again_after_a_day(host: Host, server: HostileServer) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /x\n"))
    host.check()
    host.now += timedelta(hours=23)
    host.check()
    host.restart()
    host.check()
    assert host.asked == 1
    host.now += timedelta(hours=2)
    assert host.check().fetched is not None
    host.restart()
    host.check()
    assert host.asked == 2


def test_schemes_and_ports_have_rules_of_their_own(aws: Any, server: HostileServer) -> None:
    host = Host(aws, server)
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /\n"))
    with HostileServer() as other:
        other.page("/robots.txt", answer(""))
        assert not host.check().allowed
        assert host.check(base=other.base).allowed


@pytest.mark.parametrize(
    "status",
    [
        "404 Not Found",
        "401 Unauthorized",
        "403 Forbidden",
        "410 Gone",
        "400 Bad",
        "300 Choose",
        "302 Nowhere",
    ],
)
def test_a_site_without_the_file_has_no_rules(host: Host, server: HostileServer, status: str) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /\n", status))
    assert host.check().allowed
    host.restart()
    assert host.check().allowed
    assert host.asked == 1


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow Down"])
def test_a_site_that_cannot_answer_is_left_alone_for_a_while(
    host: Host, server: HostileServer, status: str
) -> None:
    server.page("/robots.txt", answer("", status))
    verdict = host.check()
    refusal = verdict.refusal("http://a/")
    assert not verdict.allowed
    assert isinstance(refusal, TransientError)
    assert refusal.retry_after == 600
    host.restart()
    host.now += timedelta(seconds=500)
    again = host.check().refusal("http://a/")
    assert isinstance(again, TransientError)
    assert (again.code, again.url, again.retry_after) == (refusal.code, refusal.url, 100)
    assert host.asked == 1
    server.page("/robots.txt", answer(""))
    host.now += timedelta(seconds=101)
    assert host.check().allowed


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nX: y\r\n", b"HTTP/1.1 404 Gone\r\nX: y\r\n"])
def test_that_our_time_was_up_is_not_held_against_the_site(
    host: Host, server: HostileServer, said: bytes
) -> None:
    server.script("/robots.txt", lambda wire: wire.send(said).until_closed())
    refusal = host.check(within=0.05).refusal("http://a/")
    assert isinstance(refusal, TransientError)
    assert refusal.code == "soft-time-limit-exceeded"
    server.page("/robots.txt", answer(""))
    assert host.check().allowed


def test_a_host_that_does_not_exist_fails_as_that_and_not_as_refused_by_robots(
    aws: Any, server: HostileServer
) -> None:
    import socket

    def nowhere(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    robots = Robots(
        fetcher(resolver=nowhere),
        aws.client("dynamodb"),
        aws.state_table,
        replace(LOCAL, allow_loopback=ANY_LOOPBACK),
    )
    refusal = robots.check("http://nowhere.example/", time.monotonic() + 5).refusal("http://nowhere.example/")
    assert isinstance(refusal, PermanentError)
    assert refusal.code == "invalid-host-resolution"
    assert refusal.reason.startswith("could not fetch robots.txt: nowhere.example did not resolve")


def test_redirects_are_followed_five_times_and_no_further(host: Host, server: HostileServer) -> None:
    def hop(wire: Wire) -> None:
        step = 0 if wire.path == "/robots.txt" else int(wire.path[2:-4])
        wire.send(answer("", "302 Found", f"Location: /r{step + 1}.txt"))

    server.script("/robots.txt", hop)
    for step in range(1, 10):
        server.script(f"/r{step}.txt", hop)
    server.page("/r5.txt", answer("User-agent: *\nDisallow: /x\n"))
    assert not host.check("/x").allowed
    server.script("/r5.txt", hop)
    host.now += timedelta(days=2)
    verdict = host.check("/x")
    assert verdict.allowed
    assert verdict.fetched is not None
    assert len(verdict.fetched.exchanges) == 6


def test_each_host_is_asked_in_its_turn_and_one_whose_turn_does_not_come_not_at_all(
    host: Host, server: HostileServer
) -> None:
    first, second = server.base + "/robots.txt", server.base + "/moved.txt"
    server.page("/robots.txt", answer("", "302 Found", "Location: /moved.txt"))
    server.page("/moved.txt", answer("User-agent: *\nDisallow: /x\n"))
    turns: list[str] = []

    def check(shut: str = "") -> Verdict:
        def turn(url: str) -> None:
            turns.append(url)
            if url == shut:
                raise NotYet(5.0, "its turn has not come")

        verdict = host.robots.check(server.base + "/x", time.monotonic() + 10, turn=turn)
        if verdict.fetched:
            kept(verdict.fetched)
        return verdict

    for shut, asked in ((first, 0), (second, 1)):
        with pytest.raises(NotYet, match="its turn has not come"):
            check(shut)
        assert len(server.requests) == asked
    turns.clear()
    assert not check().allowed
    assert turns == [first, second]
    assert not check(first).allowed, "what is known needs no turn"


def test_ignoring_it_asks_nobody(aws: Any, server: HostileServer) -> None:
    host = Host(aws, server, robots="ignore")
    assert host.check() == Verdict(True)
    assert server.requests == []


def test_ten_threads_of_one_host_ask_once(host: Host, server: HostileServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server.page("/robots.txt", answer("User-agent: *\nDisallow: /x\n"))
    with ThreadPoolExecutor(10) as pool:
        verdicts = list(pool.map(lambda _: host.check(), range(10)))
    assert all(verdict.allowed for verdict in verdicts)
    assert sum(verdict.fetched is not None for verdict in verdicts) == 1


def test_a_compressed_bomb_is_read_to_the_limit_only(host: Host, server: HostileServer) -> None:
    import gzip

    text = b"User-agent: *\nDisallow: /x\n#" + b"a" * 5_000_000 + b"\nDisallow: /\n"
    body = gzip.compress(text, 1)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    server.page("/robots.txt", head + body)
    assert host.check("/y").allowed
    assert not host.check("/x").allowed


def test_a_compressed_file_under_the_length_of_the_plain_one_is_read(
    host: Host, server: HostileServer
) -> None:
    import gzip

    text = b"User-agent: *\nDisallow: /x\n" * 20
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(text)}\r\n\r\n".encode()
    server.page("/robots.txt", head + gzip.compress(text))
    assert host.check("/y").allowed
    assert not host.check("/x").allowed


def test_items_carry_a_time_to_live(host: Host, aws: Any, server: HostileServer) -> None:
    server.page("/robots.txt", answer("User-agent: *\nDisallow: /x\n"))
    host.check()
    key = f"robots#http://127.0.0.1:{server.port}"
    item = aws.client("dynamodb").get_item(TableName=aws.state_table, Key={"pk": {"S": key}})["Item"]
    assert int(item["expires"]["N"]) == int(host.now.timestamp()) + 86400


@pytest.mark.parametrize("line_end", ["\n", "\r"])
def test_a_rule_that_the_limit_cuts_is_left_out(host: Host, server: HostileServer, line_end: str) -> None:
    filling = f"User-agent: *{line_end}Disallow: /x{line_end}#"
    filling += "a" * (MAX_PARSED_BYTES - len(filling) - 12) + f"{line_end}Disallow: /private{line_end}"
    server.page("/robots.txt", answer(filling))
    assert host.check("/a").allowed
    assert not host.check("/x").allowed


def test_the_first_500_kibibytes_count(host: Host, server: HostileServer) -> None:
    """RFC 9309 section 2.5 asks for no less."""
    start, end = "User-agent: *\n#", "\nDisallow: /x\n"
    server.page("/robots.txt", answer(start + "a" * (500 * 1024 - len(start + end)) + end))
    assert not host.check("/x").allowed


@pytest.mark.slow
def test_rules_that_no_item_can_hold_are_obeyed_and_asked_for_by_each_process(
    host: Host, server: HostileServer
) -> None:
    noise = random.Random(1).choices(range(0x80, 0x100), k=450_000)
    text = b"User-agent: *\nDisallow: /x\nDisallow: /" + bytes(noise) + b"\n"
    server.page("/robots.txt", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
    for asked in (1, 2):
        assert not host.check("/x").allowed
        assert host.check("/y").allowed
        assert host.asked == asked
        host.restart()


class Files:
    """Stands for the Fetcher, and for sites that all allow everything."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, **_: Any) -> FetchResult:
        self.asked.append(url)
        return FetchResult([])


def test_files_that_do_not_fit_into_the_memory_of_a_process_are_known_from_the_table(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.politeness.robots.REMEMBERED", 3)
    files, looked_up = Files(), list[str]()
    client = Client(aws.client("dynamodb"))

    def get_item(**asked: Any) -> Any:
        looked_up.append(asked["Key"]["pk"]["S"].removeprefix("robots#http://"))
        return aws.client("dynamodb").get_item(**asked)

    client.instead["get_item"] = get_item
    robots = Robots(files, client, aws.state_table, LOCAL)  # type: ignore[arg-type]
    for host in ("a", "b", "c", "a", "d", "a"):
        robots.check(f"http://{host}.example/", time.monotonic() + 5)
    assert looked_up == ["a.example", "b.example", "c.example", "d.example", "a.example"]
    assert len(files.asked) == 4
