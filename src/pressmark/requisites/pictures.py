"""Pictures of a page: ``img`` and ``picture`` with what browsers choose of them, and what scripts fill in later."""

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from pressmark.requisites import lazy
from pressmark.requisites.media import fits
from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.sizes import is_auto
from pressmark.requisites.srcset import candidates, chosen
from pressmark.requisites.wanted import Level

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TYPES = frozenset(
    f"image/{each}"
    for each in (
        "avif",
        "webp",
        "jpeg",
        "jpg",
        "png",
        "apng",
        "gif",
        "svg+xml",
        "bmp",
        "x-icon",
        "vnd.microsoft.icon",
    )
)
"""What browsers of today show; a ``source`` of another type is passed over."""

_SHOWN = frozenset(["img", "amp-img", "source", "input"])

MAX_SOURCES = 100
"""Of one ``picture``; a later one counts for nothing."""


def of_img(img: "Element", level: Level) -> Iterator[str]:
    """Yield the references of an ``img``, with the ``picture`` around it; at ``all``, every candidate."""
    src, srcset, sizes = img.get("src"), img.get("srcset"), img.get("sizes") or ""
    if src:
        yield src
    screens: Iterable[Screen] = SCREENS
    if level != "all" and (sources := _sources_before(img)):
        screens = []
        for screen in SCREENS:
            picked, decided = _of_sources(sources, screen)
            yield from picked
            if not decided:
                screens.append(screen)
    if srcset:
        yield from _of_srcset(srcset, sizes, src, level, screens)


def of_source(source: "Element", level: Level) -> Iterator[str]:
    """Yield what a ``source`` of a ``picture`` has besides what is chosen of it together with the ``img``."""
    if level == "all" and (srcset := source.get("srcset")):
        yield from _of_srcset(srcset, "", None, level, SCREENS)


def of_preload(link: "Element", level: Level) -> Iterator[str]:
    """Yield what a ``link rel=preload as=image`` loads ahead."""
    href, srcset = link.get("href"), link.get("imagesrcset")
    screens = [each for each in SCREENS if level == "all" or fits(link.get("media") or "", each) is not False]
    if href and screens and (level == "all" or not srcset):
        yield href
    if srcset and screens:
        yield from _of_srcset(srcset, link.get("imagesizes") or "", href, level, screens)


def lazily(element: "Element", level: Level) -> Iterator[str]:
    """Yield what scripts put in the place of a picture's ``src`` and ``srcset``."""
    is_address = lazy.is_address if element.tag in _SHOWN else lazy.names_picture
    for name in lazy.ADDRESS:
        if (value := element.get(name)) and is_address(value):
            yield value
    for name in lazy.SRCSET:
        if srcset := element.get(name):
            sizes = element.get("data-sizes") or element.get("sizes") or ""
            # Where the layout decides, the widest that it can be: what the script asks for cannot be known.
            yield from _of_srcset(srcset, "" if is_auto(sizes) else sizes, None, level, SCREENS)


def _of_srcset(
    srcset: str, sizes: str, src: str | None, level: Level, screens: Iterable[Screen]
) -> Iterator[str]:
    found = candidates(srcset)
    if level == "all":
        yield from (each.reference for each in found)
    else:
        yield from chosen(found, sizes, src, screens)


def _of_sources(sources: list["Element"], screen: Screen) -> tuple[list[str], bool]:
    """The references of the first source that fits a screen, and of those before it that may; and whether one does."""
    picked: list[str] = []
    for source in sources:
        fit = fits(source.get("media") or "", screen)
        if fit is False or _essence(source.get("type") or "image/png") not in TYPES:
            continue
        found = candidates(source.get("srcset") or "")
        picked += chosen(found, source.get("sizes") or "", None, [screen])
        if fit and found:
            return picked, True
    return picked, False


def _sources_before(img: "Element") -> list["Element"]:
    """The ``source`` elements of the ``picture`` whose first ``img`` this is."""
    parent = img.getparent()
    for _ in range(MAX_SOURCES):  # libxml2 puts what stands behind a source into it
        if parent is None or parent.tag != "source":
            break
        parent = parent.getparent()
    if parent is None or parent.tag != "picture":
        return []
    listed = list(islice(parent.iter("source", "img"), MAX_SOURCES))
    before = list(takewhile(lambda each: each.tag == "source", listed))
    return before if listed[len(before) : len(before) + 1] == [img] else []


def _essence(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()
