"""Writes files that are there whole or not at all: a run that fails leaves the older file, and nothing else."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path, *, new: bool = False) -> Iterator[IO[bytes]]:
    """Write a file that gets its name when it is whole and on disk; a pipe or device is written to directly.

    new: if another file has the name by then, it stays, and FileExistsError is raised. The yielded file's ``name`` is
    the path of the unfinished file, for other programs. Raises OSError, which names the file even if the system's error
    names none (a full disk), and says what is left of it.
    """
    path = Path(os.path.realpath(path))  # a symbolic link stays; the file that it points to is written
    if path.exists() and not path.is_file():
        with naming(path), path.open("wb") as file:
            yield file
        return
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{_short(path.name)}.", suffix=".part")
    except OSError as error:  # it names the temporary file, which nobody asked for
        raise OSError(error.errno, error.strerror, str(path)) from error
    part = Path(name)
    there = path.exists()
    try:
        os.close(number)
        with naming(part):
            with part.open("wb") as file:
                yield file
            part.chmod(path.stat().st_mode & 0o777 if there else 0o666 & ~_umask())
            with part.open(
                "rb"
            ) as written:  # by its name: another program may have put a file of its own there
                os.fsync(written.fileno())
            if new:
                _take_name(part, path)
            else:
                part.replace(path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and str(error.filename) == str(part):
            left = "the older file is as it was" if there else "nothing of it is left"
            raise OSError(error.errno, f"{error.strerror}; {left}", str(path)) from error
        raise


def _take_name(part: Path, path: Path) -> None:
    """Give a file its name, unless another file has it: link() makes or refuses a link in one step (POSIX)."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: nothing better than to look first
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        part.replace(path)
    else:
        part.unlink()


def _short(name: str) -> str:
    """Cut a name so that it fits, with what is put around it, into the 255 bytes that file systems allow."""
    return os.fsencode(name)[:100].decode("ascii", "replace").replace("\ufffd", "_")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Make an OSError that names no file (as for a full disk) name this one, or the folder of a temporary one."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


@contextmanager
def temporary() -> Iterator[None]:
    """Make an error of a full disk name the folder of temporary files, whichever of them was written."""
    with naming(Path(tempfile.gettempdir())):
        yield


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
