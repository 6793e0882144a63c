"""Knows which of a page's requisites are archived already, from the lists of earlier captures.

Three kinds of lists are used: that of the page's own earlier capture, those that this batch has made, and the newest of
its site. Records in this batch's WARC file are as durable as those that refer to them: the file is stored as a whole or
not at all.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import get_args

from pressmark.archive import requisite_lists, requisites
from pressmark.archive.objects import is_imported
from pressmark.archive.parts import Fetches
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.clock import iso_utc
from pressmark.errors import ArchiveError, WarcError
from pressmark.http.exchange import Conditions, Exchange
from pressmark.requisites.fresh import LONGEST
from pressmark.requisites.wanted import Found, Kind, Wanted
from pressmark.warc.event import Earlier
from pressmark.warc.records import digest_text
from pressmark.warc.requisites import Line

LISTS = 4
"""How many lists of a site are read for a page: a few pages already have nearly all that pages of a site share."""

ROWS = 10
"""How many earlier captures of a page are looked at to find one with a list."""

REMEMBERED = 200
"""How many lists a process keeps in memory, compressed as in the archive: some kilobytes each."""


Name = tuple[str, str]
"""URL and time of a record."""


class Lists:
    """The lists of an archive, looked up while pages are captured; safe for any number of threads."""

    def __init__(self, reader: Reader, files: Fetches) -> None:
        self._reader = reader
        self._files = _Remembering(files)

    def of_page(self, rows: Iterable[Item]) -> requisite_lists.Listing | None:
        """Return the list of the newest capture of a page that has one; None if there is none, or it cannot be read.

        rows: of one URL, newest first.
        """
        keys = [requisites.key_of(row) for row in rows if "deleted" not in row][:ROWS]
        with suppress(ArchiveError, WarcError):
            for item in self._reader.rows(keys) if keys else ():
                if "warc" in item and not is_imported(item["warc"]):
                    return requisite_lists.open_list(self._files, item)
        return None

    def of_site(self, url: str, now: datetime) -> list[list[Line]]:
        """Return the lines of the newest lists of a URL's site, newest first; none if the table does not answer.

        Lists of imported files are skipped: anybody may have made them, and a false digest or validator would make a
        later capture refer to other bytes than those that came. Lists from the future are skipped, too.
        """
        with suppress(ArchiveError):
            found = requisite_lists.latest(self._reader, self._files, url, until=now, limit=LISTS)
            return [each.lines for each in found if not is_imported(each.item["warc"])]
        return []

    def gone(self, lines: Sequence[Line]) -> frozenset[Name]:
        """Return URL and time of those lines that were taken down; of all lines if the table does not answer."""
        try:
            return requisite_lists.taken_down_of_sites(self._reader, lines)
        except ArchiveError:
            return frozenset(map(_name, lines))


class _Remembering:
    """Caches parts of WARC files, which never change."""

    def __init__(self, files: Fetches) -> None:
        self.get = lru_cache(REMEMBERED)(files.get)


class Known:
    """What some lists say about URLs and payloads.

    lists: of lines, the most important first. gone: URL and time of lines that were taken down; new captures must not
    rely on their bytes.
    """

    def __init__(
        self,
        lists: Sequence[list[Line]],
        gone: Callable[[Sequence[Line]], frozenset[Name]] = lambda _lines: frozenset(),
    ) -> None:
        self._lists = lists
        self._gone = gone
        self._stands: dict[Name, bool] = {}
        self._by_url: dict[str, Line] = {}
        self._by_digest: dict[str, Line] = {}
        for line in (line for lines in lists for line in lines):
            if (
                "redirect" in line
                or "truncated" in line
                or (line.get("revisit") and "original_warc" not in line)
            ):
                continue
            self._by_url.setdefault(line["url"], line)
            if line.get("size") or line.get("revisit"):
                self._by_digest.setdefault(line.get("digest", ""), line)

    def look_at(self, urls: Iterable[str]) -> None:
        """Look up together which lines were taken down: those of ``urls``, and what their lists' style sheets named."""
        wanted = set(urls)
        lists = [lines for lines in self._lists if any(line["url"] in wanted for line in lines)]
        wanted |= {line["url"] for lines in lists for line in lines if line.get("found") == "css"}
        self._look_up([line for url, line in self._by_url.items() if url in wanted])

    def _look_up(self, lines: Sequence[Line]) -> None:
        records = [
            each for line in lines for each in (line, requisite_lists.original(line)) if each is not None
        ]
        gone = self._gone(records)
        self._stands |= {name: name not in gone for name in map(_name, records)}

    def _standing(self, line: Line | None) -> Line | None:
        """Return a line unless its record, or the one that this repeats, was taken down."""
        if line is not None and _name(line) not in self._stands:
            self._look_up([line])
        records = [each for each in (line, requisite_lists.original(line) if line else None) if each]
        return line if all(self._stands.get(_name(each), True) for each in records) else None

    def fresh(self, url: str, now: datetime) -> Line | None:
        """Return the line that can be used for a URL without a request (:mod:`pressmark.requisites.fresh`)."""
        line = self.line(url)
        if line is None or not _is_good(line) or line.get("fresh_until", "") <= iso_utc(now):
            return None
        # A list that another program made may state any time.
        return line if iso_utc(now - LONGEST) < line["captured"] <= iso_utc(now) else None

    def line(self, url: str) -> Line | None:
        """Return a URL's first line, in the order of the lists, with a complete response.

        None if there is none, or if it was taken down.
        """
        return self._standing(self._by_url.get(url))

    def conditions(self, url: str) -> Conditions | None:
        """Return the validators to request a URL with: those of a response that a 304 can refer to."""
        line = self.line(url)
        if line is None or not _is_good(line) or _original(line).url != url:
            return None
        etag, last_modified = line.get("etag"), line.get("last_modified")
        return Conditions(etag, last_modified) if etag or last_modified else None

    def confirmed(self, url: str) -> Earlier | None:
        """Return the record that a 304 for a URL refers to."""
        line = self.line(url)
        return _original(line) if line is not None and self.conditions(url) else None

    def same_payload(self, exchange: Exchange) -> Earlier | None:
        """Return a record, of any URL, with the same payload as a response; None if there is none."""
        line = self._by_digest.get(digest_text(exchange.body.sha1)) if exchange.body.size else None
        line = self._standing(line)
        return _original(line, elsewhere=True) if line is not None else None

    def named_in(self, url: str, kind: Found) -> list[Wanted]:
        """Return what a file that is not fetched again may name: all in its list that files of its kind named."""
        for lines in self._lists:
            if any(line["url"] == url for line in lines):
                return [_wanted(line) for line in lines if line.get("found") == kind]
        return []


