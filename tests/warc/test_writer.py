"""WARC files as they are written: golden bytes, the standard's rules, other tools' opinion."""

import gzip
import json
from dataclasses import replace

import pytest
from tests.warc.captures import (
    SETTINGS,
    SHAPES,
    START,
    TAGGED,
    URL,
    capture,
    chunked,
    earlier,
    exchange,
    http,
    valid,
    warc_file,
    written,
)
from tests.warc.validator import page_uri, sha1, validate

from pressmark.errors import PermanentError, TransientError
from pressmark.http.exchange import Timings
from pressmark.queues.message import CaptureRequest

GOLDEN = """\
WARC/1.1\r
WARC-Type: warcinfo\r
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r
WARC-Date: 2026-11-23T20:52:20.123456Z\r
WARC-Filename: pressmark-20261123205220123-00000-host1.warc.gz\r
WARC-Block-Digest: {info_digest}\r
Content-Type: application/warc-fields\r
Content-Length: {info_length}\r
\r
{info}\r
\r
WARC/1.1\r
WARC-Type: response\r
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000002>\r
WARC-Date: 2026-11-23T20:52:20.123456Z\r
WARC-Target-URI: https://news.example/story\r
WARC-IP-Address: 192.0.2.7\r
WARC-Protocol: http/1.1\r
WARC-Protocol: tls/1.3\r
WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384\r
WARC-Payload-Digest: sha1:EH2SPSI2J7IA53E7X7MLVOIBNGZPXYIP\r
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r
WARC-Block-Digest: {response_digest}\r
Content-Type: application/http; msgtype=response\r
Content-Length: 91\r
\r
HTTP/1.1 200 OK\r
Content-Type: text/html; charset=utf-8\r
Content-Length: 12\r
\r
<p>hello</p>\r
\r
WARC/1.1\r
WARC-Type: request\r
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000003>\r
WARC-Date: 2026-11-23T20:52:20.123456Z\r
WARC-Target-URI: https://news.example/story\r
WARC-IP-Address: 192.0.2.7\r
WARC-Protocol: http/1.1\r
WARC-Protocol: tls/1.3\r
WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384\r
WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000002>\r
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r
WARC-Block-Digest: {request_digest}\r
Content-Type: application/http; msgtype=request\r
Content-Length: {request_length}\r
\r
{request}\r
\r
WARC/1.1\r
WARC-Type: metadata\r
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000004>\r
WARC-Date: 2026-11-23T20:52:20.123456Z\r
WARC-Target-URI: urn:pressmark:https://news.example/story\r
WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-000000000002>\r
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r
WARC-Block-Digest: {facts_digest}\r
Content-Type: application/json\r
Content-Length: {facts_length}\r
\r
{facts}\r
\r
WARC/1.1\r
WARC-Type: conversion\r
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000005>\r
WARC-Date: 2026-11-23T20:52:20.123456Z\r
WARC-Target-URI: https://news.example/story\r
WARC-Refers-To: <urn:uuid:00000000-0000-4000-8000-000000000002>\r
WARC-Warcinfo-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r
WARC-Block-Digest: sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N\r
Content-Type: text/plain; charset=utf-8\r
Content-Length: 5\r
\r
hello\r
\r
"""


def test_the_bytes_of_a_file_with_clock_and_ids_fixed() -> None:
    page = exchange(http())
    data, _, file = written(capture(page, article={"title": "Hello"}, text="hello"))
    info = (
        f"software: Pressmark/0.2.0\r\nformat: WARC File Format 1.1\r\n"
        f"conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
        f"operator: An Archive\r\nhostname: host1\r\nhttp-header-user-agent: {SETTINGS.user_agent}\r\nrobots: obey\r\n"
    )
    facts = (
        '{"pressmark":1,"software":"Pressmark/0.2.0","purpose":"page","request":{"url":"https://news.example/story"},'
        '"message_id":"message-1","token":"token-1","started":"2026-11-23T20:52:20.123456Z","tries":1,'
        '"article":{"title":"Hello"},"exchanges":[{"url":"https://news.example/story","status":200,"size":12,"ms":{}}]}'
    )
    request = page.request.decode()
    expected = GOLDEN.format(
        info=info,
        info_length=len(info),
        info_digest=sha1(info.encode()),
        response_digest=sha1(http()),
        request=request,
        request_length=len(request),
        request_digest=sha1(page.request),
        facts=facts,
        facts_length=len(facts),
        facts_digest=sha1(facts.encode()),
    )
    assert gzip.decompress(data).decode() == expected
    assert file.name == "pressmark-20261123205220123-00000-host1.warc.gz"
    assert file.key == f"warcs/2026/11/23/{file.name}"


