"""What an element names, by its tag."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from pressmark.requisites import cards, css, lazy, links, modules, pictures
from pressmark.requisites.addresses import in_utf_8
from pressmark.requisites.wanted import Kind, Level

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Named = Kind | Literal["card"]
"""The kind of a reference's target. A card's image may be one that the page does not show itself."""

Pair = tuple[str, Named]
"""A reference as the page has it, and the kind of its target."""


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
    """Pictures that are embedded as objects. Anything else would be a page of its own, or needs a plug-in."""
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
    if (src := script.get("src")) and level == "all":
        yield src, "script"
    kind = (script.get("type") or "").strip().lower()
    if not src and "ld+json" in kind:
        yield from ((each, "card") for each in cards.in_json_ld(script.text or ""))
    elif (
        not src and level == "all" and (kind in ("", "module") or kind.endswith(("javascript", "ecmascript")))
    ):
        yield from ((in_utf_8(each), named) for each, named in modules.named_in(script.text or ""))
    elif not src and level == "all" and kind == "importmap":
        yield from ((in_utf_8(each), "script") for each in modules.mapped(script.text or ""))


def _meta(meta: "Element", _level: Level) -> Iterator[Pair]:
    if address := cards.in_meta(meta):
        yield address, "card"


def _style(style: "Element", level: Level) -> Iterator[Pair]:
    if style.text and css.may_refer(style.text):
        yield from css.references(style.text, level)


BY_TAG: dict[Any, Callable[["Element", Level], Iterator[Pair]]] = {
    "link": links.of_link,
    "style": _style,
    "script": _script,
    "meta": _meta,
    **dict.fromkeys(("img", "amp-img"), _img),
    "source": _source,
    **dict.fromkeys(("video", "audio", "amp-video"), _video),
    "track": _track,
    "input": _input,
    **dict.fromkeys(("object", "embed"), _object),
    **dict.fromkeys(("use", "image", "feimage"), _drawn),
}
