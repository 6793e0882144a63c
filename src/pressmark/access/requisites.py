"""Requisites of pages that somebody asks for by their own URL: they have no rows, so they are found in lists."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from pressmark.access.context import Archive
from pressmark.archive import requisite_lists
from pressmark.archive.rows import Item

LISTED = 100
"""Maximum number of captures of one requisite that are returned: the nearest ones, or the newest."""

PAGES = frozenset({"text/html", "application/xhtml+xml"})


def may_be(rows: Sequence[Item]) -> bool:
    """Whether a URL may be that of a requisite.

    rows: some of its rows. URLs that were captured as pages are not looked for in lists, which would cost more than the
    rest of the answer.
    """
    return not any(row.get("mime") in PAGES for row in rows)


def of_url(archive: Archive, url: str, *, near: datetime | None = None) -> Iterator[Item]:
    """Yield captures of a requisite as rows, the nearest to a time first, else the newest.

    At most LISTED. Raises ArchiveError.
    """
    found = requisite_lists.of_url(archive.reader, archive.files, url, near=near)
    return (requisite_lists.as_row(line) for line in islice(found, LISTED))
