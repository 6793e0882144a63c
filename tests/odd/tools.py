"""One file for each way in which a tool writes captures; what each should give."""

import gzip
from dataclasses import dataclass

from backports import zstd
from tests.odd.records import arc, arc_records, chunked, http, members, page, resource, sha1, wacz, warc


@dataclass(frozen=True)
class Case:
    """A file, what stands in it as (URL, time, status), the page's body. only_import: only an import can read it."""

    file: str
    data: bytes
    captures: list[tuple[str, str, int]]
    body: bytes | None = page()
    only_import: bool = False


NOON = "2026-11-01T12:00:00.000000Z"
URL = "http://tool.example/"

ONE = [(URL, NOON, 200)]

PLAIN = http(page())

REFERS = "WARC-Refers-To-Target-URI: "

REFERS_AT = "WARC-Refers-To-Date: 2026-11-01T12:00:00Z"


def _one(file: str, *records: bytes, url: str = URL, when: str = NOON, **more: object) -> Case:
    return Case(file, b"".join(records), [(url, when, 200)], **more)  # type: ignore[arg-type]


def cases() -> dict[str, Case]:
    """Name of the edge -> case."""
    body = page()
    whole = warc(url=URL, block=PLAIN)
    original = warc("response", URL, PLAIN, f"WARC-Payload-Digest: {sha1(body)}")
    revisit_lines = (
        f"WARC-Payload-Digest: {sha1(body)}",
        "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    )
    later = "2026-11-02T12:00:00Z"
    two = [(URL, NOON, 200), (URL, "2026-11-02T12:00:00.000000Z", 200)]
    head = http(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % len(body))
    return {
        "a plain record": _one("a.warc.gz", members(whole)),
        "brackets around the URL": _one("wget.warc.gz", members(warc(url=f"<{URL}>", block=PLAIN))),
        "not compressed": _one("plain.warc", whole),
        "WARC 0.18": _one("old.warc.gz", members(warc(url=URL, block=PLAIN, version="WARC/0.18"))),
        "WARC 1.1 with nanoseconds": _one(
            "ns.warc.gz",
            members(warc(url=URL, block=PLAIN, version="WARC/1.1", date="2026-11-01T12:00:00.123456789Z")),
            when="2026-11-01T12:00:00.123456Z",
        ),
        "a date alone": _one(
            "day.warc.gz",
            members(warc(url=URL, block=PLAIN, date="2026-11-01")),
            when="2026-11-01T00:00:00.000000Z",
        ),
        "a local offset": _one(
            "offset.warc.gz", members(warc(url=URL, block=PLAIN, date="2026-11-01T14:00:00+02:00"))
        ),
        "lower-case date letters": _one(
            "lower.warc.gz", members(warc(url=URL, block=PLAIN, date="2026-11-01t12:00:00z"))
        ),
        "folded header lines": _one(
            "folded.warc.gz", members(warc("response", URL, PLAIN, "WARC-Note: one\r\n two\r\n\tthree"))
        ),
        "header lines that end in LF": _one("lf.warc.gz", members(warc(url=URL, block=PLAIN, line_end="\n"))),
        "no line ends behind the block": _one("none.warc.gz", members(warc(url=URL, block=PLAIN, end=b""))),
        "seven line ends behind the block": _one(
            "seven.warc.gz", members(warc(url=URL, block=PLAIN, end=b"\r\n" * 7))
        ),
        "no line ends, not compressed": Case("none.warc", warc(url=URL, block=PLAIN, end=b"\r\n") * 2, ONE),
        "chunks as sent": _one("chunked.warc.gz", members(warc(url=URL, block=chunked(body)))),
        "chunks, the digest of the content": _one(
            "d1.warc.gz", members(warc("response", URL, chunked(body), f"WARC-Payload-Digest: {sha1(body)}"))
        ),
        "chunks, the digest of the chunks": _one(
            "d2.warc.gz",
            members(
                warc(
                    "response",
                    URL,
                    chunked(body),
                    f"WARC-Payload-Digest: {sha1(chunked(body).partition(b'\r\n\r\n')[2])}",
                )
            ),
        ),
        "chunked in name only": _one(
            "not-chunked.warc.gz", members(warc(url=URL, block=http(body, "Transfer-Encoding: chunked")))
        ),
        "a gzip body": _one(
            "gz.warc.gz", members(warc(url=URL, block=http(gzip.compress(body), "Content-Encoding: gzip")))
        ),
        "a gzip body in chunks": _one(
            "gzc.warc.gz",
            members(
                warc(
                    url=URL,
                    block=chunked(gzip.compress(body)).replace(
                        b"Transfer", b"Content-Encoding: gzip\r\nTransfer"
                    ),
                )
            ),
        ),
        "a status line of HTTP/2": _one(
            "h2.warc.gz", members(warc(url=URL, block=http(body, status="HTTP/2 200")))
        ),
        "a status line without a reason": _one(
            "short.warc.gz", members(warc(url=URL, block=http(body, status="HTTP/1.0 200 ")))
        ),
        "a resource": Case("resource.warc.gz", members(resource(URL, body)), [(URL, NOON, 0)]),
        "a space in the URL": _one(
            "space.warc.gz", members(warc(url=URL + "a b", block=PLAIN)), url=URL + "a%20b"
        ),
        "a scheme in capitals": _one(
            "caps.warc.gz",
            members(warc(url="HTTP://Tool.Example/", block=PLAIN)),
            url="HTTP://Tool.Example/",
            when="2026-11-01T12:00:00",
        ),
        "an IPv6 host": _one(
            "v6.warc.gz",
            members(warc(url="http://[2001:db8::7]:8080/x", block=PLAIN)),
            url="http://[2001:db8::7]:8080/x",
            when="2026-11-01T12:00:00",
        ),
        "other records beside it": _one(
            "browsertrix.warc.gz",
            members(
                warc("warcinfo", "", b"software: a crawler\r\n", content_type="application/warc-fields"),
                whole,
                warc("request", URL, b"GET / HTTP/1.1\r\n\r\n"),
                resource(f"urn:pageinfo:{URL}", b"{}", "application/json"),
                resource(f"urn:text:{URL}", b"text", "text/plain"),
                resource(f"urn:view:{URL}", b"\x89PNG", "image/png"),
                resource("dns:tool.example", b"192.0.2.1", "text/dns"),
                warc("response", "dns:tool.example", b"192.0.2.1", content_type="text/dns"),
                warc("response", "data:text/plain,x", http(b"x")),
                warc("response", "mailto:a@tool.example", http(b"x")),
                warc("response", "tool.example:443", http(b"")),
                warc("conversion", URL, b"text", content_type="text/plain"),
                warc("continuation", URL, b"more", "WARC-Segment-Number: 2"),
                warc("metadata", URL, b"fetchTimeMs: 3\r\n", content_type="application/warc-fields"),
            ),
        ),
        "a revisit that names its original": Case(
            "revisit.warc.gz",
            members(
                original,
                warc(
                    "revisit",
                    URL,
                    head,
                    *revisit_lines,
                    REFERS + URL,
                    "WARC-Refers-To-Date: 2026-11-01T12:00:00Z",
                    date=later,
                ),
            ),
            two,
        ),
        "a revisit with a digest alone": Case(
            "digest.warc.gz", members(original, warc("revisit", URL, head, *revisit_lines, date=later)), two
        ),
        "a revisit of another URL": Case(
            "agnostic.warc.gz",
            members(
                warc("response", "http://tool.example/first", PLAIN, f"WARC-Payload-Digest: {sha1(body)}"),
                warc(
                    "revisit",
                    URL,
                    head,
                    *revisit_lines,
                    REFERS + "http://tool.example/first",
                    "WARC-Refers-To-Date: 2026-11-01T12:00:00Z",
                    date=later,
                ),
            ),
            [
                ("http://tool.example/first", "2026-11-01T12:00:00", 200),
                (URL, "2026-11-02T12:00:00.000000Z", 200),
            ],
        ),
        "http and https in one second": Case(
            "second.warc.gz",
            members(
                warc(
                    url=URL, block=http(b"", "Location: https://tool.example/", status="HTTP/1.1 301 Moved")
                ),
                warc(url="https://tool.example/", block=PLAIN),
            ),
            [(URL, NOON, 301), ("https://tool.example/", "2026-11-01T12:00:00.000", 200)],
            body=None,
        ),
        "ARC": _one("old.arc", arc((URL, PLAIN))),
        "ARC in gzip members": _one("old.arc.gz", members(*arc_records((URL, PLAIN)))),
        "ARC with a bare document": Case("bare.arc", arc((URL, body)), [(URL, NOON, 0)]),
        "a WACZ": _one("c.wacz", wacz({"data.warc.gz": members(whole)})),
        "a WACZ with a plain WARC": _one("p.wacz", wacz({"data.warc": whole})),
        "a WACZ that is deflated": _one("d.wacz", wacz({"data.warc.gz": members(whole)}, deflate=True)),
        "a WACZ without a package": _one("n.wacz", wacz({"data.warc.gz": members(whole)}, package=False)),
        "one gzip stream": _one(
            "whole.warc.gz", gzip.compress(whole + warc("metadata", URL, b"x")), only_import=True
        ),
        "an ARC in one gzip stream": _one("whole.arc.gz", gzip.compress(arc((URL, PLAIN))), only_import=True),
        "zstd": _one("z.warc.zst", zstd.compress(whole), only_import=True),
        "zstd with a dictionary": _one("zd.warc.zst", _with_dictionary(whole), only_import=True),
    }


def _with_dictionary(data: bytes) -> bytes:
    samples = [
        warc(url=f"http://tool.example/{number}", block=http(page(str(number)))) for number in range(50)
    ]
    dictionary = zstd.train_dict(samples, 4096)
    kept = dictionary.dict_content
    frame = b"\x5d\x2a\x4d\x18" + len(kept).to_bytes(4, "little") + kept
    return frame + zstd.compress(data, zstd_dict=dictionary)
