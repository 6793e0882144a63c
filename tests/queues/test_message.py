"""Messages: every form that may stand on the queue, and every fault by its name."""

import contextlib
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressmark.errors import MessageError, UrlError
from pressmark.queues.message import CaptureRequest, Delivery, parse, parse_span

unhurried = settings(deadline=None)  # how long an example takes says nothing on a busy machine

URL = "https://example.com/a"
OPTIONS: dict[str, Any] = {
    "url": URL,
    "if_not_archived_within": "3d 5h 20m",
    "capture_all": True,
    "tags": ["election", "one two"],
    "note": "for the file",
    "requisites": "page",
}
WANTED = CaptureRequest(
    URL, timedelta(days=3, hours=5, minutes=20), True, ("election", "one two"), "for the file", "page"
)


def by_sns(text: str) -> str:
    return json.dumps(
        {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:x:1:t", "Message": text}
    )


def by_eventbridge(detail: Any) -> str:
    return json.dumps({"version": "0", "id": "1", "detail-type": "page", "source": "x", "detail": detail})


@pytest.mark.parametrize(
    "body",
    [
        URL,
        f"\n {URL} \n",
        f"\ufeff{URL}",
        f"{URL}\u200b",
        f"\u2060\u200d {URL} \u200c\ufeff\n",
        "\ufeff" + json.dumps({"url": f"{URL}\u200b"}),
        json.dumps({"url": URL}),
        by_sns(URL),
        by_sns(json.dumps({"url": URL})),
        by_eventbridge({"url": URL}),
        by_eventbridge(URL),
        by_sns(by_eventbridge({"url": URL})),
        by_sns(by_eventbridge(json.dumps({"url": URL}))),
    ],
)
def test_every_wrapping_of_a_url_is_taken_off(body: str) -> None:
    assert parse(body) == CaptureRequest(URL)


@pytest.mark.parametrize("body", [json.dumps(OPTIONS), by_sns(json.dumps(OPTIONS)), by_eventbridge(OPTIONS)])
def test_options_come_through_every_wrapping(body: str) -> None:
    assert parse(body) == WANTED


def test_the_url_is_cleaned() -> None:
    assert parse("HTTP://Example.com:80#x").url == "http://example.com/"


@pytest.mark.parametrize(
    ("options", "field", "expected"),
    [
        ({"capture_all": "1"}, "capture_all", True),
        ({"capture_all": 0}, "capture_all", False),
        ({"capture_all": False}, "capture_all", False),
        ({"capture_all": None}, "capture_all", False),
        ({"tags": "a, b,,a"}, "tags", ("a", "b")),
        ({"tags": [" a ", "", "a"]}, "tags", ("a",)),
        ({"tags": None}, "tags", ()),
        ({"note": ""}, "note", None),
        ({"note": " x\ny "}, "note", "x\ny"),
        ({"requisites": "all"}, "requisites", "all"),
        ({"requisites": "none"}, "requisites", "none"),
        ({"requisites": None}, "requisites", None),
        ({"if_not_archived_within": None}, "if_not_archived_within", None),
        ({"if_not_archived_within": 90}, "if_not_archived_within", timedelta(seconds=90)),
    ],
)
def test_an_option_may_be_written_the_ways_people_write_it(
    options: dict[str, Any], field: str, expected: object
) -> None:
    assert getattr(parse(json.dumps({"url": URL, **options})), field) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", timedelta()),
        ("3600", timedelta(hours=1)),
        ("1d", timedelta(days=1)),
        ("1D 2H", timedelta(days=1, hours=2)),
        ("3d5h20m7s", timedelta(days=3, hours=5, minutes=20, seconds=7)),
        ("10 m", timedelta(minutes=10)),
    ],
)
def test_spans_are_written_as_save_page_now_does(text: str, expected: timedelta) -> None:
    assert parse_span(text) == expected


@pytest.mark.parametrize(
    "value",
    ["", "soon", "1w", "1d and more", "-5", -5, 1.5, True, [], "9" * 12, "999999999d " * 2, "1" * 5000],
)
def test_a_span_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(MessageError, match="if_not_archived_within") as caught:
        parse_span(value)
    assert len(caught.value.reason) < 250