def test_a_name_is_made_of_what_file_names_are_made_of() -> None:
    settings = replace(SETTINGS, warc_prefix="../news paper")
    file = warc_file(settings, host="a-b/c\n")
    assert file.name == "_news_paper-20261123205220123-00000-abc.warc.gz"


@pytest.mark.parametrize("raw", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("step", [1, 65536])
def test_every_shape_of_response_keeps_the_rules(raw: bytes, step: int) -> None:
    _info, response, request, metadata = valid(capture(exchange(raw, step=step)))
    assert (response.type, request.type, metadata.type) == ("response", "request", "metadata")


@pytest.mark.parametrize(
    "name",
    [
        "identity",
        "no length",
        "empty",
        "gzip",
        "image",
        "bare line feeds",
        "folded",
        "odd headers",
        "304 unasked",
    ],
)
def test_a_response_that_needs_no_change_is_stored_byte_for_byte(name: str) -> None:
    response = valid(capture(exchange(SHAPES[name])))[1]
    assert response.block == SHAPES[name]


def test_chunk_framing_is_off_and_its_header_lines_are_kept_under_other_names() -> None:
    raw = chunked(b"<p>hello</p>", "content-LENGTH: 999", "Vary: Accept")
    response = valid(capture(exchange(raw)))[1]
    assert response.block == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"X-Crawler-Transfer-Encoding: chunked\r\nX-Crawler-content-LENGTH: 999\r\nVary: Accept\r\n"
        b"Content-Length: 12\r\n\r\n<p>hello</p>"
    )


def test_a_length_that_was_not_true_is_kept_under_another_name() -> None:
    response = valid(capture(exchange(SHAPES["length too large"])))[1]
    assert b"X-Crawler-Content-Length: 300\r\nContent-Length: 12\r\n\r\n<p>hello" in response.block
    assert response.get("WARC-Truncated") == "disconnect"


@pytest.mark.parametrize("reason", ["length", "time", "disconnect"])
def test_a_body_that_is_not_whole_says_why(reason: str) -> None:
    made = exchange(http(b"x" * 50), limit=20)
    assert made.truncated == "length"
    made.truncated = reason  # type: ignore[assignment]
    response, request = valid(capture(made))[1:3]
    assert response.get("WARC-Truncated") == reason
    assert response.http[1] == b"x" * 20
    assert b"X-Crawler-Content-Length: 50\r\nContent-Length: 20\r\n" in response.block
    assert request.get("WARC-Truncated") is None


def test_a_compressed_body_is_not_compressed_twice() -> None:
    import random

    noise = random.Random(1).randbytes(100_000)
    for lines, kind in ((["Content-Encoding: br"], "text/html"), ([], "image/jpeg")):
        data, (stored,), _ = written(capture(exchange(http(noise, *lines, kind=kind))))
        hop = stored.hops[0]
        member = data[hop.offset : hop.offset + hop.length]
        # Stored deflate blocks leave the bytes readable in the file.
        assert noise[1000:30_000] in member
    text = b"the same again and again " * 4000
    assert written(capture(exchange(http(text))))[1][0].hops[0].length < len(text) / 10


def test_a_redirect_chain_is_one_event_with_a_record_a_hop() -> None:
    chain = [
        exchange(http(b"", "Location: /b", status="301 Moved"), "http://a.example/a"),
        exchange(
            http(b"x", "Location: /c", status="302 Found"),
            "http://a.example/b",
            started=START.replace(second=21),
        ),
        exchange(http(b"<p>end</p>"), "http://a.example/c", started=START.replace(second=22)),
    ]
    records = valid(capture(*chain, article={"title": "End"}, text="end"))
    assert [record.type for record in records[1:]] == ["response", "request"] * 3 + ["metadata", "conversion"]
    assert [page_uri(record) for record in records[1::2]] == [
        "http://a.example/a",
        "http://a.example/b",
        "http://a.example/c",
        "http://a.example/c",
    ]
    dates = [record.get("WARC-Date") for record in records[1:]]
    assert dates == sorted(str(date) for date in dates)
    assert records[-2].get("WARC-Date") == records[-1].get("WARC-Date") == dates[4]


