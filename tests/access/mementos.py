"""What tests of mementos ask and serve."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.factories import fill_folder

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader


def relations(value: str | None) -> dict[str, str]:
    """Address by relation of a Link header."""
    return {rel: address for address, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', value or "")}


@contextmanager
def served(folder: Path, *captures: object) -> Iterator[Application]:
    """An archive of these captures alone."""
    fill_folder(folder, list(captures))  # type: ignore[arg-type]
    reader = FolderReader(folder)
    with closing(reader):
        yield Application(Archive("", reader, reader.files))
