"""The requisites of pages that are exported: they are exported, too, and so are the records that they point at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched

from pressmark.archive import requisite_lists, requisites
from pressmark.archive.content import Files
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item
from pressmark.errors import NotFoundError, PressmarkError, WarcError

TOGETHER = 100
"""Pages whose lists are looked up with one request: what one BatchGetItem takes."""


def with_rows(
    reader: Reader, files: Files, rows: Iterable[Item], on_damage: Callable[[PressmarkError], None]
) -> Iterator[Item]:
    """Yield rows, and the requisites of the pages among them as rows. Raises ArchiveError."""
    for batch in batched(rows, TOGETHER, strict=False):
        yield from batch
        yield from of_pages(reader, files, batch, on_damage)


def of_pages(
    reader: Reader,
    files: Files,
    pages: Sequence[Item],
    on_damage: Callable[[PressmarkError], None] = lambda _error: None,
) -> Iterator[Item]:
    """Yield the requisites of pages as rows with the purpose ``requisites``; one may come several times.

    Those that were captured with the page have the place of their list as meta_offset and meta_length, and the list has
    a row, too. Records of earlier events, and those that revisits repeat, have neither attribute. on_damage: called for
    a list that cannot be read. Raises ArchiveError.
    """
    keys = [requisites.key_of(page) for page in pages if page.get("purpose", "page") == "page"]
    for item in reader.rows(keys) if keys else []:
        if "warc" not in item:
            continue
        try:
            listing = requisite_lists.whole(reader, files, item)
        except (NotFoundError, WarcError) as error:
            on_damage(error)
            continue
        event = {"warc": item["warc"], "meta_offset": item["offset"], "meta_length": item["length"]}
        # Without some of its records, an event is not copied as one; the bytes of what was taken down are not copied.
        is_whole = not any(listing.is_own(line) for line in listing.content.lines if listing.is_gone(line))
        found = [
            line | (event if is_whole and listing.is_own(line) else {})
            for line in listing.lines
        ]  # fmt: skip
        there = {(line["warc"], line["offset"]) for line in found}
        originals = [other for line in listing.lines if (other := requisite_lists.original(line))]
        found += [other for other in originals if (other["warc"], other["offset"]) not in there]
        gone = requisite_lists.taken_down(reader, [line for line in found if line not in listing.lines])
        for line in found:
            if (line["url"], line["captured"]) not in gone:
                yield requisite_lists.as_row(line)
        if is_whole:
            page = {"url": listing.content.page.url, "captured": listing.content.page.captured}
            place = {"offset": item["offset"], "length": item["length"]}
            yield requisite_lists.as_row(page | event | place)
