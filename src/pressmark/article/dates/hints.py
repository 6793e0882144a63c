"""What a page's language tags and address say about how it writes dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# English-speaking places that write the month first (CLDR short date patterns): the United States, those who
# follow it, and pages of English without a country, most of which are American.
_MONTH_FIRST = {"us", "ph", "gu", "pr", "as", "mp", "vi", "bz", "fm", "pw"}
_AMERICAN_DOMAINS = {"us", "gov", "mil", "edu"}
# Top-level domains of two letters that do not show where a site is from.
_NOT_COUNTRIES = {"tv", "io", "co", "me", "ai", "fm", "ly", "cc", "ws", "to", "gg", "la", "gl", "eu", "su"}
# Languages that write year, month, day.
_YEAR_FIRST = {"ja", "zh", "ko", "hu", "lt", "mn", "eu"}


@dataclass(frozen=True, slots=True)
class Hints:
    """How a page probably writes dates.

    language: ISO 639 code or "". country: ISO 3166-1 alpha-2 in lower case (``uk`` for ``gb``) or "". month_first,
    year_first: the order of an ambiguous date in numbers.
    """

    language: str = ""
    country: str = ""
    month_first: bool = False
    year_first: bool = False

    @classmethod
    def of(cls, languages: Sequence[str] = (), url: str = "") -> "Hints":
        """Read BCP 47 tags (``en-US``, ``pt_BR``), best first, and the top-level domain of a URL.

        An ambiguous ``03/04/2024`` is day first, except for a country that writes the month first, for English
        without a country, and for an American domain without a language.
        """
        tag = (languages[0] if languages else "").strip()[:35].lower().replace("_", "-")
        parts = tag.split("-")
        language = parts[0] if parts[0].isalpha() else ""
        region = next((p for p in parts[1:] if len(p) == 2 and p.isalpha()), "")
        try:
            domain = (urlsplit(url[:2000]).hostname or "").rsplit(".", 1)[-1]
        except ValueError:
            domain = ""
        country_domain = domain if len(domain) == 2 and domain not in _NOT_COUNTRIES else ""
        country = country_domain or region
        country = "uk" if country == "gb" else country
        if country:
            month_first = country in _MONTH_FIRST
        elif language:
            month_first = language == "en"
        else:
            month_first = domain in _AMERICAN_DOMAINS
        return cls(language, country, month_first, language in _YEAR_FIRST)
