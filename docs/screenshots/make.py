"""Make the pictures of this folder again: `PYTHONPATH=src:. .venv/bin/python docs/screenshots/make.py`.

Sample pages are archived into a folder that is thrown away; needs Chromium, `make tools` and `make judges`.
"""

import html
import io
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from tests.access.gallery import addresses, gallery
from tests.access.serving import serving, showing
from tests.chromium import Chromium, find
from tests.foreign import TOOLS

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.local.site import PAGES, Site

HERE = Path(__file__).parent
REPLAYWEB = TOOLS / "replayweb" / "package"
PRESSMARK = [sys.executable, "-m", "pressmark.cli"]

WIDTH = 132

_TEXT = re.compile(r'<text ([^>]*)x="([0-9.]+)"([^>]*)textLength="([0-9.]+)"([^>]*)>([^<]*)</text>')


def terminal(name: str, folder: Path, *arguments: str) -> None:
    """Run a command in a terminal and draw what it prints."""
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (60, WIDTH))
    process = subprocess.Popen(  # noqa: S603 - ours
        [*PRESSMARK, *arguments],
        env={**os.environ, "TERM": "xterm-256color"},
        cwd=folder,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    said = b""
    with suppress(OSError):  # the other end is closed
        while piece := os.read(ours, 65536):
            said += piece
    process.wait()
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.assemble(("$ ", "bold green"), f"pressmark {' '.join(arguments)}"))
    console.print(Text.from_ansi(_LINE_AGAIN.sub("", said.decode().replace("\r\n", "\n"))))
    drawn = console.export_svg(title="Pressmark")
    (HERE / f"{name}.svg").write_text(_TEXT.sub(_in_cells, drawn), encoding="utf-8")


_LINE_AGAIN = re.compile(r"\r[^\n]*?\x1b\[2K|\x1b\[\?25[lh]|\x1b\[2K|\r")
"""A line of progress that is gone at the end."""


def _in_cells(text: re.Match[str]) -> str:
    """Put each run of wide characters in a text of its own: rich gives a text one cell for each character."""
    begin, x, y, length, end, content = text.groups()
    said = html.unescape(content)
    cell = float(length) / max(1, len(said))
    if cell_len(said) == len(said):
        return text[0]
    drawn, at = "", float(x)
    for is_wide, group in itertools.groupby(said, lambda each: cell_len(each) > 1):
        run = "".join(group)
        width = cell * len(run) * (2 if is_wide else 1)
        shown = html.escape(run).replace(" ", "&#160;")
        drawn += f'<text {begin}x="{at:g}"{y}textLength="{width:g}"{end}>{shown}</text>'
        at += width
    return drawn


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


def player(name: str, folder: Path, url: str, text: str) -> None:
    """Show a page in Chromium, by the archive's own player, and take its picture when a text of it is there."""
    program = find()
    if program is None or not REPLAYWEB.is_dir():
        raise SystemExit(
            "needs Chromium (Debian: apt-get install chromium), and ReplayWeb.page (make judges)"
        )
    reader = FolderReader(folder / "archive")
    with (
        showing(Archive("", reader, reader.files), str(REPLAYWEB)) as address,
        Chromium(program, folder / "player", size=(800, 620), rules="EXCLUDE 127.0.0.1, ") as browser,
    ):
        browser.open(f"{address}/web/2100/{url}")
        browser.wait_for_text(text, address=f"mp_/{url}")
        (HERE / f"{name}.webp").write_bytes(browser.screenshot("webp"))
    reader.close()


WEB = {
    "front": ("home", 1200, 860, "light"),
    "url": ("page", 1200, 1100, "light"),
    "capture": ("capture", 768, 1000, "dark"),
    "diff": ("diff", 360, 900, "light"),
    "words": ("words", 360, 900, "dark"),
}
"""Pages of `pressmark web`: by the picture's name what is shown, its width and height in pixels, and the scheme."""


def pages(folder: Path) -> None:
    """Show the gallery's pages in Chromium and take their pictures; fonts are those of this machine."""
    program = find()
    if program is None:
        raise SystemExit("needs Chromium (Debian: apt-get install chromium)")
    with (
        gallery(folder / "gallery") as archive,
        serving(Application(archive)) as port,
        Chromium(program, folder / "profile") as browser,
    ):
        for name, (page, width, height, scheme) in WEB.items():
            browser.prefer(scheme)
            browser.resize(width, height)
            browser.open(f"http://localhost:{port}{addresses()[page]}")
            browser.wait_for_text("The Lantern Archive", address=addresses()[page])
            (HERE / f"web-{name}.webp").write_bytes(browser.screenshot("webp"))


with tempfile.TemporaryDirectory() as place:
    folder = Path(place)
    pages(folder)
    with Site() as site:
        urls = [f"{site.base}/{name}" for name in sorted(path.name for path in PAGES.glob("*.html"))]
        push = [*PRESSMARK, "push", "--allow-loopback", "--requisites", "page", "--archive", "archive", *urls]
        subprocess.run(push, cwd=folder, check=True)  # noqa: S603 - ours
    ferry = f"{site.base}/harbour-ferry.html"
    terminal("list", folder, "list", "--archive", "archive")
    terminal("show", folder, "show", ferry, "--archive", "archive")
    replay("replay", folder, ferry)
    player("requisites", folder, ferry, "Island ferry returns")
