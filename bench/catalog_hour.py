"""Whether the open table's writer copes with a large hour: memory, /tmp and time, and what a growing file costs.

usage: python -m bench.catalog_hour [--minutes 10] [--hours 1] PAGES...; for each number of pages an hour, the writer
writes rows like those of bench.catalog_queries into a folder, with an update for each hour. Each number has a process
of its own. WARC files are not read: bench.catalog measures that. Times are this machine's.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bench import catalog_queries
from pressmark.archive.content import Files
from pressmark.catalog import writer
from pressmark.catalog.naming import end_of
from pressmark.catalog.shelf import FolderShelf
from pressmark.catalog.writer import Catalog, Writer

PAGES_A_FILE = 20
START = catalog_queries.START


class Listing:
    """WARC files that are listed, and never read."""

    def __init__(self, pages: int, hours: int) -> None:
        self._files = pages * hours // PAGES_A_FILE
        self._seconds = hours * 3600 / self._files
        self.begun: dict[str, datetime] = {}

    def keys(self, **_: str) -> Iterator[tuple[str, int]]:
        """Yield keys, evenly over the hours."""
        for number in range(self._files):
            begun = START + timedelta(seconds=number * self._seconds)
            key = f"warcs/{begun:%Y/%m/%d}/pressmark-{begun:%Y%m%d%H%M%S}000-{number:07d}-h.warc.gz"
            self.begun[key] = begun
            yield key, 1_500_000


def one(pages: int, minutes: int, hours: int) -> None:
    """Write the hours; print a line."""
    catalog_queries.POOL = 10_000_000
    chance = random.Random(19)
    pool = catalog_queries.words(chance)
    listing = Listing(pages, hours)

    def rows_of(_files: Any, keys: Sequence[str], *_: Any) -> Iterator[dict[str, Any]]:
        for key in keys:
            for row in catalog_queries.rows(chance, pool, listing.begun[key], PAGES_A_FILE):
                # The rows of one WARC file are seconds apart, not spread over the hour.
                yield row | {"captured": f"{listing.begun[key]:%Y-%m-%dT%H:%M:%S}.000000Z", "warc": key}

    setattr(writer, "rows_of", rows_of)  # noqa: B010 - mypy knows that it is another module's
    with tempfile.TemporaryDirectory(prefix="archive-") as name, Watched() as watched:
        folder = Path(name) / "archive"
        folder.mkdir()
        catalog = Catalog(
            files=cast(Files, listing),
            shelf=FolderShelf(folder),
            stones=lambda: (),
            bucket="archive",
            minutes=minutes,
        )
        begun, cpu = time.monotonic(), time.process_time()
        for hour in range(1, hours + 1):
            now = START + timedelta(hours=hour)
            over = {group for group in catalog.groups() if cast(datetime, end_of(group)) <= now}
            done = Writer(catalog).update(is_ready=over.__contains__)
            assert done.is_complete
        seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
        files = sorted(folder.rglob("*.parquet"))
        size = sum(path.stat().st_size for path in files)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{pages:,} pages an hour, {hours} hours, groups of {minutes} minutes: {seconds:.0f} s, "
        f"{1000 * cpu / pages / hours:.2f} ms of processor time a page; at most {memory:.0f} MB of memory and "
        f"{watched.most / 1e6:,.0f} MB of temporary files; {len(files)} files, {size / 1e6:,.0f} MB",
        flush=True,
    )


class Watched:
    """Measures twice a second how much the writer has in the folder of temporary files."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watched":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            total = 0
            for path in Path(tempfile.gettempdir()).glob("pressmark-*/**/*"):
                try:
                    total += path.stat().st_size
                except OSError:  # gone already
                    continue
            self.most = max(self.most, total)


def main() -> None:
    """Measure each number of pages by itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int, nargs="+")
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--hours", type=int, default=1)
    parser.add_argument("--one", action="store_true")
    options = parser.parse_args()
    if options.one:
        one(options.pages[0], options.minutes, options.hours)
        return
    for pages in options.pages:
        how = [f"--minutes={options.minutes}", f"--hours={options.hours}", "--one", str(pages)]
        with tempfile.TemporaryDirectory(prefix="pressmark-bench-") as own:
            command = [sys.executable, "-m", "bench.catalog_hour", *how]
            subprocess.run(command, check=True, env={"TMPDIR": own, "PYTHONPATH": ".", "PATH": ""})


if __name__ == "__main__":
    main()
