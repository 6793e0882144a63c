"""What captures of whole pages hold: Pressmark's, and `wget -p`'s, of the sites in tests/requisites.

`.venv/bin/python -m bench.whole_pages`; needs wget and Chromium, which says what the pages ask for.
"""

import subprocess
import sys
import tempfile
from collections import Counter
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


def wget(served: Towns, folder: Path) -> None:
    """Capture the pages with `wget -p`, all in one WARC file."""
    folder.mkdir()
    options = ["-p", "-H", "-nv", "--tries=1", f"--warc-file={folder / 'wget'}", "-P", str(folder / "copy")]
    subprocess.run(["wget", *options, *map(served.url, NAMES)], check=False, capture_output=True)


def push(served: Towns, folder: Path, level: str) -> None:
    """Capture the pages with Pressmark."""
    command = [sys.executable, "-m", "pressmark.cli", "push", "--archive", str(folder)]
    command += ["--requisites", level, "--host-delay", "0", *map(served.url, NAMES)]
    environment = {"PRESSMARK_ALLOW_LOOPBACK": served.allowed, "PATH": "/usr/bin:/bin"}
    subprocess.run(command, check=True, env=environment, capture_output=True)


def told(folder: Path, wanted: set[str]) -> str:
    """Return a line of the table for the WARC files of a folder."""
    kinds: Counter[str] = Counter()
    urls: set[str] = set()
    size = 0
    for path in folder.rglob("*.warc.gz"):
        size += path.stat().st_size
        with path.open("rb") as file:
            for record in read_records(file, file=path.name):
                record.finish()
                kinds[record.type] += 1
                if record.type in ("response", "revisit"):
                    urls.add(record.url.strip("<>"))
    missing = sorted(wanted - urls)
    responses = kinds["response"] + kinds["revisit"]
    names = ", ".join(url.split("/", 3)[3] for url in missing)
    return f"| {responses} | {kinds.total()} | {size:,} | {len(missing)} | {names} |"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place, towns() as served:
        folder = Path(place)
        wanted = asked(served, folder)
        print(f"{len(NAMES)} pages, for which Chromium asks for {len(wanted)} URLs")
        wget(served, folder / "wget")
        print("wget -p", told(folder / "wget", wanted))
        for level in ("page", "all"):
            push(served, folder / level, level)
            print(level, told(folder / level, wanted))


if __name__ == "__main__":
    main()
