"""What a page makes browsers fetch to show it.

Everything that the HTML itself names is found, for readers with scripts and without. Frames are pages of their own and
not requisites. Addresses that only scripts know are not found, except in the attributes that are customary for lazy
loading.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pressmark.references import resolve
from pressmark.requisites.addresses import Addresses
from pressmark.requisites.attributes import BY_ATTRIBUTE
from pressmark.requisites.elements import BY_TAG, Named
from pressmark.requisites.wanted import MAX_REFERENCES, MAX_WANTED, Level, Wanted

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_MEDIA = 10
"""Video and audio files of one page; a later one is not found."""

_ORDER: tuple[Named, ...] = ("style", "script", "font", "image", "card", "icon", "media", "other")


def in_html(tree: "Element", url: str, level: Level, *, charset: str = "utf-8") -> list[Wanted]:
    """Return what a page makes browsers fetch: sheets first, then scripts, fonts, pictures, icons and media; each once.

    tree: the page as lxml parsed it; it is not changed. url: its absolute URL, where redirects ended. charset: WHATWG
    name of its encoding. At most :data:`pressmark.requisites.wanted.MAX_WANTED`; if there are more, the first in this
    order.
    """
    if level == "none":
        return []
    found = _Found()
    base: str | None = None
    attributes = frozenset(BY_ATTRIBUTE)
    for element in tree.iter("*"):
        tag = element.tag
        if tag in BY_TAG:
            found.add(BY_TAG[tag](element, level))
        elif tag == "base" and base is None:
            base = element.get("href")
        names = element.keys()
        if not attributes.isdisjoint(names):
            for name in attributes.intersection(names):
                found.add(BY_ATTRIBUTE[name](element, name, level))
    if not found.has_icon:
        found.add([(resolve(url, "/favicon.ico"), "icon")])  # as browsers do (HTML Standard, 4.6.7.8)
    return found.wanted(Addresses(_base(base, url), charset), url)


def _base(href: str | None, url: str) -> str:
    """What the page's references are relative to (HTML Standard, 4.2.3): its first base with an address, or its URL."""
    return (Addresses(url).url(href) if href else None) or url


class _Found:
    """The references on a page, by the kind of their targets."""

    def __init__(self) -> None:
        self._by_kind: dict[Named, dict[str, None]] = {kind: {} for kind in _ORDER}

    @property
    def has_icon(self) -> bool:
        return bool(self._by_kind["icon"])

    def add(self, pairs: Iterable[tuple[str, Named]]) -> None:
        for reference, kind in pairs:
            alike = self._by_kind[kind]
            if len(alike) < MAX_REFERENCES:
                alike.setdefault(reference)

    def wanted(self, addresses: Addresses, url: str) -> list[Wanted]:
        """Resolve them; url: of the page, which is not its own requisite."""
        found: dict[str, Wanted] = {}
        for kind, references in self._by_kind.items():
            most = len(found) + (MAX_MEDIA if kind == "media" else MAX_WANTED)
            for reference in references:
                address = addresses.url(reference)
                if address and address != url and len(found) < min(most, MAX_WANTED):
                    found.setdefault(address, Wanted(address, "image" if kind == "card" else kind, "html"))
        return list(found.values())
