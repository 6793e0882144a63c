"""Takes a byline apart into people.

Knows how bylines are written (``By A, B and C``, ``von A und B``, ``A, Kyiv``, ``B, A`` in library data), not
who writes them.
"""

import re

from pressmark.article.clean import MAX_NAME, clean, fold

MAX_AUTHORS = 30

_BY = re.compile(
    r"^(?:(?:written|reported|posted|published|story|words|text|geschrieben|verfasst|skrevet|skriven|escrito|écrit|"
    r"scritto)\s+)?(?:by|von|vom|par|por|av|af|door|di|przez|od|autor(?:in|en|es|a|zy)?|auteurs?|autore|autori|"
    r"author\(?s?\)?|text|texte|texto|testo|tekst|forfatter(?:e)?|skribent|reporter|redaktion|"
    r"van onze (?:verslaggevers?|redacteuren?|redactie|correspondent)|rédaction|byline|yazar|haber|автор(?:ы|и)?|текст|"
    r"(?:ein )?(?:beitrag|artikel|kommentar|gastbeitrag) von|"
    r"eine? (?:analyse|reportage|kolumne|rezension) von|(?:interview|kommentar|analyse|protokoll|aufgezeichnet|"
    r"bericht|essay|opinion|kritik|analysis|opinión|op-ed|opinion)\s*:?\s*(?:von|by|par|por))\s*[:：]?\s+|"
    r"^(?:文|作者|記者|记者|取材|責任編集|责编|责任编辑|著者|筆者)\s*[/／:：＝=]\s*|"
    r"^(?:autor(?:in|en)?|auteurs?|author\(?s?\)?|text|texte|tekst|by|von|文)\s*[:：]\s*",
    re.IGNORECASE,
)
_AND = {
    "": r"and|und|et|og|och|&amp;|&|\+",
    "de": r"sowie|mit", "es": r"y|e", "pt": r"e", "it": r"e|ed", "nl": r"en", "fi": r"ja", "et": r"ja", "pl": r"i|oraz",
    "cs": r"a", "sk": r"a", "hu": r"és", "ro": r"și|şi", "hr": r"i", "sr": r"i|и", "sl": r"in", "bs": r"i", "tr": r"ve",
    "ru": r"и", "uk": r"і|та|й", "bg": r"и", "ca": r"i", "el": r"και",
    "id": r"dan", "ms": r"dan", "vi": r"và", "fr": r"avec",
    "lt": r"ir", "lv": r"un", "eu": r"eta", "da": r"og", "nb": r"og", "no": r"og", "sv": r"och", "is": r"og",
    "af": r"en", "en": r"with", "xh": r"no", "zu": r"no",
}  # fmt: skip
_LISTED = re.compile(r"\s*(?:[;；|•·‧、，]|\s/\s|／|\n)\s*")
_COMMA = re.compile(r"\s*,\s*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+")
_BRACKETED = re.compile(r"\s*[(\[（【][^()\[\]（）【】]{0,80}[)\]）】]")
_PLACE = re.compile(
    r"\s+(?:in|aus|à|från|fra|i|en|z|из|в)\s+[A-ZÀ-ÞА-Я][\w'’.-]+(?:[\s-][A-ZÀ-ÞА-Я][\w'’.-]+)?$"
)
_FOR = re.compile(r"\s+(?:for|für|pour|para|voor|til|för)\s+(?:the\s+)?[A-ZÀ-Þ][^,]{1,40}$")
_DATE = re.compile(r"\d{1,2}[./:h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}\.\s?\w+\s?\d{0,4}$")
_JOB = re.compile(
    r"\b(?:editor|reporter|correspondent|writer|journalist|columnist|contributor|producer|bureau chief|fellow|"
    r"professor|analyst|redakteur(?:in)?|korrespondent(?:in|en)?|reporterin|volontär(?:in)?|ressortleiter(?:in)?|"
    r"chefredakteur(?:in)?|autorin|journaliste|rédacteur|rédactrice|correspondante?|envoyée? spéciale?|redactor[a]?|"
    r"periodista|corresponsal|giornalista|redattore|journalistin|politik|wirtschaft|redacteur|verslaggever|"
    r"dziennikarz|dziennikarka|muhabir[i]?|корреспондент|обозреватель|редактор|журналист)\b",
    re.IGNORECASE,
)
_PICTURED = re.compile(
    r"(?:fotos?|photos?|fotograf(?:ie|ía)?|bild(?:er)?|illustrations?|grafik|video|images?|quelle|source)\b",
    re.IGNORECASE,
)
AGENCIES = frozenset(
    """afp ap apa dpa dpaafx reuters thomsonreuters sid kna epd ansa efe tass interfax ria rianovosti xinhua kyodo jiji
    pa pamedia pap ctk čtk mti belga anp ntb tt ritzau stt lusa europapress ats keystonesda sda bloomberg ians pti ani
    upi theassociatedpress associatedpress agencefrancepresse deutschepresseagentur dpainfocom anadoluajansı aa iha dha
    ukrinform unian yonhap bernama antara nhk canadianpress thecanadianpress""".split()
)


