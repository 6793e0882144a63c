"""Saves how far a rebuild has come, in a file that only the same rebuild can resume from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pressmark.errors import ForeignFileError
from pressmark.files import whole_file

_BYTES = 65_536
"""Of a state, which names a rebuild and a key of at most 1,024 bytes (Amazon S3 user guide, object key names)."""


class State:
    """How far a rebuild has come.

    file: where the state is kept until the rebuild is done. what: which rebuild it is, JSON-ready. Raises
    ForeignFileError if the file belongs to another program, or to another rebuild, which has done other files. Raises
    OSError, which names the file.
    """

    def __init__(self, file: Path, what: Mapping[str, Any]) -> None:
        self._file = file
        self._what = dict(what)

    def read(self) -> str:
        """Return the key of the last file that is done, "" if none is known."""
        try:
            with self._file.open("rb") as file:
                said = json.loads(file.read(_BYTES))
        except FileNotFoundError:
            return ""
        except (ValueError, RecursionError) as error:
            raise self._foreign() from error
        if (
            not isinstance(said, dict)
            or said.keys() != {"pressmark_rebuild", "after"}
            or not isinstance(said["pressmark_rebuild"], dict)
            or not isinstance(said["after"], str)
        ):
            raise self._foreign()
        rebuild = said["pressmark_rebuild"]
        if other := [name for name in self._what if rebuild.get(name) != self._what[name]]:
            names = ", ".join(f"{name} {rebuild.get(name)!r}" for name in other)
            raise ForeignFileError(
                f"{self._file} belongs to another rebuild ({names[:200]}): resume that one, or name another file"
            )
        return str(said["after"])

    def write(self, key: str) -> None:
        """Note that every file up to this one is done."""
        with whole_file(self._file) as file:
            file.write(json.dumps({"pressmark_rebuild": self._what, "after": key}).encode() + b"\n")

    def remove(self) -> None:
        """Remove the file: the rebuild is done."""
        self._file.unlink(missing_ok=True)

    def _foreign(self) -> ForeignFileError:
        return ForeignFileError(
            f"{self._file} was not written by a rebuild and is left alone: name another file, or move it away"
        )
