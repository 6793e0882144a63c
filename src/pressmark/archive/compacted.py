"""Compacted files: small WARC files of one day in one, each as it was (D30).

Rows, tombstones and lists still name the small files. If one of these is gone, its bytes are a part of a compacted file
of its day, whose first record lists the small files. That list is believed only in a file whose name contains the
list's own digest, and only for small files of the same day. If the small file still exists, it is used itself. A
compacted file whose list is not right is an ordinary WARC file, under its own name.

The capture function imports this module when it starts, so modules about WARC files are imported only where they are
needed.
"""

import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

from pressmark import __version__
from pressmark.errors import WarcError

MARK = "0.compacted-"
"""How the names of compacted files begin: so that a listing of their day has them before the small files. A dot in
WarcPrefix becomes an underscore, so only names with the prefix "0" would come before them, and these are never
compacted."""

MAX_PARTS = 1000
"""Maximum number of small files in one compacted file."""

HEAD_BYTES = 128 * 1024
"""How much of a compacted file is read to find its list; that of MAX_PARTS files takes about 70 KB."""

MAX_HEAD_BYTES = 2 * 1024 * 1024
"""A longer list is not believed."""

KEPT = 64
"""How many lists are remembered; each takes some 300 KB at most."""

_DAY = re.compile(r"warcs/\d{4}/\d\d/\d\d/", re.ASCII)

_SMALL = re.compile(r"(?!0-)\w{1,64}-\d{17}-\d{5}-[\w.]{1,64}\.warc\.gz", re.ASCII)
"""The names of files that the function writes (:func:`pressmark.warc.writer.file_name`)."""

_COMPACTED = re.compile(rf"{re.escape(MARK)}({_SMALL.pattern})-([0-9a-f]{{32}})\.warc\.gz", re.ASCII)

