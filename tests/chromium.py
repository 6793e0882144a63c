"""Real Chromium as a reader of replayed pages, controlled by the DevTools protocol over a pipe."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")

_FRAMES = """
(function frames(root, address, place) {
  const found = [];
  if (root.body) {
    const pictures = [...root.images].map(each => [each.src, each.naturalWidth]);
    const ready = root.readyState === 'complete' && root.fonts.status === 'loaded';
    found.push({address, title: root.title, text: root.body.innerText, pictures, place, ready});
  }
  for (const each of root.querySelectorAll('*')) {
    if (each.shadowRoot) found.push(...frames(each.shadowRoot, address, place));
    if (each.tagName === 'IFRAME' && each.contentDocument) {
      const box = each.getBoundingClientRect();
      const [x, y] = [place[0] + box.x + each.clientLeft, place[1] + box.y + each.clientTop];
      const its = [x, y, each.clientWidth, each.clientHeight];
      found.push(...frames(each.contentDocument, each.contentWindow.location.href, its));
    }
  }
  return found;
})(document, location.href, [0, 0, innerWidth, innerHeight])
"""
"""Every document that is shown, players' shadow roots and frames within frames included."""

_IS_LOADED = """
document.readyState === 'complete' && document.documentElement.offsetHeight >= 0
  && document.fonts.status === 'loaded'
"""

