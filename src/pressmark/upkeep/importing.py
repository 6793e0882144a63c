"""Puts archive files of other tools into an archive, as WARC files of Pressmark's form, with the articles of their
pages.

A source is read twice: once to see what is in it, once to write it. The result follows from its bytes alone (record ids
and dates, too), and is filed under its SHA-256, so a second import finds that it is there.
"""

import hashlib
import re
import zipfile
import zlib
from contextlib import closing
from typing import IO, Protocol

from pressmark.archive.folder_files import Entry, FolderFiles
from pressmark.archive.items import Faults
from pressmark.archive.objects import IMPORTED
from pressmark.errors import ArchiveError, WarcError
from pressmark.files import whole_file
from pressmark.reading.process import Reads
from pressmark.upkeep.import_source import Imported, Source
from pressmark.warc.check import check_file


class Store(Protocol):
    """Where imported files go."""

    def holds(self, key: str) -> bool:
        """Whether a file is there."""

    def open(self, key: str) -> IO[bytes]:
        """Return a stored file's bytes. Raises ArchiveError."""

    def put(self, key: str, file: IO[bytes]) -> None:
        """Store a file durably. Raises ArchiveError."""

    def index(self, key: str) -> None:
        """Make sure that a stored file's captures have their rows. Raises ArchiveError."""


def bring_in(
    files: FolderFiles, entry: Entry, store: Store, *, reads: Reads | None, dry_run: bool = False
) -> Imported:
    """Import one source. reads: reads articles from pages; None if none are wanted. Raises ArchiveError, OSError."""
    done = Imported(str(files.folder / entry.key))
    if entry.problem:
        done.damage.append(WarcError(entry.problem, file=entry.key))
        return done
    try:
        sha256 = _sha256(files.open(entry.key))
    except (EOFError, zlib.error, zipfile.BadZipFile) as error:  # compressed within a WACZ
        done.damage.append(WarcError(str(error), file=entry.key))
        return done
    source = Source(files, entry, sha256, done)
    earliest = source.look()
    own = source.own_key
    if own and store.holds(own) and _sha256(store.open(own)) != source.sha256:
        source.own_key = ""  # another file has the name
    stem = re.sub(r"\.(warc|arc)(\.gz|\.zst)?$", "", entry.key.rpartition("/")[2], flags=re.IGNORECASE)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", stem)[:80]
    day = earliest[:10].replace("-", "/")
    keys = (
        f"warcs/{day}/{IMPORTED}{source.sha256[:16]}-{number:05d}-{name}.warc.gz" for number in range(100_000)
    )
    done.key = source.own_key or next(keys)
    if store.holds(done.key):
        done.known = True
        if not dry_run:
            store.index(done.key)
        return done
    if not done.captures or dry_run:
        return done
    if source.own_key:
        with closing(files.open(entry.key)) as stream:
            store.put(done.key, stream)
        store.index(done.key)
        return done
    done.captures = 0
    parts = list(source.write(reads))
    try:
        named = [done.key, *(next(keys) for _ in parts[1:])]
        # The first one is stored last: if it is there, all of them are.
        for key, part in reversed(list(zip(named, parts, strict=True))):
            part.seek(0)
            wrong = Faults()
            for each in check_file(part, file=key):
                if each.problem:  # it was incomplete when it came, and is kept as it is
                    wrong(WarcError(each.problem, file=key, offset=each.offset, url=each.url))
            done.damage += wrong.told
            store.put(key, part)
        for key in named:
            store.index(key)
    finally:
        for part in parts:
            part.close()
    return done


def _sha256(stream: IO[bytes]) -> str:
    """Return the digest of a stream, and close it."""
    with closing(stream):
        return _digest(stream)


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


class FolderStore:
    """An archive folder as the place to import into."""

    def __init__(self, files: FolderFiles) -> None:
        self._files = files

    def holds(self, key: str) -> bool:
        """Whether a file is there."""
        return self._files.path(key).is_file() or self._files.compacted(key) is not None

    def open(self, key: str) -> IO[bytes]:
        """Return a stored file's bytes. Raises ArchiveError."""
        return self._files.open(key)

    def put(self, key: str, file: IO[bytes]) -> None:
        """Write a file that appears under its name when it is whole and on the disk.

        Never replaces another file, which an import at the same time may have written in the meantime. If the file has
        the same bytes, that counts as success. Raises ArchiveError.
        """
        path = self._files.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, new=True) as out:
                file.seek(0)
                while piece := file.read(1 << 20):
                    out.write(piece)
        except FileExistsError as error:
            file.seek(0)
            if _digest(file) == _sha256(self.open(key)):
                return
            raise ArchiveError(
                f"{path} was written by another import in the meantime; import the file again"
            ) from error
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error

    def index(self, key: str) -> None:
        """Do nothing: a folder's index finds the file when it is opened."""
