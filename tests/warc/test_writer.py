"""WARC files as they are written: golden bytes, the standard's rules, other tools' opinion."""

import gzip
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import fastwarc.cli
import pytest
from click.testing import CliRunner
from tests.warc.captures import (
    SETTINGS,
    START,
    TAGGED,
    URL,
    capture,
    chunked,
    earlier,
    exchange,
    http,
    warc_file,
)
from tests.warc.validator import Member, members, page_uri, sha1, validate
from warcio.checker import Checker

from pressmark.clock import REAL
from pressmark.errors import ArchiveError, PermanentError, TransientError
from pressmark.http.exchange import Timings
from pressmark.queues.message import CaptureRequest
from pressmark.warc.event import Capture
from pressmark.warc.stored import StoredCapture
from pressmark.warc.writer import WarcFile


def written(*captures: Capture) -> tuple[bytes, list[StoredCapture], WarcFile]:
    file = warc_file()
    stored = [file.add(each) for each in captures]
    data = file.open().read()
    return data, stored, file


def valid(*captures: Capture) -> list[Member]:
    """The records of a file with these captures, which must keep every rule and stand where the writer says."""
    data, stored, file = written(*captures)
    records = validate(data, filename=file.name)
    assert file.size == len(data)
    there = {record.offset: record for record in records}
    for each in stored:
        assert each.warc == file.key
        for hop in each.hops:
            record = there[hop.offset]
            assert (record.length, record.type) == (hop.length, hop.record)
            assert record.get("WARC-Record-ID") == hop.record_id
            assert record.get("WARC-Payload-Digest") == hop.digest
        assert there[each.meta_offset].type == "metadata"
        behind = [r for r in records if each.meta_offset <= r.offset < each.meta_offset + each.meta_length]
        assert sum(record.length for record in behind) == each.meta_length
        assert [record.type for record in behind] in (["metadata"], ["metadata", "conversion"])
    return records


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
        f"software: Pressmark/0.1.0\r\nformat: WARC File Format 1.1\r\n"
        f"conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
        f"operator: An Archive\r\nhostname: host1\r\nhttp-header-user-agent: {SETTINGS.user_agent}\r\nrobots: obey\r\n"
    )
    facts = (
        '{"pressmark":1,"software":"Pressmark/0.1.0","purpose":"page","request":{"url":"https://news.example/story"},'
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


GZIPPED = gzip.compress(b"<p>hello</p>" * 50, mtime=0)
SHAPES = {
    "identity": http(),
    "no length": http(length=False),
    "empty": http(b""),
    "gzip": http(GZIPPED, "Content-Encoding: gzip"),
    "image": http(bytes(range(256)) * 40, kind="image/png"),
    "chunked": chunked(b"<p>hello</p>"),
    "chunked and gzip": chunked(GZIPPED, "Content-Encoding: gzip", size=100),
    "chunked with a length": chunked(b"<p>hello</p>", "Content-Length: 999"),
    "length too small": http(b"<p>hello</p>", "Content-Length: 3", length=False),
    "length too large": http(b"<p>hello</p>", "Content-Length: 300", length=False),
    "lengths that contradict": http(b"<p>hello</p>", "Content-Length: 3", "content-length: 4", length=False),
    "bare line feeds": b"HTTP/1.0 200\nA: b\nContent-Length: 2\n\nhi",
    "folded": http(b"<p>", "X-Note: a", " Content-Length: 77", "\tTransfer-Encoding: chunked"),
    "odd headers": http(
        b"<p>", "x-MiXeD : a", "X-Mixed:b", "no colon", ": no name", "X-Latin: \xe9", "X-Empty:"
    ),
    "no headers": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "interim": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(),
    "204": http(b"", "X: y", status="204 No Content", kind=None, length=False),
    "304 unasked": http(b"", "Content-Length: 500", status="304 Not Modified", kind=None, length=False),
    "404": http(b"gone", status="404 Not Found"),
    "cut head": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Coo",
    "binary body with CRLFCRLF": http(b"\r\n\r\nWARC/1.1\r\n\r\n\x1f\x8b\x08\x00"),
    "tab in the status line": b"HTTP/1.1\t200\tOK\r\nContent-Length: 2\r\n\r\nhi",
}


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


def test_hostile_settings_stay_inside_the_warcinfo() -> None:
    settings = replace(SETTINGS, operator="A\r\nformat: WARC 9\r\n\r\nB", contact_url="")
    file = warc_file(settings, host="h")
    (info,) = validate(file.open().read())
    assert b"operator: A format: WARC 9 B\r\n" in info.block


def everything() -> list[Capture]:
    made = [
        capture(exchange(raw), text="text" if number % 2 else None)
        for number, raw in enumerate(SHAPES.values())
    ]
    made.append(capture(exchange(http()), earlier=earlier(sha1(b"<p>hello</p>"))))
    made.append(
        capture(
            exchange(http(b"", status="304 Not Modified", length=False), conditions=TAGGED),
            earlier=earlier("sha1:" + "A" * 32),
        )
    )
    made.append(capture(error=PermanentError("no-access", "no", url=URL)))
    return made


def test_many_threads_write_one_whole_file() -> None:
    file = warc_file(outside=REAL)
    captures = [each for _ in range(8) for each in everything()]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(file.add, captures))
    data = file.open().read()
    records = validate(data)
    there = {record.offset: record for record in records}
    assert file.captures == len(captures) == len({each.meta_offset for each in stored})
    for each, made in zip(stored, captures, strict=True):
        for hop in each.hops:
            assert there[hop.offset].get("WARC-Record-ID") == hop.record_id
            assert page_uri(there[hop.offset]) == hop.url
        # Records of one event stand together: nothing of another's is between them.
        first, end = each.hops[0].offset, each.meta_offset + each.meta_length
        count = 2 * len([e for e in made.exchanges if e.status]) + 1
        conversion = made.text is not None and each.hops[-1].record == "response"
        assert len([r for r in records if first <= r.offset < end]) == count + conversion


