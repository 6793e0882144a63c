"""Archive files in which one thing is not as it should be; all else in them is good."""

import functools
import gzip
import json
from collections.abc import Iterator

from tests.odd.records import event, good, http, members, metadata, resource, sha1, wacz, warc

DEEP = b'{"pressmark":1,"article":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
ARTICLE = {"title": "The ferry", "published": "2026-11-01"}


def _facts() -> Iterator[tuple[str, object]]:
    """Metadata records of other shapes than Pressmark's."""
    yield "request is a list", {"request": ["x"]}
    yield "request is null", {"request": None}
    yield "exchanges is a number", {"exchanges": 7}
    yield "exchanges of texts", {"exchanges": ["x", "y"]}
    yield "an exchange says null", {"exchanges": [None]}
    yield "a status of words", {"exchanges": [{"status": {"x": 1}, "url": 3}]}
    yield "error is a text", {"error": "boom"}
    yield "error without a code", {"error": {"reason": 5}}
    yield "error code is a list", {"error": {"code": ["x"], "reason": None}}
    yield "article is a text", {"article": "words"}
    yield "article of other types", {"article": {"title": 5, "authors": 7, "tags": {"a": 1}, "image": "x"}}
    yield "authors of lists", {"article": ARTICLE | {"authors": [["x"], {"y": 1}, None]}}
    yield "published is a number", {"article": {"title": "x", "published": 20261101}}
    yield "published is a list", {"article": {"title": "x", "published": ["2026"]}}
    yield "published of a megabyte", {"article": {"title": "x", "published": "2" * 1_000_000}}
    yield "a kind of 500 KB", {"article": ARTICLE | {"kind": "k" * 500_000}}
    yield "words is infinite", b'{"pressmark":1,"article":{"title":"x","word_count":Infinity}}'
    yield "words is no number", b'{"pressmark":1,"article":{"title":"x","word_count":NaN}}'
    yield (
        "words has 4,000 digits",
        b'{"pressmark":1,"article":{"title":"x","word_count":' + b"9" * 4000 + b"}}",
    )
    yield (
        "words has 5,000 digits",
        b'{"pressmark":1,"article":{"title":"x","word_count":' + b"9" * 5000 + b"}}",
    )
    yield "a lone surrogate", b'{"pressmark":1,"article":{"title":"\\ud800 x","authors":["\\udfff"]}}'
    yield (
        "a lone surrogate in a key",
        b'{"pressmark":1,"article":{"\\ud800":1},"request":{"tags":["\\udc80"]}}',
    )
    yield "tags are a text", {"request": {"tags": "abc"}}
    yield "tags are numbers", {"request": {"tags": [1, 2.5, None, [3]]}}
    yield (
        "40,000 tags",
        {"request": {"tags": [f"tag {number}" for number in range(40_000)]}},
    )  # no row has room for them
    yield "note of 1 MB", {"request": {"note": "n" * 1_000_000}}
    yield "message id is a list", {"message_id": ["x"], "token": {"y": {}}}
    yield "purpose is a number", {"purpose": 9}
    yield "read is a list", {"read": [[[[[[[[[[[[1]]]]]]]]]]]], "article": ARTICLE}
    yield "revisit_of is a text", {"revisit_of": "x"}
    yield "not JSON", b'{"pressmark":1,'
    yield "JSON of a list", b'["pressmark"]'
    yield "not UTF-8", b'{"pressmark":1,"article":{"title":"\xff\xfe"}}'
    yield "200,000 brackets", DEEP
    yield "an empty metadata record", b""
    yield "an etag of lists", {"exchanges": [{"status": 200, "etag": [1], "last_modified": {"a": 2}}]}
    yield "a canonical URL of numbers", {"article": ARTICLE | {"canonical_url": 77}}


def _dates() -> Iterator[tuple[str, str | None]]:
    yield "no date", None
    yield "an empty date", ""
    yield "a date of words", "yesterday at noon"
    yield "a 31st of February", "2026-02-31T00:00:00Z"
    yield "a date before time", "0001-01-01T00:00:00+23:59"
    yield "a year of five digits", "12026-11-01T00:00:00Z"
    yield "Arabic digits", "٢٠٢٦-١١-٠١T00:00:00Z"
    yield "a date of 100 KB", "2026-11-01T12:00:00." + "9" * 100_000 + "Z"


def _urls() -> Iterator[tuple[str, str]]:
    yield "a port too large", "http://odd.example:99999/"
    yield "a port of words", "http://odd.example:http/"
    yield "half an IPv6 address", "http://[::1/x"
    yield "no IPv6 address", "http://[x]/"
    yield "no host", "http:///x"
    yield "an address of 200 KB", "http://odd.example/" + "a" * 200_000
    yield "no URL at all", ""
    yield "a host of brackets", "http://]/"
    yield "NFKC in the host", "http://odd\u2100.example/"
    yield "bytes that are no UTF-8", "http://odd.example/\udcff"
    yield "a host of dots", "http://.../"


