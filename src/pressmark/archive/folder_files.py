"""The files of an archive folder: WARC and ARC files on a disk, alone or in WACZ bundles."""

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from pressmark.archive import compacted
from pressmark.archive.compacted import Lists, Part
from pressmark.archive.parts import within
from pressmark.errors import ArchiveError, NotFoundError

SUFFIXES = (".warc.gz", ".warc", ".arc.gz", ".arc", ".wacz", ".warc.zst")
"""How the names of archive files end, in lower case."""

BUNDLE = ".wacz"

MAX_STATEMENT_BYTES = 16 * 1024 * 1024
"""The longest datapackage.json or datapackage-digest.json of a WACZ that is read."""

BUCKET = "folder"
"""What a folder's rows have in place of a bucket's name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the folder, or within a WACZ. key: with slashes, relative to the folder. modified: in nanoseconds.

    problem: why it cannot be read at all, else empty.
    """

    key: str
    size: int
    modified: int
    problem: str = ""


class FolderFiles:
    """The archive files of a folder, with the methods of :class:`pressmark.archive.objects.Objects`.

    A file within a WACZ has the bundle's key, a slash, and its path there. If the folder is a copy of a bucket, its
    compacted files have their old keys (D30).
    """

    bucket = BUCKET

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lists = Lists(self._beginning)

    def path(self, key: str) -> Path:
        """Return the path of a file. Raises NotFoundError for a key that leads out of the folder."""
        path = self.folder / key
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise NotFoundError(f"{key} is not in {self.folder}")
        return path

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of a file from ``offset``. Raises NotFoundError, ArchiveError."""
        try:
            with closing(self.open(key)) as file:
                file.seek(offset)
                data = file.read(length)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ArchiveError(f"{self.folder / key} at {offset}: {error}") from error
        if len(data) != length:
            raise NotFoundError(
                f"{self.folder / key} at {offset}: {len(data)} bytes there, {length} expected"
            )
        return data

    def open(self, key: str) -> IO[bytes]:
        """Return a file's bytes as a seekable stream. Raises NotFoundError, ArchiveError."""
        bundle, inner = split_bundle(key)
        try:
            if inner and (path := self.path(bundle)).is_file():
                return _member(path, inner)
            return self.path(key).open("rb")
        except (FileNotFoundError, KeyError) as error:
            if (part := self.compacted(key)) is None:
                raise NotFoundError(f"{self.folder / key}: no such file") from error
        except (OSError, ValueError, RuntimeError, zipfile.BadZipFile) as error:
            raise ArchiveError(f"{self.folder / key}: {error}") from error
        return within(self.open(part.file), part.offset, part.length)

    def compacted(self, key: str) -> Part | None:
        """Return where in a compacted file a file of this key is, None if it was not compacted. Raises ArchiveError."""
        if not compacted.is_small(key):
            return None
        prefix, after = compacted.candidates(key)
        day = self.path(compacted.day_of(key))
        there = sorted(path for path in day.glob(f"{compacted.MARK}*") if path.is_file())
        named = ((compacted.day_of(key) + path.name, path.stat().st_size) for path in there)
        return self._lists.find(
            key, (each for each in named if each[0] > after and each[0].startswith(prefix))
        )

    def keys(self, prefix: str = "", *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each file that can be read, in key order."""
        for entry in self.entries(prefix):
            if entry.key > after and not entry.problem:
                yield entry.key, entry.size

    def level(self, prefix: str = "") -> tuple[list[str], list[str]]:
        """Return the folders and WACZ files directly below a prefix, each with a slash, and the archive files there."""
        if split_bundle(prefix + "x")[1]:
            return [], [key for key, _ in self.keys(prefix)]
        folders, files = [], []
        for path in sorted((self.folder / prefix).iterdir()):
            if path.is_dir() or (path.is_file() and path.name.lower().endswith(BUNDLE)):
                folders.append(f"{prefix}{path.name}/")
            elif (
                is_archive(path.name)
                and path.is_file()
                and path.resolve().is_relative_to(self.folder.resolve())
            ):
                files.append(prefix + path.name)
        if any(map(compacted.is_compacted, files)):
            files = [key for key, _ in self.keys(prefix) if "/" not in key.removeprefix(prefix)]
        return folders, files

    def entries(self, prefix: str = "") -> list[Entry]:
        """Return the archive files below a prefix, in key order, including those that cannot be read."""
        found = sorted(self._spread(list(self._entries(prefix))), key=lambda entry: entry.key)
        return [entry for entry in found if entry.key.startswith(prefix)]

    def _spread(self, there: list[Entry]) -> Iterator[Entry]:
        """Replace compacted files by their small ones, unless these still exist."""
        known = {entry.key for entry in there}
        for entry in there:
            parts = () if entry.problem else self._lists.parts(entry.key, entry.size)
            if not parts:
                yield entry
            for part in parts:
                if part.key not in known:
                    known.add(part.key)
                    yield Entry(part.key, part.length, entry.modified)

    def bundle_problems(self) -> Iterator[str]:
        """Yield what is wrong with the folder's WACZ files, compared with their own manifests, a line each."""
        for bundle in dict.fromkeys(
            split_bundle(entry.key)[0] for entry in self.entries() if not entry.problem
        ):
            if bundle.lower().endswith(BUNDLE):
                yield from (f"{bundle}: {problem}" for problem in bundle_problems(self.path(bundle)))

    def _beginning(self, key: str, length: int) -> bytes:
        try:
            with self.path(key).open("rb") as file:
                return file.read(length)
        except OSError as error:
            raise ArchiveError(f"{self.folder / key}: {error}") from error

    def _entries(self, prefix: str) -> Iterator[Entry]:
        start = self.folder / split_bundle(prefix)[0].rpartition("/")[0]
        for path in start.rglob("*"):
            if is_archive(path.name) or (path.is_symlink() and path.is_dir()):
                yield from self._of_path(path)

    def _of_path(self, path: Path) -> Iterator[Entry]:
        key = path.relative_to(self.folder).as_posix()
        try:
            key.encode("utf-8")
        except UnicodeEncodeError:
            name = os.fsencode(key).decode("utf-8", "backslashreplace")
            yield Entry(name, 0, 0, "its name is not UTF-8; rename it")
            return
        if path.is_symlink() and not path.resolve().is_relative_to(self.folder.resolve()):
            problem = (
                "a symbolic link that leads out of the archive folder; import the files, or move them here"
            )
            yield Entry(key, 0, 0, problem)
            return
        try:
            if not path.is_file():
                return
            stat = path.stat()
            if path.name.lower().endswith(BUNDLE):
                yield from _bundled(path, key, stat)
            else:
                yield Entry(key, stat.st_size, stat.st_mtime_ns)
        except OSError as error:
            yield Entry(key, 0, 0, f"it cannot be read: {error.strerror}")


def entries_of(path: Path) -> tuple[FolderFiles, list[Entry]]:
    """Return the archive files that a path names: a single file, those in a WACZ, or all of a folder.

    Raises OSError.
    """
    path = path.resolve(strict=True)
    if path.is_dir():
        files = FolderFiles(path)
        return files, files.entries()
    files = FolderFiles(path.parent)
    return files, sorted(files._of_path(path), key=lambda entry: entry.key)


def is_archive(name: str) -> bool:
    """Whether a file is an archive file, by its name."""
    return name.lower().endswith(SUFFIXES)


def split_bundle(key: str) -> tuple[str, str]:
    """Split the key of a file within a WACZ into the bundle's and the path there; the second is empty for any other."""
    parts = key.split("/")
    for number, part in enumerate(parts[:-1], 1):
        if part.lower().endswith(BUNDLE):
            return "/".join(parts[:number]), "/".join(parts[number:])
    return key, ""


def _bundled(path: Path, key: str, stat: os.stat_result) -> Iterator[Entry]:
    try:
        found = _directory(path, _version(path)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        yield Entry(key, stat.st_size, stat.st_mtime_ns, f"not a WACZ: {error}")
        return
    names: set[str] = set()
    for info in found:
        if not is_archive(info.filename) or info.is_dir() or info.filename in names:
            continue
        names.add(info.filename)
        problem = "it is encrypted" if info.flag_bits & 1 else ""
        yield Entry(f"{key}/{info.filename}", info.file_size, stat.st_mtime_ns, problem)
    if not names:
        yield Entry(key, stat.st_size, stat.st_mtime_ns, "a WACZ without a WARC file in it")


def bundle_problems(path: Path) -> Iterator[str]:
    """Yield what is wrong with a WACZ: its package, and members that do not match their stated digests.

    WACZ 1.1.1, sections 5.1 and 5.2. A signature is not checked. Raises OSError.
    """
    try:
        bundle = _directory(path, _version(path))
        if "datapackage.json" not in bundle.namelist():
            yield "it has no datapackage.json, which says what is in it"
            return
        package = _statement(bundle, "datapackage.json")
        resources = json.loads(package)["resources"]
        if "datapackage-digest.json" in bundle.namelist():
            said = json.loads(_statement(bundle, "datapackage-digest.json"))["hash"]
            if said != "sha256:" + hashlib.sha256(package).hexdigest():
                yield "datapackage.json does not match datapackage-digest.json"
        for each in resources:
            name, said = str(each["path"]), str(each["hash"])
            algorithm, _, digest = said.partition(":")
            if algorithm not in ("sha256", "md5"):
                continue
            found = hashlib.new(algorithm, usedforsecurity=False)
            try:
                with bundle.open(name) as stream:
                    while piece := stream.read(1 << 20):
                        found.update(piece)
            except (zlib.error, zipfile.BadZipFile) as error:
                yield f"{name} is damaged: {error}"[:200]
                continue
            if found.hexdigest() != digest:
                yield f"{name} does not match datapackage.json"
    except (
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
        RuntimeError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        yield f"its description of itself cannot be read: {error}"[:200]


def _member(path: Path, name: str) -> IO[bytes]:
    """Open a file in a WACZ, without a look at its checksum unless it is compressed there.

    A wrong checksum would make all of its records unreadable, but damage is looked for in each. By APPNOTE 4.3.7 a
    member's header has 30 bytes, of which the last four are the lengths of its name and of the extra field after it.
    """
    bundle = _directory(path, _version(path))
    member, info = bundle.open(name), bundle.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        return member
    member.close()
    file = path.open("rb")
    file.seek(info.header_offset + 26)
    return within(file, info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4))), info.file_size)


def _statement(bundle: zipfile.ZipFile, name: str) -> bytes:
    """Read a whole member of a WACZ. Raises ValueError if it is too long."""
    with bundle.open(name) as stream:
        data = stream.read(MAX_STATEMENT_BYTES + 1)
    if len(data) > MAX_STATEMENT_BYTES:
        raise ValueError(f"{name} is longer than {MAX_STATEMENT_BYTES >> 20} MB")
    return data


def _version(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=8)
def _directory(path: Path, version: tuple[int, int]) -> zipfile.ZipFile:
    """Open a WACZ and read its directory; ``version``: of the file. Members are opened with handles of their own."""
    del version
    return zipfile.ZipFile(path)
