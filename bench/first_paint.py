"""How long a reader waits for an archived page: `pressmark web` in a process of its own, a real Chromium.

usage: PYTHONPATH=src:. python -m bench.first_paint [ROUNDS]; needs Chromium and `make judges`. If other programs
work on the machine, start it with `chrt -r 1` (as root); otherwise their time is measured, too.

From the click on a link to the first paint of the archived page's text, with an empty profile (ReplayWeb.page's scripts
are fetched and its worker is installed) and once more in the same browser.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.access.gallery import FERRY, fill_gallery
from tests.chromium import Chromium, find

PLAYER = Path(__file__).parents[1] / ".tools" / "replayweb" / "package"
TEXT = "The first night ferry in more than a decade"
TARGETS = {"as first captured": "20240710064000", "a revisit": "20261110074000"}

SHOWN = """
(function shown(root) {
  if (root.body && root.body.innerText.includes(%s)) return root.defaultView.performance
    .getEntriesByName('first-contentful-paint').length > 0;
  for (const each of root.querySelectorAll('*')) {
    if (each.shadowRoot && shown(each.shadowRoot)) return true;
    if (each.tagName === 'IFRAME' && each.contentDocument && shown(each.contentDocument)) return true;
  }
  return false;
})(document)
"""
"""Whether the document that has the text has been painted (W3C Paint Timing), in any frame or shadow tree."""


def wait(browser: Chromium, address: str) -> float:
    """Open an address and return the seconds until the archived page is painted."""
    began = time.perf_counter()
    browser.open(address)
    while not browser.evaluate(SHOWN % json.dumps(TEXT)):
        if time.perf_counter() - began > 60:
            raise SystemExit(f"{address} is not shown after a minute")
        time.sleep(0.01)
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print medians."""
    program = find()
    if program is None or not PLAYER.is_dir():
        raise SystemExit("needs Chromium (Debian: apt-get install chromium) and `make judges`")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "archive"
        fill_gallery(folder)
        command = [sys.executable, "-m", "pressmark.cli", "web", "--archive", str(folder), "--port", "0"]
        server = subprocess.Popen([*command, "--assets", str(PLAYER)], stderr=subprocess.PIPE, text=True)
        try:
            said = re.search(r"http://\S+", server.stderr.readline() if server.stderr else "")
            if said is None:
                raise SystemExit("pressmark web does not start")
            for number in range(rounds):
                with Chromium(
                    program, Path(place) / f"profile-{number}", rules="EXCLUDE 127.0.0.1, "
                ) as browser:
                    for name, moment in TARGETS.items():
                        address = f"{said[0]}web/{moment}/{FERRY}"
                        browser.open("about:blank")
                        label = (
                            f"{name}, {'empty profile' if name == next(iter(TARGETS)) else 'same browser'}"
                        )
                        found.setdefault(label, []).append(wait(browser, address))
        finally:
            server.terminate()
            server.wait()
    for name, seconds in found.items():
        print(
            f"{name}: median {statistics.median(seconds):.2f} s, all {sorted(round(each, 2) for each in seconds)}"
        )


if __name__ == "__main__":
    main()