def _name(line: Line) -> Name:
    return line["url"], line["captured"]


def wanted_again(listing: requisite_lists.Listing) -> list[Wanted]:
    """Return what the list of a page's earlier capture says that the page needs."""
    left_out: list[Wanted] = [Wanted(each.url, "other", "html") for each in listing.content.left_out]
    return [_wanted(line) for line in listing.lines] + left_out


def _wanted(line: Line) -> Wanted:
    kind: Kind = line.get("kind", "other")
    found: Found = line.get("found", "html")
    return Wanted(line["url"], kind, found if found in get_args(Found) else "html")


def _is_good(line: Line) -> bool:
    """Whether a line's response, or the one it confirmed, is complete and successful."""
    return line.get("status") in ((200, 203, 304) if line.get("revisit") else (200, 203))


def _original(line: Line, *, elsewhere: bool = False) -> Earlier:
    """Return the record that a line's bytes are in: revisits never refer to revisits."""
    was = "original_" if line.get("revisit") else ""
    return Earlier(
        url=str((line.get("original_url") if was else None) or line["url"]),
        captured=str(line.get(f"{was}captured") or line["captured"]),
        digest=line.get("digest"),
        warc=line[f"{was}warc"],
        offset=line[f"{was}offset"],
        length=line[f"{was}length"],
        etag=line.get("etag"),
        last_modified=line.get("last_modified"),
        elsewhere=elsewhere,
    )
