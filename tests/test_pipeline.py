"""The whole way of a batch: loopback site, the template's stack, nothing in between replaced."""

import gzip
import io
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Aws
from tests.site import RawSite, Request, response
from tests.warc.validator import members, validate

from pressmark import service as services
from pressmark.archive import rows
from pressmark.archive.table import from_item
from pressmark.article.bounds import MAX_TAG_ATTRIBUTES
from pressmark.message import Delivery
from pressmark.reading import MAX_TAGS
from pressmark.reports import Report
from pressmark.seams import REAL
from pressmark.service import Clients, Service
from pressmark.warc.reader import read_captures

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<meta property="og:title" content="{title}"><meta name="author" content="Ada Writer">
<meta property="article:published_time" content="2026-11-20T10:00:00+01:00">
<meta property="article:section" content="Harbour"><meta property="article:tag" content="Boats"></head>
<body><article><h1>{title}</h1><p>The harbour master opened the old lock on Friday, and forty boats went out.</p>
<p>Nobody had expected the second gate to hold, said the people who had come to watch it from the bridge.</p>
</article></body></html>"""

_ids = itertools.count(1)


class Client:
    """A boto3 client some of whose operations do something else first."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.instead: dict[str, Callable[..., Any]] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.instead:
            return self.instead[name]
        return getattr(self._real, name)


def error(code: str) -> Callable[..., Any]:
    """An operation that always fails."""

    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")

    return fail


