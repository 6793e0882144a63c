"""The list of a page's requisites, in the metadata record of their event.

The requisites of a page (its style sheets, pictures and fonts) are one capture event after the page's own, and the
metadata record that closes it is their index. It has a line for each response of the event, and one for each response
of an earlier event that is used instead of fetching again. A line has the attributes of a row of the table
(docs/table.md), so that code that writes an index of rows can write one of lines. docs/warc.md describes the JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pressmark.http.exchange import Exchange
from pressmark.warc.stated import capture_time, check_url, scheme
from pressmark.warc.stored import StoredHop

PURPOSE = "requisites"
"""Purpose of such an event, in its metadata record."""

MAX_LEFT_OUT = 200
"""How many URLs that were left out are named; all of them are counted."""

MAX_LINES = 5000
"""Maximum number of lines that are read of one record. Pressmark itself writes far fewer."""

MAX_PLACE = 1 << 43
"""No file has offsets and lengths beyond this: a file system may refuse even to look there."""

Line = dict[str, Any]

_TEXTS = (
    *("mime", "digest", "kind", "found", "etag", "last_modified", "fresh_until", "truncated", "redirect"),
    *("revisit", "original_url", "original_captured", "original_warc"),
)
_NUMBERS = ("status", "size", "original_offset", "original_length")
_ORIGINAL = ("original_warc", "original_offset", "original_length")
_IN_THIS_FILE = "original_before"
"""Replaces ``original_offset``, as ``before`` replaces ``offset``, if the original is of the same event."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A requisite that is not in the archive, and why, in plain words."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageOf:
    """The page's response: WARC-Target-URI and WARC-Date of its record."""

    url: str
    captured: str


@dataclass(slots=True)
class Listed:
    """What an event of requisites states in addition to its responses.

    page: whose requisites they are. level: the level asked for, ``page`` or ``all``. told: by requested URL, what its
    line states but its response does not: ``kind``, ``found`` (where it is named: html, css or script),
    ``fresh_until`` (ISO 8601 UTC), and for a 304 the validators that are still valid. pointers: lines of earlier
    events. left_out: at most :data:`MAX_LEFT_OUT` of them are written.
    """

    page: PageOf
    level: str
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    pointers: list[Line] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RequisiteList:
    """The list as it is read back.

    left_out_count: including those that are not named. lines: with their places in files; those of the event's own
    records also state how far ``before`` the list they are.
    """

    page: PageOf
    level: str
    lines: list[Line]
    left_out: list[LeftOut]
    left_out_count: int


def facts(
    listed: Listed,
    hops: Sequence[StoredHop],
    exchanges: Sequence[Exchange],
    repeats: Mapping[str, Any],
    end: int,
) -> dict[str, Any]:
    """Return the members of the metadata record that hold the list.

    hops, exchanges: of the event, pairwise. repeats: by URL, the :class:`pressmark.warc.event.Earlier` that a revisit
    refers to. end: where the metadata record begins, counted in bytes as the hops' offsets are. Their offsets in the
    file are not known yet, so lines state how far before that place their records are.
    """
    lines = [
        _line(hop, exchange, listed.told.get(hop.url, {}), end)
        for hop, exchange in zip(hops, exchanges, strict=True)
    ]
    here = {(hop.url, hop.captured): hop for hop in hops}
    for line, hop in zip(lines, hops, strict=True):
        if hop.record == "revisit" and (earlier := repeats.get(hop.url)) is not None:
            line |= _original(earlier, here.get((str(hop.refers_to_url), str(hop.refers_to_date))), end)
    return {
        "page": asdict(listed.page),
        "level": listed.level,
        "requisites": lines + [_pointer(line) for line in listed.pointers],
        "left_out": [asdict(each) for each in listed.left_out[:MAX_LEFT_OUT]],
        "left_out_count": len(listed.left_out),
    }


def _line(hop: StoredHop, exchange: Exchange, told: Mapping[str, str], end: int) -> Line:
    line: Line = {
        "url": hop.url,
        "captured": hop.captured,
        "before": end - hop.offset,
        "length": hop.length,
        "status": hop.status or exchange.status,
        "mime": hop.mime,
        "digest": hop.digest,
        "size": hop.size,
        "truncated": hop.truncated,
        "redirect": hop.location,
        "etag": (exchange.header("etag") or "")[:300],
        "last_modified": (exchange.header("last-modified") or "")[:100],
        **told,
    }
    if hop.record == "revisit":
        line["revisit"] = (hop.profile or "").rsplit("/", 1)[-1]
        line["original_url"] = hop.refers_to_url if hop.refers_to_url != hop.url else None
        line["original_captured"] = hop.refers_to_date
    return {name: value for name, value in line.items() if value not in (None, "")}


