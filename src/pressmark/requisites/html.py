"""What a page makes browsers fetch to show it.

Looked for is what the HTML itself names, for readers with scripts and without. Frames are pages of their own and not
requisites; nor is what only scripts know of, except in the attributes that are customary for lazy loading.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pressmark.references import resolve
from pressmark.requisites import css, lazy, links, pictures
from pressmark.requisites.addresses import Addresses, in_utf_8
from pressmark.requisites.wanted import MAX_WANTED, Kind, Level, Wanted

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_MEDIA = 10
"""Video and audio files of one page; a later one is not found."""

MAX_LD_BYTES = 1024 * 1024
"""Characters of a block of JSON-LD that is looked at."""

_ORDER: tuple[Kind, ...] = ("style", "script", "font", "image", "icon", "media", "other")
_CARDS = frozenset(["og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"])
_ANYWHERE = frozenset(["style", "background", *lazy.BACKGROUND, *lazy.ADDRESS, *lazy.SRCSET])

Pair = tuple[str, Kind]
"""A reference as the page has it, and the kind of what is there."""


def in_html(tree: "Element", url: str, level: Level, *, charset: str = "utf-8") -> list[Wanted]:
    """Return what a page makes browsers fetch: sheets first, then scripts, fonts, pictures, icons and media; each once.

    tree: the page as lxml parsed it; it is not changed. url: its absolute URL, where redirects ended. charset: WHATWG
    name of its encoding. At most :data:`pressmark.requisites.wanted.MAX_WANTED`; of more, the first of this order.
    """
    found = _Found(Addresses(_base(tree, url), charset), url)
    cards: list[str] = []
    if level != "none":
        for element in tree.iter("*"):
            tag = element.tag
            if tag in _BY_TAG:
                found.add(_BY_TAG[tag](element, level))
                cards += _cards(element) if tag in ("meta", "script") else ()
            keys = element.keys()
            if keys and not _ANYWHERE.isdisjoint(keys):
                found.add(_anywhere(element, level))
        found.add((each, "image") for each in cards)
        if not found.has_icon:
            found.add([(resolve(url, "/favicon.ico"), "icon")])  # so browsers do (HTML Standard, 4.6.7.8)
    return found.in_order()


class _Found:
    def __init__(self, addresses: Addresses, url: str) -> None:
        self._addresses = addresses
        self._url = url
        self._by_kind: dict[Kind, dict[str, None]] = {kind: {} for kind in _ORDER}
        self.has_icon = False
        self._most = dict.fromkeys(_ORDER, MAX_WANTED) | {"media": MAX_MEDIA}

    def add(self, pairs: Iterable[Pair]) -> None:
        for reference, kind in pairs:
            self.has_icon |= kind == "icon"
            alike = self._by_kind[kind]
            if len(alike) < self._most[kind]:
                url = self._addresses.url(reference)
                if url and url != self._url:
                    alike.setdefault(url)

    def in_order(self) -> list[Wanted]:
        kinds: dict[str, Kind] = {}
        for kind, urls in self._by_kind.items():
            for url in urls:
                kinds.setdefault(url, kind)
        return [Wanted(url, kind, "html") for url, kind in kinds.items()][:MAX_WANTED]


def _base(tree: "Element", url: str) -> str:
    """What the page's references are relative to (HTML Standard, 4.2.3): its first base with an address, or its URL."""
    for base in tree.iter("base"):
        if (href := base.get("href")) is not None:
            return Addresses(url).url(href) or url
    return url


def _img(img: "Element", level: Level) -> Iterator[Pair]:
    yield from ((each, "image") for each in pictures.of_img(img, level))


def _source(source: "Element", level: Level) -> Iterator[Pair]:
    yield from ((each, "image") for each in pictures.of_source(source, level))
    if level == "all" and (src := source.get("src")):
        yield src, "media"


def _video(video: "Element", level: Level) -> Iterator[Pair]:
    if poster := video.get("poster"):
        yield poster, "image"
    if level == "all" and (src := video.get("src")):
        yield src, "media"


def _track(track: "Element", level: Level) -> Iterator[Pair]:
    if level == "all" and (src := track.get("src")):
        yield src, "other"


def _input(button: "Element", _level: Level) -> Iterator[Pair]:
    if (button.get("type") or "").strip().lower() == "image" and (src := button.get("src")):
        yield src, "image"


def _object(element: "Element", _level: Level) -> Iterator[Pair]:
    """Pictures that are embedded as objects. Whatever else is there would be a page of its own, or needs a plug-in."""
    address = element.get("data" if element.tag == "object" else "src") or ""
    kind = (element.get("type") or "").strip().lower()
    if kind.startswith("image/") or (not kind and lazy.names_picture(address)):
        yield address, "image"


def _drawn(element: "Element", _level: Level) -> Iterator[Pair]:
    """``use``, ``image`` and ``feImage`` of SVG; browsers take an ``image`` outside of SVG for an ``img``."""
    for name in ("href", "xlink:href", "src"):
        if address := element.get(name):
            yield address, "image"
            return


def _script(script: "Element", level: Level) -> Iterator[Pair]:
    if level == "all" and (src := script.get("src")):
        yield src, "script"


def _style(style: "Element", level: Level) -> Iterator[Pair]:
    if style.text and css.may_refer(style.text):
        yield from css.references(style.text, level)


def _nothing(_element: "Element", _level: Level) -> Iterator[Pair]:
    yield from ()


_BY_TAG: dict[Any, Callable[["Element", Level], Iterator[Pair]]] = {
    "link": links.of_link,
    "style": _style,
    "script": _script,
    "meta": _nothing,
    **dict.fromkeys(("img", "amp-img"), _img),
    "source": _source,
    **dict.fromkeys(("video", "audio", "amp-video"), _video),
    "track": _track,
    "input": _input,
    **dict.fromkeys(("object", "embed"), _object),
    **dict.fromkeys(("use", "image", "feimage"), _drawn),
}


def _anywhere(element: "Element", level: Level) -> Iterator[Pair]:
    """What attributes of any element may name."""
    if (style := element.get("style")) and css.may_refer(style):
        yield from ((in_utf_8(each), kind) for each, kind in css.references(style, level))
    if background := element.get("background"):
        yield background, "image"
    for name in lazy.BACKGROUND:
        if value := element.get(name):
            if css.may_refer(value):
                yield from css.references(value, level)
            elif lazy.is_address(value):
                yield value, "image"
    if element.tag not in ("script", "iframe"):
        yield from ((each, "image") for each in pictures.lazily(element, level))


def _cards(element: "Element") -> Iterator[str]:
    """The picture for search engines and social networks, which the page itself may not show."""
    if element.tag == "meta":
        if (element.get("property") or element.get("name") or "").strip().lower() in _CARDS:
            yield element.get("content") or ""
    elif "ld+json" in (element.get("type") or "").lower():
        text = element.text or ""
        try:
            block = (
                json.loads(text, strict=False) if '"image"' in text and len(text) <= MAX_LD_BYTES else None
            )
        except (ValueError, RecursionError):
            return
        for node in block if isinstance(block, list) else [block]:
            for each in _with_graph(node):
                yield from _ld_images(each.get("image") if isinstance(each, dict) else None)


def _with_graph(node: Any) -> list[Any]:
    graph = node.get("@graph") if isinstance(node, dict) else None
    return [node, *graph] if isinstance(graph, list) else [node]


def _ld_images(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        address = each.get("url") or each.get("contentUrl") if isinstance(each, dict) else each
        if isinstance(address, str):
            yield address
