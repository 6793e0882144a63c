"""Captures the failed pages of an archive folder again, in a local run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from pressmark.archive.rows import Item
from pressmark.archive.same import Kin, Named
from pressmark.archive.same import page as page_of
from pressmark.clock import now
from pressmark.json_text import dumps
from pressmark.text import counted, safe

if TYPE_CHECKING:
    from pressmark.cli.target import Archive

_END = datetime(9998, 1, 1, tzinfo=UTC)
"""End of the period that is searched: later than the time of any capture, even from a clock that was wrong."""


def again(
    archive: "Archive",
    *,
    named: Sequence[Named],
    codes: Collection[str],
    limit: int | None,
    dry_run: bool,
    crawl: Mapping[str, object],
) -> tuple[int, bool]:
    """Capture the failed pages of a folder again; return how many these were, and whether all are archived now.

    named, codes: which pages, as for :func:`messages`. limit: maximum number of pages. dry_run: only print their
    messages, as ``push --check`` does. crawl: as :func:`pressmark.cli.sending.archive` takes it. Raises ArchiveError,
    SettingsError.
    """
    import click

    from pressmark.cli.crawling import loopback
    from pressmark.cli.sending import archive as run
    from pressmark.cli.summary import conclude
    from pressmark.queues.push import Pushed

    chosen = list(islice(messages(archive, named=named, codes=codes), limit))
    if dry_run:
        for _, body in chosen:
            click.echo(safe(body))
        click.echo(f"{counted(len(chosen), 'page')} would be captured again", err=True)
        return len(chosen), True
    if not chosen:
        return 0, True
    done = Pushed()
    folder = archive.folder
    if folder is None:
        raise ValueError("of an archive folder")
    urls = [each.url for each in named]
    hosts = loopback(crawl, urls)  # not for URLs that only the archive names
    whole = run(folder, [body for _, body in chosen], done, crawl, hosts, urls)
    conclude(done, "archived")
    return len(chosen), whole


def messages(
    archive: "Archive", *, named: Sequence[Named] = (), codes: Collection[str] = ()
) -> Iterator[tuple[Item, str]]:
    """Yield the row of each page whose last capture failed, and the message that asks for the page again.

    named: these pages. codes: the pages that failed with these. If both are given, the pages of either; if neither is,
    all. The message has the row's labels, note and requisites.
    """
    for row in _failed(archive):
        chosen = not (named or codes) or row["error"] in codes
        if chosen or any(each.kin(row["url"]) is Kin.SAME for each in named):
            yield row, dumps(_message(row), ensure_ascii=False)


def _message(row: Item) -> Mapping[str, Any]:
    said = {
        "url": row["url"],
        "tags": row.get("labels"),
        "note": row.get("note"),
        "requisites": row.get("requisites"),
    }
    return {name: value for name, value in said.items() if value}


def _failed(archive: "Archive") -> Iterator[Item]:
    """Yield the newest row of each page if it says that the page could not be captured; the oldest come first."""
    from pressmark.archive.selection import Selection, select

    newest: dict[str, Item] = {}
    for found in select(archive.reader, Selection(end=_END), now=now()):
        row = found.item
        if row.get("purpose", "page") == "page" and "deleted" not in row:
            newest.setdefault(page_of(row["url"]), row)  # the newest come first
    yield from reversed([row for row in newest.values() if "error" in row])
