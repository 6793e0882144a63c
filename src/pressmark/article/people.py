"""Takes a byline apart into people.

Knows how bylines are written (``By A, B and C``, ``von A und B``, ``A, Kyiv``, ``B, A`` in library data), not
who writes them.
"""

import re
from collections.abc import Iterator

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
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|https?://\S+|www\.\S+|(?<!\S)@\w{2,40}")
_BRACKETED = re.compile(r"\s*[(\[（【][^()\[\]（）【】]{0,80}[)\]）】]")
_PLACE = re.compile(
    r"\s+(?:in|aus|à|från|fra|i|en|z|из|в)\s+[A-ZÀ-ÞА-Я][\w'’.-]+(?:[\s-][A-ZÀ-ÞА-Я][\w'’.-]+)?$"
)
_FOR = re.compile(r"\s+(?:for|für|pour|para|voor|til|för)\s+(?:the\s+)?[A-ZÀ-Þ][^,]{1,40}$")
# The date that follows a name in a byline, with the word before it if there is one.
_SINCE = re.compile(
    r"(?:^| )(?:(?:last )?(?:published|updated|posted)|veröffentlicht|aktualisiert|stand:|publié|mis à jour|"
    r"publicado|actualizado|atualizado|pubblicato|aggiornato|gepubliceerd|opublikowano|publicerad|publisert|oppdatert|opdateret|"
    r"\d{1,2}[./]\d{1,2}[./](?:\d\d)?\d\d|\d{4}-\d\d-\d\d|\d{1,2}\.? [^\W\d_]{3,12}\.? (?:19|20)\d\d|"
    r"[^\W\d_]{3,12}\.? \d{1,2},? (?:19|20)\d\d)(?!\w).*$",
    re.IGNORECASE,
)
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
    """aa aap afp agencebelga agencefrancepresse anadolu anadoluajansı ani anp ansa antara ap apa
    associatedpress ats azertac belga bernama bloomberg bss bta canadianpress ctk deutschepresseagentur dha dpa
    dpaafx dpainfocom dts efe epd europapress evangelischerpressedienst hina ians iha interfax irna itartass
    jiji jijipress katholischenachrichtenagentur kazinform keystonesda kna kyodo kyodonews lapressecanadienne
    lusa mti nhk ntb ntbno pa pamedia pap pressassociation presstrustofindia pti reuters ria rianovosti ritzau
    ritzauscanpix sda sid sta stt tanjug tass telam thomsonreuters tt ttnyhetsbyran ukrinform unian
    unitedpressinternational upi vna wafa wam xinhua xinhuanet yonhap""".split()
)
"""The world's news agencies, by the names their copy is signed with, folded."""

_AROUND_AGENCY = re.compile(
    r"^(?:the|agencia|agência|agence|agenzia|agentur|nachrichtenagentur|persbureau|agencja) |"
    r" (?:news|agency|ajansı|newswire|staff|editorial|english|service|wire)$",
    re.IGNORECASE,
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
    for name in _apart(names[: MAX_AUTHORS * 3]):
        name = _BY.sub("", name.strip(' .,;:|-–—·•*"“”„'))
        name = _SINCE.sub("", name)
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


def _apart(names: list[str]) -> Iterator[str]:
    """Parts a name from an agency that a stroke joins to it ("dpa/Jane Roe")."""
    for name in names:
        parts = name.split("/")
        joined = len(parts) > 1 and not _PICTURED.match(name) and any(is_agency(part) for part in parts)
        yield from parts if joined else [name]


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
    """Whether a name is a news agency's, also with what is said around one ("Xinhua News Agency", "Reuters Staff")."""
    for _ in range(4):
        if fold(name) in AGENCIES:
            return True
        shorter = _AROUND_AGENCY.sub("", name.strip(), count=1)
        if shorter == name:
            break
        name = shorter
    return False


_NOBODY = frozenset(
    """autor auteur autore verfasser by von par por av af door di
    null undefined none admin administrator unknown anonymous na editor nan false true author""".split()
)
