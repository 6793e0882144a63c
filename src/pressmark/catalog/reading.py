"""The rows of a group's WARC files, as lines of JSON, a file for each day."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import IO, cast

from pressmark.archive.content import MAX_RECORD_BYTES, Files, records
from pressmark.archive.items import Faults, Gaps, Indexing, items_of_file
from pressmark.catalog import schema
from pressmark.errors import WarcError
from pressmark.warc.stored import StoredCapture

SPOOL_BYTES = 16 * 1024 * 1024
"""A WARC file that is read is in memory up to this size, and in /tmp beyond it."""

AHEAD = 4
"""WARC files that are fetched while one is read."""

Damage = Callable[[WarcError], None]
"""Called for each part of a WARC file that cannot be read."""


def rows_of(files: Files, keys: Sequence[str], indexing: Indexing, on_damage: Damage) -> Iterator[schema.Row]:
    """Yield the rows of WARC files, except those that were taken down. Raises ArchiveError."""
    for key, copy in _copies(files, keys):
        with closing(copy):
            yield from _rows(key, copy, indexing, on_damage)


def _rows(key: str, copy: IO[bytes], indexing: Indexing, on_damage: Damage) -> Iterator[schema.Row]:
    gaps, faults = Gaps(), Faults()
    for stored, items in items_of_file(copy, key, indexing, on_fault=faults, on_gap=gaps):
        if stored.is_list:
            continue
        heads = [item for item in items if "=" not in item["site"] and "deleted" not in item]
        if heads:
            text = _text(copy, stored, on_damage)
            yield from (schema.row(item, stored, text) for item in heads)
    for damage in gaps.told + faults.told:
        on_damage(damage)


def _text(copy: IO[bytes], stored: StoredCapture, on_damage: Damage) -> str | None:
    """Return the text of an event: the conversion record behind its metadata record."""
    if not stored.metadata.get("article") or not stored.meta_length:
        return None
    if stored.meta_length > MAX_RECORD_BYTES:
        reason = f"its text has more than {MAX_RECORD_BYTES:,} bytes: left out"
        on_damage(WarcError(reason, file=stored.warc, offset=stored.meta_offset))
        return None
    here = copy.tell()
    copy.seek(stored.meta_offset)
    data = copy.read(stored.meta_length)
    copy.seek(here)
    try:
        for record in records(data, file=stored.warc, offset=stored.meta_offset):
            if record.type == "conversion":
                return record.block.decode("utf-8", "replace")
    except WarcError as error:
        on_damage(error)
    return None


def _copies(files: Files, keys: Iterable[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield each file's key and a seekable copy of it; a few files are fetched ahead. Raises ArchiveError."""
    waiting: deque[tuple[str, Future[IO[bytes]]]] = deque()
    with ThreadPoolExecutor(AHEAD, thread_name_prefix="catalog") as threads:
        try:
            for key in keys:
                waiting.append((key, threads.submit(_copy, files, key)))
                if len(waiting) > AHEAD:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                if not future.cancel() and future.exception() is None:
                    future.result().close()


def _copy(files: Files, key: str) -> IO[bytes]:
    copy = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES))  # noqa: SIM115 - its reader closes it
    try:
        with closing(files.open(key)) as stream:
            while piece := stream.read(1 << 20):
                copy.write(piece)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy
