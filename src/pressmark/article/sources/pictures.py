"""Reads the pictures that the page shows its readers; the one for social networks may be cropped or branded."""

import re
from collections.abc import Iterator
from itertools import pairwise

from pressmark.article.page.addresses import absolute, host
from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, Element
from pressmark.article.page.placement import elsewhere, named, text_of

_SOURCES = ("data-srcset", "data-lazy-srcset", "srcset", "data-src", "data-original", "data-lazy-src", "src")
_SIZE = re.compile(r"(\d{1,5}(?:\.\d{1,2})?)[wx]")
_GLUED = re.compile(r"^\d{1,5}(?:\.\d{1,2})?[wx],")  # "a.jpg 1w,b.jpg 2w"
_WIDTH = re.compile(
    r"(?:^|[/?&;,_-])(?:w|wid|width)[=_:-]?(\d{2,4})(?!\d)|(?<![\dA-Za-z])(\d{3,4})x(?:\d{3,4}(?!\d)|/)"
)
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|avif)(?:[?#/]|$)", re.IGNORECASE)
_PHOTO = re.compile(r"\.(?:jpe?g|webp|avif)(?:[?#/]|$)", re.IGNORECASE)
_SETTING = frozenset({"p", "figure", "center", "picture"})
_NUMBER = 5  # digits that identify a file
_SMALLEST = 200
_FLATTEST = 3.5  # width by height: banners (sizes of the IAB) begin there
_MAX = 80
_CAPTIONED = 6
_PARTS = 40
_LONGEST = 600
_is_caption = named(
    re.compile(r"caption|legend|media-?_*title|image-?_*title|photo-?_*title|bildunterschrift|imgdesc")
)
_is_of_person = named(
    re.compile(
        r"(?:^|[\s_-])(?:avatar|gravatar|authors?|byline|profile|headshot|bio|user-?(?:icon|image|photo|pic))(?:$|[\s_-])"
    )
)
_BACKGROUND = re.compile(
    r"background(?:-image)?\s{0,3}:[^;]{0,40}url\(\s{0,3}[\"']?([^\"')]{5,500})", re.IGNORECASE
)
_is_hero = named(
    re.compile(
        r"hero|featured|cover|(?:^|[\s_-])(?:post|article|entry|page|main|header|top)-?_?(?:image|img|photo|picture|thumbnail|thumb)"
    )
)
_is_credit = named(
    re.compile(r"credit|copyright|photographer|(?:^|[\s_-])(?:source|quelle|agency)(?:$|[\s_-])")
)


def _is_person(image: Element, above: list[Element]) -> bool:
    """Whether a picture shows who wrote the article."""
    return any(_is_of_person(element) for element in (image, *above[:3]))


def read(document: Document) -> Iterator[Candidate]:
    """Yield a candidate for each picture in page order: its largest version, its alternative text, its width.

    kind is ``shown`` for pictures in the article itself, ``elsewhere`` for those in boxes that are named as something
    else, and empty for those that show an author, link to another page or are as flat as banners. On a page with an
    og:image, the kind of all pictures is ``shown``.
    """
    found = shown = 0
    # If the page's data name a picture, those found here only serve to find its other versions.
    stated = any((meta.get("property") or "") == "og:image" for meta in document.elements("meta"))
    for image in document.elements("img") + document.elements("amp-img"):
        if found >= _MAX:
            return
        width = _number(image.get("width"))
        if 0 < width < _SMALLEST:
            continue
        flat = width > _FLATTEST * _number(image.get("height")) > 0
        versions = _versions(image)
        above = [a for a, _ in zip(image.iterancestors(), range(7), strict=False)]
        picture = next((a for a in above if a.tag == "picture"), None)
        for source in picture.iter("source") if picture is not None else ():
            versions += _versions(source)
        if not versions:
            continue
        found += 1
        shown += not flat
        size, url = max(versions, key=lambda version: version[0])
        more = {
            "alt": image.get("alt") or "",
            "width": str(int(max(size, width) or _width_in(url))),
            "versions": " ".join(address for _, address in versions[:20]),
        }
        if found <= _CAPTIONED:
            more |= _caption(above)
        kind = "shown"
        if not stated:
            if any(parent.tag in _SETTING for parent in above[:3]) or (
                (more["alt"] or "caption" in more) and _PHOTO.search(url)
            ):
                more["set"] = "yes"
            if flat or _is_person(image, above) or _leads_away(above, url, document):
                kind = ""
            elif elsewhere(image, document.around_headline, figures=False):
                kind = "elsewhere"
        yield Candidate("picture", url, HTML, "img", kind=kind, more=more)
    if not shown and not stated:
        yield from _behind_words(document)


def _behind_words(document: Document) -> Iterator[Candidate]:
    """Yield the background of the first element with a name such as "hero", for a page without other pictures."""
    for element in document.root.iterfind(".//*[@style]"):
        match = _BACKGROUND.search((element.get("style") or "")[:1_000])
        if match and _is_hero(element) and not elsewhere(element, document.around_headline, figures=False):
            yield Candidate("picture", match[1].strip(), HTML, "style", kind="shown", more={"set": "yes"})
            return


def _leads_away(above: list[Element], picture: str, document: Document) -> bool:
    """Whether a picture links to another page, as those of other articles do, and not to a version of itself."""
    href = next((parent.get("href") for parent in above if parent.tag == "a"), None)
    url = absolute(href or "", document.base)
    if url is None or _PICTURE.search(url) or _address(url) == _address(document.url):
        return False
    file = picture.split("?")[0].rsplit("/", 1)[-1].split(".")[0]
    kept_with = host(url) == host(picture) != host(document.url)
    return not (kept_with or (sum(map(str.isdigit, file)) >= _NUMBER and file in url))


def _address(url: str) -> str:
    return url.split("#")[0].rstrip("/")


def _width_in(url: str) -> int:
    """The width that an address asks for or names ("w=960", "w_960", "1296x732"), or 0."""
    match = _WIDTH.search(url[-500:])
    return int(match[1] or match[2]) if match else 0


def _versions(element: Element) -> list[tuple[float, str]]:
    """The widths (0 if none is given) and addresses of the versions that an element offers."""
    for attribute in _SOURCES:
        value = (element.get(attribute) or "").strip()[:20_000]
        if not value or value.startswith("data:"):
            continue
        if "srcset" not in attribute:
            return [(0.0, value)]
        return _sized(value.split()) or [(0.0, value.split(" ")[0])]
    return []


def _sized(words: list[str]) -> list[tuple[float, str]]:
    """The addresses of a srcset with their widths or densities; those without one are left out."""
    found = []
    for url, size in pairwise(words):
        if match := _SIZE.fullmatch(size.partition(",")[0]):
            found.append((float(match[1]), _GLUED.sub("", url).strip(",")))
    return found


def _caption(above: list[Element]) -> dict[str, str]:
    """Caption and credit from the elements of that name next to the picture."""
    passed: set[Element] = set()  # elements that were looked at below a nearer ancestor
    for parent in above:
        parts = [part for part, _ in zip(parent.iterdescendants(), range(_PARTS + 1), strict=False)]
        if len(parts) > _PARTS or parent.tag in ("article", "main", "body"):
            break
        for element in parts:
            if element in passed:
                continue
            if element.tag == "img" or (element.tag != "figcaption" and not _is_caption(element)):
                passed.add(element)
                continue
            text = text_of(element)
            if not text or len(text) > _LONGEST:
                break
            credits = [text_of(e) for e in element.iter() if isinstance(e.tag, str) and _is_credit(e)]
            credit = max((credit for credit in credits if credit != text), key=len, default="")
            credit = credit or (text.rsplit("©", 1)[1] if "©" in text else "")
            caption = text.removesuffix(credit).rstrip(" ©|/") if credit else text
            return {"caption": caption, "credit": credit.strip(" ©()|")}
    return {}


def _number(text: str | None) -> int:
    digits = (text or "").strip().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
