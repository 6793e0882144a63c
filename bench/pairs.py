"""Two checkouts' article readers in turn, for a busy machine, on which only ratios mean something.

usage: python -m bench.pairs OTHER_CHECKOUT [ROUNDS]; prints user CPU a page of both and the ratio.

Each measurement is a process of its own that reads the sample pages first and then each page of the corpus once, so
that no page profits from an earlier reading of the same page.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def once() -> None:
    """Read the pages named on stdin with the pressmark that is on the path; print milliseconds a page."""
    from pressmark.article import extract

    warm, pages = json.load(sys.stdin)
    for name, url in warm:
        extract(Path(name).read_bytes(), url)
    spent = 0.0
    for name, url in pages:
        html = Path(name).read_bytes()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        extract(html, url)
        spent += resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    print(1000 * spent / len(pages))


def measure(checkout: Path, work: str) -> float:
    environment = {**os.environ, "PYTHONPATH": f"{checkout / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", "from bench.pairs import once; once()"]
    done = subprocess.run(command, input=work, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    import tempfile

    from bench import servers

    other, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    urls = servers.news_urls()
    with tempfile.TemporaryDirectory() as folder:
        pages = []
        for name, html in servers.news_pages():
            (Path(folder) / name).write_bytes(html)
            pages.append((str(Path(folder) / name), urls.get(name, f"https://bench.example/{name}")))
        warm = [(str(path), f"https://bench.example/{path.stem}") for path in servers.FIXTURES.glob("*.html")]
        work = json.dumps([warm, pages])
        pairs = []
        for number in range(rounds):
            first, second = (other, ROOT) if number % 2 else (ROOT, other)
            spent = {checkout: measure(checkout, work) for checkout in (first, second)}
            pairs.append((spent[other], spent[ROOT]))
    before, after = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(new / old for old, new in pairs)
    print(f"{len(pages)} pages, {rounds} rounds: {before:.2f} and {after:.2f} ms a page, ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