def test_an_event_is_appended_as_one() -> None:
    file = warc_file()
    whole = file._file

    class Watched:
        """Every touch of the shared file happens under its lock."""

        def __getattr__(self, name: str) -> Any:
            assert file._lock.locked(), name
            return getattr(whole, name)

    file._file = cast(IO[bytes], Watched())
    file.add(capture(exchange(http(b"x" * 3_000_000, kind="image/png"))))
    file._file = whole
    assert [record.type for record in validate(file.open().read())][1:] == ["response", "request", "metadata"]


def test_an_event_that_cannot_be_written_leaves_the_file_whole() -> None:
    file = warc_file()
    file.add(capture(exchange(http())))
    bad = exchange(http())
    bad.body.close()
    with pytest.raises(ValueError, match="closed file"):
        file.add(capture(exchange(http()), bad))
    stored = file.add(capture(exchange(http(b"after"))))
    records = validate(file.open().read())
    assert [record.type for record in records].count("response") == 2
    assert next(r for r in records if r.offset == stored.hops[0].offset).http[1] == b"after"


class _Full(io.BytesIO):
    """A disk that is full from some byte on."""

    room = 10_000_000

    def write(self, data: object) -> int:
        raw = bytes(data)  # type: ignore[call-overload]
        if self.tell() + len(raw) > self.room:
            super().write(raw[: self.room - self.tell()])
            raise OSError(28, "No space left on device")
        return super().write(raw)


def test_a_full_disk_costs_the_page_that_met_it_and_no_other() -> None:
    file = warc_file()
    file._file.seek(0)
    full = _Full(file._file.read())
    file._file.close()
    file._file = cast(IO[bytes], full)
    file.add(capture(exchange(http(b"before"))))
    full.room = len(full.getvalue()) + 300
    with pytest.raises(OSError, match="No space"):
        file.add(capture(exchange(http(b"does not fit"))))
    full.room = 10_000_000
    stored = file.add(capture(exchange(http(b"after"))))
    data = file.open().read()
    assert len(data) == file.size
    bodies = [record.http[1] for record in validate(data) if record.type == "response"]
    assert bodies == [b"before", b"after"]
    assert stored.hops[0].offset < len(data)


def test_nothing_is_added_to_a_file_that_is_being_stored() -> None:
    file = warc_file()
    file.add(capture(exchange(http())))
    before = file.open().read()
    with pytest.raises(ArchiveError, match="closed"):
        file.add(capture(exchange(http())))
    assert file.open().read() == before


def test_other_tools_find_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "all.warc.gz"
    path.write_bytes(written(*everything())[0])
    checker = Checker(type("Arguments", (), {"inputs": [str(path)], "verbose": True}))
    checker.process_all()
    assert checker.exit_value == 0, capsys.readouterr().out
    result = CliRunner().invoke(fastwarc.cli.check, [str(path)])
    assert result.exit_code == 0, result.output
    # Of payloads fastwarc knows neither those a revisit stands for nor those behind a head of bare line feeds.
    path.write_bytes(written(*[capture(exchange(raw)) for raw in SHAPES.values() if b"\n\n" not in raw])[0])
    result = CliRunner().invoke(fastwarc.cli.check, ["--verify-payloads", str(path)])
    assert result.exit_code == 0, result.output


def test_validator_sees_what_is_wrong() -> None:
    """The proof above is worth what its validator is: each kind of damage must be seen."""
    data = written(capture(exchange(http()), text="hello"))[0]
    raw = [(record, data[record.offset : record.offset + record.length]) for record in members(data)]

    def rebuilt(change: object) -> bytes:
        return b"".join(gzip.compress(change(record, gzip.decompress(piece))) for record, piece in raw)  # type: ignore[operator]

    def edit(kind: str, old: bytes, new: bytes) -> bytes:
        return rebuilt(lambda record, text: text.replace(old, new, 1) if record.type == kind else text)

    validate(rebuilt(lambda record, text: text))
    for damaged in (
        edit("response", b"WARC-Target-URI: https://news.example/story\r\n", b""),
        edit("response", b"hello", b"jello"),
        edit("response", b"Content-Length: 12", b"Content-Length: 13"),
        edit("warcinfo", b"WARC-Filename", b"WARC-Target-URI"),
        edit("metadata", b"WARC-Target-URI", b"WARC-Refers-To-Target-URI"),
        edit("conversion", b"WARC-Refers-To", b"WARC-Concurrent-To"),
        edit("request", b"WARC-Warcinfo-ID", b"WARC-Warcinfo-Id2"),
        edit("request", b"WARC-IP-Address: 192.0.2.7", b"WARC-IP-Address: 192.0.2.007"),
        edit("response", b"WARC-Date: 2026-11-23T20:52:20.123456Z", b"WARC-Date: 2026-11-23 20:52:20"),
        edit("response", b"WARC-Type: response\r\n", b"WARC-Type: response\r\nWARC-Type: response\r\n"),
        edit("response", b"</p>\r\n\r\n", b"</p>\r\n"),
        gzip.compress(gzip.decompress(data)),
        data + b"\x00",
        data[:-5],
    ):
        with pytest.raises((AssertionError, ValueError, KeyError)):
            validate(damaged)
