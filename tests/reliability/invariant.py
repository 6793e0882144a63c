"""Nothing lost, nothing altered: the promise, checked by code that shares none with Pressmark.

boto3 reads the table, zlib and hashlib recompute, fastwarc reads whole files. Nothing of ``pressmark`` is imported
here.
"""

import base64
import functools
import gzip
import hashlib
import io
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from boto3.dynamodb.types import TypeDeserializer
from fastwarc.warc import ArchiveIterator, WarcRecordType

TERM = re.compile(r"^[a-z-]+=")


@dataclass(frozen=True)
class Pushed:
    """A message that was sent. within: it asked for nothing where the page was captured lately."""

    id: str
    url: str
    within: bool = False


@dataclass
class Archive:
    """Everything in a table and a bucket."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    terms: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, dynamodb: Any, table: str, objects: Mapping[str, bytes]) -> "Archive":
        """objects: what is in the bucket, by key."""
        archive = cls(files={key: data for key, data in objects.items() if key.startswith("warcs/")})
        for row in _scan(dynamodb, TableName=table):
            (archive.terms if TERM.match(row["site"]) else archive.rows).append(row)
        return archive


def _scan(dynamodb: Any, **what: Any) -> list[dict[str, Any]]:
    read = TypeDeserializer().deserialize
    pages = dynamodb.get_paginator("scan").paginate(ConsistentRead=True, **what)
    return [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def lost(archive: Archive, pushed: Collection[Pushed], waiting: Collection[str]) -> list[str]:
    """Name the messages that are neither on a queue nor have a row. waiting: ids on either queue."""
    by_message = {row.get("message_id") for row in archive.rows}
    captured = {row["url"] for row in archive.rows if "error" not in row}
    return [
        f"lost: {each.url} ({each.id})"
        for each in pushed
        if each.id not in waiting and each.id not in by_message and not (each.within and each.url in captured)
    ]


def wrong(archive: Archive) -> list[str]:
    """Name every row and list whose bytes are not there, or are not what it says, and every damaged file."""
    problems: list[str] = []
    for row in archive.rows:
        try:
            problems += _row(archive, row)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the bytes is a finding
            problems.append(f"{row['capture']}: {type(error).__name__}: {error}")
    for item in archive.terms:
        if item["site"].startswith("requisites="):
            try:
                problems += _list(archive, item)
            except Exception as error:  # noqa: BLE001 - as above
                problems.append(f"{item['site']} {item['capture']}: {type(error).__name__}: {error}")
    for key, data in archive.files.items():
        problems += [f"{key}: {problem}" for problem in _file(data)]
    return problems + _without_terms(archive)


def check(archive: Archive, pushed: Collection[Pushed], waiting: Collection[str]) -> None:
    """Fail with all that is wrong, if anything is."""
    problems = lost(archive, pushed, waiting) + wrong(archive)
    assert not problems, "\n".join(problems)


def _row(archive: Archive, row: Mapping[str, Any]) -> list[str]:
    key, start, length = row["warc"], int(row["offset"]), int(row["length"])
    if key not in archive.files:
        return [f"{row['capture']}: no file {key}"]
    member = archive.files[key][start : start + length]
    if len(member) != length:
        return [f"{row['capture']}: {key} ends before {start}+{length}"]
    headers, block = _record(_gunzip(member))
    problems = []

    def expect(what: str, found: Any, said: Any) -> None:
        if found != said:
            problems.append(f"{row['capture']}: {what} is {found!r}, the row says {said!r}")

    # Where there was no answer, the row leads to what is said of the page; that stands under a URI of its own.
    about = "urn:pressmark:" if headers["warc-type"] == "metadata" else ""
    expect("WARC-Target-URI", headers["warc-target-uri"], about + row["url"])
    expect("WARC-Date", headers["warc-date"], row["captured"])
    expect("block digest", _sha1(block), headers["warc-block-digest"])
    if headers["warc-type"] == "metadata":  # there was no answer
        expect("status", None, row.get("status"))
        return problems
    head, _, payload = block.partition(b"\r\n\r\n")
    if headers["warc-type"] == "response":
        expect("payload digest", _sha1(payload), row["digest"])
        expect("size", len(payload), int(row["size"]) if "size" in row else None)
        expect("status", head.split(b" ")[1].decode(), str(row["status"]))
        return problems
    expect("record", headers["warc-type"], "revisit")
    expect("digest", headers["warc-payload-digest"], row["digest"])
    at, size = int(row["original_offset"]), int(row["original_length"])
    original, whole = _record(_gunzip(archive.files[row["original_warc"]][at : at + size]))
    expect("original", original["warc-type"], "response")
    expect("original digest", _sha1(whole.partition(b"\r\n\r\n")[2]), row["digest"])
    expect("original date", original["warc-date"], row["original_captured"])
    return problems


def _list(archive: Archive, item: Mapping[str, Any]) -> list[str]:
    """What a list of requisites leads to: its own records, those of earlier lists, and what revisits refer to."""
    key, offset = item["warc"], int(item["offset"])
    headers, block = _record(_gunzip(archive.files[key][offset : offset + int(item["length"])]))
    said = json.loads(block)
    links = {(each["site"], each["capture"]) for each in archive.terms}
    page, *hosts = (_host(each["url"]) for each in (item, *said["requisites"]))
    problems = [
        f"{key} at {offset}: no link from {host} to {page}"
        for host in {*hosts} - {page}
        if (f"requisites-on={host}", page) not in links
    ]
    if (headers["warc-type"], said["page"]["url"]) != ("metadata", item["url"]):
        problems.append(f"{key} at {offset}: not the list of {item['url']}")
    for line in said["requisites"]:
        own = "before" in line
        start = offset - line["before"] if own else line["offset"]
        record, payload = _there(archive, key if own else line["warc"], start, line["length"])
        if (record["warc-target-uri"], record["warc-date"]) != (line["url"], line["captured"]):
            problems.append(f"{key} at {offset}: {line['url']} is not there")
        if "revisit" in line:
            within = "original_before" in line
            start = offset - line["original_before"] if within else line["original_offset"]
            warc = key if within else line["original_warc"]
            record, payload = _there(archive, warc, start, line["original_length"])
            if record["warc-date"] != line["original_captured"]:
                problems.append(f"{key} at {offset}: the original of {line['url']} is not there")
        if record["warc-type"] != "response" or _sha1(payload) != line["digest"]:
            problems.append(f"{key} at {offset}: the payload of {line['url']} is not there")
    return problems


def _host(url: str) -> str:
    """The host of a URL, backwards as in the table; the tests' hosts are addresses and localhost, each its own site."""
    return ",".join(reversed(str(urlsplit(url).hostname).split(".")))


