"""What a person sees: pages as Chromium draws them, live and from an archive, and how far two pictures differ."""

import base64
import re
import time
from dataclasses import dataclass

from tests.chromium import Chromium, Frame

SIZE = (800, 600)
"""Of what is seen of a page, in pixels."""

SECONDS = 90
"""A page is waited for, with its pictures and fonts."""

LEVELS = 8
"""Of 255: by so much a pixel's red, green or blue may differ and still count as the same."""

SHARE = 0.001
"""Of all pixels, so many may differ: text that is drawn in a frame can be smoothed a little otherwise."""

_REPLAYED = re.compile(r"/\d{0,14}[a-z]{2,3}_/((?:https?:)?//.+)$")

_WHOLE_WINDOW = """
(function fill(root) {
  for (const each of root.querySelectorAll('*')) {
    if (each.shadowRoot) fill(each.shadowRoot);
    if (each.tagName === 'IFRAME' && each.contentDocument?.body && each.clientWidth) {
      each.style.cssText = 'position: fixed; inset: 0; width: 100vw; height: 100vh; border: 0; background: white;' +
        'z-index: 2147483647';
      fill(each.contentDocument);
    }
  }
})(document)
"""
"""Players have bars of their own around the page, which come and go: its frame is laid over them."""

_DIFFERENT = """
(async () => {
  const pixels = async text => {
    const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height);
  };
  const [one, other] = [await pixels('ONE'), await pixels('OTHER')];
  if (one.width !== other.width || one.height !== other.height) return 1;
  let count = 0;
  for (let at = 0; at < one.data.length; at += 4)
    if ([0, 1, 2].some(each => Math.abs(one.data[at + each] - other.data[at + each]) > LEVELS)) count += 1;
  return count / (one.width * one.height);
})()
"""


@dataclass(frozen=True)
class Seen:
    """A page as it was shown. picture: a PNG. answered: every URL it asked for, the page's own too, to the status."""

    picture: bytes
    answered: dict[str, int]


def look(browser: Chromium, address: str, text: str, url: str) -> Seen:
    """Open an address and return what is shown of the page with a URL, whatever frames are around it.

    text: it is shown when the page is. Fails where it is not shown in SECONDS.
    """
    browser.answered.clear()
    browser.unfinished.clear()
    browser.resize(*SIZE)
    browser.open(address)
    before = None
    end = time.monotonic() + SECONDS
    _shown(browser, text, url, end)  # or a player has no frame yet that could be laid over its bars
    while True:
        browser.evaluate(_WHOLE_WINDOW)
        now = (_shown(browser, text, url, end), browser.screenshot())
        if now == before and now[0].place == (0, 0, *SIZE):
            break
        assert time.monotonic() < end, (now[0], browser.unfinished)
        # A background is asked for when it is first drawn, which may be after the page is ready.
        before = None if browser.unfinished else now
    return Seen(now[1], {_live(each): status for each, status in browser.answered.items() if _live(each)})


def _live(address: str) -> str:
    """The URL that an address of a player stands for; of a live page itself, of anything else nothing."""
    if (replayed := _REPLAYED.search(address)) is not None:
        return replayed[1] if replayed[1].startswith("http") else f"http:{replayed[1]}"
    return address if re.match(r"http://127\.0\.0\.\d:\d+/[a-z]+/", address) else ""


def _shown(browser: Chromium, text: str, url: str, end: float) -> Frame:
    while True:
        frames = browser.frames()
        for frame in frames:
            if frame.address.endswith(url) and text in frame.text and frame.ready:
                return frame
        assert time.monotonic() < end, (text, frames, browser.answered, browser.errors)
        time.sleep(0.02)


def difference(browser: Chromium, one: Seen, other: Seen) -> float:
    """Return the share of pixels that differ by more than LEVELS; 1 for pictures of other sizes."""
    if one.picture == other.picture:
        return 0.0
    browser.open("about:blank")
    script = _DIFFERENT.replace("LEVELS", str(LEVELS))
    for name, seen in (("ONE", one), ("OTHER", other)):
        script = script.replace(f"'{name}'", f"'{base64.b64encode(seen.picture).decode()}'")
    return float(browser.awaited(script))
