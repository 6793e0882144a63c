"""The table restored from the WARC files alone (D1)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pressmark.archive import rows
from pressmark.archive.objects import Objects
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.errors import WarcError
from pressmark.warc.reader import read_captures


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did. damaged: what could not be read of which file."""

    files: int = 0
    captures: int = 0
    items: int = 0
    damaged: list[WarcError] = field(default_factory=list)


def items_of_file(objects: Objects, key: str, index_terms: Sequence[str]) -> Iterator[list[Item]]:
    """Yield the table items of each capture event in a WARC file.

    Raises WarcError where the file is damaged, after what stands before the damage; ArchiveError where S3
    does not answer.
    """
    stream = objects.open(key)
    try:
        for stored in read_captures(stream, file=key):
            yield rows.items(stored, bucket=objects.bucket, index_terms=index_terms)
    finally:
        stream.close()


def rebuild(
    objects: Objects,
    table: Table,
    *,
    index_terms: Sequence[str],
    after: str = "",
    on_file: Callable[[str, Rebuilt], None] | None = None,
) -> Rebuilt:
    """Write every item of every WARC file into the table; damage in one file leaves the others alone.

    after: a key; files up to it are passed over. on_file: told after each file. Raises ArchiveError.
    """
    done = Rebuilt()
    for key, _size in objects.keys(after=after):
        waiting: list[Item] = []
        try:
            for found in items_of_file(objects, key, index_terms):
                done.captures += 1
                waiting += found
                if len(waiting) >= 500:
                    table.put(waiting)
                    done.items += len(waiting)
                    waiting = []
        except WarcError as error:
            done.damaged.append(error)
        table.put(waiting)
        done.items += len(waiting)
        done.files += 1
        if on_file:
            on_file(key, done)
    return done
