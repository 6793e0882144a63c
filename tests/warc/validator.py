"""The rules of WARC 1.1 (ISO 28500:2017), written from the standard; shares no code with the writer."""

import base64
import hashlib
import ipaddress
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

TYPES = {"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"}
REPEATABLE = {"warc-concurrent-to", "warc-protocol"}
NEEDS_TARGET = {"response", "resource", "request", "revisit", "conversion", "continuation"}
PROFILES = {
    "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
}
KNOWN = {
    "warc-type", "warc-record-id", "warc-date", "content-length", "content-type", "warc-concurrent-to",
    "warc-block-digest", "warc-payload-digest", "warc-ip-address", "warc-refers-to", "warc-refers-to-target-uri",
    "warc-refers-to-date", "warc-target-uri", "warc-truncated", "warc-warcinfo-id", "warc-filename", "warc-profile",
    "warc-identified-payload-type", "warc-protocol", "warc-cipher-suite",
}  # fmt: skip

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%|\\^`{}-]*")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_RECORD_ID = re.compile(r"<urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}>")


@dataclass
class Member:
    """One record as it stands in the file. fields: (name, value) as written, in order."""

    offset: int
    length: int
    fields: list[tuple[str, str]]
    block: bytes

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def type(self) -> str:
        return self.get("WARC-Type") or ""

    @property
    def http(self) -> tuple[bytes, bytes]:
        """Head (with its empty line) and payload of an application/http block."""
        match = re.search(rb"\n\r?\n", self.block)
        end = match.end() if match else len(self.block)
        return self.block[:end], self.block[end:]


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def members(data: bytes) -> list[Member]:
    """Take a file apart, one gzip member a record, not a byte between or behind them."""
    found = []
    offset = 0
    while offset < len(data):
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        raw = inflate.decompress(data[offset:])
        assert inflate.eof, f"the gzip member at {offset} has no end"
        length = len(data) - offset - len(inflate.unused_data)
        found.append(_record(raw, offset, length))
        offset += length
    return found


def _record(raw: bytes, offset: int, length: int) -> Member:
    head, gap, rest = raw.partition(b"\r\n\r\n")
    assert gap, "the record's header has no end"
    version, *lines = head.decode("utf-8").split("\r\n")
    assert version == "WARC/1.1"
    fields = []
    for line in lines:
        assert "\n" not in line
        assert "\r" not in line
        assert line[0] not in " \t", f"folded: {line!r}"
        name, colon, value = line.partition(": ")
        assert colon, line
        assert value == value.strip(), line
        assert value, f"{name} is empty"
        fields.append((name, value))
    member = Member(offset, length, fields, b"")
    size = int(member.get("Content-Length") or -1)
    assert size >= 0
    member.block = rest[:size]
    assert len(member.block) == size
    assert rest[size:] == b"\r\n\r\n", "a record ends in CRLF CRLF, one record a member"
    return member


def validate(data: bytes, *, filename: str | None = None) -> list[Member]:
    """Assert every rule; returns the records."""
    records = members(data)
    info = records[0]
    assert info.type == "warcinfo"
    ids = [record.get("WARC-Record-ID") for record in records]
    assert len(set(ids)) == len(ids)
    by_id = {str(record.get("WARC-Record-ID")): record for record in records}
    for number, record in enumerate(records):
        assert (record.type == "warcinfo") == (number == 0)
        _fields(record)
        _digests(record)
        if number:
            assert record.get("WARC-Warcinfo-ID") == info.get("WARC-Record-ID")
        for other in record.all("WARC-Concurrent-To"):
            there = by_id[other]
            assert there.type in ("response", "revisit")
            # A list of requisites is about their page, and concurrent to the last of them.
            assert (
                there.get("WARC-Target-URI") == page_uri(record) or b'"purpose":"requisites"' in record.block
            )
            assert there.get("WARC-Date") == record.get("WARC-Date")
        if record.type == "conversion":
            assert by_id[str(record.get("WARC-Refers-To"))].type == "response"
    if filename is not None:
        assert info.get("WARC-Filename") == filename
    return records


def page_uri(record: Member) -> str | None:
    """Whose record it is. Metadata is filed under a URI of its own: indexers would list it as the page."""
    target = record.get("WARC-Target-URI")
    if record.type == "metadata" and target is not None:
        assert target.startswith("urn:pressmark:")
    return target and target.removeprefix("urn:pressmark:")


def _fields(record: Member) -> None:
    kind = record.type
    assert kind in TYPES
    names = [name.lower() for name, _ in record.fields]
    assert set(names) <= KNOWN, set(names) - KNOWN
    for name in set(names) - REPEATABLE:
        assert names.count(name) == 1, f"{name} repeats"
    assert _RECORD_ID.fullmatch(record.get("WARC-Record-ID") or "")
    date = record.get("WARC-Date") or ""
    assert _DATE.fullmatch(date)
    datetime.fromisoformat(date)
    assert record.get("Content-Type") or not record.block
    target = record.get("WARC-Target-URI")
    assert (target is not None) or kind not in NEEDS_TARGET
    if target is not None:
        assert kind != "warcinfo"
        _uri(page_uri(record) or "")
    assert ("warc-filename" in names) <= (kind == "warcinfo")
    assert ("warc-warcinfo-id" in names) == (kind != "warcinfo")
    assert ("warc-concurrent-to" in names) <= (kind not in ("warcinfo", "conversion", "continuation"))
    if address := record.get("WARC-IP-Address"):
        assert kind not in ("warcinfo", "conversion", "continuation")
        assert str(ipaddress.ip_address(address)) == address  # RFC 5952
    assert ("warc-refers-to" in names) <= (kind in ("metadata", "revisit", "conversion"))
    assert ("warc-refers-to-target-uri" in names) <= (kind == "revisit")
    assert ("warc-refers-to-date" in names) <= (kind == "revisit")
    assert ("warc-profile" in names) == (kind == "revisit")
    assert ("warc-payload-digest" in names) <= (kind not in ("warcinfo", "metadata", "conversion"))
    assert record.get("WARC-Truncated") in (None, "length", "time", "disconnect", "unspecified")
    if kind in ("response", "request"):
        direction = "request" if kind == "request" else "response"
        assert record.get("Content-Type") == f"application/http; msgtype={direction}"
    if kind == "warcinfo":
        _warcinfo(record)
    if kind == "revisit":
        _revisit(record)


def _uri(text: str) -> None:
    assert _URI.fullmatch(text), text  # RFC 3986, and what browsers leave as it is in a query
    assert not set("|\\^`{}") & set(text.partition("?")[0])
    assert urlsplit(text).scheme in ("http", "https")


