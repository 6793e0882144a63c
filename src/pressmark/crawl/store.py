"""Stores what a batch captured: the WARC file, then its rows (docs/reliability.md, "The order of commitment")."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pressmark.archive import rows
from pressmark.archive.objects import Objects
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.clock import REAL, Outside
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError, RefusedError
from pressmark.settings import Settings
from pressmark.warc.writer import WarcFile

REMEMBERED = 20_000
"""How many links a process remembers as being in the table: at most five megabytes."""


@dataclass(frozen=True, slots=True)
class _Made:
    """The items of a visit. heads: rows of URLs that were asked for. links: items that name lists. others: the rest."""

    visit: Visit
    links: list[Item]
    heads: list[Item]
    others: list[Item]


class Store:
    """Puts captures into the bucket and the table."""

    def __init__(self, settings: Settings, objects: Objects, table: Table, outside: Outside = REAL) -> None:
        self._settings = settings
        self._linked: set[tuple[str, str]] = set()
        self._objects = objects
        self._table = table
        self._outside = outside

    def put(self, visits: Sequence[Visit], warc: WarcFile) -> None:
        """Store the WARC, then the rows. If that fails, every page in it is tried again."""
        stored = [visit for visit in visits if visit.stored]
        if not stored:
            return
        started = self._outside.monotonic()
        try:
            self._objects.put(warc.key, warc.open(), crc32=warc.crc32)
            self._index(stored)
        except ArchiveError as error:
            for visit in stored:
                visit.fail("store-error", str(error))
        spent = 1000 * (self._outside.monotonic() - started)
        for visit in stored:
            visit.report.ms["store"] = spent

    def _index(self, visits: Sequence[Visit]) -> None:
        """Write the rows; if those of one page cannot be made or written, the others are not affected."""
        made: list[_Made] = []
        for visit in visits:
            try:
                made.append(self._items(visit))
            except Exception as error:  # noqa: BLE001 - a defect met on one page must not fail the batch
                visit.fail("job-failed", f"{type(error).__name__}: {error}")
        try:
            # A list is found by its links, so these are written before it.
            self._link(link for each in made for link in each.links)
            # A repeated delivery takes the row of the URL that was asked for as proof that all is written, so that row
            # is written last.
            self._table.put(item for each in made for item in each.others)
            self._table.put(item for each in made for item in each.heads)
        except RefusedError as error:
            if len(made) == 1:
                raise
            for each in made:
                try:
                    self._link(each.links)
                    self._table.put(each.others)
                    self._table.put(each.heads)
                except RefusedError:
                    each.visit.fail("store-error", str(error))

    def _items(self, visit: Visit) -> _Made:
        made = _Made(visit, [], [], [])
        for capture in visit.stored:
            head, *rest = rows.items(
                capture, bucket=self._objects.bucket, index_terms=self._settings.index_terms
            )
            if capture.is_list:  # a page's list of requisites is written before its row
                made.others.append(head)
                made.links.extend(rest)
            else:
                made.heads.append(head)
                made.others.extend(rest)
        return made

    def _link(self, links: Iterable[Item]) -> None:
        """Write those links that are not in the table. Usually, each is written only once ever. Raises ArchiveError."""
        new = {key: link for link in links if (key := (link["site"], link["capture"])) not in self._linked}
        if not new:
            return
        wanted = list(new.values())
        with suppress(ArchiveError):  # writing one again does no harm
            wanted = self._table.missing(wanted)
        self._table.put(wanted)
        if len(self._linked) > REMEMBERED:
            self._linked.clear()
        self._linked |= new.keys()
