"""Days counted back from when a page is read, so that they need the time of the capture: "yesterday", "8 hours ago"."""

import re
from datetime import datetime, timedelta

from pressmark.article.dates.folding import fold
from pressmark.article.dates.moment import PartialDate, Precision

MAX_CHARACTERS = 80
"""Maximum length of a text that is read: longer texts are about other things that happened a while ago."""

_TODAY = (
    "today heute aujourd'hui hoy oggi hoje vandaag idag i_dag tänään dziś dzisiaj dnes сегодня сьогодні bugün hari_ini "
    "오늘 今天 今日 اليوم आज"
)
_YESTERDAY = (
    "yesterday gestern hier ayer ieri ontem gisteren igår i_går eilen wczoraj včera вчера вчора dün kemarin 어제 昨天 "
    "昨日 أمس कल"
)
_BEFORE_YESTERDAY = (
    "vorgestern avant-hier anteayer antes_de_ayer l'altro_ieri avantieri anteontem eergisteren forgårs förrgår "
    "toissapäivänä przedwczoraj předevčírem позавчера позавчора προχθές evvelsi_gün 그저께 前天 一昨日 おととい "
    "منذ_يومين قبل_يومين"
)
_UNITS = {
    "minute": "s sec secs second seconds m min mins minute minutes sekunde sekunden minuten seconde secondes segundo "
    "segundos minuto minutos secondi minuti seconden minuut minutt minutter minuter minut minuty minuta секунд минут "
    "минуты минуту хвилин хвилини dakika menit detik 분 분전 分钟 分鐘 分",
    "hour": "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur timer time timmar timme tuntia "
    "godz godzin godziny godzinę hodin hodiny час часа часов години годин saat jam 시간 小时 小時 時間 ساعة",
    "day": "d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dager dage dagar päivää "
    "dzień dni den dny день дня дней дні днів gün hari 일 天 日",
    "week": "w week weeks woche wochen semaine semaines semana semanas settimana settimane weken uke uker veckor "
    "viikkoa tydzień tygodnie tygodni týden неделю недели недель тиждень тижні hafta minggu 주 周 週 週間",
}
_LENGTHS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_AGO = r"(?:ago|fa|geleden|siden|sedan|sitten|temu|назад|тому|once|önce|lalu|yang lalu|전|前|atrás|atras)"
_SINCE = r"(?:vor|il y a|hace|ha|há|for|pred|před|fa|منذ|قبل)"
_ONE = {"a", "an", "one", "einer", "einem", "une", "un", "una", "uma", "um", "en", "et", "ett", "een"}


_KNOWN = {fold(word): _LENGTHS[unit] for unit, words in _UNITS.items() for word in words.split()}
_MANY = rf"(?:\d{{1,3}}|{'|'.join(sorted(_ONE))})"
_BREAK = r"(?=$|[\s,.·|•)])"
_COUNTED = re.compile(
    rf"(?:^|\s)(?:{fold(_SINCE)}\s{{1,3}})?({_MANY})\s{{0,3}}([^\W\d_]{{1,12}}?)(?:\s{{0,3}}{fold(_AGO)})?{_BREAK}"
)
_MARKED = re.compile(rf"{fold(_AGO)}{_BREAK}|(?:^|\s){fold(_SINCE)}\s{{1,3}}{_MANY}")


def _alone(words: str) -> re.Pattern[str]:
    names = "|".join(re.escape(fold(word.replace("_", " "))) for word in words.split())
    return re.compile(rf"(?:^|[\s:,·|•])(?:{names})(?=$|[\s:,.·|•)])")


_IS_TODAY, _IS_YESTERDAY, _IS_BEFORE = _alone(_TODAY), _alone(_YESTERDAY), _alone(_BEFORE_YESTERDAY)


def relative_day(text: str, crawled: datetime | None) -> PartialDate | None:
    """Return the day that a short text means if read at ``crawled`` (aware); None without that, or for any other text.

    "Months ago" and "years ago" are too vague to mean a day.
    """
    if crawled is None or len(text) > MAX_CHARACTERS:
        return None
    folded = fold(text)
    counted = _COUNTED.finditer(folded) if _MARKED.search(folded) else ()
    for match in counted:  # the first may be "a" and "da" in "Ada Holm, 5 hours ago"
        if length := _KNOWN.get(match[2]):
            return _before(crawled, (int(match[1]) if match[1].isdigit() else 1) * length)
    if _IS_BEFORE.search(folded):
        return _before(crawled, timedelta(days=2))
    if _IS_YESTERDAY.search(folded):
        return _before(crawled, timedelta(days=1))
    return _before(crawled, timedelta()) if _IS_TODAY.search(folded) else None


def _before(crawled: datetime, ago: timedelta) -> PartialDate | None:
    try:
        moment = crawled - ago
    except OverflowError:
        return None  # before the year 1
    return PartialDate(datetime(moment.year, moment.month, moment.day), Precision.DAY)  # noqa: DTZ001 - a day only
