"""The process that reads articles: what a page does to it costs that page's article, and nothing else."""

import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.readers import page_that

from pressmark.article import extract
from pressmark.http.exchange import Body, Exchange
from pressmark.reading import reader as reader_module
from pressmark.reading.process import Read, ReadingError, read_article
from pressmark.reading.reader import Reader
from pressmark.requisites.wanted import MAX_WANTED, Wanted, wanted_from

GOOD = "<html><head><title>The harbour is open again</title></head><body><p>Ships came in at noon.</p></body></html>"
PLENTY = 120.0


@pytest.fixture(scope="module")
def shared() -> Iterator[Reader]:
    made = Reader("tests.readers")
    yield made
    made.close()


def page(html: str | bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Exchange:
    exchange = Exchange("https://news.example/a", datetime(2026, 11, 23, tzinfo=UTC), status=status)
    exchange.headers = [(b"Content-Type", b"text/html; charset=utf-8"), *headers]
    exchange.body.write(html if isinstance(html, bytes) else html.encode())
    return exchange


def state_of(process: int | None) -> str:
    """T for a process that was stopped, Z for one that ended (proc(5))."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def read(reader: Reader, html: str | bytes, *headers: tuple[bytes, bytes], seconds: float = PLENTY) -> Read:
    exchange = page(html, *headers)
    try:
        return reader.read(exchange, seconds)
    finally:
        exchange.body.close()


def why(reader: Reader, html: str, seconds: float = PLENTY) -> str:
    """Why there is no article; the reason contains no number that changes from run to run."""
    with pytest.raises(ReadingError) as error:
        read(reader, html, seconds=seconds)
    return str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("crashes", "the process that read the page died of SIGSEGV"),
        ("aborts", "the process that read the page died of SIGABRT"),
        ("is killed", "the process that read the page died of SIGKILL"),
        ("exits", "the process that read the page ended with exit code 3"),
        ("eats memory", "the process that read the page ran out of memory"),
        ("raises", "ValueError: something on the page"),
    ],
)
def test_whatever_a_page_does_its_reader_says_and_the_next_page_is_read(
    shared: Reader, deed: str, reason: str
) -> None:
    assert why(shared, page_that(deed)) == reason
    assert read(shared, GOOD).article["title"] == "The harbour is open again"


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["spins", "stops", "eats memory for ever"])
def test_a_reader_that_does_not_end_is_ended_and_the_next_page_is_read(shared: Reader, deed: str) -> None:
    read(shared, GOOD)  # so that it is ready, however short the time
    assert why(shared, page_that(deed), seconds=0.5) == "time ran out before the page was read"
    assert read(shared, GOOD).article["title"] == "The harbour is open again"


@pytest.mark.slow
def test_a_page_has_its_time_and_no_more(shared: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    read(shared, GOOD)
    monkeypatch.setattr(reader_module, "READ_SECONDS", 0.25)
    assert why(shared, page_that("spins")) == "it took longer than 0.25 seconds to read the page"


@pytest.mark.slow
def test_a_page_gets_half_of_the_time_there_is_so_that_others_are_read_too(shared: Reader) -> None:
    read(shared, GOOD)
    with ThreadPoolExecutor(2) as threads:
        hostile = threads.submit(why, shared, page_that("stops"), 10.0)
        while state_of(shared.process_id) != "T":  # it has stopped, so it is at that page
            time.sleep(0.001)
        good = threads.submit(read, shared, GOOD, seconds=10.0)
        assert hostile.result() == "time ran out before the page was read"
        assert good.result().article["title"] == "The harbour is open again"


def test_without_time_nothing_is_begun(shared: Reader) -> None:
    assert (
        why(shared, GOOD, seconds=0.0) == why(shared, GOOD, seconds=-1.0) == "no time left to read the page"
    )


@pytest.mark.slow
def test_only_a_process_that_has_read_nothing_else_is_held_against_a_page(shared: Reader) -> None:
    """What one page left behind in a process, the next is not blamed for."""
    read(shared, GOOD)
    before = shared.process_id
    os.kill(before, signal.SIGSTOP)  # so that it dies with the page's request under way

    def read_it() -> Read:
        return read(shared, GOOD)

    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(read_it)
        os.kill(before, signal.SIGKILL)
        assert result.result().article["title"] == "The harbour is open again"
    assert shared.process_id != before


@pytest.mark.slow
def test_a_process_that_died_between_two_batches_is_replaced(shared: Reader) -> None:
    read(shared, GOOD)
    died = shared.process_id
    assert died is not None
    os.kill(died, signal.SIGKILL)
    os.waitid(os.P_PID, died, os.WEXITED | os.WNOWAIT)
    shared.start()
    assert read(shared, GOOD).article["title"] == "The harbour is open again"


@pytest.mark.slow
def test_a_process_that_nobody_asked_for_long_reads_the_first_page_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A quiet queue, or a function that was frozen after it started."""
    reader = Reader("tests.readers")
    reader.start()
    before = reader.process_id
    now = time.monotonic
    monkeypatch.setattr(reader_module.time, "monotonic", lambda: now() + 3600)
    assert read(reader, GOOD).article["title"] == "The harbour is open again"
    assert reader.process_id == before
    reader.close()


@pytest.mark.slow
def test_a_process_that_is_never_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "START_SECONDS", 0.3)
    reader = Reader("tests.readers")
    reader.start()
    os.kill(reader.process_id, signal.SIGSTOP)
    reasons = [why(reader, GOOD, seconds=0.2), why(reader, GOOD)]
    assert reasons == [
        "no time left to read the page",
        "the reading process could not be started: it was not ready in time",
    ]
    assert reader.process_id is None


