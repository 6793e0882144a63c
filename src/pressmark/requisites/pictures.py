"""Pictures of a page: ``img`` and ``picture``, and which of them browsers choose."""

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from pressmark.requisites.media import Fits, all_of, fits
from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.srcset import Offer, candidates
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
"""Types that all of today's browsers show. Some browsers show other types, too."""

MAX_SOURCES = 100
"""Maximum number of sources of one ``picture``; later ones do not count."""


def of_img(img: "Element", level: Level) -> Iterator[str]:
    """Yield the references of an ``img``, with the ``picture`` around it; at ``all``, every candidate."""
    src, srcset = img.get("src"), img.get("srcset")
    if src:
        yield src
    screens: list[Screen] = list(SCREENS)
    if level != "all" and (sources := _sources_before(img)):
        picked, screens = _of_sources(sources)
        yield from picked
    if srcset:
        is_lazy = (img.get("loading") or "").lower() == "lazy"
        yield from Offer(candidates(srcset), img.get("sizes") or "", src, is_lazy).wanted(level, screens)


def of_source(source: "Element", level: Level) -> Iterator[str]:
    """Yield every candidate of a ``source`` at ``all``; otherwise its choice is made with the ``img``."""
    if level == "all" and (srcset := source.get("srcset")):
        yield from Offer(candidates(srcset)).wanted(level)


def of_preload(link: "Element", level: Level) -> Iterator[str]:
    """Yield the pictures that a ``link rel=preload as=image`` loads."""
    href, srcset = link.get("href"), link.get("imagesrcset")
    screens = [each for each in SCREENS if level == "all" or fits(link.get("media") or "", each) is not False]
    if href and screens and (level == "all" or not srcset):
        yield href
    if srcset and screens:
        yield from Offer(candidates(srcset), link.get("imagesizes") or "", href).wanted(level, screens)


def _of_sources(sources: list["Element"]) -> tuple[list[str], list[Screen]]:
    """References of the first source that fits each screen, and of earlier ones that may; and screens without any."""
    offers: dict[int, Offer] = {}
    picked: list[str] = []
    undecided = []
    for screen in SCREENS:
        for number, source in enumerate(sources):
            fit = all_of([fits(source.get("media") or "", screen), _shows(source.get("type") or "image/png")])
            if fit is False:
                continue
            if number not in offers:
                offers[number] = Offer(candidates(source.get("srcset") or ""), source.get("sizes") or "")
            picked += offers[number].chosen([screen])
            if fit and offers[number].candidates:
                break
        else:
            undecided.append(screen)
    return picked, undecided


def _sources_before(img: "Element") -> list["Element"]:
    """The ``source`` elements of the ``picture`` whose first ``img`` this is."""
    parent = img.getparent()
    for _ in range(MAX_SOURCES):  # libxml2 puts the elements after a source into it
        if parent is None or parent.tag != "source":
            break
        parent = parent.getparent()
    if parent is None or parent.tag != "picture":
        return []
    listed = list(islice(parent.iter("source", "img"), MAX_SOURCES))
    before = list(takewhile(lambda each: each.tag == "source", listed))
    return before if listed[len(before) : len(before) + 1] == [img] else []


def _shows(kind: str) -> Fits:
    """Whether browsers show an image of a media type; None if some do."""
    essence = kind.partition(";")[0].strip().lower()
    if essence in TYPES:
        return True
    return None if essence.startswith("image/") else False
