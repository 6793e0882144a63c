"""What a page costs on its way into the open table: processor time, bytes, and requests of the scheduled function.

usage: python -m bench.catalog [PAGES]; writes made-up pages (10 to a WARC file, 20 KB each there) into a folder, then
its open table, and prints the table of docs/catalog.md. The time is this machine's.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.factories import article_html, make_capture

from bench.captures import WORDS
from bench.prices import LAMBDA_GB_SECOND, MILLION, ONE_CPU_MB, S3_GET, S3_PUT, S3_STANDARD_GB_MONTH
from bench.tables import table
from pressmark.archive.folder_files import FolderFiles
from pressmark.catalog import stones
from pressmark.catalog.shelf import FolderShelf
from pressmark.catalog.updating import bring_up_to_date
from pressmark.catalog.writer import Catalog
from pressmark.clock import Outside
from pressmark.settings import Settings
from pressmark.warc.writer import WarcFile

BEGUN = datetime(2026, 11, 23, 12, tzinfo=UTC)

PAGES_A_FILE = 10
WORDS_A_PAGE = 600
"""Words of an article's text."""

PAGES_AN_HOUR = 3600


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int, nargs="?", default=3600)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, pages)
        before, start = time.process_time(), time.perf_counter()
        done = bring_up_to_date(catalog(folder))
        cpu, wall = time.process_time() - before, time.perf_counter() - start
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        warcs = sum(path.stat().st_size for path in folder.rglob("*.warc.gz"))
    assert done.rows == pages, done
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{pages:,} pages in {done.groups} groups: {wall:.0f} s, at most {memory:.0f} MB")
    print(f"WARC files: {warcs / pages:,.0f} bytes a page")
    print(table(["", "a page", "$ a million pages"], bill(cpu / pages, size / pages)))


def bill(seconds: float, size: float) -> Iterator[list[str]]:
    """Yield the lines of the bill. seconds: of one processor a page. size: bytes of Parquet a page."""
    lambda_dollars = seconds * ONE_CPU_MB / 1024 * LAMBDA_GB_SECOND * MILLION
    gets = (1 / PAGES_A_FILE) * S3_GET * MILLION
    puts = (1 / PAGES_AN_HOUR) * 3 * S3_PUT * MILLION
    yield ["function", f"{seconds * 1000:.2f} ms", f"{lambda_dollars:.2f}"]
    yield [f"GETs, {PAGES_A_FILE} pages to a WARC file", f"{1 / PAGES_A_FILE:.1f}", f"{gets:.2f}"]
    yield [f"PUTs and listings, {PAGES_AN_HOUR:,} pages an hour", f"{3 / PAGES_AN_HOUR:.4f}", f"{puts:.3f}"]
    yield ["**together**", "", f"**{lambda_dollars + gets + puts:.2f}**"]
    yield ["kept for a month", f"{size:,.0f} bytes", f"{size * MILLION / 1e9 * S3_STANDARD_GB_MONTH:.3f}"]


def catalog(folder: Path) -> Catalog:
    """Return the open table of a folder."""
    return Catalog(
        files=FolderFiles(folder),
        shelf=FolderShelf(folder),
        stones=stones.of_folder(folder),
        bucket="folder",
    )


def fill(folder: Path, pages: int) -> None:
    """Write WARC files, one each ten seconds."""
    choose = random.Random(1)
    settings = Settings(bucket="archive", table="archive", state_table="state")
    words = [f"{one}{other}" for one in WORDS for other in ("", *WORDS)]
    for first in range(0, pages, PAGES_A_FILE):
        begun = BEGUN + timedelta(seconds=first)
        warc = WarcFile(settings, host=f"h{first}", outside=Outside(now=lambda begun=begun: begun))
        for number in range(first, min(first + PAGES_A_FILE, pages)):
            text = " ".join(choose.choices(words, k=WORDS_A_PAGE))
            html = (
                article_html(f"Title {number}", text=text)
                + "<!-- "
                + " ".join(choose.choices(words, k=6000))
                + " -->"
            )
            warc.add(
                make_capture(
                    f"https://example.com/news/{number}",
                    html=html,
                    at=begun + timedelta(seconds=number - first),
                )
            )
        path = folder / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()


if __name__ == "__main__":
    main()
