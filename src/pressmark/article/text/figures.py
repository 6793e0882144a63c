"""Caption and credit of the lead image, as written under it."""

from __future__ import annotations

import re

from lxml import etree

from pressmark.article.page.document import Element
from pressmark.article.text.elements import BLOCKS, SKIPPED
from pressmark.article.text.model import Page

MAX_CAPTION = 2_000
MAX_CREDIT = 300
MAX_PLAIN = 500
MAX_ELEMENTS = 400
_CREDIT_NAME = re.compile(
    r"credit|copyright|attribution|photographer|fotograf|rights|agency|source|quelle|byline|author|owner",
    re.IGNORECASE,
)
_CAPTION_NAME = re.compile(
    r"caption|legend(?!ary)|bildunterschrift|bildtext|(?:image|photo|img|media)-?desc",
    re.IGNORECASE,
)
# Words before a picture's maker in captions of many languages, and the agencies that most pictures come from.
_LABEL = (
    r"(?:photo(?:graph)?s?(?: by| credit)?|images?(?: credits?)?|pictures?|credits?|source|foto de|fotos?|bilder|bild"
    r"|grafik|quelle|crédits?(?: photo)?|fuente|fonte|imagen|imagem|kilde|källa|lähde|kuva|bron|beeld|zdjęcie|fot\."
    r"|forrás|isithombe|фото|фотография|φωτογραφία|fotoğraf|写真|图片来源|사진)"
)
_AGENCIES = (
    r"(?:Getty Images|/ ?AFP|AFP/|/ ?Reuters|REUTERS/|AP Photo|/ ?AP\b|/ ?dpa\b|dpa/|/ ?EPA\b|EPA/|EFE/|/ ?EFE\b|ANSA/"
    r"|/ ?TASS\b|Shutterstock|iStock|/ ?Alamy|imago\b|picture alliance)"
)
_TRAILING = re.compile(
    rf"(?:^|[\s.,;|(\[])(?P<credit>(?:©|\(c\)|{_LABEL} ?[:：] ?|photo by |photograph by )[^\n]{{2,160}})$",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"(?:^|[.!?)”\"»] {0,2}|\(|\| ?)(?P<credit>(?:[^\W\d_]\. ?){0,3}[^.!?()|\n]{0,80}?"
    rf"{_AGENCIES}[^!?()|\n]{{0,60}})[).]{{0,2}}$"
)
# "港の朝＝山田花子撮影": in Japanese the maker comes before the word for "photographed". A day, a place with its
# particle ("港で"), what was provided ("写真", "資料") and "代表" (for all newspapers together) name nobody.
_SHOT = re.compile(
    r"[＝=（(、](?P<credit>(?!代表|写真|画像|資料|情報|無料|無償)[^＝=（）()、。\d]{2,15}(?<![をでにが年月日頃])(?<!から|午前|午後|ごろ))"
    r"(?:撮影|提供)[）)]?$"
)
_MARKS = re.compile(
    rf"^(?:\W{{0,3}}(?:©|\(c\)|{_LABEL} ?[:：] ?|(?:photo|photograph) by )\s{{0,3}}){{1,2}}", re.IGNORECASE
)


def lead_caption(
    page: Page, kept: list[int], flagged: list[bool], headline: int
) -> tuple[str | None, str | None]:
    """Caption and credit of the image that opens the article; None for a missing one."""
    if not kept:
        return None, None
    before = kept[min(2, len(kept) - 1)]
    text = set(kept)
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
        if i in text or block.linked or block.size >= MAX_PLAIN:
            continue
        caption, credit = split(block.text)
        named = any(_CAPTION_NAME.search(page.nodes[k].label) for k in page.ancestors(block.node)[:2])
        if named or (caption and credit):
            return caption, credit
    return None, None


def caption_of(figure: Element) -> str | None:
    """The caption of a figure, without its credit."""
    return _read(figure)[0]


def _read(figure: Element) -> tuple[str | None, str | None]:
    """Caption and credit of a figure: the figcaption, and the element in it that is named for the credit."""
    captions = next(figure.iter("figcaption"), None)
    if captions is None:
        return None, None
    parts: list[str] = []
    credits: list[str] = []
    inside: Element | None = None
    walker = etree.iterwalk(captions, events=("start", "end"))
    for count, (event, element) in enumerate(walker):
        if count > MAX_ELEMENTS:
            break
        sink = parts if inside is None else credits
        if element.tag in BLOCKS or element.tag == "br":
            sink.append(" ")
        if event == "end":
            if element is inside:
                inside = None
                sink = parts
            if element is not captions and element.tail:
                sink.append(element.tail)
            continue
        if element.tag in SKIPPED:
            walker.skip_subtree()
            continue
        if inside is None and element is not captions and _CREDIT_NAME.search(element.get("class") or ""):
            inside = element
            sink = credits
        if element.text:
            sink.append(element.text)
    caption = " ".join("".join(parts).split())
    credit = " ".join("".join(credits).split())
    if credit:
        return caption[:MAX_CAPTION] or None, _name(credit)
    return split(caption)


def split(caption: str) -> tuple[str | None, str | None]:
    """Separate a caption from the credit at its end; None for a missing one."""
    caption = caption[:MAX_CAPTION]
    found = _TRAILING.search(caption) or _AGENCY.search(caption) or _SHOT.search(caption)
    if found is None:
        return caption or None, None
    rest = caption[: found.start("credit")].rstrip(" ([|,;–—-/＝（、")
    return rest or None, _name(found["credit"])


def _name(credit: str) -> str | None:
    """Who is credited, without the label before the name and the brackets around it."""
    return _MARKS.sub("", credit).strip(" ()[]|,;:©")[:MAX_CREDIT] or None
