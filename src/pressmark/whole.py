"""Files that are there whole or not at all: a run that fails leaves the older one in its place, and nothing else."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that takes its name when it is whole and on disk; of a pipe or device, write into it as it is.

    Raises OSError, which names the file where the error itself names none (a full disk).
    """
    path = Path(os.path.realpath(path))  # a link keeps pointing to what it points to
    if path.exists() and not path.is_file():
        with naming(path), path.open("wb") as file:
            yield file
        return
    with naming(path):
        try:
            number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")
        except OSError as error:  # it names the temporary file, which nobody asked for
            raise OSError(error.errno, error.strerror, str(path)) from error
        part = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an OSError that names no file (of a full disk, say) name this one, or the folder of a temporary one."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
