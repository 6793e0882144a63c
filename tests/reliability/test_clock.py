"""The clock is watched: what is done is stored in time, what is not is handed back."""

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.clock import ticking
from tests.conftest import Aws
from tests.reliability.inside import Process, no_waiting
from tests.site import RawSite
from tests.world import ARTICLE, World

from pressmark.crawl import budget
from pressmark.crawl.budget import Deadline, OutOfTimeError
from pressmark.crawl.store import Store
from pressmark.crawl.worker import PageWorker
from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.warc.reader import read_captures

pytestmark = pytest.mark.slow


class Running:
    """A world and a process of the function; a second one takes over where a test asks for it."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        self.clock = ticking()
        self.world = World(aws, site, outside=self.clock.outside)
        self.begin()

    def begin(self, **settings: Any) -> None:
        self.process = Process(self.world, robots="ignore", **settings)

    def run(self, *urls: str) -> dict[str, Any]:
        """Archive URLs in one batch of an invocation that may take 120 seconds; reports by path."""
        for url in urls:
            self.world.push(url)
        reports = self.process.run(self.world.receive())
        return {report.delivery.body.rpartition("/")[2]: report for report in reports}


@pytest.fixture
def running(aws: Aws, site: RawSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    no_waiting(monkeypatch)
    site.page("/good", ARTICLE.format("The river was high. " * 40))
    made = Running(aws, site)
    yield made
    made.process.close()


def test_a_page_that_hangs_is_left_behind_and_the_next_batch_is_not_kept_waiting(
    site: RawSite, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page at a time: a thread that hangs is missing in its own batch only."""
    running.process.close()
    running.begin(concurrency=1)
    for path in ("/hangs", "/never"):
        site.page(path, ARTICLE.format("x" * 100))
    go_on, has_gone_on = threading.Event(), threading.Event()
    fetch = Fetcher.fetch

    def hanging(self: Fetcher, url: str, **options: Any) -> FetchResult:
        if url.endswith("/hangs"):
            go_on.wait(30)
            has_gone_on.set()
        return fetch(self, url, **options)

    monkeypatch.setattr(Fetcher, "fetch", hanging)
    try:
        first = running.run(site.url("/good"))
        with monkeypatch.context() as hurried:
            # A second and a half for the page.
            hurried.setitem(budget.SECONDS_BEFORE_END, "visit_until", 118.5)
            hung, never = running.run(site.url("/hangs"), site.url("/never")).values()
        again = running.run(site.url("/good"))
        waited = has_gone_on.is_set()
    finally:
        go_on.set()
        for thread in threading.enumerate():
            if thread.name.startswith("page"):
                thread.join(30)
    assert first["good"].outcome == "archived"
    assert (hung.outcome, hung.code, hung.acknowledge) == ("error", "soft-time-limit-exceeded", True)
    assert again["good"].outcome == "unchanged"
    assert (never.outcome, site.asked("/never")) == ("error", []), "nor is it begun when its batch is over"
    assert not waited, "neither its own batch nor the next waits until it goes on"


def test_what_a_page_that_was_left_behind_still_does_is_not_in_the_file(
    running: Running, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.page("/hangs", ARTICLE.format("x" * 100))
    go_on, is_over = threading.Event(), threading.Event()
    fetch, visit, put = Fetcher.fetch, PageWorker.visit, Store.put

    def hanging(self: Fetcher, url: str, **options: Any) -> FetchResult:
        if url.endswith("/hangs"):
            go_on.wait(30)
        return fetch(self, url, **options)

    def visiting(self: PageWorker, page: Any) -> None:
        try:
            visit(self, page)
        finally:
            if page.report.url.endswith("/hangs"):
                is_over.set()

    def late(self: Store, *what: Any) -> None:
        go_on.set()
        assert is_over.wait(30)
        put(self, *what)

    monkeypatch.setattr(Fetcher, "fetch", hanging)
    monkeypatch.setattr(PageWorker, "visit", visiting)
    monkeypatch.setattr(Store, "put", late)
    monkeypatch.setitem(budget.SECONDS_BEFORE_END, "visit_until", 117.0)
    running.run(site.url("/good"), site.url("/hangs"))
    ((key, data),) = running.world.aws.objects().items()
    captured = read_captures(io.BytesIO(data), file=key)
    assert [hop.url for capture in captured for hop in capture.hops] == [site.url("/good")]


def test_no_request_of_a_page_is_begun_that_could_not_be_answered_before_its_batch_is_stored(
    running: Running, site: RawSite
) -> None:
    def slow(operation: str) -> None:
        if operation.endswith("Query") and running.clock.elapsed < 100.0:
            running.clock.go(111.0)

    running.process.faults.rule = slow
    body = json.dumps({"url": site.url("/good"), "if_not_archived_within": "1d"})
    (report,) = running.run(body).values()
    assert (report.outcome, report.code) == ("error", "store-error")
    assert "no time is left" in report.reason


def test_the_queue_is_told_nothing_when_the_answer_must_get_out(running: Running, site: RawSite) -> None:
    def slow(operation: str) -> None:
        if operation.endswith("PutObject"):
            running.clock.go(119.6)

    running.process.faults.rule = slow
    report = running.run(site.url("/good"))["good"]
    assert report.acknowledge is False
    assert "no time is left for SendMessage" in report.facts["queue_error"]


def test_nothing_is_sent_to_aws_that_could_not_be_answered_in_time(
    running: Running, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader: Any = running.process.service.reader
    extract = reader.extract

    def late(html: bytes, url: str, *rest: Any, **options: Any) -> Any:
        running.clock.go(118.0)
        return extract(html, url, *rest, **options)

    reader.extract = late
    site.page("/late", "<p>late</p>")
    report = running.run(site.url("/late"))["late"]
    assert (report.outcome, report.acknowledge) == ("error", True)
    assert running.world.aws.objects() == {}
    assert running.world.aws.rows() == []
    assert [each for each in running.process.faults.asked if each.endswith("SendMessage")], (
        "it is handed back"
    )


def test_the_deadline_is_over_with_the_batch(running: Running, site: RawSite) -> None:
    running.run(site.url("/good"))
    running.clock.go(100_000.0)
    running.process.clients.sqs.get_queue_attributes(QueueUrl=running.world.aws.queue_url)
    assert running.run(site.url("/good"))["good"].acknowledge


def test_an_attempt_after_the_deadline_is_an_error_that_botocore_does_not_repeat(running: Running) -> None:
    deadline = Deadline(lambda: 7.0)
    deadline.watch(running.process.clients.sqs)
    running.process.clients.sqs.get_queue_attributes(QueueUrl=running.world.aws.queue_url)
    running.process.faults.asked.clear()
    with deadline.phase(7.0), pytest.raises(OutOfTimeError, match="GetQueueAttributes"):
        running.process.clients.sqs.get_queue_attributes(QueueUrl=running.world.aws.queue_url)
    assert len(running.process.faults.asked) == 1