_LINE = re.compile(r"compacted: (\S+) ([1-9]\d{0,9}) ([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """A small file within a compacted one.

    key: its own. file: the compacted file's key. offset, length: its place in that file. sha256: of its bytes when it
    was compacted, in hexadecimal digits.
    """

    key: str
    file: str
    offset: int
    length: int
    sha256: str


Listed = tuple[str, int]
"""Key and size of a file."""

Fetch = Callable[[str, int], bytes]
"""Returns the beginning of a file, with at most the given number of bytes."""


def day_of(key: str) -> str:
    """Return the day's folder that a key is in, with its slash; empty if it is in none."""
    found = _DAY.match(key)
    return found[0] if found else ""


def is_small(key: str) -> bool:
    """Whether a file may be compacted, by its key."""
    return bool(day := day_of(key)) and _SMALL.fullmatch(key, len(day)) is not None


def is_compacted(key: str) -> bool:
    """Whether a file is a compacted one, by its key."""
    if MARK not in key:  # of nearly every key that is listed
        return False
    return bool(day := day_of(key)) and _COMPACTED.fullmatch(key, len(day)) is not None


def passed_over(low: str) -> str:
    """Return the prefix of the compacted files that a listing from ``low`` on skips; empty if it skips none.

    low: a prefix, or the last key of an earlier listing.
    """
    prefix = day_of(low) + MARK
    return prefix if day_of(low) and low > prefix else ""


def candidates(key: str) -> tuple[str, str]:
    """Return the prefix of the compacted files that may hold a small file, and a key that they all come after.

    The name of a compacted file begins with the name of its last small file, so usually the first candidate has it.
    """
    day = day_of(key)
    return day + MARK, day + MARK + key.removeprefix(day)


def compose(parts: Sequence[tuple[str, int, str]], date: str) -> tuple[str, bytes]:
    """Return key and first record, a gzip member, of a compacted file.

    parts: key, length and SHA-256 of each small file, all of one day, in key order. date: as WARC-Date writes it. The
    key follows from the parts alone. The record is a warcinfo record, which every reader skips (ISO 28500:2017 section
    6.2).
    """
    from pressmark.warc.convert import record_id
    from pressmark.warc.member import Member

    day = day_of(parts[0][0])
    lines = [f"compacted: {key.removeprefix(day)} {length} {sha256}" for key, length, sha256 in parts]
    name = f"{MARK}{parts[-1][0].removeprefix(day)}-{_digest(lines)}.warc.gz"
    about = [
        f"software: Pressmark/{__version__}",
        "format: WARC File Format 1.1",
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description: WARC files of one day, each as it was, in this order: name, length in bytes, SHA-256",
    ]
    block = "".join(f"{line}\r\n" for line in [*about, *lines]).encode()
    header = [
        "WARC/1.1",
        "WARC-Type: warcinfo",
        f"WARC-Record-ID: {record_id(name, date)}",
        f"WARC-Date: {date}",
        f"WARC-Filename: {name}",
        "Content-Type: application/warc-fields",
        f"Content-Length: {len(block)}",
    ]
    out = io.BytesIO()
    member = Member(out)
    member.write("".join(f"{line}\r\n" for line in [*header, ""]).encode() + block + b"\r\n\r\n")
    member.flush()
    return day + name, out.getvalue()


class Lists:
    """The lists of compacted files, read when they are needed. A list never changes, so the latest ones are remembered.

    May be used by many threads.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._lock = Lock()
        self._known: OrderedDict[Listed, tuple[Part, ...]] = OrderedDict()

    def parts(self, key: str, size: int) -> tuple[Part, ...]:
        """Return the small files in a compacted file; none if it is not one, or its list is wrong.

        Raises ArchiveError if it cannot be read.
        """
        if not is_compacted(key):
            return ()
        with self._lock:
            if (found := self._known.get((key, size))) is not None:
                self._known.move_to_end((key, size))
                return found
        found = self._read(key, size)
        with self._lock:
            self._known[key, size] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def find(self, key: str, files: Iterable[Listed]) -> Part | None:
        """Return the place of a small file in the first of some compacted files that has it. Raises ArchiveError."""
        for file, size in files:
            for part in self.parts(file, size):
                if part.key == key:
                    return part
        return None

    def spread(self, files: Iterable[Listed]) -> dict[str, int]:
        """Replace compacted files in a listing by their small ones: keys and sizes.

        Files that still exist keep their own size.

        Raises ArchiveError.
        """
        small: dict[str, int] = {}
        others: dict[str, int] = {}
        for key, size in files:
            if parts := self.parts(key, size):
                small |= {part.key: part.length for part in parts}
            else:
                others[key] = size
        return small | others

    def _read(self, key: str, size: int) -> tuple[Part, ...]:
        for length in (HEAD_BYTES, MAX_HEAD_BYTES):
            try:
                return tuple(_parts(key, size, self._fetch(key, min(length, size))))
            except WarcError:
                if length >= size:
                    break
        return ()


def _parts(key: str, size: int, head: bytes) -> Iterator[Part]:
    """Yield the parts that a compacted file lists at its beginning. Raises WarcError if the list cannot be believed."""
    from pressmark.warc.stream import read_records

    name = key.removeprefix(day := day_of(key))
    record = next(read_records(io.BytesIO(head), file=key), None)
    if record is None or record.type != "warcinfo":
        raise WarcError("it does not begin with a warcinfo record", file=key)
    block = b""
    while piece := record.read(MAX_HEAD_BYTES):
        block += piece
        if len(block) > MAX_HEAD_BYTES:
            raise WarcError("its list is too long", file=key)
    offset = record.finish()
    lines = [
        line for line in block.decode("utf-8", "replace").split("\r\n") if line.startswith("compacted: ")
    ]
    found = [_LINE.fullmatch(line) for line in lines]
    parts = [(match[1], int(match[2]), match[3]) for match in found if match]
    names = [part[0] for part in parts]
    named = _COMPACTED.fullmatch(name)
    if not (
        named
        and len(parts) == len(lines)
        and 0 < len(parts) <= MAX_PARTS
        and named[1] == names[-1]
        and named[2] == _digest(lines)
        and all(_SMALL.fullmatch(each) for each in names)
        and all(one < other for one, other in pairwise(names))
        and offset + sum(part[1] for part in parts) == size
    ):
        raise WarcError("its list is not that of its name", file=key)
    for each, length, sha256 in parts:
        yield Part(day + each, key, offset, length, sha256)
        offset += length


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
