"""What finding a page's requisites costs, and how many there are, over the pages of a corpus.

python -m bench.requisites [CORPUS [ROUNDS]]

The processor time is that of the thread, on a tree that was just parsed and not walked before. For each page, the
fastest of several rounds counts, each with a new tree: the others also measured what else the machine had to do. The
article is read from a tree of the same page in the same rounds, as a yardstick.
"""

import gzip
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.units import item_bytes, write_units
from pressmark.archive.requisites import items
from pressmark.archive.table import to_item
from pressmark.article import Document
from pressmark.article.choose import weigh
from pressmark.crawl.requisites import MOST
from pressmark.requisites.css import in_css
from pressmark.requisites.html import in_html
from pressmark.requisites.wanted import LEVELS, Level, Wanted
from pressmark.warc.stored import StoredCapture

CSS_BYTES = 200_000


def milliseconds(deed: Callable[[], object]) -> float:
    """Return the processor time of this thread for a call."""
    began = time.thread_time()
    deed()
    return 1000 * (time.thread_time() - began)


def sheet() -> bytes:
    """Return a style sheet as frameworks make them: rules, some of them in media queries, every fortieth with a URL."""
    rules = []
    for number in range(CSS_BYTES // 120):
        rule = (
            f".card-{number % 99}:hover > .btn,\n.nav-{number % 7}::after {{\n  padding: 0.375rem 0.75rem;\n"
            f"  color: rgba(13, 110, 253, .5);\n  transition: color .15s ease-in-out;\n}}\n"
        )
        if number % 40 == 0:
            rule = f'.icon-{number} {{ background: url("../img/{number}.svg"); content: "\\2014"; }} /* icon */\n'
        rules.append(f"@media (min-width: 768px) {{\n{rule}}}\n" if number % 9 == 0 else rule)
    return "".join(rules).encode()[:CSS_BYTES]


def stored(url: str, wanted: list[Wanted]) -> StoredCapture:
    """Return the event of a page's requisites, as far as its items depend on it."""
    warc = "warcs/2026/11/23/pressmark-20261123120000000-00000-ab12cd34-0123456789ab.warc.gz"
    at = "2026-11-23T12:00:00.123456Z"
    line = {"captured": at, "warc": warc, "offset": 1_000_000, "length": 50_000}
    page = {"url": url, "captured": at}
    lines = [line | {"url": each.url} for each in wanted[:MOST]]
    return StoredCapture(
        [], {"purpose": "requisites", "page": page, "requisites": lines}, 1_000_000, 5_000, warc
    )


def items_line(pages: dict[str, list[Wanted]]) -> str:
    """Say what the items of pages take to write: one for each list, and the links that no page before has made."""
    known: set[tuple[str, str]] = set()
    sizes: list[int] = []
    new: list[int] = []
    for url, wanted in pages.items():
        item, *links = items(stored(url, wanted))
        sizes.append(item_bytes(to_item(item)))
        keys = {(link["site"], link["capture"]) for link in links}
        new.append(len(keys - known))
        known |= keys
    units = dict(sorted(Counter(map(write_units, sizes)).items()))
    return (
        f"item of a list: median {statistics.median(sizes):.0f} bytes, "
        f"90 % {statistics.quantiles(sizes, n=10)[-1]:.0f}, most {max(sizes)}; pages by write units {units}; "
        f"links: {sum(new)} in all, {statistics.median(new):g} a page in the median, most {max(new)}"
    )


def main() -> None:
    """Print the figures of docs/performance.md and docs/table.md."""
    corpus = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/news-dev")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    urls = {
        each["name"]: each["url"] for each in map(json.loads, (corpus / "truth.jsonl").open(encoding="utf-8"))
    }
    levels: list[Level] = [level for level in LEVELS if level != "none"]
    finding: list[float] = []
    reading: list[float] = []
    counts: dict[Level, list[int]] = {level: [] for level in levels}
    kinds: dict[Level, Counter[str]] = {level: Counter() for level in levels}
    needed: dict[Level, dict[str, list[Wanted]]] = {level: {} for level in levels}
    for path in sorted((corpus / "pages").glob("*.html.gz")):
        html = gzip.decompress(path.read_bytes())
        url = urls[path.name.removesuffix(".html.gz")]

        def found(level: Level, page: Document) -> list[Wanted]:
            return in_html(page.root, page.url, level, charset=page.charset)

        pages = [Document.parse(html, url) for _ in range(2 * rounds)]
        finding.append(min(milliseconds(lambda page=page: found("page", page)) for page in pages[:rounds]))
        reading.append(min(milliseconds(lambda page=page: weigh(page, None)) for page in pages[rounds:]))
        for level in levels:
            wanted = needed[level][url] = found(level, pages[0])
            counts[level].append(len(wanted))
            kinds[level].update(each.kind for each in wanted)
    print(f"{len(finding)} pages, {rounds} rounds; ms of processor time, median and 90 %")
    for name, values in (("requisites at page", finding), ("article", reading)):
        print(f"  {name:20}{statistics.median(values):7.2f}{statistics.quantiles(values, n=10)[-1]:7.2f}")
    css = sheet()
    print(
        f"  {'a style sheet':20}{min(milliseconds(lambda: in_css(css, url, None, 'page')) for _ in range(rounds)):7.2f}"
    )
    for level in levels:
        values = counts[level]
        print(
            f"{level}: median {statistics.median(values):g}, mean {statistics.mean(values):.1f}, "
            f"90 % {statistics.quantiles(values, n=10)[-1]:g}, most {max(values)}; {dict(kinds[level].most_common())}"
        )
        print(f"  {items_line(needed[level])}")


if __name__ == "__main__":
    main()
