"""Chooses the lead image and what the page says about it."""

from pressmark.article.article import Image
from pressmark.article.candidates import Candidates
from pressmark.article.clean import MAX_CAPTION, clean
from pressmark.article.urls import absolute

_ORDER = ("opengraph og.image", "json-ld image", "meta twitter.image", "meta twitter.image.src")


def choose(
    candidates: Candidates, url: str, caption: str | None = None, credit: str | None = None
) -> tuple[Image, str] | None:
    """The image, absolute, with caption, credit and alt where there are any, and its source."""
    found = candidates.of("image")
    order = {name: at for at, name in enumerate(_ORDER)}
    ranked = sorted(found, key=lambda c: order.get(f"{c.source} {c.name}", len(order)))
    for candidate in ranked:
        address = absolute(clean(candidate.value, 5_000), url)
        if not address:
            continue
        more: dict[str, str] = {}
        for other in found:
            for key, value in other.more.items():
                more.setdefault(key, value)
        alt = next((c.value for c in candidates.of("image_alt")), "")
        return Image(
            address,
            caption=_text(caption) or _text(more.get("caption")),
            credit=_text(credit) or _text(more.get("credit")),
            alt=_text(alt),
        ), candidate.source
    return None


def _text(value: str | None) -> str | None:
    return clean(value or "", MAX_CAPTION) or None