def split(raw: str, *, language: str | None = None, inverted: bool = False) -> list[str]:
    """The names in a byline, in order, as written.

    raw: what the page has for the author. language: of the page, for the word between the last two names.
    inverted: names may be in the library form ``Family, Given``.
    """
    text = clean(raw, 1_000)
    text = _ADDRESS.sub(" ", _BRACKETED.sub("", text)).strip(" ,;|-–—·•:()")
    for _ in range(2):
        text = _BY.sub("", text, count=1).strip()
    if inverted and text.count(",") == 1 and ";" not in text:
        family, given = (part.strip() for part in text.split(","))
        if 0 < len(given.split()) <= 3 and 0 < len(family.split()) <= 3:
            return _kept([f"{given} {family}"])
    names: list[str] = []
    for piece in _LISTED.split(text):
        for part in _COMMA.split(piece):
            names.extend(_joined(part, language))
    return _kept(names)


def _joined(part: str, language: str | None) -> list[str]:
    words = _AND[""] + "".join(
        "|" + _AND[code] for code in [(language or "")[:2].lower()] if _AND.get(code) and code
    )
    pieces = re.split(rf"\s+(?:{words})\s+|^(?:{words})\s+", part, flags=re.IGNORECASE)
    # "Ortega y Gasset" is one man: a single letter parts full names only.
    if any(len(piece.split()) < 2 for piece in pieces) and not re.search(
        rf"\s(?:{_AND['']}|sowie)\s", part, re.IGNORECASE
    ):
        return [part]
    return pieces


def _kept(names: list[str]) -> list[str]:
    kept: list[str] = []
    seen: set[str] = set()
    for name in names[: MAX_AUTHORS * 3]:
        name = _BY.sub("", name.strip(' .,;:|-–—·•*"“”„'))
        name = _FOR.sub("", _PLACE.sub("", name)).strip(" .,;:|-–—·•*")
        if (job := _JOB.search(name)) and job.end() == len(name) and len(name.split()) > 3:
            name = " ".join(name.split()[:2])  # "Jane Roe Lifestyle Writer"
        key = fold(name)
        if _PICTURED.match(name) or not _could_be(name, key) or key in seen:
            continue
        if kept and _JOB.search(name):
            continue
        seen.add(key)
        kept.append(name)
    return kept[:MAX_AUTHORS]


def _could_be(name: str, key: str) -> bool:
    """Whether a piece may be someone's name at all."""
    if len(key) < 2 or len(name) > MAX_NAME or len(name.split()) > 8:
        return False
    if "@" in name or "://" in name or "/" in name[:1] or "{" in name or "=" in name:
        return False
    if _DOMAIN_PATH.match(name) or _COMPANY.search(name):
        return False
    digits = sum(c.isdigit() for c in key)
    return digits * 3 < len(key) and not _DATE.search(name) and key not in _NOBODY


_DOMAIN_PATH = re.compile(r"\S+\.[a-z]{2,8}/\S*$", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:GmbH|AG|Ltd|LLC|Inc|S\.?A\.?S?|S\.?r\.?l|KG|e\.? ?V|B\.?V|Oy|AB)\.?$")


def is_agency(name: str) -> bool:
    """Whether a name is a news agency's."""
    return fold(name) in AGENCIES


_NOBODY = frozenset(
    """autor auteur autore verfasser by von par por av af door di
    null undefined none admin administrator unknown anonymous na editor nan false true author""".split()
)
