"""Run by the replay environment's Python, not ours: `warcio check` and cdxj-indexer over one WARC file after another.

Starting programs for each file would take a second each. Reads one path per line and answers each with a line of JSON:
what `warcio check` printed, its exit code, and the index lines.
"""

import contextlib
import io
import json
import sys

from cdxj_indexer.main import CDXJIndexer
from warcio.cli import main as warcio


def check(path: str) -> tuple[int, str]:
    """Return the exit code and the output of `warcio check -v PATH`."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            code = warcio(["check", "-v", path])
        except SystemExit as end:
            code = end.code
        except Exception as error:  # noqa: BLE001 - that a file cannot be read at all is a verdict, too
            code = repr(error)
    return (code if isinstance(code, int) else 1 if code else 0), f"{said.getvalue()} {code}"


def index(path: str) -> list[str]:
    """Return the lines of `cdxj-indexer PATH`."""
    lines = io.StringIO()
    lines.close = lambda: None  # type: ignore[method-assign]  # the indexer closes what it was given
    CDXJIndexer(lines, [path], sort=True).process_all()
    return lines.getvalue().splitlines()


for line in sys.stdin:
    path = line.rstrip("\n")
    code, said = check(path)
    print(json.dumps({"code": code, "said": said, "index": [] if code else index(path)}), flush=True)
