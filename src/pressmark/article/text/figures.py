"""Caption and credit of the lead image, as they stand under it."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement

from pressmark.article.text.model import Page
from pressmark.article.text.walk import SKIPPED

MAX_CAPTION = 2_000
MAX_CREDIT = 300
MAX_ELEMENTS = 400
_SILENT = SKIPPED - {"picture"}
_CREDIT_NAME = re.compile(
    r"credit|copyright|attribution|photographer|fotograf|rights|agency|source|quelle|byline|author|owner",
    re.IGNORECASE,
)
_CAPTION_NAME = re.compile(
    r"caption|legend|bildunterschrift|bildtext|(?:image|photo|img|media)-?(?:desc|text|info)", re.IGNORECASE
)
# "(Photo: A. Person)", "Foto: dpa", "© AFP", "Photograph: A. Person/Agency" at the end of a caption, and the marks of
# the photo agencies that most of the press takes its pictures from.
_LABEL = (
    r"(?:photo(?:graph)?s?(?: by| credit)?|foto|fotos|image|images|picture|bild|bilder|grafik|credits?|crédits?(?: photo)?|quelle|source|fuente"
    r"|fonte|kilde|källa|lähde|kuva|bron|beeld|zdjęcie|fot\.|forrás|foto de|imagen|imagem|фото|фотография|φωτογραφία|fotoğraf|写真|图片来源|사진)"
)
_TRAILING = re.compile(
    rf"(?:^|[\s.,;|(\[])(?P<credit>(?:©|\(c\)|{_LABEL}\s{{0,2}}[:：]\s{{0,2}}|photo by |photograph by )[^\n]{{2,160}}?)[)\].]{{0,2}}$",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"(?:^|[.!?)”\"»]\s{0,3}|\(|\|\s{0,2})(?P<credit>[^.!?()|\n]{0,80}?(?:Getty Images|/\s?AFP|AFP/|/\s?Reuters|REUTERS/|AP Photo|/\s?AP\b"
    r"|/\s?dpa\b|dpa/|/\s?EPA|EPA/|EFE/|/\s?EFE|ANSA/|/\s?TASS|Shutterstock|iStock|/\s?Alamy|imago\b|picture alliance)[^.!?()|\n]{0,60})[).]{0,2}$"
)


def lead_caption(
    page: Page, kept: list[int], flagged: list[bool], headline: int
) -> tuple[str | None, str | None]:
    """Caption and credit of the image that opens the article; None for what is not there."""
    if not kept:
        return None, None
    before = kept[min(2, len(kept) - 1)]
    for at, node, element in page.figures:
        if at > before:
            break
        if at <= headline - 3 or (node >= 0 and flagged[node]):
            continue
        caption, credit = _read(element)
        if caption or credit:
            return caption, credit
    for i in range(max(0, headline), before + 1):
        block = page.blocks[i]
        label = next(
            (
                page.nodes[k].label
                for k in page.ancestors(block.node)[:3]
                if _CAPTION_NAME.search(page.nodes[k].label)
            ),
            "",
        )
        if label and i not in kept and not block.linked:
            return split(block.text)
    return None, None


def _read(figure: HtmlElement) -> tuple[str | None, str | None]:
    """Caption and credit of a figure: the figcaption, and the element in it that is named for the credit."""
    captions = next(figure.iter("figcaption"), None)
    if captions is None:
        return None, None
    parts: list[str] = []
    credits: list[str] = []
    inside: HtmlElement | None = None
    walker = etree.iterwalk(captions, events=("start", "end"))
    for count, (event, element) in enumerate(walker):
        if count > MAX_ELEMENTS:
            break
        sink = parts if inside is None else credits
        if event == "end":
            if element is inside:
                inside = None
                sink = parts
            if element is not captions and element.tail:
                sink.append(element.tail)
            continue
        if element.tag in _SILENT:
            walker.skip_subtree()
            continue
        if inside is None and element is not captions and _CREDIT_NAME.search(element.get("class") or ""):
            inside = element
            sink = credits
        if element.text:
            sink.append(element.text)
    caption = " ".join(" ".join(parts).split())
    credit = " ".join(" ".join(credits).split())
    if credit:
        return caption[:MAX_CAPTION] or None, credit[:MAX_CREDIT]
    return split(caption)


def split(caption: str) -> tuple[str | None, str | None]:
    """Part a caption from the credit it ends with."""
    caption = caption[:MAX_CAPTION]
    found = _TRAILING.search(caption) or _AGENCY.search(caption)
    if found is None:
        return caption or None, None
    credit = found["credit"].strip(" ()[]|,;")
    rest = caption[: found.start("credit")].rstrip(" ([|,;–—-")
    return rest or None, credit[:MAX_CREDIT] or None
