"""The table: items written whatever DynamoDB leaves undone, and the capture that a new one may repeat."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Aws

from pressmark.archive.keys import capture_key
from pressmark.archive.table import (
    FURTHER,
    MOST,
    RECENT,
    Table,
    earlier_of,
    from_item,
    marshal,
    to_item,
    unique,
    unmarshal,
)
from pressmark.clock import parse_iso
from pressmark.errors import ArchiveError, RefusedError

unhurried = settings(deadline=None)  # how long an example takes says nothing on a busy machine

URL = "https://example.com/story"
DIGEST = "sha1:EH2SPSI2J7IA53E7X7MLVOIBNGZPXYIP"


def row(number: int = 0, url: str = URL, **said: Any) -> dict[str, Any]:
    captured = f"2026-11-23T20:52:20.{number:06d}Z"
    return {**capture_key(url, captured), "url": url, "captured": captured, **said}


class FakeClient:
    """A client whose answers are made up; keeps what it was asked."""

    def __init__(self, answer: Callable[[list[Any]], Any]) -> None:
        self.answer = answer
        self.asked: list[list[Any]] = []

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - boto3's name
        (batch,) = RequestItems.values()
        self.asked.append(batch)
        return self.answer(batch)

    def query(self, **_: Any) -> Any:
        return self.answer([])


def table(answer: Callable[[list[Any]], Any]) -> tuple[Table, FakeClient, list[float]]:
    client, slept = FakeClient(answer), list[float]()
    return Table(client, "t", sleep=slept.append), client, slept  # type: ignore[arg-type]


VALUES = st.recursive(
    st.text() | st.booleans() | st.integers(-(10**30), 10**30),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.slow
@unhurried
@given(st.dictionaries(st.text(min_size=1), VALUES))
def test_what_is_marshalled_comes_back(item: dict[str, Any]) -> None:
    assert from_item(to_item(item)) == item


@pytest.mark.parametrize("value", [None, b"x", object(), {1, 2}])
def test_what_has_no_type_in_dynamodb_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        marshal(value)


def test_numbers_and_nulls_of_others_are_read() -> None:
    numbers = [unmarshal({"N": text}) for text in ("1", "-5", "1.5", "1E+2")]
    assert str(numbers) == "[1, -5, 1.5, 100.0]", "whole numbers stay whole"
    assert unmarshal({"NULL": True}) is None
    with pytest.raises(TypeError, match="SS"):
        unmarshal({"SS": ["a"]})


def test_items_go_25_a_request_and_a_key_only_once() -> None:
    to, client, _ = table(lambda batch: {})
    to.put([row(number) for number in range(60)] + [row(5, title="newer")])
    assert [len(batch) for batch in client.asked] == [25, 25, 10]
    titles = [request["PutRequest"]["Item"].get("title") for batch in client.asked for request in batch]
    assert titles.count({"S": "newer"}) == 1
    assert unique([row(1), row(1, a=1)]) == [row(1, a=1)]


def test_nothing_to_write_is_no_request() -> None:
    to, client, _ = table(lambda batch: {})
    to.put([])
    assert client.asked == []


def test_what_is_left_unprocessed_is_sent_again_until_all_is_written() -> None:
    written: list[Any] = []

    def half(batch: list[Any]) -> Any:
        written.extend(batch[: len(batch) // 2 or 1])
        return {"UnprocessedItems": {"t": batch[len(batch) // 2 or 1 :]}}

    to, client, slept = table(half)
    to.put(row(number) for number in range(30))
    assert sorted(each["PutRequest"]["Item"]["captured"]["S"] for each in written) == [
        row(number)["captured"] for number in range(30)
    ]
    assert all(len(batch) <= 25 for batch in client.asked)
    assert slept
    assert max(slept) <= 5


def test_what_stays_unprocessed_is_an_error_after_so_many_tries() -> None:
    to, client, slept = table(lambda batch: {"UnprocessedItems": {"t": batch}})
    with pytest.raises(ArchiveError, match="1 item unprocessed after 4 tries"):
        to.put([row()], tries=4)
    assert (len(client.asked), len(slept)) == (4, 3)
    assert all(pause <= 0.05 * 2**number for number, pause in enumerate(slept, 1))


def refusing(code: str) -> Callable[[list[Any]], Any]:
    def answer(batch: list[Any]) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "BatchWriteItem")

    return answer


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("ValidationException", True),
        ("SerializationException", True),
        ("ProvisionedThroughputExceededException", False),
        ("InternalServerError", False),
        ("AccessDeniedException", False),
    ],
)
def test_an_error_of_dynamodb_is_one_of_ours_that_says_whether_the_item_is_at_fault(
    code: str, refused: bool
) -> None:
    to, _, _ = table(refusing(code))
    with pytest.raises(ArchiveError, match=f"BatchWriteItem on t.*{code}") as caught:
        to.put([row()])
    assert isinstance(caught.value, RefusedError) is refused


def test_a_lost_connection_is_an_error_of_ours() -> None:
    def gone(batch: list[Any]) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    to, _, _ = table(gone)
    with pytest.raises(ArchiveError, match="BatchWriteItem"):
        to.put([row()])
    with pytest.raises(ArchiveError, match=f"Query on t for {URL}"):
        to.recent(URL)


def test_the_store_itself_refuses_a_broken_item_and_keeps_a_whole_one(aws: Aws) -> None:
    to = Table(aws.client("dynamodb"), aws.table)
    with pytest.raises(RefusedError):
        to.put([row(site="")])
    to.put([row(1, authors=["A"], size=0, paywalled=True)])
    assert to.recent(URL) == [row(1, authors=["A"], size=0, paywalled=True)]


def test_recent_is_newest_first_and_of_this_url_alone(aws: Aws) -> None:
    to = Table(aws.client("dynamodb"), aws.table)
    to.put(row(number) for number in range(8))
    others = ["/story2", "/story/", "/story?a", "/", "/stor", "/story%20x"]
    to.put(row(99, f"https://example.com{path}") for path in others if path != "/story/")
    to.put([row(3, "https://news.example.com/story")])
    newest = ["0007Z", "0006Z", "0005Z", "0004Z", "0003Z"]
    assert [each["captured"][-5:] for each in to.recent(URL, limit=5)] == newest
    assert len(to.recent(URL)) == 8
    assert len(to.recent(URL, limit=2)) == 2
    assert to.recent("https://example.com/never") == []


@pytest.mark.parametrize(
    ("own", "others", "queries"),
    [
        (range(1010, 1020), range(10), 1),  # as http that leads to https
        (range(3), range(30), 2),
        (range(3), range(200), 3),
        (range(400), range(500, 510), 1),
        ((), range(10), 1),
        ((), range(25), 2),
    ],
)
def test_neighbours_do_not_crowd_a_url_out_of_its_newest_rows(
    aws: Aws, own: Any, others: Any, queries: int
) -> None:
    to = counting(aws)
    to.put(row(number) for number in own)
    to.put(row(1000 + number, URL + "/") for number in others)

    found = to.recent(URL)

    assert to.queries == queries
    newest = sorted([*own])[::-1][: 5 if len(own) > 5 else None]
    assert [each for each in found if each["url"] == URL][: len(newest)] == [row(each) for each in newest]
    assert found == sorted(found, key=lambda each: each["captured"], reverse=True)


@pytest.mark.slow
def test_so_many_neighbours_that_a_url_is_lost_among_them_cost_a_bounded_number_of_rows(aws: Aws) -> None:
    to = counting(aws)
    to.put([row(0), *(row(1 + number, URL + "/") for number in range(MOST + 50))])

    assert len(to.recent(URL)) == MOST
    assert to.queries == 1 + (MOST - RECENT) / FURTHER


def test_the_capture_that_a_message_made_is_found_however_many_are_newer(aws: Aws) -> None:
    to = counting(aws)
    mine, long = {"message_id": "mine"}, {"message_id": "another's", "title": "x" * 300_000}
    to.put([row(0, **mine), row(1, **mine), row(2, URL + "/", **mine), row(3, URL + "2", **mine)])
    to.put(row(10 + number, **long) for number in range(5))

    found = to.of_message(URL, "mine", parse_iso(row(1)["captured"]))

    assert found == [row(1, **mine), row(2, URL + "/", **mine)], (
        "of its urlkey, and not of before that instant"
    )
    assert to.queries > 1, "it reads on, as DynamoDB looks at a megabyte a request"


def counting(aws: Aws) -> "CountingTable":
    return CountingTable(aws.client("dynamodb"), aws.table)


class CountingTable(Table):
    """A table that counts its Query requests."""

    queries = 0

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(client, name)
        client.meta.events.register("before-call.dynamodb.Query", self._count)

    def _count(self, **_: Any) -> None:
        self.queries += 1


WHOLE: dict[str, Any] = {
    "status": 200,
    "digest": DIGEST,
    "warc": "w",
    "offset": 1,
    "length": 2,
    "etag": '"1"',
}


def test_the_newest_whole_response_is_what_a_capture_may_repeat() -> None:
    found = earlier_of(URL, [row(9, **WHOLE, title="T", size=5), row(8, **WHOLE)])
    assert found is not None
    assert (found.captured, found.digest, found.warc, found.offset, found.length, found.etag) == (
        row(9)["captured"], DIGEST, "w", 1, 2, '"1"'
    )  # fmt: skip
    assert found.article == {"title": "T"}


@pytest.mark.parametrize(
    "bad",
    [
        {"status": 404},
        {"status": 301},
        {"status": 206},
        {"status": 304},
        {"error": "read-timeout"},
        {"truncated": "length"},
        {"url": "http://example.com/story"},
        {"revisit": "identical-payload-digest"},
    ],
)
def test_what_is_not_whole_is_passed_over(bad: dict[str, Any]) -> None:
    newest = {**row(9, **WHOLE), **bad}
    assert earlier_of(URL, [newest]) is None
    found = earlier_of(URL, [newest, row(1, **WHOLE)])
    assert found is not None
    assert found.captured == row(1)["captured"]


REVISIT = {
    **WHOLE,
    "revisit": "server-not-modified",
    "status": 304,
    "original_captured": row(3)["captured"],
    "original_warc": "ow",
    "original_offset": 7,
    "original_length": 8,
}


def test_a_revisit_passes_on_the_capture_it_stands_for() -> None:
    found = earlier_of(URL, [row(9, **REVISIT), row(3, **WHOLE)])
    assert found is not None
    assert (found.url, found.captured, found.warc, found.offset, found.length) == (
        URL, row(3)["captured"], "ow", 7, 8
    )  # fmt: skip


def test_a_304_passes_on_the_validators_that_it_did_not_say_again() -> None:
    silent = {name: value for name, value in REVISIT.items() if name != "etag"}
    said = {**WHOLE, "etag": '"old"', "last_modified": "Mon"}
    found = earlier_of(URL, [row(9, **silent), row(3, **said)])
    assert found is not None
    assert (found.etag, found.last_modified) == ('"old"', "Mon")
    found = earlier_of(URL, [row(9, **{**silent, "etag": '"new"'}), row(3, **said)])
    assert found is not None
    assert (found.etag, found.last_modified) == ('"new"', "Mon")
    # A page that came again has headers of its own: what it no longer says, the server no longer knows.
    again = {**silent, "status": 200, "revisit": "identical-payload-digest"}
    found = earlier_of(URL, [row(9, **again), row(3, **said)])
    assert found is not None
    assert (found.etag, found.last_modified) == (None, None)


def test_a_capture_that_was_taken_down_or_is_out_of_sight_is_not_referred_to_again() -> None:
    assert earlier_of(URL, [row(9, **REVISIT), row(3, **WHOLE, deleted="2026-11-20T00:00:00Z")]) is None
    assert earlier_of(URL, [row(9, **REVISIT)]) is None
    assert earlier_of(URL, [row(3, **WHOLE, deleted="2026-11-20T00:00:00Z")]) is None
    found = earlier_of(URL, [row(9, **REVISIT), row(3, **WHOLE, deleted="x"), row(2, **WHOLE)])
    assert found is not None
    assert found.captured == row(2)["captured"]