def _there(archive: Archive, key: str, start: int, length: int) -> tuple[dict[str, str], bytes]:
    headers, block = _record(_gunzip(archive.files[key][start : start + length]))
    return headers, block.partition(b"\r\n\r\n")[2]


def _gunzip(member: bytes) -> bytes:
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    data = stream.decompress(member) + stream.flush()
    assert stream.eof, "the gzip member has no end"
    assert not stream.unused_data, "more than one gzip member"
    return data


def _record(data: bytes) -> tuple[dict[str, str], bytes]:
    head, _, rest = data.partition(b"\r\n\r\n")
    version, *lines = head.decode().split("\r\n")
    assert version == "WARC/1.1", version
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers["content-length"])
    assert rest[length:] == b"\r\n\r\n", "the record does not end in two empty lines"
    return headers, rest[:length]


def _sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


@functools.lru_cache(1000)  # the model looks at every file after each step
def _file(data: bytes) -> list[str]:
    """Read a whole file with fastwarc, which recomputes both digests of each record."""
    problems: list[str] = []
    try:
        gzip.decompress(data)
        count = 0
        for record in ArchiveIterator(io.BytesIO(data), parse_http=False):
            count += 1
            if not record.verify_block_digest():
                problems.append(f"{record.record_id}: block digest")
            if record.record_type == WarcRecordType.response:
                record.reader.consume()
        for record in ArchiveIterator(
            io.BytesIO(data), parse_http=True, record_types=WarcRecordType.response
        ):
            if not record.verify_payload_digest():
                problems.append(f"{record.record_id}: payload digest")
    except Exception as error:  # noqa: BLE001 - as above
        return [f"{type(error).__name__}: {error}"]
    return problems if count else ["no records"]


def _without_terms(archive: Archive) -> list[str]:
    """A row is written after its look-up items, so where it is, they are."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for term in archive.terms:
        captured, _, urlkey = term["capture"].partition(" ")
        kinds[f"{urlkey} {captured}"].add(term["site"].partition("=")[0])
    wanted = {"authors": "author", "tags": "tag", "section": "section", "error": "error", "labels": "label"}
    return [
        f"{row['capture']}: no {kind} item"
        for row in archive.rows
        for attribute, kind in wanted.items()
        if attribute in row and kind not in kinds[row["capture"]]
    ]
