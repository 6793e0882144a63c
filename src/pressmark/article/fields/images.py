"""Chooses the lead image and what the page says about it.

The page's data say which picture it is (og:image, JSON-LD). If the page shows the same picture, the version that it
shows is kept: the one for social networks is often cropped, watermarked or branded.
"""

import re
from urllib.parse import unquote

from pressmark.article.article import Image
from pressmark.article.page.addresses import absolute
from pressmark.article.page.candidate import HTML, Candidate, Candidates
from pressmark.article.page.clean import MAX_CAPTION, clean, fold

_ORDER = ("opengraph og.image", "json-ld image", "meta twitter.image", "meta twitter.image.src")
_LAST = ("meta thumbnail", "microdata image")
_NUMBERED = re.compile(r"(?:[^0-9]*+[0-9]){4}")
_NAME = re.compile(r"[0-9a-z]{5,}")
# What addresses of different pictures have in common: years and days, sizes, the beginning of all JSON Web Tokens.
_SHARED = re.compile(
    r"(?:19|20)\d{2,6}|\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|\d{2,4}x\d{2,4}|(?:w|h|width|height)\d{2,4}|eyjhbgci\w*"
)
_HOST = re.compile(r"^(?:https?:)?//[^/]*")
_LONG = 12  # letters and digits
_HASH = re.compile(r"[-_](?=[a-z]*\d[a-z]*\d)[0-9a-z]{8,}$")
_SPOKEN = 4  # letters that no hexadecimal number has
_LARGE = 300
_HUGE = 600
# For addresses in lower case: if it ignored case, Python's engine would try every word at every letter.
_PLACEHOLDER = re.compile(
    r"placeholder|/logo|[_/-]logo[._-]|default[_-]?(?:image|img)|fallback|blank\.|spacer|pixel|icons?[_./-]|avatar|\.svg(?:[?#]|$)"
)


def choose(
    candidates: Candidates, url: str, caption: str | None = None, credit: str | None = None
) -> tuple[Image, dict[str, str]] | None:
    """Return the lead image, with caption, credit and alt if the page has them, and its sources; None without an image.

    url: what relative addresses are relative to. caption, credit: as written next to the lead image in the text.
    The sources are those of ``image``, and of ``caption`` and ``credit`` if there are any.
    """
    ranks = {name: at for at, name in enumerate(_ORDER)} | dict.fromkeys(_LAST, 99)
    named = sorted(candidates.of("image"), key=lambda c: ranks.get(f"{c.source} {c.name}", len(_ORDER)))
    named = [c for c in named if absolute(clean(c.value, 5_000), url)]
    named.sort(key=_is_placeholder)
    shown = [c for c in candidates.of("picture") if not _is_placeholder(c)]
    large = next((c for c in shown if _is_lead(c) and absolute(c.value, url)), None)
    if named and not (large and _is_placeholder(named[0])):
        best: Candidate | None = named[0]
    else:
        best = large or next((c for c in shown if _is_huge(c) and absolute(c.value, url)), None)
    if best is None:
        return None
    address = absolute(clean(best.value, 5_000), url) or ""
    names = _names(best.value)
    # Addresses are compared last: a page may show a hundred pictures in twenty versions each.
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
    if credit and not caption and credit in more.get("caption", ""):
        more["caption"] = ""  # the text under the picture is only its credit
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


def _is_placeholder(picture: Candidate) -> bool:
    return _PLACEHOLDER.search(picture.value.lower()) is not None


def _is_lead(picture: Candidate) -> bool:
    """Whether a picture may be the article's: large, or of unknown width and placed as pictures of articles are."""
    width = int(picture.more.get("width") or 0)
    return picture.kind == "shown" and (width >= _LARGE or (not width and "set" in picture.more))


def _is_huge(picture: Candidate) -> bool:
    """Whether a picture is larger than those in teasers and other boxes."""
    return bool(picture.kind) and int(picture.more.get("width") or 0) >= _HUGE


def _versions(picture: Candidate, url: str) -> set[str | None]:
    return {absolute(address, url) for address in picture.more.get("versions", picture.value).split(" ")}


def _names(url: str) -> set[str]:
    """The parts of an address that identify a picture: numbers, hashes, a long name. Two versions share one of them."""
    path = _HOST.sub("", url[:2_000].partition("?")[0].partition("#")[0].lower(), count=1)
    path = unquote(path) if "%" in path else path
    file = path.rsplit("/", 1)[-1]
    stem = fold(_HASH.sub("", file.split(".")[0]))
    # A file name made of words identifies the picture; its folders may be named for the photographer or the day.
    telling = len(stem) > _LONG and sum(c > "f" for c in stem) >= _SPOKEN
    words = _NAME.findall(file if telling else path)
    names = {word for word in words if _NUMBERED.match(word) and not _SHARED.fullmatch(word)}
    return names | {stem} if telling else names


def _text(value: str | None) -> str | None:
    return clean(value or "", MAX_CAPTION) or None