@pytest.mark.slow
@pytest.mark.parametrize("fault", [MemoryError, RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("place", ["question", "answer"])
def test_whatever_ends_a_reading_the_next_page_gets_its_own_article(
    shared: Reader, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException], place: str
) -> None:
    """A part of a question, or an answer that nobody took, is left in no connection."""

    def fail(*_: object) -> bytes:
        raise fault

    read(shared, GOOD)
    broken = (Body, "chunks") if place == "question" else (socket.socket, "recv")
    with monkeypatch.context() as patch:
        patch.setattr(*broken, fail)
        with pytest.raises(fault):
            read(shared, "<title>The page before</title>")
    assert read(shared, GOOD).article["title"] == "The harbour is open again"


@pytest.mark.slow
def test_one_process_reads_page_after_page(shared: Reader) -> None:
    read(shared, GOOD)
    before = shared.process_id
    for _ in range(3):
        shared.start()
        read(shared, GOOD)
    assert shared.process_id == before


@pytest.mark.slow
def test_it_knows_no_credentials_and_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PRESSMARK_BUCKET", "bucket")
    reader = Reader("tests.readers")
    with Path("/proc/self/status").open() as inheritable:
        os.set_inheritable(inheritable.fileno(), True)
        title = read(reader, "<!-- environment -->").article["title"]
    reader.close()
    names, _, descriptors = title.partition(" descriptors ")
    assert "PYTHONPATH" in names
    assert not re.search("AWS|PRESSMARK|SECRET", names)
    assert len(descriptors.split()) == 4, "the three standard ones, which lead nowhere, and the socket"


@pytest.mark.slow
def test_the_page_is_decoded_there_and_read_as_in_this_process(shared: Reader) -> None:
    body = gzip.compress(GOOD.encode())
    coded = page(body, (b"Content-Encoding", b"gzip"))
    assert shared.read(coded, PLENTY) == read_article(coded, extract)
    cut = page(body[:-10], (b"Content-Encoding", b"gzip"))
    assert (shared.read(cut, PLENTY).part, cut.truncated) == ("part", None)
    long = page("<p>" + "long " * 2_000_000, status=206)
    assert shared.read(long, PLENTY) == read_article(long, extract)
    for exchange in (coded, cut, long):
        exchange.body.close()


def test_odd_text_comes_back_as_it_is(shared: Reader) -> None:
    title = "Fähre \u2028 \U0001f6a2 \x7f \ud7ff naïve"
    html = f"<title>{title}</title>"
    coded = page(html)
    assert read(shared, html) == read_article(coded, extract)
    coded.body.close()
    assert "\U0001f6a2" in read(shared, html).article["title"]


def test_a_process_that_cannot_be_started_costs_the_article_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert why(Reader(), GOOD) == "the reading process could not be started: No such file or directory"


def test_a_module_that_cannot_be_loaded_costs_the_article_alone() -> None:
    reader = Reader("tests.there_is_no_such_module")
    assert why(reader, GOOD) == "the reading process could not be started: it ended with exit code 1"


@pytest.mark.slow
def test_it_ends_with_whoever_started_it() -> None:
    program = (
        "import os, sys; from pressmark.reading.reader import Reader; r = Reader('tests.readers'); r.start(); "
        "print(r.process_id, flush=True); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
    while Path(f"/proc/{process}").exists():  # ends, or the test does not
        if state_of(process) == "Z":
            break
        time.sleep(0.01)


ILLUSTRATED = GOOD.replace("<head>", "<head><link rel=icon href=data:,>").replace(
    "<p>", "<img src=harbour.png><p>"
)
HARBOUR = Wanted("https://news.example/harbour.png", "image", "html")


@pytest.mark.slow
def test_what_a_page_needs_to_be_seen_comes_with_its_article_where_it_is_asked_for(shared: Reader) -> None:
    exchange = page(ILLUSTRATED)
    asked, not_asked = shared.read(exchange, PLENTY, "page"), shared.read(exchange, PLENTY)
    exchange.body.close()
    assert (asked.requisites, asked.charset) == ([HARBOUR], "utf-8")
    assert (not_asked.requisites, not_asked.charset) == (None, None)
    assert asked.article == not_asked.article


@pytest.mark.slow
def test_of_a_page_that_was_cut_the_beginning_s_requisites_come(shared: Reader) -> None:
    exchange = page(ILLUSTRATED + "<p>" * 60_000 + "<img src=beyond.png>")
    found = shared.read(exchange, PLENTY, "page")
    exchange.body.close()
    assert (found.part, found.requisites) == ("part", [HARBOUR])


def test_what_is_not_html_has_no_requisites(shared: Reader) -> None:
    exchange = page(b"%PDF-1.7 <img src=harbour.png>", (b"Content-Type", b"application/pdf"))
    exchange.headers = [(b"Content-Type", b"application/pdf")]
    assert shared.read(exchange, PLENTY, "page") == Read(None, None, None)
    exchange.body.close()


def test_requisites_come_also_where_the_article_cannot_be_read(shared: Reader) -> None:
    exchange = page(ILLUSTRATED + page_that("raises once parsed"))
    with pytest.raises(ReadingError, match=r"^ValueError: something on the page$") as error:
        shared.read(exchange, PLENTY, "page")
    exchange.body.close()
    assert (error.value.requisites, error.value.charset) == ([HARBOUR], "utf-8")
    assert why(shared, page_that("raises")) == "ValueError: something on the page"


def test_the_article_comes_also_where_requisites_cannot_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressmark.requisites.html.in_html", lambda *_, **__: 1 / 0)
    exchange = page(ILLUSTRATED)
    found = read_article(exchange, extract, "page")
    assert found.requisites is None
    assert found.article == read_article(exchange, extract).article
    exchange.body.close()


@pytest.mark.parametrize(
    "told",
    [
        "x",
        [None],
        [["https://a.example/", "image"]],
        [["file:///etc/passwd", "image", "html"]],
        [["https://a.example/", "page", "html"]],
        [["https://a.example/", ["image"], "html"]],
        [["https://a.example/", "image", "html"]] * (MAX_WANTED + 1),
    ],
)
def test_what_a_process_says_of_requisites_is_not_believed_where_it_makes_no_sense(told: object) -> None:
    with pytest.raises(ValueError, match="requisite"):
        wanted_from(told)
