"""References in attributes that may be on any element."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pressmark.requisites import css, lazy
from pressmark.requisites.addresses import in_utf_8
from pressmark.requisites.srcset import Offer, candidates
from pressmark.requisites.wanted import Kind, Level

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PICTURES = frozenset(["img", "amp-img", "source", "input"])
_OTHERS = frozenset(["iframe", "script"])

Pair = tuple[str, Kind]


def _style(element: "Element", name: str, level: Level) -> Iterator[Pair]:
    value = element.get(name, "")
    if css.may_refer(value):
        yield from ((in_utf_8(each), kind) for each, kind in css.references(value, level))


def _background(element: "Element", name: str, _level: Level) -> Iterator[Pair]:
    yield element.get(name, ""), "image"


def _lazy_background(element: "Element", name: str, level: Level) -> Iterator[Pair]:
    value = element.get(name, "")
    if css.may_refer(value):
        yield from css.references(value, level)
    elif lazy.is_address(value):
        yield value, "image"


def _lazy_address(element: "Element", name: str, _level: Level) -> Iterator[Pair]:
    """An address on a picture; on another element only an address that ends like a picture's."""
    value, tag = element.get(name, ""), element.tag
    if tag not in _OTHERS and (lazy.is_address(value) if tag in _PICTURES else lazy.names_picture(value)):
        yield value, "image"


def _lazy_srcset(element: "Element", name: str, level: Level) -> Iterator[Pair]:
    """Where the layout decides, the window's width is used: which width the script asks for cannot be known."""
    sizes = element.get("data-sizes") or element.get("sizes") or ""
    offer = Offer(candidates(element.get(name, "")), sizes)
    yield from ((each, "image") for each in offer.wanted(level))


BY_ATTRIBUTE: dict[str, Callable[["Element", str, Level], Iterator[Pair]]] = {
    "style": _style,
    "background": _background,
    **dict.fromkeys(lazy.BACKGROUND, _lazy_background),
    **dict.fromkeys(lazy.ADDRESS, _lazy_address),
    **dict.fromkeys(lazy.SRCSET, _lazy_srcset),
}