def test_a_repeat_is_a_revisit_that_names_its_original_and_drops_the_body() -> None:
    page = exchange(chunked(b"<p>hello</p>"))
    before = earlier(sha1(b"<p>hello</p>"))
    records = valid(capture(page, earlier=before, article={"title": "Hello"}, text="hello"))
    assert [record.type for record in records] == ["warcinfo", "revisit", "request", "metadata"]
    revisit, metadata = records[1], records[3]
    assert revisit.get(
        "WARC-Profile",
    ).endswith("identical-payload-digest")  # type: ignore[union-attr]
    assert revisit.get("WARC-Refers-To-Target-URI") == before.url
    assert revisit.get("WARC-Refers-To-Date") == before.captured
    assert revisit.get("WARC-Payload-Digest") == before.digest
    assert revisit.block.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(metadata.block)["revisit_of"] == {
        "url": URL, "captured": before.captured, "warc": before.warc, "offset": 321, "length": 4321
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "before"),
    [
        (http(), earlier(sha1(b"something else"))),
        (http(), earlier(sha1(b"<p>hello</p>"), "https://news.example/other")),
        (http(), earlier(None)),
        (http(b""), earlier(sha1(b""))),
        (http(b"<p>hello</p>", "Content-Length: 99", length=False), earlier(sha1(b"<p>hello</p>"))),
        (http(b"<p>hello</p>", "Location: /", status="301 Moved"), earlier(sha1(b"<p>hello</p>"))),
        (http(b"", status="304 Not Modified", length=False), earlier(sha1(b"<p>hello</p>"))),
    ],
    ids=["other payload", "other URL", "no digest", "empty", "truncated", "a redirect", "an unasked 304"],
)
def test_what_is_no_repeat_is_stored_whole(raw: bytes, before: object) -> None:
    assert valid(capture(exchange(raw), earlier=before))[1].type == "response"


def test_a_304_is_a_revisit_with_an_empty_block_its_headers_in_the_metadata() -> None:
    raw = http(b"", 'ETag: "2"', "X-Note: kept", status="304 Not Modified", kind=None, length=False)
    records = valid(capture(exchange(raw, conditions=TAGGED), earlier=earlier(sha1(b"<p>hello</p>"))))
    assert records[1].type == "revisit"
    assert records[1].get("WARC-Profile").endswith("server-not-modified")  # type: ignore[union-attr]
    (said,) = json.loads(records[3].block)["exchanges"]
    assert said["head"].encode("latin-1") == raw
    assert said["etag"] == '"2"'


def test_a_capture_that_got_no_answer_is_a_metadata_record_that_says_why() -> None:
    error = PermanentError("invalid-host-resolution", "no such host", url=URL)
    info, metadata = valid(capture(error=error))
    assert page_uri(metadata) == URL
    assert metadata.get("WARC-Date") == info.get("WARC-Date")
    assert metadata.get("WARC-Concurrent-To") is None
    assert json.loads(metadata.block)["error"] == {
        "code": "invalid-host-resolution", "reason": "no such host", "url": URL
    }  # fmt: skip


def test_garbage_in_place_of_http_is_no_response_record() -> None:
    garbage = exchange(b"SSH-2.0-OpenSSH_9.9\r\n")
    error = PermanentError("invalid-server-response", "what the server sent is not HTTP/1", url=URL)
    records = valid(capture(garbage, error=error))
    assert [record.type for record in records] == ["warcinfo", "metadata"]
    assert json.loads(records[1].block)["exchanges"][0]["size"] == len(b"SSH-2.0-OpenSSH_9.9\r\n")


def test_an_error_page_is_kept_with_its_error() -> None:
    error = TransientError("service-unavailable", "the server answered 503", url=URL)
    records = valid(capture(exchange(http(b"busy", status="503 Busy")), error=error, tries=5))
    assert records[1].block.endswith(b"busy")
    said = json.loads(records[3].block)
    assert (said["error"]["code"], said["tries"]) == ("service-unavailable", 5)


@pytest.mark.slow
def test_hostile_facts_stay_inside_their_record() -> None:
    request = CaptureRequest(URL, tags=("a\r\nWARC-Type: response\r\n",), note="\ud800 lone surrogate")
    timings = Timings(dns=1.04, connect=2.0, first_byte=3.3, total=4.449)
    page = exchange(http())
    page.timings = timings
    records = valid(
        capture(
            page,
            request=request,
            article={"title": "\udfff \x00 \x1b[31m"},
            text="\ud83d \x00",
            message_id="\r\n\r\n",
        )
    )
    said = json.loads(records[3].block)
    assert said["request"]["note"] == "? lone surrogate"
    assert said["exchanges"][0]["ms"] == {"dns": 1.0, "connect": 2.0, "first_byte": 3.3, "total": 4.4}
    assert records[4].block == b"? \x00"


@pytest.mark.slow
def test_hostile_settings_stay_inside_the_warcinfo() -> None:
    settings = replace(SETTINGS, operator="A\r\nformat: WARC 9\r\n\r\nB", contact_url="")
    file = warc_file(settings, host="h")
    (info,) = validate(file.open().read())
    assert b"operator: A format: WARC 9 B\r\n" in info.block
