"""Checks that each line of a page's requisites leads to its record, in the list's own event or an earlier one."""

from collections.abc import Iterator

from pressmark.archive.content import Files
from pressmark.archive.parts import fetch
from pressmark.archive.ranges import Reader
from pressmark.archive.requisite_lists import copy_of, original
from pressmark.archive.tombstones import Tombstones
from pressmark.errors import NotFoundError, WarcError
from pressmark.upkeep.differences import pointer_differences
from pressmark.warc.check import check_file
from pressmark.warc.requisites import Line, read
from pressmark.warc.stored import StoredCapture

REMEMBERED = 100_000
"""Records that were checked and are remembered: a logo is pointed at by every page of its site."""


class Lists:
    """Checks lists of requisites, and each record of an earlier event once."""

    def __init__(self, files: Files, reader: Reader, tombstones: Tombstones) -> None:
        self._files, self._reader = files, reader
        self._tombstones = tombstones
        self._checked: set[tuple[str, int, int, str]] = set()

    def wrong(self, stored: StoredCapture) -> Iterator[tuple[Line, str, str]]:
        """Yield each line of an event's list that leads elsewhere, with the kind of problem and a description.

        Lines that were taken down are not checked: their bytes may be gone for good. Raises ArchiveError.
        """
        try:
            found = read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
        except ValueError:  # reported as a fault of its record
            return
        own = {(hop.url, hop.captured, hop.offset, hop.length, hop.digest) for hop in stored.hops}
        for line in found.lines:
            place = (line["url"], line["captured"], line["offset"], line["length"], line.get("digest"))
            if "before" not in line:
                yield from self._elsewhere(line)
            elif place not in own:
                yield line, "wrong-bytes", "its record is not where the list says"
            if (other := original(line)) is not None:
                yield from self._elsewhere(other)

    def _elsewhere(self, line: Line) -> Iterator[tuple[Line, str, str]]:
        place = (line["warc"], line["offset"], line["length"], line.get("digest", ""))
        if place in self._checked or self._tombstones.took(line["url"], line["captured"]):
            return
        if len(self._checked) >= REMEMBERED:
            self._checked.clear()
        self._checked.add(place)
        problems = list(self._problems(line))
        if problems and (copy := copy_of(self._reader, line)) is not None:
            problems = list(self._problems(copy))
        yield from ((line, *problem) for problem in problems)

    def _problems(self, line: Line) -> Iterator[tuple[str, str]]:
        try:
            with fetch(self._files, line["warc"], line["offset"], line["length"]) as data:
                records = list(check_file(data, file=line["warc"], start=line["offset"]))
        except NotFoundError as error:
            yield "no-bytes", str(error)
        except WarcError as error:
            yield "wrong-bytes", error.reason
        else:
            yield from (("wrong-bytes", problem) for problem in pointer_differences(line, records))
