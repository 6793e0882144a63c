"""Replaces units and numbers that are spelt out in dates by plain numbers."""

import re

_MONGOLIAN = re.compile(
    r"(\d{4}) {0,2}он(?:ы)? {1,2}(\d{1,2})[- ]{0,2}(?:р|дугаар|дүгээр)? {0,2}сар(?:ын)? {1,2}(\d{1,2})"
)
# Numbers written out before the units of a date: 二〇二四年七月八日, and the first year of an era, 令和元年.
_HAN = re.compile(r"[元〇零一二三四五六七八九十]{1,5}(?=[年月日號号])")
_HAN_DIGITS = str.maketrans("元〇零一二三四五六七八九", "100123456789")


def spelt(folded: str) -> str:
    """Return a text with dates in plain numbers: Mongolian dates name units, Chinese ones may spell numbers out."""
    if "年" in folded:
        folded = _HAN.sub(_han_number, folded)
    return _MONGOLIAN.sub(r"\1-\2-\3", folded) if "сар" in folded else folded


def _han_number(match: re.Match[str]) -> str:
    written = match[0]
    if "十" not in written:
        return written.translate(_HAN_DIGITS)
    tens, _, ones = written.translate(_HAN_DIGITS).partition("十")
    return f"{tens or 1}{ones or 0}"