def _lengths() -> Iterator[tuple[str, str]]:
    yield "a length of 5,000 digits", "9" * 5000
    yield "a length of 18 digits", "9" * 18
    yield "a negative length", "-1"
    yield "a length of words", "all"
    yield "an empty length", ""
    yield "a length in Arabic digits", "١٢"
    yield "a length too short", "20"
    yield "a length too long", "9999"


@functools.cache
def files() -> dict[str, tuple[str, bytes]]:
    """Name of what is wrong -> name and bytes of the file. http://good.example/before and /after are in each."""
    found: dict[str, bytes] = {}
    for name, facts in _facts():
        found[name] = event(facts)
    for name, date in _dates():
        found[name] = members(warc(date=date))
    for name, url in _urls():
        found[name] = members(warc(url=url))
    for name, length in _lengths():
        found[name] = members(warc(length=length))
    found["no type"] = members(warc(""))
    found["a type of 100 KB"] = members(warc("x" * 100_000))
    found["a header of 10 MB"] = members(
        warc("response", "http://odd.example/", None, "X: " + "x" * 10_000_000)
    )
    found["a header without an end"] = gzip.compress(b"WARC/1.0\r\nWARC-Type: response\r\n")
    found["no header at all"] = gzip.compress(b"hello")
    found["an empty member"] = gzip.compress(b"")
    found["a flipped bit"] = _flipped(members(warc()))
    found["half a record"] = members(warc())[:-40]
    found["zeros"] = bytes(5000)
    found["a wrong block digest"] = members(
        warc("response", "http://odd.example/", None, f"WARC-Block-Digest: {sha1(b'x')}")
    )
    found["two records in a member"] = gzip.compress(warc() + warc(url="http://odd.example/2"))
    found["a status line of bytes"] = members(warc(block=http(status="HTTP/1.1 \udcff\t200\x00 O\x7fK")))
    found["a status of 999999"] = members(warc(block=http(status="HTTP/1.1 999999 Odd")))
    found["an empty response"] = members(warc(block=b""))
    found["a media type of blanks"] = members(warc(block=http(kind="text / html\x00 \x1b[31m; x=y")))
    found["a location of bytes"] = members(
        warc(block=http(b"", "Location: http://[\udcff", status="HTTP/1.1 302 Odd"))
    )
    found["a revisit of nothing"] = members(warc("revisit", block=b""))
    found["a revisit of a date of words"] = members(
        warc(
            "revisit",
            "http://odd.example/",
            b"",
            "WARC-Refers-To-Date: noon",
            "WARC-Refers-To-Target-URI: <http://[>",
        )
    )
    found["a revisit of itself"] = members(
        warc(
            "revisit",
            "http://odd.example/",
            b"",
            "WARC-Refers-To-Date: 2026-11-01T12:00:00Z",
            "WARC-Refers-To-Target-URI: http://odd.example/",
        )
    )
    found["a resource without a type"] = members(warc("resource", block=b"x", content_type=None))
    found["a digest of 1 MB"] = members(
        warc("response", "http://odd.example/", None, "WARC-Payload-Digest: sha1:" + "A" * 200_000)
    )
    found["an answer to nothing"] = members(metadata(b'{"pressmark":1}', "dns:odd.example"))
    found["chunks of nonsense"] = members(warc(block=http(b"zz\r\nxx", "Transfer-Encoding: chunked")))
    found["escapes in the URL"] = members(warc(url="http://odd.example/\x1b]0;owned\x07\x9b31m"))
    made = {
        name: (f"{number:03d}.warc.gz", good("before") + data + good("after"))
        for number, (name, data) in enumerate(found.items())
    }
    plain = warc("response", "http://good.example/before"), warc("response", "http://good.example/after")
    for name, length in _lengths():
        made[f"{name}, not compressed"] = (f"plain {name}.warc", plain[0] + warc(length=length) + plain[1])
    made["not compressed, with zeros between"] = ("zeros.warc", plain[0] + bytes(300) + b"\r\n" + plain[1])
    inner = good("before") + event({"request": 3}) + good("after")
    made["a bundle with an odd record"] = ("odd.wacz", wacz({"data.warc.gz": inner}))
    made["a bundle, deflated"] = ("deflated.wacz", wacz({"data.warc.gz": inner}, deflate=True))
    return made


def bundles() -> dict[str, bytes]:
    """Files that hold nothing that can be used, by name."""
    return {
        "empty.wacz": wacz({}),
        "words.wacz": b"this is not a bundle",
        "half.wacz": wacz({"data.warc.gz": good("x")})[:-30],
        "words.warc.gz": b"words",
        "words.arc": b"words",
        "cut.arc.gz": b"\x1f\x8b\x08",
        "zstd.warc.zst": b"\x28\xb5\x2f\xfd" + bytes(40),
        "list.json.wacz": json.dumps([]).encode(),
    }


def _flipped(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


__all__ = ["bundles", "files", "resource"]