def _original(earlier: Any, here: StoredHop | None, end: int) -> Line:
    """Return the place of the response that a revisit refers to. here: its hop, if it is of the same event."""
    if here is not None and not earlier.warc:
        return {_IN_THIS_FILE: end - here.offset, "original_length": here.length}
    places = {"warc": earlier.warc, "offset": earlier.offset, "length": earlier.length}
    return {f"original_{name}": value for name, value in places.items()}


def _pointer(line: Line) -> Line:
    return {name: value for name, value in line.items() if name != "before"}


def is_list(metadata: Mapping[str, Any]) -> bool:
    """Whether a metadata record closes an event of requisites."""
    return metadata.get("purpose") == PURPOSE


def read(metadata: Mapping[str, Any], *, warc: str, offset: int) -> RequisiteList:
    """Read a list.

    warc, offset: the place of its metadata record. Lines that make no sense are left out: anybody may have made the
    file. Raises ValueError for another kind of record, and if the list does not name its page.
    """
    page = metadata.get("page")
    if not is_list(metadata) or not isinstance(page, dict):
        raise ValueError("not a list of requisites")
    said = metadata.get("requisites")
    lines = [_read_line(each, warc, offset) for each in (said if isinstance(said, list) else [])[:MAX_LINES]]
    named = metadata.get("left_out")
    left_out = [
        LeftOut(each["url"], each["reason"])
        for each in (named if isinstance(named, list) else [])[:MAX_LEFT_OUT]
        if isinstance(each, dict) and isinstance(each.get("url"), str) and isinstance(each.get("reason"), str)
    ]
    count = metadata.get("left_out_count")
    return RequisiteList(
        PageOf(*_named(page)),
        str(metadata.get("level", "page"))[:20],
        [line for line in lines if line],
        left_out,
        count if type(count) is int and count > len(left_out) else len(left_out),
    )


def _named(said: Mapping[str, Any]) -> tuple[str, str]:
    """Return the URL and the time of a record that is named. Raises ValueError."""
    url, captured = said.get("url"), said.get("captured")
    if not (isinstance(url, str) and isinstance(captured, str)):
        raise ValueError("a record is named without its URL or its time")  # noqa: TRY004 - of what a file says
    if scheme(url) not in ("http", "https"):
        raise ValueError("a record is named whose URL is neither http nor https")
    check_url(url)
    return url, capture_time(captured, url)


def _read_line(said: Any, warc: str, offset: int) -> Line:
    """Return a line with its place in a file; empty if it has none."""
    if not isinstance(said, dict):
        return {}
    try:
        url, captured = _named(said)
    except ValueError:
        return {}
    line: Line = {"url": url, "captured": captured, "warc": warc, "length": said.get("length")}
    if "before" in said:
        line["offset"] = offset - said["before"] if type(said["before"]) is int else -1
        line["before"] = said["before"]
    else:
        line |= {"warc": said.get("warc"), "offset": said.get("offset")}
    is_own = "before" in said
    if not (_is_place(line["offset"]) and _is_place(line["length"]) and (is_own or _is_file(line["warc"]))):
        return {}
    line |= {name: said[name] for name in _TEXTS if isinstance(said.get(name), str)}
    line |= {name: said[name] for name in _NUMBERS if _is_place(said.get(name))}
    if is_own and type(said.get(_IN_THIS_FILE)) is int and 0 <= said[_IN_THIS_FILE] <= offset:
        line |= {"original_warc": warc, "original_offset": offset - said[_IN_THIS_FILE]}
    elif not _is_file(line.get("original_warc")):
        line.pop("original_warc", None)
    if not line.keys() >= {*_ORIGINAL}:
        return {name: value for name, value in line.items() if name not in _ORIGINAL}
    return line


def _is_place(said: Any) -> bool:
    return type(said) is int and 0 <= said < MAX_PLACE


def _is_file(said: Any) -> bool:
    """Whether a value can be the key of a WARC file: no other file of a folder or bucket holds requisites."""
    return (
        isinstance(said, str)
        and said.isprintable()
        and said.lower().endswith((".warc", ".warc.gz", ".warc.zst"))
        and ".." not in said.split("/")
        and not said.startswith("/")
    )
