"""Exports of a large archive: time, size, and the most memory, by the number of captures.

usage: python -m bench.exports [--captures 1000,10000] [--folder DIR]

The archive is a folder of WARC files with pages of about 60 KB; `pressmark export` runs as a process of its own.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import batched
from pathlib import Path

from tests.factories import NOON, article_html, fill_folder, make_capture

from bench.captures import WORDS
from bench.memory import Memory
from bench.tables import table
from pressmark.warc.event import Capture

FORMATS = ("cdxj", "cdx", "warc", "wacz", "csv", "jsonl", "parquet")
ENDINGS = {"warc": "warc.gz"}


def made(count: int) -> Iterator[Capture]:
    """Yield captures of ``count`` pages, 15 seconds apart; the article of one page is used for all of them."""
    model = make_capture(html=article_html("Page", text="\n".join([" ".join(WORDS)] * 20)))
    for number in range(count):
        chance = random.Random(number)
        text = "\n".join(" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(10))
        html = article_html(f"Page {number}", text=text).replace(
            "</body>", f"<!-- {chance.randbytes(26_000).hex()} --></body>"
        )
        url = f"https://paper-{number % 97:02d}.example/news/{number:07d}.html"
        at = NOON + number * timedelta(seconds=15)
        page = make_capture(url, html=html, at=at, mime="application/xhtml+xml", message_id=f"m{number}")
        page.article, page.text = {**(model.article or {}), "title": f"Page {number}"}, text
        yield page


def archive(folder: Path, count: int) -> Path:
    """Make the archive, if it does not exist; return its folder."""
    if not (folder / "made").exists():
        for number, batch in enumerate(batched(made(count), 10, strict=False)):
            fill_folder(folder, batch)
            if number % 100 == 99:
                print(f"{number * 10 + 10:,} captures", file=sys.stderr)
        (folder / "made").touch()
    return folder


def run(*arguments: object) -> tuple[float, int]:
    """Run a command; return its seconds and the most bytes of memory it had."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        env=os.environ,
    )
    memory = Memory(process.pid)
    memory.start()
    if process.wait():
        raise SystemExit(f"pressmark {arguments[0]} failed")
    return time.monotonic() - started, memory.bytes


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", default="1000,10000")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    sizes = [int(size) for size in given.captures.split(",")]
    rows: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            folder = archive((given.folder or Path(scratch)) / str(size), size)
            for what in ("index", *FORMATS):
                output = Path(scratch) / f"export.{ENDINGS.get(what, what)}"
                asked = ["list", "--limit", 1] if what == "index" else ["export", "-o", output]
                seconds, memory = run(*asked, "--archive", folder)
                made_ = output.stat().st_size if output.exists() else 0
                output.unlink(missing_ok=True)
                cell = f"{seconds:.1f} s, {memory / 1e6:.0f} MB" + (
                    f", file {made_ / 1e6:.1f} MB" if made_ else ""
                )
                rows.setdefault(what, []).append(cell)
                print(size, what, cell, file=sys.stderr)
    print(
        table(("export", *(f"{size:,}" for size in sizes)), [(name, *cells) for name, cells in rows.items()])
    )


if __name__ == "__main__":
    main()