BAD = {
    "": "empty",
    "hello": "no scheme",
    "[1, 2]": "JSON but neither an object nor a bare URL: it is a list",
    json.dumps([URL]): "it is a list",
    json.dumps(URL): "it is a string in quotes",
    "null": "it is null",
    "[": "no scheme",
    f"{URL} {URL}": "two URLs on one line",
    f"{URL}\thttp://example.org/": "two URLs on one line",
    json.dumps({"url": f"{URL} {URL}"}): "two URLs on one line",
    f"{URL}\n{URL}": "several URLs; send one message each",
    by_sns(f"{URL}\r\n{URL}\r\n"): "several URLs; send one message each",
    "{": "looks like JSON",
    '{"url": "https://a.example/"': "looks like JSON",
    '{"a":' * 100_000: "looks like JSON",
    "{}": "no url",
    '{"url": 5}': "no url",
    '{"url": null}': "no url",
    '{"url": "nothing"}': "no scheme",
    '{"url": "https://a.example/", "colour": "red", "size": 1}': "'colour', 'size'; known options: capture_all, if_not",
    '{"url": "https://a.example/", "capture_all": "yes"}': "capture_all is 'yes'",
    '{"url": "https://a.example/", "tags": 5}': "tags must be",
    '{"url": "https://a.example/", "tags": ["a", 5]}': "tags must be",
    json.dumps({"url": URL, "tags": [str(n) for n in range(21)]}): "21 tags",
    json.dumps({"url": URL, "tags": ["x" * 101]}): "more than 100",
    json.dumps({"url": URL, "tags": ["a\x1b[31m"]}): "control characters",
    json.dumps({"url": URL, "note": "x" * 1001}): "note must be",
    json.dumps({"url": URL, "note": "a\x00"}): "note must be",
    json.dumps({"url": URL, "note": ["a"]}): "note must be",
    json.dumps({"url": URL, "requisites": "some"}): "requisites is 'some': write none, page or all",
    json.dumps({"url": URL, "requisites": True}): "requisites is True: write none, page or all",
    json.dumps({"url": URL, "requisites": "page\n"}): "write none, page or all",
    json.dumps({"url": URL, "job": "mine"}): "job must be",
    json.dumps({"url": URL, "job": 5}): "job must be",
    by_sns("nothing"): "no scheme",
    by_eventbridge([1]): "unknown option",
    json.dumps({"Type": "SubscriptionConfirmation", "Message": "x"}): "unknown option",
    json.dumps({"url": URL, "capture_all": "x" * 500_000}): "capture_all",
    json.dumps({"url": URL} | {f"{n}" * 500: 1 for n in range(500)}): "unknown option",
}


@pytest.mark.parametrize(("body", "reason"), BAD.items(), ids=[body[:30] or "empty" for body in BAD])
def test_what_is_no_request_is_refused_in_a_line_that_names_the_fault(body: str, reason: str) -> None:
    with pytest.raises(MessageError, match=reason) as caught:
        parse(body)
    assert caught.value.code in ("bad-request", "invalid-url-syntax")
    assert len(caught.value.reason) < 2000
    assert len(caught.value.body) <= 1000


def test_a_fault_of_the_url_has_a_code_of_its_own() -> None:
    with pytest.raises(UrlError) as caught:
        parse("ftp://example.com/")
    assert caught.value.code == "invalid-url-syntax"


@pytest.mark.slow
@unhurried
@given(
    st.one_of(
        st.text(), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps)
    )
)
def test_any_body_is_a_request_or_a_message_error(body: str) -> None:
    for text in (body, by_sns(body), json.dumps({"url": URL, "tags": body, "note": body})):
        with contextlib.suppress(MessageError):
            assert parse(text).url


def test_the_record_of_a_request_holds_only_what_was_given() -> None:
    assert CaptureRequest(URL).to_dict() == {"url": URL}
    assert WANTED.to_dict() == {**OPTIONS, "if_not_archived_within": 278400}


def test_a_job_comes_with_the_message_and_is_no_part_of_the_record() -> None:
    job = "spn2-" + "0123456789abcdef0123456789abcdef01234567"
    request = parse(json.dumps({"url": URL, "job": job}))
    assert request.job == job
    assert request.to_dict() == {"url": URL}


def test_tries_count_over_copies() -> None:
    assert Delivery("i", "b", "m").tries == 1
    assert Delivery("i", "b", "m", receive_count=2, earlier_tries=3).tries == 4
