"""Chooses the lead image and what the page says about it.

Which picture it is, the page's data say (og:image, JSON-LD). Where the page shows the very same picture, its
version there is kept: the one for social networks is often cropped, watermarked or branded.
"""

import re
from urllib.parse import unquote, urlsplit

from pressmark.article.article import Image
from pressmark.article.page.addresses import absolute
from pressmark.article.page.candidate import HTML, Candidate, Candidates
from pressmark.article.page.clean import MAX_CAPTION, clean, fold

_ORDER = ("opengraph og.image", "json-ld image", "meta twitter.image", "meta twitter.image.src")
_LAST = ("meta thumbnail", "meta msapplication.tileimage", "microdata image")
_NAME = re.compile(r"[0-9a-z]{5,}")
_LARGE = 300
_PLACEHOLDER = re.compile(
    r"placeholder|/logo|[_/-]logo[._-]|default[_-]?(?:image|img)|fallback|blank\.|spacer|pixel", re.IGNORECASE
)


def choose(
    candidates: Candidates, url: str, caption: str | None = None, credit: str | None = None
) -> tuple[Image, dict[str, str]] | None:
    """The image, absolute, with caption, credit and alt where there are any; and the sources.

    caption, credit: as they stand beside the lead image in the text. The sources: of ``image``, and of ``caption`` and
    ``credit`` where there are any.
    """
    ranks = {name: at for at, name in enumerate(_ORDER)} | dict.fromkeys(_LAST, 99)
    named = sorted(candidates.of("image"), key=lambda c: ranks.get(f"{c.source} {c.name}", len(_ORDER)))
    named = [c for c in named if absolute(clean(c.value, 5_000), url)]
    named.sort(key=lambda c: bool(_PLACEHOLDER.search(c.value)))
    shown = [c for c in candidates.of("picture") if not _PLACEHOLDER.search(c.value)]
    large = next((c for c in shown if _is_large(c) and absolute(c.value, url)), None)
    if named and not (large and _PLACEHOLDER.search(named[0].value)):
        best: Candidate | None = named[0]
    else:
        best = large or next((c for c in shown if _is_set(c) and absolute(c.value, url)), None)
    if best is None:
        return None
    address = absolute(clean(best.value, 5_000), url) or ""
    names = _names(best.value)
    # The addresses last: a page may show a hundred pictures in twenty versions each.
    same = next(
        (
            c
            for c in shown
            if (names & _names(c.value) or address in _versions(c, url)) and absolute(c.value, url)
        ),
        best,
    )
    if address not in _versions(same, url):
        address = absolute(clean(same.value, 5_000), url) or address
    more: dict[str, str] = {}
    sources = {"image": (best if address == absolute(clean(best.value, 5_000), url) else same).source}
    for other in (same, best, *(c for c in named if names & _names(c.value))):
        for key, value in other.more.items():
            if key not in more and key in ("caption", "credit"):
                sources[key] = other.source
            more.setdefault(key, value)
    alt = more.get("alt") or next((c.value for c in candidates.of("image_alt")), "")
    image = Image(
        address,
        caption=_text(caption) or _text(more.get("caption")),
        credit=_text(credit) or _text(more.get("credit")),
        alt=_text(alt),
    )
    for key, beside in (("caption", caption), ("credit", credit)):
        if _text(beside):
            sources[key] = HTML
        elif not getattr(image, key):
            sources.pop(key, None)
    return image, sources


def _is_large(picture: Candidate) -> bool:
    return bool(picture.kind) and int(picture.more.get("width") or 0) >= _LARGE


def _is_set(picture: Candidate) -> bool:
    """Whether a picture of unknown size stands among the paragraphs, as on pages older than responsive pictures."""
    return bool(picture.kind and picture.more.get("set")) and picture.more.get("width") == "0"


def _versions(picture: Candidate, url: str) -> set[str | None]:
    return {absolute(address, url) for address in picture.more.get("versions", picture.value).split(" ")}


def _names(url: str) -> set[str]:
    """What in an address tells a picture from others: numbers, hashes, a long name. Two of one picture share one."""
    try:
        parts = urlsplit(unquote(url[:2_000]))
    except ValueError:
        return set()
    path = parts.path.lower()
    names = {name for name in _NAME.findall(path) if sum(c.isdigit() for c in name) >= 4}
    stem = fold(path.rsplit("/", 1)[-1].split(".")[0])
    if len(stem) > 12:
        names.add(stem)
    return {
        name
        for name in names
        if not re.fullmatch(r"(?:19|20)\d{2,6}|\d{2,4}x\d{2,4}|w\d{2,4}|h\d{2,4}", name)
    }


def _text(value: str | None) -> str | None:
    return clean(value or "", MAX_CAPTION) or None
