"""Make the pictures of this folder anew: `PYTHONPATH=src:. .venv/bin/python docs/screenshots/make.py`.

Sample pages are archived into a folder that is thrown away; needs Chromium and `make tools`.
"""

import io
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text
from tests.chromium import Chromium, find

from pressmark.local.site import PAGES, Site

HERE = Path(__file__).parent
PRESSMARK = [sys.executable, "-m", "pressmark.cli"]
PICTURES = ("images/harbour.svg", "images/tram.svg", "images/orchard.svg", "images/library.svg")


def terminal(name: str, folder: Path, *arguments: str) -> None:
    """Run a command as in a terminal and draw what it prints."""
    done = subprocess.run(  # noqa: S603 - ours
        [*PRESSMARK, *arguments],
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": "132"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    console = Console(record=True, width=140, file=io.StringIO())
    console.print(Text.assemble(("$ ", "bold green"), f"pressmark {' '.join(arguments)}"))
    console.print(Text.from_ansi(done.stdout + done.stderr))
    console.save_svg(str(HERE / f"{name}.svg"), title="Pressmark")


def replay(name: str, folder: Path, url: str) -> None:
    """Show a page in Chromium, by pywb, and take its picture."""
    program = find()
    if program is None:
        raise SystemExit("needs Chromium (Debian: apt-get install chromium)")
    process = subprocess.Popen(  # noqa: S603 - ours
        [*PRESSMARK, "replay", "--no-browser", "--port", "8080", "--archive", "archive", url],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        shown = process.stderr.readline().split(" ")[0] if process.stderr else ""
        with Chromium(program, folder / "profile", size=(1000, 1000)) as browser:
            browser.open(shown)
            browser.wait_for_text("", address=f"mp_/{url}")
            (HERE / f"{name}.png").write_bytes(browser.screenshot())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    with Site() as site:
        names = [*PICTURES, *sorted(path.name for path in PAGES.glob("*.html"))]
        urls = [f"{site.base}/{name}" for name in names]
        subprocess.run([*PRESSMARK, "push", "--archive", "archive", *urls], cwd=folder, check=True)  # noqa: S603 - ours
    ferry = f"{site.base}/harbour-ferry.html"
    terminal("list", folder, "list", "--archive", "archive", "--format", "table")
    terminal("show", folder, "show", ferry, "--archive", "archive", "--format", "table")
    replay("replay", folder, ferry)
