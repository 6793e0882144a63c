"""Time zone abbreviations and the clocks of countries with one time zone.

No standard defines all abbreviations: RFC 5322 section 4.3 has the North American ones, the rest are those
that newsrooms print. If two countries use the same letters, the page's country decides; without a country, the
first table below does.
"""

import functools
import zoneinfo
from datetime import UTC, datetime, timedelta

# Offsets in minutes.
_FIXED = {
    "z": 0, "gmt": 0, "utc": 0, "ut": 0, "wet": 0, "west": 60,
    "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "met": 60, "mest": 120, "mewz": 60,
    "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "sast": 120, "cat": 120, "wat": 60, "eat": 180,
    "gst": 240, "pkt": 300, "ist": 330, "npt": 345, "wib": 420, "wita": 480, "wit": 540, "ict": 420,
    "myt": 480, "sgt": 480, "hkt": 480, "pht": 480, "awst": 480, "jst": 540, "kst": 540,
    "acst": 570, "aest": 600, "acdt": 630, "aedt": 660, "nzst": 720, "nzdt": 780,
    "nst": -210, "ndt": -150, "ast": -240, "adt": -180, "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600,
    "brt": -180, "art": -180, "clt": -240, "clst": -180, "bot": -240, "cot": -300, "pet": -300, "vet": -240,
}  # fmt: skip
# The same letters in other countries (ISO 3166-1 alpha-2, lower case).
_ELSEWHERE = {
    ("ist", "ie"): 60, ("ist", "il"): 120, ("cst", "cn"): 480, ("cst", "tw"): 480, ("cst", "hk"): 480,
    ("cst", "mo"): 480, ("cst", "cu"): -300, ("bst", "bd"): 360, ("pst", "ph"): 480, ("est", "au"): 600,
    ("edt", "au"): 660, ("gst", "gu"): 600,
    ("ast", "sa"): 180, ("ast", "iq"): 180, ("wst", "au"): 480, ("cst", "au"): 570,
}  # fmt: skip
# North American zones that are printed without saying whether it is summer time: their standard offset.
_BY_SEASON = {"et": -300, "ct": -360, "mt": -420, "pt": -480}

# Countries whose news is written by one clock (IANA zone of each). Countries with several are left out.
_ONE_CLOCK = """
at Vienna be Brussels bg Sofia ch Zurich cz Prague de Berlin dk Copenhagen ee Tallinn fi Helsinki fr Paris gr Athens
hr Zagreb hu Budapest ie Dublin it Rome lt Vilnius lu Luxembourg lv Riga mk Skopje mt Malta nl Amsterdam no Oslo
pl Warsaw ro Bucharest rs Belgrade se Stockholm si Ljubljana sk Bratislava uk London ua Kiev tr Istanbul al Tirane
ba Sarajevo by Minsk is Atlantic/Reykjavik md Chisinau li Vaduz
in Asia/Kolkata jp Asia/Tokyo kr Asia/Seoul cn Asia/Shanghai tw Asia/Taipei hk Asia/Hong_Kong sg Asia/Singapore
my Asia/Kuala_Lumpur th Asia/Bangkok vn Asia/Ho_Chi_Minh ph Asia/Manila pk Asia/Karachi bd Asia/Dhaka lk Asia/Colombo
np Asia/Kathmandu il Asia/Jerusalem ir Asia/Tehran sa Asia/Riyadh ae Asia/Dubai am Asia/Yerevan ge Asia/Tbilisi
az Asia/Baku lb Asia/Beirut jo Asia/Amman iq Asia/Baghdad qa Asia/Qatar kw Asia/Kuwait
za Africa/Johannesburg ng Africa/Lagos ke Africa/Nairobi tz Africa/Dar_es_Salaam ug Africa/Kampala gh Africa/Accra
eg Africa/Cairo ma Africa/Casablanca tn Africa/Tunis dz Africa/Algiers na Africa/Windhoek zw Africa/Harare
et Africa/Addis_Ababa sn Africa/Dakar
ar America/Buenos_Aires co America/Bogota pe America/Lima uy America/Montevideo py America/Asuncion ve America/Caracas
bo America/La_Paz cr America/Costa_Rica gt America/Guatemala do America/Santo_Domingo pa America/Panama
sv America/El_Salvador hn America/Tegucigalpa ni America/Managua jm America/Jamaica nz Pacific/Auckland
"""


@functools.cache
def single_zones() -> dict[str, str]:
    """The zone of each country that has one clock, by ISO 3166-1 alpha-2 in lower case."""
    words = _ONE_CLOCK.split()
    return {
        country: zone if "/" in zone else f"Europe/{zone}"
        for country, zone in zip(words[::2], words[1::2], strict=True)
    }


def abbreviation_offset(word: str, when: datetime, country: str = "") -> timedelta | None:
    """Offset from UTC that a folded abbreviation means, or None if it is not one.

    when: naive local time, for abbreviations that do not say whether it is summer time (``ET``).
    country: ISO 3166-1 alpha-2 in lower case (``uk`` passes for ``gb``); decides ``IST``, ``CST``, ``BST``,
    ``PST``, ``AST`` and ``EST``. Without one they are India, US Central, British Summer, US Pacific, Atlantic
    and US Eastern time.
    """
    minutes = _ELSEWHERE.get((word, country), _FIXED.get(word))
    if minutes is not None:
        return timedelta(minutes=minutes)
    if word in _BY_SEASON:
        return timedelta(minutes=_BY_SEASON[word] + (60 if _us_summer(when) else 0))
    return None


def is_zone(word: str) -> bool:
    """Whether a folded word is an abbreviation that :func:`abbreviation_offset` knows."""
    return word in _FIXED or word in _BY_SEASON or word == "wst"


def country_offset(country: str, when: datetime) -> timedelta | None:
    """Offset from UTC of a country's clock at a naive local time; None for several clocks or without tz data."""
    zone = single_zones().get(country)
    if zone is None:
        return None
    try:
        return when.replace(tzinfo=zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError, OverflowError):
        return None


def _us_summer(when: datetime) -> bool:
    """US Energy Policy Act of 2005: from 02:00 on March's second Sunday to 02:00 on November's first."""
    year = when.year
    march = datetime(year, 3, 8, 2, tzinfo=UTC)
    november = datetime(year, 11, 1, 2, tzinfo=UTC)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return start <= when.replace(tzinfo=UTC) < end
