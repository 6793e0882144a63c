"""Run by the replay environment's Python, not ours: `warcio check` and cdxj-indexer over one WARC file after another.

A program of its own for each file would cost a second each. Reads a path a line; answers a line of JSON each:
what `warcio check` printed and ended with, and the index lines.
"""

import contextlib
import io
import json
import sys

from cdxj_indexer.main import CDXJIndexer
from warcio.cli import main as warcio


def check(path: str) -> tuple[int, str]:
    """What `warcio check -v PATH` ends with and prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            code = warcio(["check", "-v", path])
        except SystemExit as end:
            code = end.code
        except Exception as error:  # noqa: BLE001 - what cannot be read at all is an opinion, too
            code = repr(error)
    return (code if isinstance(code, int) else 1 if code else 0), f"{said.getvalue()} {code}"


def index(path: str) -> list[str]:
    """The lines of `cdxj-indexer PATH`."""
    lines = io.StringIO()
    lines.close = lambda: None  # type: ignore[method-assign]  # the indexer closes what it was given
    CDXJIndexer(lines, [path], sort=True).process_all()
    return lines.getvalue().splitlines()


for line in sys.stdin:
    path = line.rstrip("\n")
    code, said = check(path)
    print(json.dumps({"code": code, "said": said, "index": [] if code else index(path)}), flush=True)
