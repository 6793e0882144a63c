"""Text cut into tokens, and the tokens into shapes, one letter each.

``11. Juli 2024, 09:28 Uhr`` has the shape ``N.MY,N:Nc``. The letters:

    Y  a number that passes for a year      N  one or two digits        n  any other number
    E  eight digits                         L  twelve or fourteen       M  a month's name
    J  a month of the Solar Hijri calendar  T  the letter t             t  Vietnamese "tháng" (month)
    P  a.m., p.m.                           Z  a time zone              u  "updated" and its like
    c  a word between date and time         w  any other word           ;  any other sign
    y m d h i s  units of Chinese, Japanese and Korean dates; h also of "9h28"
    - / . : , + ( ) |  themselves

Words that mean nothing inside a date (``of``, ``de``, ``года``, ordinal endings) are left out of the shape.
"""

import functools
import re
from typing import NamedTuple

from pressmark.article.dates.calendars import JALALI_YEARS, THAI_YEARS
from pressmark.article.dates.folding import fold
from pressmark.article.dates.months import jalali_month, month_number, two_word_months
from pressmark.article.dates.zones import is_zone

_UNITS = dict(zip("年月日號号時时點点分秒년월일시분초", "ymdddhhhhisymdhis", strict=True))
_UNIT = "".join(_UNITS)
_TOKEN = re.compile(
    rf"\d{{1,20}}|[{_UNIT}]|[^\W\d_{_UNIT}][^\s\d.,:;/()\[\]{{}}|<>\"“”«»+\-·•@_'!?=&{_UNIT}]{{0,25}}|[^\w\s]"
)
# Thai abbreviates with dots between letters: ก.ค.
_THAI_DOTS = re.compile(r"([\u0e01-\u0e2e][\u0e31-\u0e4e]?)\.([\u0e01-\u0e2e])\.?")
_MERIDIEM_DOTS = re.compile(r"\b([ap])\. ?m\b\.?")
_MARK = "\u0640"  # a letter extender that folding removes, so no word contains it

_AM = "am vorm 오전 上午 午前 早上 凌晨 清晨 sáng sa صباحا ص πμ पूर्वाह्न"
_PM = "pm nachm 오후 下午 午後 晚上 傍晚 chiều ch tối مساء م μμ अपराह्न"
_SILENT = (
    "de del d of the den der do dels le o st nd rd th er ª º a e r gada gads m года год г року рік рп "
    "годзе roku rok year năm nam ngày พศ คศ ที่ el i an la го е ий ті ой й я ja ko te ren aren uu eme ème "
    "re η ης του dne dnia dia día yil yili yılı الموافق عام سنة لسنة في يوم"
)
_JOINTS = (
    "at um uhr à às as alle ore ora kl klo klockan om в о у ў во saat ساعت الساعة على las u kello στις "
    "στη jam pukul pkl lúc luc les ob ve น เวลา बजे को time timp время час godz godzina við wita hrs hr "
    "uur horas hs heures oras vào from on by בשעה 木 火 水 金 土 asti d"
)
# A time after one of these words is not the time of the date before it.
_UPDATED = (
    "updated update modified edited revised aktualisiert aktualisierung geändert stand actualizado "
    "actualizada actualización modificado atualizado atualizada atualização modificada aggiornato "
    "aggiornata aggiornamento mis modifié modifiée bijgewerkt gewijzigd uppdaterad oppdatert opdateret "
    "ændret endret muokattu päivitetty aktualizacja aktualizováno aktualizované upraveno frissítve "
    "frissült actualizat обновлено обновлён изменено оновлено обноўлена ажурирано ažurirano posodobljeno "
    "ενημερώθηκε ενημέρωση τροποποιήθηκε güncellendi güncelleme guncelleme تحديث آخر بروزرسانی עודכן "
    "עדכון अपडेटेड अपडेट আপডেট अद्यतन อัปเดต diperbarui dikemaskini 更新 最終更新 수정 업데이트 թարմացված განახლდა "
    "atjaunots atnaujinta uuendatud muudetud redigerad cập nhật"
)


class Tokens(NamedTuple):
    """The shape of a text, and for each letter of the shape its word and where that is in the folded text."""

    shape: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def numbers(self, start: int, end: int) -> list[int]:
        """Return the numbers among the tokens from ``start`` to ``end``."""
        return [int(self.words[i]) for i in range(start, end) if self.shape[i] in "NYnEL"]


def tokenise(folded: str, language: str = "") -> Tokens:
    """Cut a text that :func:`fold` made comparable; ``language`` decides between months that share a name."""
    if not folded.isascii():
        folded = _THAI_DOTS.sub(r"\1\2", folded)
    for name in two_word_months():
        folded = folded.replace(name.replace("_", " "), name.replace("_", _MARK))
    if "m" in folded:
        folded = _MERIDIEM_DOTS.sub(r"\1m", folded)
    shape, words, starts, ends = [], [], [], []
    for match in _TOKEN.finditer(folded):
        word = match[0]
        letter = _letter(word, language)
        if letter:
            shape.append(letter)
            words.append(word)
            starts.append(match.start())
            ends.append(match.end())
    return Tokens("".join(shape), words, starts, ends)


def month_of(word: str, language: str) -> int:
    """1 to 12 for a word whose shape is M or J."""
    name = word.replace(_MARK, "_")
    return month_number(name, language) or jalali_month(name) or 0


def is_afternoon(word: str) -> bool:
    """Whether a word whose shape is P means p.m."""
    return word in _words(_PM)


def _letter(word: str, language: str) -> str:
    first = word[0]
    if first.isdecimal():
        match len(word):
            case 1 | 2:
                return "N"
            case 4:
                return "Y" if _year_like(int(word)) else "n"
            case 8:
                return "E"
            case 12 | 14:
                return "L"
        return "n"
    if first.isalpha():
        return _UNITS.get(word) or _word_letter(word, language)
    if first in "'`´":
        return ""
    return first if first in "-/.:,+()|" else ";"


@functools.lru_cache(maxsize=4096)
def _word_letter(word: str, language: str) -> str:
    if word == "t":
        return "T"
    if word == "h":
        return "h"
    if word == "thang":
        return "t"
    if word in _words(_PM) or word in _words(_AM):
        return "P"
    if is_zone(word):
        return "Z"
    if word in _words(_SILENT):
        return ""
    if word in _words(_JOINTS):
        return "c"
    if month_number(word.replace(_MARK, "_"), language):
        return "M"
    if jalali_month(word):
        return "J"
    return "u" if word in _words(_UPDATED) else "w"


@functools.cache
def _words(table: str) -> frozenset[str]:
    return frozenset(map(fold, table.split()))


def _year_like(number: int) -> bool:
    return 1800 <= number <= 2100 or number in THAI_YEARS or number in JALALI_YEARS