def _warcinfo(record: Member) -> None:
    assert record.get("Content-Type") == "application/warc-fields"
    lines = record.block.decode("utf-8").split("\r\n")
    assert lines.pop() == ""
    named = dict(line.split(": ", 1) for line in lines)
    assert len(named) == len(lines)
    assert {"software", "format", "http-header-user-agent", "robots"} <= named.keys()
    assert named["format"] == "WARC File Format 1.1"


def _revisit(record: Member) -> None:
    profile = record.get("WARC-Profile")
    assert profile in PROFILES
    assert record.get("WARC-Refers-To-Target-URI")
    assert _DATE.fullmatch(record.get("WARC-Refers-To-Date") or "")
    if profile == "http://netpreserve.org/warc/1.1/revisit/server-not-modified":
        assert record.block == b"", "with the 304's headers in it, replay tools show an empty 304"
    else:
        assert record.get("WARC-Payload-Digest")
        assert record.get("WARC-Truncated") == "length"
        assert record.http[1] == b""


def _digests(record: Member) -> None:
    assert record.get("WARC-Block-Digest") == sha1(record.block)
    payload = record.get("WARC-Payload-Digest")
    if record.type == "response":
        head, body = record.http
        assert payload == sha1(body)
        _framing(head, body)
    if payload is not None:
        assert re.fullmatch(r"sha1:[A-Z2-7]{32}", payload)


def _framing(head: bytes, body: bytes) -> None:
    """A stored head describes the body that stands behind it, and no framing that was taken off."""
    first, *lines = re.split(rb"\r?\n", head)
    assert re.match(rb"HTTP/1\.[01][ \t]+\d{3}", first) or re.match(rb"HTTP/\d", first)
    lengths = set()
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            continue
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            lengths.add(value.strip())
        if name.strip().lower() == b"transfer-encoding" and body:
            assert b"chunked" not in value.lower()
    status = int(re.split(rb"[ \t]+", first)[1][:3])
    if status not in (204, 304):
        assert lengths <= {b"%d" % len(body)}
