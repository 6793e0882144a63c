"""What a person typed to start pressmark, for the commands that they are told to type next."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program() -> str:
    """Return what starts pressmark in this shell: its name, or its path if the shell does not find it by name."""
    started = sys.argv[0]
    if Path(started).name != "pressmark" or started == shutil.which("pressmark"):
        return "pressmark"
    return shlex.quote(started)


@contextmanager
def resumable(advice: str = "") -> Iterator[None]:
    """If Ctrl-C ends a local run in the block, say how to archive the pages that are not saved.

    advice: a sentence; empty: to type the same command once more.
    """
    from pressmark.local.run import Interrupted

    try:
        yield
    except Interrupted as stopped:
        advice = advice or f"to archive the rest: {program()} {shlex.join(sys.argv[1:])}"
        raise Interrupted(stopped.saved, stopped.not_saved, advice) from None