class World:
    """A stack, a site, and functions that share the stack."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        self.aws = aws
        self.site = site
        self.s3, self.dynamodb, self.sqs = (Client(aws.client(name)) for name in ("s3", "dynamodb", "sqs"))
        self.slept: list[float] = []
        self.service = self.another()

    def another(self, **settings: Any) -> Service:
        """Another process of the same deployment."""
        changed = {"allowed_ports": (self.site.port,), "robots": "ignore", **settings}
        clients = Clients(self.s3, self.dynamodb, self.sqs)  # type: ignore[arg-type]
        return Service(
            self.aws.settings_with(**changed), clients, seams=replace(REAL, sleep=self.slept.append)
        )

    def delivery(self, body: str | dict[str, Any], **said: Any) -> Delivery:
        text = body if isinstance(body, str) else json.dumps(body)
        number = next(_ids)
        self.sqs.send_message(QueueUrl=self.aws.queue_url, MessageBody=text or " ")
        received = self.aws.messages()[0]
        return Delivery(**{
            "id": f"message-{number}", "body": text, "message_id": f"sqs-{number}",
            "receipt_handle": received["ReceiptHandle"], **said,
        })  # fmt: skip

    def run(
        self, *deliveries: Delivery | str | dict[str, Any], remaining: float = 600, on: Service | None = None
    ) -> list[Report]:
        made = [each if isinstance(each, Delivery) else self.delivery(each) for each in deliveries]
        return (on or self.service).pipeline.run(made, remaining=remaining, invocation="invocation-1")

    def one(self, body: Delivery | str | dict[str, Any], **options: Any) -> Report:
        (report,) = self.run(body, **options)
        return report

    def table(self) -> list[dict[str, Any]]:
        found = self.aws.client("dynamodb").scan(TableName=self.aws.table)["Items"]
        return sorted(map(from_item, found), key=lambda item: (item["site"], item["capture"]))

    def rows(self) -> list[dict[str, Any]]:
        """Capture rows, oldest first."""
        return sorted((row for row in self.table() if "warc" in row), key=lambda row: row["captured"])

    def dead(self) -> list[dict[str, Any]]:
        return self.aws.messages(self.aws.dead_letter_queue_url)

    def copies(self) -> list[dict[str, str]]:
        """Bodies and attributes of copies that can be received now."""
        return [
            {
                "body": each["Body"],
                **{k: v["StringValue"] for k, v in each.get("MessageAttributes", {}).items()},
            }
            for each in self.aws.messages()
            if "PressmarkId" in each.get("MessageAttributes", {})
        ]


@pytest.fixture
def world(aws: Aws, site: RawSite) -> Iterator[World]:
    made = World(aws, site)
    yield made
    check(made)


def check(world: World) -> None:
    """After each test: every WARC keeps every rule, and the table is what a rebuild of them would make."""
    objects = world.aws.objects()
    wanted = {}
    for key, data in objects.items():
        validate(data, filename=key.rsplit("/", 1)[-1])
        for stored in read_captures(io.BytesIO(data), file=key):
            for item in rows.items(
                stored, bucket=world.aws.bucket, index_terms=world.service.settings.index_terms
            ):
                wanted[item["site"], item["capture"]] = item
    for item in world.table():
        assert item == wanted[item["site"], item["capture"]]
    if not {"batch_write_item", "put_object"} & world.dynamodb.instead.keys():
        assert len(wanted) == len(world.table())
    for row in world.rows():
        at = next(r for r in members(objects[row["warc"]]) if r.offset == row["offset"])
        assert at.length == row["length"]
        assert at.get("WARC-Payload-Digest") == row.get("digest")


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
    assert world.dead() == []


def test_an_error_page_is_the_capture_where_that_was_asked_for(world: World) -> None:
    world.site.page("/gone", "not here", status="404 Not Found")
    world.site.page("/busy", "later", status="503 Busy")
    reports = world.run(*({"url": world.site.url(path), "capture_all": True} for path in ("/gone", "/busy")))
    assert [(report.outcome, report.acknowledge) for report in reports] == [("archived", True)] * 2
    assert all("error" not in row for row in world.rows())


def test_what_may_pass_comes_again_and_then_is_archived(world: World) -> None:
    url = world.site.serve(
        "/", response(b"busy", status="503 Busy", headers=[("Retry-After", "7000")]), response(b"<p>here</p>")
    )
    delivery = world.delivery(url)
    waited = []
    world.sqs.instead["change_message_visibility"] = lambda **request: waited.append(
        request["VisibilityTimeout"]
    )
    report = world.one(delivery)
    assert (report.outcome, report.code, report.acknowledge) == ("retry", "service-unavailable", False)
    assert waited == [7000]
    assert world.aws.objects() == {}
    report = world.one(replace(delivery, receive_count=2))
    assert (report.outcome, report.acknowledge) == ("archived", True)
    assert len(world.rows()) == 1


def test_the_last_try_leaves_a_row_and_a_dead_letter_with_its_reason(world: World) -> None:
    url = world.site.page("/", "busy", status="503 Busy")
    report = world.one(world.delivery(url, earlier_tries=4))
    assert (report.outcome, report.acknowledge) == ("failed", True)
    (row,) = world.rows()
    assert (row["error"], row["status"]) == ("service-unavailable", 503)
    (dead,) = world.dead()
    assert dead["Body"] == url
    assert dead["MessageAttributes"]["PressmarkError"]["StringValue"] == "service-unavailable"
    assert dead["MessageAttributes"]["PressmarkId"]["StringValue"].startswith("message-")


def test_a_dead_letter_that_is_put_back_is_tried_again(world: World) -> None:
    url = world.site.serve("/", response(b"busy", status="503 Busy"), response(b"<p>here</p>"))
    delivery = world.delivery(url, earlier_tries=4)
    assert world.one(delivery).outcome == "failed"
    assert world.one(replace(delivery, earlier_tries=0, message_id="new")).outcome == "archived"
    assert ["error" in row for row in world.rows()] == [True, False]


def test_a_message_delivered_again_makes_no_second_capture(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="Once")))
    world.one(delivery)
    again = world.one(replace(delivery, receive_count=2), on=world.another())
    assert (again.outcome, again.acknowledge) == ("skipped", True)
    assert len(world.site.asked("/")) == 1
    assert len(world.rows()) == 1


def test_a_message_delivered_to_two_at_the_same_time_makes_one_capture(world: World) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(request: Request) -> bytes:
        entered.set()
        go.wait(10)
        return response(b"<p>here</p>")

    delivery = world.delivery(world.site.serve("/", slow))
    other = world.another()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.one, delivery)
        assert entered.wait(10)
        second = world.one(replace(delivery, receipt_handle="another"), on=other)
        go.set()
        assert first.result().outcome == "archived"
    assert (second.outcome, second.acknowledge) == ("postponed", True)
    assert 1 <= len(world.site.asked("/")) <= 1
    copy = replace(delivery, message_id="copy")
    assert world.one(copy, on=other).outcome == "skipped"
    assert len(world.rows()) == 1


def test_a_url_twice_in_a_batch_is_taken_one_after_the_other(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Twice"))
    first, second = world.run(url, {"url": url, "note": "again"})
    assert {first.outcome, second.outcome} == {"archived", "postponed"}
    assert first.acknowledge
    assert second.acknowledge
    assert len(world.rows()) == 1


def test_a_bad_message_takes_none_of_its_batch_with_it(world: World) -> None:
    good = world.site.page("/", PAGE.format(title="Good"))
    reports = world.run("hello", good, '{"url": 1}', "ftp://example.com/")
    assert [report.outcome for report in reports] == ["rejected", "archived", "rejected", "rejected"]
    assert all(report.acknowledge for report in reports)
    assert len(world.rows()) == 1
    assert sorted(each["Body"] for each in world.dead()) == ["ftp://example.com/", "hello", '{"url": 1}']


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied", "InternalError"])
def test_where_the_file_is_not_stored_nothing_is_acknowledged_and_no_row_claims_it(
    world: World, code: str
) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    delivery = world.delivery(url)
    world.s3.instead["put_object"] = error(code)
    report = world.one(delivery)
    assert (report.outcome, report.code, report.acknowledge) == ("error", "store-error", False)
    assert code in (report.reason or "")
    assert world.table() == []
    del world.s3.instead["put_object"]
    assert world.one(replace(delivery, receive_count=2)).outcome == "archived"


def unprocessed(**request: Any) -> Any:
    return {"UnprocessedItems": request["RequestItems"]}


def test_where_rows_are_not_written_nothing_is_acknowledged(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    for fault in (error("ProvisionedThroughputExceededException"), unprocessed):
        world.dynamodb.instead["batch_write_item"] = fault
        report = world.one(delivery)
        assert (report.outcome, report.acknowledge) == ("error", False)
    del world.dynamodb.instead["batch_write_item"]
    assert world.one(delivery).outcome == "archived"
    world.dynamodb.instead["batch_write_item"] = unprocessed  # for check(): orphaned files are to be expected
    assert len(world.rows()) == 1


def test_a_page_whose_rows_were_half_written_is_not_taken_for_done(world: World) -> None:
    """The row of what was asked for comes last: it proves that the rest is there."""
    world.site.serve("/a", response(status="301 Moved", headers=[("Location", "/b")]))
    world.site.page("/b", PAGE.format(title="End"))
    delivery = world.delivery(world.site.url("/a"))
    real, calls = world.dynamodb.batch_write_item, itertools.count()

    def first_only(**request: Any) -> Any:
        return real(**request) if next(calls) == 0 else error("InternalServerError")()

    world.dynamodb.instead["batch_write_item"] = first_only
    assert world.one(delivery).outcome == "error"
    assert [row["url"] for row in world.rows()] == [world.site.url("/b")]
    world.dynamodb.instead["batch_write_item"] = real
    # The page at the end is the one whose row is there: its bytes are kept, and need not be again.
    assert world.one(replace(delivery, receive_count=2)).outcome == "unchanged"
    assert world.site.url("/a") in [row["url"] for row in world.rows()]


def test_one_page_that_the_table_refuses_leaves_the_others_archived(world: World) -> None:
    real = world.dynamodb.batch_write_item

    def picky(**request: Any) -> Any:
        if "Poison" in json.dumps(request):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, "BatchWriteItem")
        return real(**request)

    world.dynamodb.instead["batch_write_item"] = picky
    good, bad = (world.site.page(f"/{t}", PAGE.format(title=t)) for t in ("Fine", "Poison"))
    reports = world.run(good, bad)
    assert [(report.outcome, report.acknowledge) for report in reports] == [
        ("archived", True),
        ("error", False),
    ]
    assert [row["title"] for row in world.rows()] == ["Fine"]


def test_a_queue_that_does_not_answer_costs_no_page_and_hands_back_what_it_should_have_kept(
    world: World,
) -> None:
    good = world.delivery(world.site.page("/", PAGE.format(title="x")))
    bad = world.delivery("hello")
    late = world.delivery(world.site.page("/busy", "busy", status="503 Busy"))
    for operation in ("send_message", "change_message_visibility"):
        world.sqs.instead[operation] = error("InternalError")
    archived, rejected, retried = world.run(good, bad, late)
    assert (archived.outcome, archived.acknowledge) == ("archived", True)
    assert (rejected.outcome, rejected.acknowledge) == ("rejected", False)
    assert (retried.outcome, retried.acknowledge) == ("retry", False)
    assert "InternalError" in rejected.facts["queue_error"]


def test_a_lost_state_table_loses_nothing(world: World) -> None:
    delivery = world.delivery(world.site.page("/", PAGE.format(title="x")))
    world.dynamodb.instead["update_item"] = error("ResourceNotFoundException")
    report = world.one(delivery)
    assert (report.outcome, report.acknowledge) == ("error", False)
    del world.dynamodb.instead["update_item"]
    assert world.one(delivery).outcome == "archived"


def test_with_little_time_left_nothing_is_begun_and_all_goes_back(world: World) -> None:
    urls = [world.site.page(f"/{n}", PAGE.format(title="x")) for n in range(3)]
    deliveries = [world.delivery(url, earlier_tries=1) for url in urls]
    reports = world.run(*deliveries, remaining=12)
    assert [(report.outcome, report.acknowledge) for report in reports] == [("postponed", True)] * 3
    assert world.site.requests == []
    copies = world.copies()
    assert sorted(copy["body"] for copy in copies) == urls
    assert {copy["PressmarkTries"] for copy in copies} == {"1"}
    assert {copy["PressmarkId"] for copy in copies} == {each.id for each in deliveries}


def test_a_function_with_a_short_timeout_still_archives(world: World) -> None:
    assert world.one(world.site.page("/", PAGE.format(title="x")), remaining=59).outcome == "archived"


def test_a_page_that_is_younger_than_asked_for_is_left_alone(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    world.one(url)
    report = world.one({"url": url, "if_not_archived_within": "1d"})
    assert (report.outcome, report.acknowledge) == ("skipped", True)
    assert len(world.site.asked("/")) == 1
    assert world.one({"url": url, "if_not_archived_within": 0}).outcome == "unchanged"


def test_a_failure_does_not_count_as_archived(world: World) -> None:
    url = world.site.page("/", "no", status="404 Not Found")
    world.one(url)
    assert world.one({"url": url, "if_not_archived_within": "1d"}).outcome == "failed"


def test_of_two_that_want_a_page_archived_within_a_day_at_the_same_time_one_does_it(world: World) -> None:
    entered, go = threading.Event(), threading.Event()

    def slow(request: Request) -> bytes:
        entered.set()
        go.wait(10)
        return response(b"<p>here</p>")

    url = world.site.serve("/", slow)
    first, second = (world.delivery({"url": url, "if_not_archived_within": "1d"}) for _ in range(2))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.one, first)
        assert entered.wait(10)
        assert world.one(second, on=world.another()).outcome == "postponed"
        go.set()
        running.result()
    assert world.one(second).outcome == "skipped"
    assert len(world.site.asked("/")) == 1


def test_a_skipped_page_is_free_for_the_next_message_at_once(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="x"))
    world.one(url)
    known = world.service.pipeline._worker._recent
    answers = itertools.chain([[]], itertools.repeat(None))

    def late(asked: str) -> Any:  # the row is not seen before the claim, but behind it
        answer = next(answers)
        return known(asked) if answer is None else answer

    world.service.pipeline._worker._recent = late
    assert world.one({"url": url, "if_not_archived_within": "1d"}).outcome == "skipped"
    assert world.one(url).outcome == "unchanged"


def test_the_same_payload_again_is_a_revisit(world: World) -> None:
    url = world.site.page("/", PAGE.format(title="Same"))
    world.one(url)
    report = world.one(url)
    assert (report.outcome, report.acknowledge) == ("unchanged", True)
    first, second = world.rows()
    assert second["revisit"] == "identical-payload-digest"
    assert (second["original_warc"], second["original_offset"]) == (first["warc"], first["offset"])
    assert (second["title"], second["authors"]) == ("Same", ["Ada Writer"])
    third = (world.one(url), world.rows()[-1])[1]
    assert third["original_offset"] == first["offset"], "a revisit never refers to a revisit"


@pytest.mark.parametrize(
    "more",
    [b"<p>more " * MAX_TAGS, b"<p " + b" ".join(b"a%d" % number for number in range(MAX_TAG_ATTRIBUTES + 1))],
    ids=["tags", "attributes"],
)
def test_a_row_says_that_its_page_was_read_in_part_and_so_does_one_that_repeats_it(
    world: World, more: bytes
) -> None:
    html = PAGE.format(title="Long").encode() + more
    whole, huge = world.site.page("/whole", PAGE.format(title="Short")), world.site.page("/huge", html)
    assert [report.outcome for report in world.run(whole, huge)] == ["archived"] * 2
    assert [report.outcome for report in world.run(whole, huge)] == ["unchanged"] * 2
    said = {(row["title"], row.get("read"), row.get("revisit")) for row in world.rows()}
    same = "identical-payload-digest"
    assert said == {
        ("Short", None, None), ("Short", None, same), ("Long", "part", None), ("Long", "part", same)
    }  # fmt: skip


def test_a_page_with_a_validator_is_asked_for_only_if_it_changed(world: World) -> None:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match") == '"v1"':
            return response(
                status="304 Not Modified", content_type=None, framed=False, headers=[("ETag", '"v1"')]
            )
        return response(
            PAGE.format(title="Valid").encode(), headers=[("ETag", '"v1"'), ("Last-Modified", "Mon")]
        )

    url = world.site.serve("/", answer)
    for outcome in ("archived", "unchanged", "unchanged"):
        assert world.one(url).outcome == outcome
    asked = world.site.asked("/")
    assert asked[0].header("If-None-Match") is None
    assert (asked[1].header("If-None-Match"), asked[1].header("If-Modified-Since")) == ('"v1"', "Mon")
    assert asked[2].header("If-None-Match") == '"v1"'
    first, second, third = world.rows()
    assert [row["status"] for row in (first, second, third)] == [200, 304, 304]
    assert [row.get("revisit") for row in (second, third)] == ["server-not-modified"] * 2
    assert third["original_offset"] == first["offset"]
    assert (third["title"], third["digest"]) == ("Valid", first["digest"])


def test_a_304_that_nobody_asked_for_is_no_capture(world: World) -> None:
    url = world.site.serve("/", response(status="304 Not Modified", content_type=None, framed=False))
    delivery = world.delivery(url)
    report = world.one(delivery)
    assert (report.outcome, report.code) == ("retry", "invalid-server-response")
    assert world.one(replace(delivery, earlier_tries=4)).outcome == "failed"
    (row,) = world.rows()
    assert (row["error"], row["status"]) == ("invalid-server-response", 304)


def test_a_page_that_changed_is_stored_whole(world: World) -> None:
    url = world.site.serve("/", response(b"<p>one</p>"), response(b"<p>two</p>"))
    assert [world.one(url).outcome for _ in range(2)] == ["archived", "archived"]
    assert len({row["digest"] for row in world.rows()}) == 2


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
    assert (report.outcome, report.acknowledge) == ("retry", False)
    assert world.site.asked("/a") == []


def test_a_page_that_cannot_be_read_is_archived_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(services, "extract", broken)
    report = world.one(world.site.page("/", PAGE.format(title="x")), on=world.another())
    assert report.outcome == "archived"
    assert report.facts["extraction_error"] == "RecursionError: too deep"
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
    worker = world.service.pipeline._worker
    real = worker._fetch

    def trip(capture: Any, *others: Any) -> None:
        if capture.request.url == bad:
            raise ZeroDivisionError("a defect")
        real(capture, *others)

    monkeypatch.setattr(worker, "_fetch", trip)
    archived, failed = world.run(good, bad)
    assert archived.outcome == "archived"
    assert (failed.outcome, failed.code, failed.acknowledge) == ("error", "job-failed", False)
    monkeypatch.setattr(worker, "_fetch", real)
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