_AS_3_AND_4 = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find() -> str | None:
    """Return Chromium's path, or None if it is not installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Frame:
    """A document as it is shown."""

    address: str
    title: str
    text: str
    pictures: dict[str, int]
    """Address of each image to its width as loaded; 0 if it could not be loaded."""
    place: tuple[float, float, float, float] = (0, 0, 0, 0)
    """Where in the window it is shown: left, top, width, height, in pixels."""
    ready: bool = True
    """Whether everything that it needs has loaded, its fonts included."""


class Chromium:
    """A browser, used one tab at a time, which reaches localhost and nothing else.

    ``requested``: all URLs that it requested. ``answered``: the status of each that was answered. ``unfinished``: the
    requests for pictures, style sheets and fonts whose answer has not come whole. ``errors``: those in its console.

    rules: for more names of this machine that it may reach (Chromium's --host-resolver-rules).
    """

    def __init__(
        self, program: str, folder: Path, *, size: tuple[int, int] = (1000, 700), rules: str = ""
    ) -> None:
        self._command = [
            program,
            "--headless",
            "--no-sandbox",  # containers and root have none
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            # The first would keep each page running, so that the next gets a new process. The others would load a page
            # of their own in each window.
            "--disable-features=BackForwardCache,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
            "--hide-scrollbars",
            "--disable-lcd-text",  # so that text looks the same in a frame
            f"--window-size={size[0]},{size[1]}",
            f"--host-resolver-rules={rules}MAP * ~NOTFOUND, EXCLUDE localhost",
            f"--user-data-dir={folder}",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        self._log = folder.with_name(f"{folder.name}.log")
        self._number = 0
        self._session: str | None = None
        self._context: str | None = None
        self._buffer = b""
        self.requested: list[str] = []
        self.answered: dict[str, int] = {}
        self.unfinished: set[str] = set()
        self.errors: list[str] = []
        self._loaded: set[str] = set()

    def __enter__(self) -> Self:
        # The browser reads file descriptor 3 and writes 4.
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        high = [fcntl.fcntl(number, fcntl.F_DUPFD, 10) for number in (theirs_in, theirs_out)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _AS_3_AND_4, *map(str, high), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=high,
                start_new_session=True,
            )
        for number in (theirs_in, theirs_out, *high):
            os.close(number)
        try:
            tabs = self._call("Target.getTargets")["targetInfos"]
            self._attach(next(each["targetId"] for each in tabs if each["type"] == "page"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def start_afresh(self) -> None:
        """Continue in another tab, which shares nothing with the one before: no cookies, caches, workers, settings."""
        self._session = None
        if self._context:
            self._call("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self._call("Target.createBrowserContext")["browserContextId"]
        made = self._call("Target.createTarget", url="about:blank", browserContextId=self._context)
        self._attach(made["targetId"])
        for seen in (self.requested, self.answered, self.unfinished, self.errors):
            seen.clear()

    def _attach(self, tab: str) -> None:
        self._session = self._call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable")
        self._call("Page.setLifecycleEventsEnabled", enabled=True)

    def open(self, url: str) -> None:
        """Go to an address."""
        self._call("Page.navigate", url=url)

    def resize(self, width: int, height: int = 900, *, density: float = 1) -> None:
        """Show pages in a window of this size, in CSS pixels; a headless one by itself is never narrower than 500."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=density,
            mobile=False,
        )

    def press(self, key: str) -> None:
        """Press a key that writes nothing, such as Tab or Enter."""
        codes = {"Tab": 9, "Enter": 13}
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if (key, kind) == ("Enter", "keyDown") else {}
            self._call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key], **text)

    def frames(self) -> list[Frame]:
        """Return every document that is shown now."""
        return [
            Frame(
                each["address"],
                each["title"],
                each["text"],
                dict(each["pictures"]),
                tuple(each["place"]),
                each["ready"],
            )
            for each in self.evaluate(_FRAMES) or ()  # none while a page is being left
        ]

    def prefer(self, scheme: str, *, motion: str = "reduce") -> None:
        """Show pages ``light`` or ``dark``, and without movement."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self._call("Emulation.setEmulatedMedia", features=features)

    def run_scripts(self, allowed: bool) -> None:
        """Let pages run their scripts or not, from the next page on."""
        self._call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    def awaited(self, promise: str) -> Any:
        """Return the value of a JavaScript promise; the page must stay open until it is resolved."""
        answer = self._call("Runtime.evaluate", expression=promise, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def wait_for_text(self, text: str, *, address: str, seconds: float = 60) -> Frame:
        """Return the document whose address ends with ``address`` once it shows a text and its pictures, or fail."""
        end = time.monotonic() + seconds
        while True:
            frames = self.frames()
            for frame in frames:
                shows = text in frame.text and all(frame.pictures.values())
                if shows and frame.address.endswith(address):
                    return frame
            assert time.monotonic() < end, (text, frames, self.requested)
            time.sleep(0.1)

    def load(self, url: str, *, seconds: float = 60) -> list[str]:
        """Open an address; return the URLs requested until the page, its pictures and its fonts had loaded."""
        self.requested.clear()
        end = time.monotonic() + seconds
        went = self._call("Page.navigate", url=url)
        assert "errorText" not in went, (url, went)
        while went["loaderId"] not in self._loaded:
            self._note(self._next())
            assert time.monotonic() < end, self.requested
        while not self.evaluate(_IS_LOADED):
            assert time.monotonic() < end, self.requested
            time.sleep(0.02)
        return list(self.requested)

    def screenshot(self, form: str = "png") -> bytes:
        """Return what is shown, as ``png``, or as ``webp``, which is smaller."""
        quality = {"quality": 72} if form == "webp" else {}
        return base64.b64decode(self._call("Page.captureScreenshot", format=form, **quality)["data"])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            self._note(answer)
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requested.append(told["request"]["url"])
                if told["type"] in ("Image", "Stylesheet", "Font"):  # others may never be said to be finished
                    self.unfinished.add(told["requestId"])
                if "redirectResponse" in told:
                    self.answered[told["redirectResponse"]["url"]] = told["redirectResponse"]["status"]
            case "Network.responseReceived":
                self.answered[told["response"]["url"]] = told["response"]["status"]
            case "Network.loadingFinished" | "Network.loadingFailed":
                self.unfinished.discard(told["requestId"])
            case "Page.lifecycleEvent" if told["name"] == "load":
                self._loaded.add(told["loaderId"])
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.errors.append(str(told["entry"]))
            case "Runtime.exceptionThrown":
                self.errors.append(str(told["exceptionDetails"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], 60)
            piece = os.read(self._in, 1 << 16) if ready else b""
            assert piece, f"Chromium says nothing more:\n{self._log.read_text(errors='replace')[-2000:]}"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message
