"""Lists what a selection finds, and says so if captures are not of the named URL but of its neighbours."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from pressmark.cli.catalog import NoOpenTable
from pressmark.cli.console import note
from pressmark.cli.finding import other_url
from pressmark.clock import now
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.archive.selection import Found, Selection
    from pressmark.cli.target import Archive


class Neighbours:
    """Neighbours whose captures were left out of a listing (see :mod:`pressmark.archive.same`)."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self.given = False

    def leave(self, row: dict[str, Any]) -> None:
        """Count a capture that is left out."""
        self._left[row["url"]] = self._left.get(row["url"], 0) + 1

    def tell(self) -> None:
        """Say what was left out, unless neighbours were listed because there was nothing else."""
        left = {} if self.given else self._left
        for url, count in islice(left.items(), 5):
            note(
                f"left out: {counted(count, 'capture')} of {url}, another URL that is filed under the same key"
            )


def listed(
    archive: "Archive",
    selection: "Selection",
    *,
    after: str | None = None,
    expect: int | None = None,
    neighbours: Neighbours | None = None,
) -> "Iterator[Found]":
    """Yield what a selection finds, and say so if captures are not of the named URL but of its neighbours."""
    from pressmark.archive.same import Kin, Named
    from pressmark.archive.selection import PAGE, select
    from pressmark.cli.unkeyed import is_unkeyed, of_open_table

    if is_unkeyed(archive, selection):
        try:
            yield from of_open_table(archive, selection, after=after)
        except NoOpenTable as none:
            note(f"{none.message}, which would answer this: {none.hint}")
        else:
            return
    neighbours = neighbours or Neighbours()
    found = select(
        archive.reader,
        selection,
        now=now(),
        after=after,
        expect=expect or PAGE,
        on_neighbour=neighbours.leave,
    )
    if selection.url is None or selection.match != "exact":
        yield from found
        return
    named = Named(selection.url)
    told: set[str] = set()
    for each in found:
        url = each.item["url"]
        if url not in told and named.kin(url) > Kin.SCHEME:
            neighbours.given = True
            note(other_url(named, url))
        told.add(url)
        yield each
