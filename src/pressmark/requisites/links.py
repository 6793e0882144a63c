"""What ``link`` elements make browsers fetch (HTML Standard, section 4.6.7)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pressmark.requisites.media import fits
from pressmark.requisites.pictures import of_preload
from pressmark.requisites.screens import SCREENS
from pressmark.requisites.wanted import Kind, Level

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ICONS = frozenset(["icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon"])
_PRELOADED: dict[str, Kind] = {"style": "style", "font": "font"}
_PRELOADED_FOR_ALL: dict[str, Kind] = {
    "script": "script",
    "fetch": "other",
    "track": "other",
    "video": "media",
    "audio": "media",
}


def of_link(link: "Element", level: Level) -> Iterator[tuple[str, Kind]]:
    """Yield the references of a link, and the kinds of their targets.

    Style sheets for all media are wanted, alternate ones, too: browsers load them in any case.
    """
    relations = (link.get("rel") or "").lower().split()
    href = link.get("href") or ""
    if "stylesheet" in relations and (level == "all" or link.get("disabled") is None):
        yield href, "style"
    if not _ICONS.isdisjoint(relations):
        yield href, "icon"
    if "preload" in relations:
        yield from _preloaded(link, href, level)
    if "modulepreload" in relations and level == "all":
        yield href, "script"


def _preloaded(link: "Element", href: str, level: Level) -> Iterator[tuple[str, Kind]]:
    what = (link.get("as") or "").strip().lower()
    if what == "image":
        yield from ((each, "image") for each in of_preload(link, level))
    elif what in _PRELOADED:
        if level == "all" or any(fits(link.get("media") or "", each) is not False for each in SCREENS):
            yield href, _PRELOADED[what]
    elif what in _PRELOADED_FOR_ALL and level == "all":
        yield href, _PRELOADED_FOR_ALL[what]
