"""Text made comparable: one spelling for letters, digits and dashes that mean the same in a date."""

import unicodedata

# Combining accents of Latin, Greek and Cyrillic. Vowel signs of other scripts carry meaning and stay.
_STRIP = dict.fromkeys(range(0x300, 0x370))
_SAME = str.maketrans({
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": None,
    "،": ",", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "’": "'", "ʼ": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁄": "/",
    "\u200b": None, "\u200c": None, "\u200d": None, "\u200e": None, "\u200f": None, "\u061c": None, "\ufeff": None,
    "\u202a": None, "\u202b": None, "\u202c": None, "\u202d": None, "\u202e": None,
    "\u2066": None, "\u2067": None, "\u2068": None, "\u2069": None, "\u00ad": None,
})  # fmt: skip


def fold(text: str) -> str:
    """Fold case, accents, letter variants, digits of every script, dashes; drop invisible marks.

    Compatibility forms (full-width digits, ligatures) become the plain ones (Unicode NFKD, then NFC).
    """
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold()).translate(_STRIP)
    folded = unicodedata.normalize("NFC", spread).translate(_SAME)
    if folded.isascii():
        return folded
    return "".join(str(unicodedata.decimal(c)) if c > "\x7f" and c.isdecimal() else c for c in folded)
