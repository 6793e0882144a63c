"""What captures of whole pages hold: Pressmark's, and `wget -p`'s, of the sites in tests/requisites.

`.venv/bin/python -m bench.whole_pages`; needs wget and Chromium, which says what the pages ask for.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from tests import chromium
from tests.chromium import Chromium
from tests.requisites.looking import look
from tests.requisites.serving import NAMES, TITLES, Towns, towns

from pressmark.warc.stream import read_records

RULES = "EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2, "


def asked(served: Towns, folder: Path) -> set[str]:
    """Return every URL that Chromium asks for to show the pages."""
    program = chromium.find()
    if program is None:
        raise SystemExit("needs Chromium (Debian: apt-get install chromium)")
    found: set[str] = set()
    with Chromium(program, folder / "profile", rules=RULES) as browser:
        for name in NAMES:
            found |= look(browser, served.url(name), TITLES[name], served.url(name)).answered.keys()
    return found


def wget(served: Towns, folder: Path, *, after: Path | None = None) -> None:
    """Capture the pages with `wget -p`, all in one WARC file. after: a folder with an earlier capture."""
    folder.mkdir()
    options = ["-p", "-H", "-nv", "--tries=1", f"--warc-file={folder / 'wget'}", "-P", str(folder / "copy")]
    options += [f"--warc-dedup={after / 'wget.cdx'}"] if after else ["--warc-cdx"]
    subprocess.run(["wget", *options, *map(served.url, NAMES)], check=False, capture_output=True)


def push(served: Towns, folder: Path, level: str) -> None:
    """Capture the pages with Pressmark."""
    command = [sys.executable, "-m", "pressmark.cli", "push", "--archive", str(folder)]
    command += ["--requisites", level, "--host-delay", "0", *map(served.url, NAMES)]
    environment = {"PRESSMARK_ALLOW_LOOPBACK": served.allowed, "PATH": "/usr/bin:/bin"}
    subprocess.run(command, check=True, env=environment, capture_output=True)


def told(files: Iterable[Path], wanted: set[str], requests: int) -> str:
    """Return a line of the table for some WARC files. requests: how many their sites had."""
    kinds: Counter[str] = Counter()
    urls: set[str] = set()
    size = bodies = 0
    for path in files:
        size += path.stat().st_size
        with path.open("rb") as file:
            for record in read_records(file, file=path.name):
                block = b"".join(iter(lambda record=record: record.read(1 << 16), b""))  # type: ignore[misc]
                record.finish()
                kinds[record.type] += 1
                if record.type in ("response", "revisit"):
                    urls.add(record.url.strip("<>"))
                if record.type == "response" and block.startswith(b"HTTP/"):
                    bodies += len(block.partition(b"\r\n\r\n")[2])
                if (
                    record.type == "metadata" and b'"requisites"' in block
                ):  # what a list points at is there, too
                    urls |= {line["url"] for line in json.loads(block).get("requisites", ())}
    missing = sorted(wanted - urls)
    responses = kinds["response"] + kinds["revisit"]
    names = ", ".join(url.split("/", 3)[3] for url in missing)
    revisits = kinds["revisit"]
    counts = f"{requests} | {responses} | {revisits} | {kinds.total()} | {bodies:,} | {size:,}"
    return f"| {counts} | {len(missing)}: {names} |"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place, towns() as served:
        folder = Path(place)
        wanted = asked(served, folder)
        print(f"{len(NAMES)} pages, for which Chromium asks for {len(wanted)} URLs")
        print("| | requests | responses | of them revisits | records | bodies | WARC | missing |")

        def measured(name: str, place: Path, capture: Callable[[], None]) -> None:
            there = set(place.rglob("*.warc.gz"))
            served.requests.clear()
            capture()
            print(name, told(set(place.rglob("*.warc.gz")) - there, wanted, len(served.requests)), flush=True)

        first, again = folder / "wget", folder / "wget-again"
        measured("| wget -p -H", first, lambda: wget(served, first))
        measured("| again, with --warc-dedup", again, lambda: wget(served, again, after=first))
        for level in ("page", "all"):
            place = folder / level
            for name in (f"| --requisites {level}", "| again, into the same archive"):
                measured(name, place, lambda place=place, level=level: push(served, place, level))  # type: ignore[misc]


if __name__ == "__main__":
    main()
