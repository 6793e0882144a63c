"""Reads what a row points to, by ranged GETs: records, response, text, and the capture's metadata."""

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Protocol

from pressmark.archive import compacted
from pressmark.archive.keys import original_key
from pressmark.archive.outcome import is_answer
from pressmark.archive.parts import Kept, Part
from pressmark.archive.ranges import Reader, of_term, row_key
from pressmark.archive.rows import Item
from pressmark.clock import parse_iso
from pressmark.errors import NotFoundError, TakenDownError, WarcError
from pressmark.http.decode import LIMIT_BYTES, Decoded, Decoding, decode
from pressmark.http.exchange import Body, Exchange
from pressmark.http.wire.chunked import Dechunker
from pressmark.http.wire.response import parse_fields
from pressmark.warc.convert import write_member
from pressmark.warc.stated import capture_time, read_facts, read_head
from pressmark.warc.stream import ArcRecord, WarcRecord, is_members, read_records

MAX_DECODED_BYTES = 1 << 30
"""A body that decodes to more is cut there, and the caller is told. It is decoded in pieces."""

MAX_RECORD_BYTES = 64 * 1024 * 1024
"""The largest metadata or conversion record that is read. Pressmark's own come from pages of at most 32 MiB."""

PIECE = 256 * 1024

SAME_DIGEST = 100
"""How many of the newest captures with the same digest are looked at to find the one that a revisit repeats."""

FIRST_RECORD_BYTES = 16 * 1024
"""How much of a file's beginning is read to find its warcinfo record."""


class Files(Protocol):
    """Where WARC files are kept: :class:`pressmark.archive.objects.Objects`, or a folder's."""

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return a part of a file."""

    def open(self, key: str) -> IO[bytes]:
        """Return a whole file as a stream."""

    def keys(self, prefix: str = ..., *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each file, in key order."""

    def level(self, prefix: str = ...) -> tuple[list[str], list[str]]:
        """Return the folders directly below a prefix, each with its slash, and the files there."""

    def compacted(self, key: str) -> compacted.Part | None:
        """Return the place of a file in a compacted file (D30), None if it was not compacted."""


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record. block: its content, whole."""

    type: str
    block: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A stored response.

    head: status line and header lines as stored; for a resource record only its media type. kept: the body as stored,
    with its content encoding but without chunk framing; on disk if it is large. url, captured: of the record they come
    from, which is an earlier one if the capture is a revisit.
    """

    url: str
    captured: str
    head: bytes
    kept: Body

    @property
    def body(self) -> bytes:
        """The body in one piece."""
        return self.kept.open().read()

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        """Header fields in order."""
        head = self.head.lstrip(b"\xef\xbb\xbf\r\n \t")
        return parse_fields(head.partition(b"\n")[2] if head[:5].upper() == b"HTTP/" else head)

    def exchange(self) -> Exchange:
        """The exchange, as far as it is needed to read the page."""
        return Exchange(self.url, parse_iso(self.captured), headers=self.fields, body=self.kept)

    def decoded(self) -> Decoded:
        """The body with its content encoding removed, as browsers do it; of an unknown encoding, as stored."""
        return decode(self.exchange(), LIMIT_BYTES)

    def decoding(self) -> Decoding:
        """The same in pieces, up to MAX_DECODED_BYTES."""
        return Decoding(self.exchange(), MAX_DECODED_BYTES)


def records(data: bytes, *, file: str, offset: int) -> list[Record]:
    """Read the records that a piece of a WARC file consists of; file, offset: its place.

    Raises WarcError, also for a record of more than MAX_RECORD_BYTES.
    """
    found: list[Record] = []
    for record in read_records(io.BytesIO(data), file=file, start=offset):
        if record.size > MAX_RECORD_BYTES:
            raise _too_large(file, record.offset)
        found.append(Record(record.type, b"".join(_block(record))))
    return found


def _too_large(file: str, offset: int) -> WarcError:
    return WarcError(f"a record has more than {MAX_RECORD_BYTES:,} bytes: not read", file=file, offset=offset)


def _block(record: WarcRecord) -> Iterator[bytes]:
    """Yield a record's block, compared with its digest at its end.

    ISO 28500:2017 section 5.8; where it is a SHA-1 in base 32, as ours are. Raises WarcError.
    """
    sha1 = hashlib.sha1(usedforsecurity=False)
    while piece := record.read(PIECE):
        sha1.update(piece)
        yield piece
    said = record.get("WARC-Block-Digest") or ""
    algorithm, _, value = said.partition(":")
    digest = base64.b32encode(sha1.digest()).decode("ascii")
    if algorithm.lower() == "sha1" and len(value) == 32 and digest != value.upper():
        reason = f"the block digest is sha1:{digest}, the record says {said}"
        raise WarcError(reason, file=record.file, offset=record.offset)


