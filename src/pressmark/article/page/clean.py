"""Text values made fit for a row: Unicode NFC, one line, no control characters, no markup, limited length."""

import html
import re
import unicodedata
from functools import lru_cache

MAX_TITLE = 500
MAX_NAME = 150
MAX_DESCRIPTION = 2_000
MAX_TAG = 100
MAX_URL = 2_000
MAX_CAPTION = 1_000
"""Longest values, in characters. Longer text is cut at a word and ends in an ellipsis; a longer URL is dropped."""

_RAW = 4
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"</?(?:[a-zA-Z][a-zA-Z0-9-]{0,20})(?:\s[^<>]{0,500})?/?>")
# What shows that tags are markup, and not the subject of a text ("when to use <em>"): an end tag, or one of these tags.
_MARKUP = re.compile(r"</|<(?:br|img|hr|wbr|p|div|li|span|a)\b", re.IGNORECASE)
# Invisible everywhere: soft hyphen, zero width space, word joiner, byte order mark, interlinear marks.
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x2060, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB, 0xFFFC, 0x180E])
_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
_NO_ALNUM = re.compile(r"[\W_]+")  # exactly the characters for which str.isalnum() is false
_NO_ASCII_ALNUM = bytes(code for code in range(0x80) if not chr(code).isalnum())
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_ODD = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff-\uffff]"
)


def clean(text: str, limit: int = MAX_TITLE) -> str:
    """One line of clean text: entities and tags resolved, white space collapsed, at most ``limit`` characters.

    Bidirectional marks are kept only in text that has right-to-left letters, where they belong.
    """
    text = text[: limit * _RAW + 1000]
    for _ in range(2):  # some templates escape twice
        if "&" not in text or not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "<" in text and _MARKUP.search(text):
        text = (
            _TAG.sub(" ", text)
            if re.search(r"<(?:br|p|div|li)\b", text, re.IGNORECASE)
            else _TAG.sub("", text)
        )
    text = " ".join(text.split())
    if not text.isprintable() and _ODD.search(text):
        text = _CONTROL.sub("", text).translate(_INVISIBLE)
        if not _RIGHT_TO_LEFT.search(text):
            text = text.translate(_BIDI)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return shorten(text.strip(), limit)


def shorten(text: str, limit: int) -> str:
    """Cut at a word within ``limit`` characters, with an ellipsis where something was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def fold(text: str) -> str:
    """Return only letters and digits, without case and accents: equal for values that a reader would call the same."""
    # The same few names and titles are compared over and over; long texts are not kept.
    return _fold_known(text) if len(text) <= MAX_TITLE else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return text.encode().translate(None, _NO_ASCII_ALNUM).decode().lower()
    return _NO_ALNUM.sub("", unicodedata.normalize("NFKD", text).casefold())


_fold_known = lru_cache(maxsize=512)(_fold)
