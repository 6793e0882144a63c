"""What a page becomes: records, rows, failures with their reason, another try."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.queued import attributes_of
from tests.readers import page_that
from tests.site import response
from tests.warc.validator import members
from tests.world import PAGE, World

from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.reading.reader import Reader


def test_a_url_becomes_a_record_and_a_row(world: World) -> None:
    url = world.site.page("/story?a=1", PAGE.format(title="Lock opens"))
    report = world.one({"url": url, "tags": ["Canals"], "note": "n"})
    assert (report.outcome, report.acknowledge, report.code) == ("archived", True, None)
    (row,) = world.rows()
    assert (row["url"], row["status"], row["mime"]) == (url, 200, "text/html")
    assert (row["title"], row["authors"], row["section"]) == ("Lock opens", ["Ada Writer"], "Harbour")
    assert (row["published"], row["tags"], row["labels"]) == ("2026-11-20T09:00:00Z", ["Boats"], ["Canals"])
    assert row["token"].startswith("invocation-1-")
    (data,) = world.aws.objects().values()
    response_record = next(r for r in members(data) if r.offset == row["offset"])
    assert response_record.block == world.site.sent["/story?a=1"]
    conversion = members(data)[-1]
    assert conversion.type == "conversion"
    assert b"forty boats" in conversion.block
    assert report.facts["warc"] == row["warc"]
    assert report.facts["bytes"] == row["size"]
    assert {item["site"] for item in world.table()} == {
        "1,0,0,127", "author=ada writer", "section=harbour", "tag=boats", "label=canals", f"digest={row['digest']}"
    }  # fmt: skip


@pytest.mark.slow
def test_a_batch_is_one_file_with_one_put(world: World) -> None:
    puts = []
    real = world.s3.put_object

    def put(**request: Any) -> Any:
        puts.append(request["Key"])
        return real(**request)

    world.s3.instead["put_object"] = put
    reports = world.run(*(world.site.page(f"/{n}", PAGE.format(title=f"Page {n}")) for n in range(12)))
    assert [report.outcome for report in reports] == ["archived"] * 12
    assert len(puts) == 1
    assert [report.facts["title"] for report in reports] == [f"Page {n}" for n in range(12)]
    assert len(world.rows()) == 12


def test_an_encoded_page_is_stored_as_sent_and_read_decoded(world: World) -> None:
    body = gzip.compress(PAGE.format(title="Packed").encode(), mtime=0)
    url = world.site.serve("/gz", response(body, headers=[("Content-Encoding", "gzip")]))
    assert world.one(url).facts["title"] == "Packed"
    (row,) = world.rows()
    assert row["size"] == len(body)


def test_a_redirect_chain_has_a_row_a_hop(world: World) -> None:
    world.site.serve("/a", response(status="301 Moved", headers=[("Location", "/b")]))
    world.site.serve("/b", response(status="302 Found", headers=[("Location", world.site.url("/c"))]))
    world.site.page("/c", PAGE.format(title="End"))
    report = world.one(world.site.url("/a"))
    assert (report.outcome, report.facts["hops"], report.facts["final"]) == (
        "archived",
        3,
        world.site.url("/c"),
    )
    assert [(row["url"], row["status"]) for row in world.rows()] == [
        (world.site.url("/a"), 301),
        (world.site.url("/b"), 302),
        (world.site.url("/c"), 200),
    ]


def test_an_error_page_is_a_failure_with_a_row_that_says_why(world: World) -> None:
    report = world.one(world.site.page("/gone", "not here", status="404 Not Found"))
    assert (report.outcome, report.code, report.acknowledge) == ("failed", "not-found", True)
    (row,) = world.rows()
    assert (row["error"], row["status"], row["size"]) == ("not-found", 404, 8)
    assert world.dead_letters() == []


def test_an_error_page_is_the_capture_where_that_was_asked_for(world: World) -> None:
    world.site.page("/gone", "not here", status="404 Not Found")
    world.site.page("/busy", "later", status="503 Busy")
    reports = world.run(*({"url": world.site.url(path), "capture_all": True} for path in ("/gone", "/busy")))
    assert [(report.outcome, report.acknowledge) for report in reports] == [("archived", True)] * 2
    assert all("error" not in row for row in world.rows())


def test_an_error_page_that_broke_off_is_tried_again_though_error_pages_were_asked_for(world: World) -> None:
    url = world.site.serve("/", b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nnot he")
    report = world.one({"url": url, "capture_all": True})
    assert (report.outcome, report.code) == ("retry", "protocol-error")
    assert world.rows() == []


@pytest.mark.slow
def test_what_may_pass_comes_again_and_then_is_archived(world: World) -> None:
    url = world.site.serve(
        "/", response(b"busy", status="503 Busy", headers=[("Retry-After", "7000")]), response(b"<p>here</p>")
    )
    delivery = world.delivery(url)
    report = world.one(delivery)
    assert (report.outcome, report.code, report.acknowledge) == ("retry", "service-unavailable", True)
    ((_, said),) = world.copies()
    assert (said["PressmarkTries"], said["PressmarkWait"]) == ("1", "6100"), "SQS holds it back for 900"
    assert world.aws.objects() == {}
    copy = replace(delivery, message_id="copy", earlier_tries=1)
    waits = world.one(replace(copy, wait=6100.0))
    assert (waits.outcome, waits.facts["wait"]) == ("postponed", 6100)
    report = world.one(copy)
    assert (report.outcome, report.acknowledge) == ("archived", True)
    assert len(world.rows()) == 1


def test_the_last_try_leaves_a_row_and_a_dead_letter_with_its_reason(world: World) -> None:
    url = world.site.page("/", "busy", status="503 Busy")
    delivery = world.delivery(url, earlier_tries=4)
    report = world.one(delivery)
    assert (report.outcome, report.acknowledge) == ("failed", True)
    (row,) = world.rows()
    assert (row["error"], row["status"]) == ("service-unavailable", 503)
    (dead,) = world.aws.messages(world.aws.dead_letter_queue_url)
    assert dead["Body"] == url
    said = attributes_of(dead)
    assert (said["PressmarkError"], said["PressmarkId"]) == ("service-unavailable", delivery.id)


def test_a_dead_letter_that_is_put_back_is_tried_again(world: World) -> None:
    url = world.site.serve("/", response(b"busy", status="503 Busy"), response(b"<p>here</p>"))
    delivery = world.delivery(url, earlier_tries=4)
    assert world.one(delivery).outcome == "failed"
    assert world.one(replace(delivery, earlier_tries=0, message_id="new")).outcome == "archived"
    assert ["error" in row for row in world.rows()] == [True, False]


def test_a_bad_message_takes_none_of_its_batch_with_it(world: World) -> None:
    good = world.site.page("/", PAGE.format(title="Good"))
    reports = world.run("hello", good, '{"url": 1}', "ftp://example.com/")
    assert [report.outcome for report in reports] == ["rejected", "archived", "rejected", "rejected"]
    assert all(report.acknowledge for report in reports)
    assert len(world.rows()) == 1
    assert sorted(body for body, _, _ in world.dead_letters()) == [
        "ftp://example.com/",
        "hello",
        '{"url": 1}',
    ]


def test_robots_txt_keeps_a_page_out_and_is_archived_itself(world: World) -> None:
    world.site.serve(
        "/robots.txt", response(b"User-agent: *\nDisallow: /private\n", content_type="text/plain")
    )
    url = world.site.page("/private/a", PAGE.format(title="Secret"))
    obeying = world.another(robots="obey")
    report = world.one(url, on=obeying)
    assert (report.outcome, report.code, report.acknowledge) == ("failed", "blocked-by-robots", True)
    assert world.site.asked("/private/a") == []
    robots, page = sorted(world.rows(), key=lambda row: row["url"], reverse=True)
    assert (robots["purpose"], robots["status"]) == ("robots", 200)
    assert (page["error"], "status" in page) == ("blocked-by-robots", False)
    world.site.page("/open", PAGE.format(title="Open"))
    assert world.one(world.site.url("/open"), on=obeying).outcome == "archived"
    assert len(world.site.asked("/robots.txt")) == 1


def test_robots_txt_has_its_say_on_where_a_redirect_leads(world: World) -> None:
    world.site.serve(
        "/robots.txt", response(b"User-agent: *\nDisallow: /private\n", content_type="text/plain")
    )
    world.site.serve("/a", response(status="302 Found", headers=[("Location", "/private/b")]))
    world.site.page("/private/b", PAGE.format(title="Secret"))
    report = world.one(world.site.url("/a"), on=world.another(robots="obey"))
    assert (report.outcome, report.code) == ("failed", "blocked-by-robots")
    assert world.site.asked("/private/b") == []
    assert next(row for row in world.rows() if row["url"].endswith("/a"))["status"] == 302


def test_robots_txt_may_be_noted_and_not_obeyed(world: World) -> None:
    world.site.serve("/robots.txt", response(b"User-agent: *\nDisallow: /\n", content_type="text/plain"))
    report = world.one(world.site.page("/a", PAGE.format(title="x")), on=world.another(robots="note"))
    assert (report.outcome, report.facts["robots"]) == ("archived", "disallowed")


def test_a_robots_txt_that_cannot_be_had_makes_the_page_wait(world: World) -> None:
    world.site.serve("/robots.txt", response(b"", status="500 Oops"))
    report = world.one(world.site.page("/a", PAGE.format(title="x")), on=world.another(robots="obey"))
    assert (report.outcome, report.acknowledge) == ("retry", True)
    assert world.site.asked("/a") == []


@pytest.mark.slow
def test_a_page_that_cannot_be_read_is_archived_all_the_same(world: World) -> None:
    there = world.another(reader=Reader("tests.readers"))
    report = world.one(world.site.page("/", PAGE.format(title="x") + page_that("raises")), on=there)
    there.close()
    assert report.outcome == "archived"
    assert report.facts["extraction_error"] == "ValueError: something on the page"
    (row,) = world.rows()
    assert "title" not in row


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "image/png", None])
def test_what_is_not_html_is_archived_unread(world: World, kind: str | None) -> None:
    report = world.one(world.site.page("/", b"%PDF-1.7 \x00\xff", content_type=kind))
    assert report.outcome == "archived"
    assert "extraction_error" not in report.facts


def test_a_host_that_asks_for_patience_is_asked_one_page_at_a_time(world: World) -> None:
    patient = world.another(host_delay=60.0)
    reports = world.run(*(world.site.page(f"/{n}", PAGE.format(title="x")) for n in range(4)), on=patient)
    outcomes = sorted(report.outcome for report in reports)
    assert outcomes == ["archived", "postponed", "postponed", "postponed"]
    assert all(report.acknowledge for report in reports)
    assert len(world.site.requests) == 1


def test_a_defect_met_on_one_page_leaves_the_batch_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = world.site.page("/good", PAGE.format(title="Good"))
    bad = world.site.page("/bad", PAGE.format(title="Bad"))
    real = Fetcher.fetch

    def trip(self: Fetcher, url: str, **options: Any) -> FetchResult:
        if url == bad:
            raise ZeroDivisionError("a defect")
        return real(self, url, **options)

    with monkeypatch.context() as defect:
        defect.setattr(Fetcher, "fetch", trip)
        archived, failed = world.run(good, bad)
    assert archived.outcome == "archived"
    assert (failed.outcome, failed.code, failed.acknowledge) == ("error", "job-failed", True)
    assert world.one(bad).outcome == "archived", "the claim was given back"


def test_the_line_of_a_page_tells_its_story(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Story"))
    report = world.one(url)
    line = report.line()
    assert json.loads(json.dumps(line)) == line
    assert line["outcome"] == "archived"
    assert line["url"] == url
    assert {"message_id", "status", "bytes", "warc", "offset", "length"} <= line.keys()
    assert {"fetch", "extract", "warc", "store"} <= report.ms.keys()
    assert "code" not in line


def test_an_empty_batch_is_nothing_to_do(world: World) -> None:
    assert world.run() == []
    assert world.aws.objects() == {}