def response(files: Files, row: Item, reader: Reader | None = None) -> Response:
    """Return a row's response; for a revisit, with the body that it refers to.

    reader: finds what a revisit repeats if its row does not state the place, as in another tool's file. It must be
    allowed to give it (:func:`original_of` decides). Raises NotFoundError if there was no response or its bytes are
    gone, ArchiveError, WarcError.
    """
    if "deleted" in row:
        raise TakenDownError(taken_down(row))
    if not is_answer(row):
        raise NotFoundError(
            f"{row['url']} at {row['captured']}: the server did not answer"
            + (f" ({row['error']}: {row.get('reason', '')})" if "error" in row else "")
        )
    own = _response(files, row["warc"], row["offset"], row["length"])
    if "revisit" not in row:
        return own
    if "original_warc" not in row and reader is not None and (there := original_of(reader, row)) is not None:
        row = row | {f"original_{name}": there[name] for name in ("warc", "offset", "length")}
    if "original_warc" not in row:
        raise NotFoundError(
            f"{row['url']} at {row['captured']}: a revisit of a capture ({row.get('original_captured', 'not dated')}) "
            "that is not in this archive"
        )
    original = _response(files, row["original_warc"], row["original_offset"], row["original_length"])
    # A 304 came without the page's own headers; these are with its body.
    head = own.head or original.head
    return Response(original.url, original.captured, head, original.kept)


def taken_down(row: Item) -> str:
    """Return the sentence that says when and why a capture was taken down."""
    reason = f": {row['reason']}" if row.get("reason") else ""
    return f"{row['url']}: the capture of {row['captured']} was taken down on {row['deleted']}{reason}"


def facts(files: Files, row: Item) -> tuple[dict[str, Any], str | None]:
    """Return what was recorded of a capture (the metadata record's JSON) and the article's text, if any.

    Raises NotFoundError, ArchiveError, WarcError.
    """
    if not row.get("meta_length"):
        return {}, None
    key, offset = row["warc"], row["meta_offset"]
    metadata: dict[str, Any] = {}
    text = None
    if row["meta_length"] > MAX_RECORD_BYTES:
        raise _too_large(key, offset)
    for record in records(files.get(key, offset, row["meta_length"]), file=key, offset=offset):
        if record.type == "metadata":
            try:
                metadata = read_facts(record.block)
            except ValueError as error:
                reason = f"the metadata record is not what Pressmark writes: {error}"[:200]
                raise WarcError(reason, file=key, offset=offset, url=row["url"]) from error
        elif record.type == "conversion":
            text = record.block.decode("utf-8", "replace")
    return metadata, text


def original_of(reader: Reader, row: Item) -> Item | None:
    """Return the row of the capture that a revisit repeats, which has the page's body and text.

    None if the row is not a revisit, or this archive does not have that capture. Other tools often state only the
    digest. Then, and if the named capture is not here, it is one with the same digest. Raises TakenDownError if it was
    taken down: its bytes may still be in their file, but nobody gets them. Raises ArchiveError.
    """
    if "revisit" not in row:
        return None
    for original in reader.rows([original_key(row)] if "original_captured" in row else []):
        if "deleted" in original:
            raise TakenDownError(f"{row['url']} at {row['captured']}: a revisit. {taken_down(original)}")
        if "revisit" not in original:
            return original
    if "digest" not in row or "original_warc" in row:
        return None
    page = reader.page(of_term("digest", row["digest"]), limit=SAME_DIGEST)
    found = reader.rows([row_key(item) for item in page.items])
    found = [each for each in found if "revisit" not in each and is_answer(each)]
    return min(found, key=lambda each: each["url"] != row["url"], default=None)


def text_of(reader: Reader, files: Files, row: Item) -> str | None:
    """Return an article's text; of a page that had not changed, the text of the capture it repeats.

    Raises TakenDownError if that was taken down, NotFoundError, ArchiveError, WarcError.
    """
    text = facts(files, row)[1]
    if text is None and (original := original_of(reader, row)) is not None:
        return facts(files, original)[1]
    return text


def warcinfo(files: Files, key: str) -> bytes:
    """Return the first record of a WARC file, as a gzip member, if it is a warcinfo record, else nothing."""
    stream = files.open(key)
    try:
        data = stream.read(FIRST_RECORD_BYTES)
    finally:
        stream.close()
    out = io.BytesIO()
    try:
        record = next(read_records(io.BytesIO(data), file=key), None)
        if record is None or record.type != "warcinfo" or isinstance(record, ArcRecord):
            return b""
        if is_members(data):
            return data[: record.finish()]
        write_member(record, out)
    except WarcError:
        return b""
    return out.getvalue()


def _response(files: Files, key: str, offset: int, length: int) -> Response:
    part = Part(files, key, offset, length)
    record = next(read_records(part, file=key, start=offset), None)
    if record is None or record.type not in ("response", "revisit", "resource"):
        raise NotFoundError(f"{key} at {offset}: no response record there")
    captured = capture_time(record.get("WARC-Date") or "", record.url)
    media_type = record.get("Content-Type") or "application/octet-stream"
    pieces = _block(record)
    bare = record.type == "resource"
    head, rest = (f"Content-Type: {media_type}\r\n\r\n".encode(), b"") if bare else read_head(pieces)
    body = Kept()
    for piece in chain([rest], pieces):
        body.write(piece)
    return Response(record.url, captured, head, body if bare else unchunked(head, body))


def unchunked(head: bytes, body: Body) -> Body:
    """Return a body without the chunk framing that some tools store with it; one that is not framed, as it is."""
    fields = parse_fields(head.partition(b"\n")[2])
    codings = b",".join(value for name, value in fields if name.lower() == b"transfer-encoding").lower()
    if codings.split(b",")[-1].strip() != b"chunked":
        return body
    dechunker, plain = Dechunker(), Kept()
    for piece in body.chunks():
        plain.write(dechunker.feed(piece))
    # A body that was cut within a chunk is still framed; one that never had a chunk size in front is not.
    return plain if plain.size or dechunker.finished else body
