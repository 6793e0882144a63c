"""Splits a byline into people.

Knows how bylines are written (``By A, B and C``, ``von A und B``, ``A, Kyiv``, ``B, A`` in library data), not
who writes them.
"""

import re
from collections.abc import Iterator

from pressmark.article.page.clean import MAX_NAME, clean, fold
from pressmark.article.page.names import (
    ACTIONS,
    AFTER_NAME,
    JOB,
    OTHER_WORK,
    PARTICLES,
    POSTS_BY,
    SUFFIX,
    is_agency,
)

MAX_AUTHORS = 30
MAX_RAW = 1_000  # characters of a byline that are looked at

BY = re.compile(
    r"^(?:(?:written|reported|posted|published|story|words|text|guest (?:post|column)|geschrieben|verfasst|erstellt|"
    r"eingestellt|gepostet|veröffentlicht|skrevet|skriven|escrito|publicado|écrit|publié|propos recueillis|scritto|"
    r"pubblicato|a cura|geschreven)\s+)?"
    r"(?:by|von|vom|par|por|av|af|door|di|przez|od|autor(?:in|en|es|a|zy)?|auteurs?|autore|autori|"
    r"author\(?s?\)?|text|texte|texto|testo|tekst|forfatter(?:e)?|skribent|reporter|redaktion|"
    r"van onze (?:verslaggevers?|redacteuren?|redactie|correspondent)|rédaction|byline|yazar|haber|автор(?:ы|и)?|текст|"
    r"unsere[mrn] (?:korrespondent|mitarbeiter|redakteur|reporter)(?:in|en|innen)?|"
    r"(?:ditulis )?oleh|penulis|โดย|เรื่อง|teksti|kirjutas|napisała?|подготовил[аи]?|yazan|tác giả|szerző|írta|"
    r"kirjoittaja|συντάκτης|γράφ(?:ει|ουν)(?: (?:ο|η|οι))?|του|της|بقلم|كتب(?:ت)?|تحریر|نویسنده|מאת|लेखक|লেখক|"
    r"(?:ein )?(?:beitrag|artikel|kommentar|gastbeitrag) von|"
    r"eine? (?:analyse|reportage|kolumne|rezension) von|(?:interview|kommentar|analyse|protokoll|aufgezeichnet|"
    r"bericht|essay|opinion|kritik|analysis|opinión|op-ed|opinion)\s*:?\s*(?:von|by|par|por))\s*[:：]?\s+|"
    r"^(?-i:de(?= [A-ZÀ-Þ]\S+ [A-ZÀ-Þ]))\s+|"
    r"^(?:文|取材・文|文・写真|文・撮影|记者|記者|撰文)\s+|^(?:记者|記者)(?=[\u4e00-\u9fff]{2,4}$)|"
    r"^(?:文|作者|記者|记者|取材|責任編集|责编|责任编辑|著者|筆者)\s*[/／:：＝=]\s*|"
    r"^(?:autor(?:in|en)?|auteurs?|author\(?s?\)?|text|texte|tekst|by|von|文)\s*[:：]\s*",
    re.IGNORECASE,
)
# "And" between two full names, in the languages of the press; written small, so that "Dan" and "En" stay names.
_AND = (
    r"and|und|et|og|och|y|e|i|en|ed|oraz|sowie|mit|with|avec|ja|és|și|şi|ve|и|і|та|й|και|dan|và|ir|un|eta|və|va|u|"
    r"AND|UND|ET|Y|E|&amp;|&|\+|و|और|एवं|ও|और|מ?ו|與|和|及|と|와|과"
)
# Words for it that mean something else in other languages.
_AND_HERE = {"cs": r"a", "sk": r"a", "sl": r"in", "xh": r"no", "zu": r"no"}
_JOINED_AND = {"ar": "و", "he": "ו", "iw": "ו"}  # written together with the name behind it
_HELPED = re.compile(r"\s(?:with|avec|mit|con|com|met|med)\s(\S{2,20})$")
_ALWAYS = re.compile(r"\s(?:and|und|og|och|&amp;|&|\+|sowie|AND|UND)\s")
# Blanks are looked at from their first on, and once: a byline may be a megabyte of them.
_BLANKS = r"(?:(?<!\s)\s++)?+"
_LISTED = re.compile(_BLANKS + r"[;；|•·‧、，／]\s*+|(?<!\s)(?:\s++/\s++|(?=[^\S\n]*+\n)\s++)")
_COMMA = re.compile(_BLANKS + r",\s*+")
_ADDRESS = re.compile(r"(?<![^\s@])[^\s@]++@[^\s@]+\.[^\s@]+|https?://\S+|www\.\S+|(?<!\S)@\w{2,40}")
_BRACKETED = re.compile(_BLANKS + r"(?:[(\[（【][^()\[\]（）【】]{0,80}[)\]）】]|<[^<>]{0,80}>)")
_PLACE = re.compile(
    r"(?<!\s)\s++(?:in|aus|à|från|fra|en|z|из|в)\s+[A-ZÀ-ÞА-Я][\w'’.-]+(?:[\s-][A-ZÀ-ÞА-Я][\w'’.-]+)?$"
)
_FOR = re.compile(
    r"(?<!\s)\s++(?:for|für|pour|para|voor|til|för|[Ss]pecial (?:to|for))\s+(?:the\s+)?[A-ZÀ-Þ][^,]{1,40}$"
)
# What a sentence goes on to say of whom it names: "Written by Ada Holm who lives in Larkholm".
_CLAUSE = re.compile(r",?(?<!\s)\s++(?:who|whose|qui|quien)\s.*$", re.MULTILINE)
# The date that follows a name in a byline, with the word before it if there is one.
_SINCE = re.compile(
    r"(?:^| )(?:(?:on|am|vom|le|el|il|op|den|em|på|dne) )?"
    r"(?:(?:last )?(?:published|updated|posted)|veröffentlicht|aktualisiert|stand:|publié|mis à jour|"
    r"publicado|actualizado|atualizado|publicat|actualizat|julkaistu|yayınlanma|опубликовано|pubblicato|aggiornato|gepubliceerd|opublikowano|publicerad|publisert|oppdatert|opdateret|"
    r"\d{1,2}[./]\d{1,2}[./](?:\d\d)?\d\d|\d{4}-\d\d-\d\d|\d{1,2}\.? [^\W\d_]{3,12}\.?(?: (?:19|20)\d\d)?|"
    r"[^\W\d_]{3,12}\.? \d{1,2},? (?:19|20)\d\d)(?!\w).*$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"[\s,]{1,5}(?:(?:on|am|le|el|il|op|på|den)\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|(?:lune|marte|mercole|giove|vener)dì)[\s,]{0,5}$",
    re.IGNORECASE | re.MULTILINE,
)
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
# What stands before a colon in a byline is never a name; times of day have a colon, too.
_LABEL = re.compile(r"^[^\W\d][^:：\n]{0,30}[:：](?!\d)\s*")
_READING = re.compile(
    r"[\s·|,–-]{1,5}\d{1,3}[\s-]{0,2}(?:min(?:ut[a-z]*)?|minuters?|dakika|мин|分)\b(?s:.*)", re.IGNORECASE
)
_EDITED = re.compile(r"\s*(?:editors?|edited|editing|redak\w+|редактор\w*|penyunting)\s*[:：]", re.IGNORECASE)
_PICTURED = re.compile(
    r"(?:fotos?|photos?|fotograf(?:ie|ía)?|bild(?:er)?|illustrations?|grafik|video|images?|quelle|source|фото|снимки|"
    r"zdjęcia|kuvat?|fotoğraf|φωτογραφ\w+|사진|写真|撮影)\b",
    re.IGNORECASE,
)


# A job before a name: "Chief Reporter Ada Holm".
_JOB_FIRST = re.compile(
    r"^(?:[^\W\d_][\w-]{2,20} ){0,2}(?:reporter(?:in)?|correspondent|writer|editor|korrespondent(?:in)?|"
    r"redakteur(?:in)?|journalist(?:in|e)?|corresponsal|redactora?|giornalista|verslaggever|redacteur) "
    r"(?-i:(?=[A-ZÀ-Þ]\S* \S))",
    re.IGNORECASE,
)
_HAN_NAMES = re.compile(r"(?:[\u4e00-\u9fff]{2,4} ){1,5}[\u4e00-\u9fff]{2,4}")


def split(raw: str, *, language: str | None = None, inverted: bool = False, shown: bool = False) -> list[str]:
    """The names in a byline, in order, as written.

    raw: what the page has for the author. language: of the page, for the word between the last two names.
    inverted: names may be in the library form ``Family, Given``. shown: the text of a place on the page, where a
    name stands among dates, counts and buttons.
    """
    lines = raw[:MAX_RAW].split("\n") if shown else [raw]
    text = "\n".join(clean(line, MAX_RAW) for line in lines)
    text = _ADDRESS.sub("\n", _BRACKETED.sub("", text)).strip(" ,;|-–—·•:()\n")
    for _ in range(2):
        text = _without_by(text, shown=shown)
    text = OTHER_WORK.split(text, maxsplit=1)[0]
    if shown:
        text = _WEEKDAY.sub("\n", _SINCE.sub("\n", _CLAUSE.sub("\n", text)))
    if text.count(",") == 1 and ";" not in text and (inverted or not shown):
        family, given = (part.strip() for part in text.split(","))
        longest = 3 if inverted else 1
        fits = 0 < len(family.split()) <= longest and 0 < len(given.split()) <= longest
        if fits and not SUFFIX.fullmatch(given):
            return _kept([(f"{given} {family}", False)], shown=shown)
    names: list[tuple[str, bool]] = []
    for piece in _LISTED.split(text):
        for part in _COMMA.split(piece):
            joined = part.split() if _HAN_NAMES.fullmatch(part) else _joined(part, language)
            names.extend((name, len(joined) > 1) for name in joined)
    return _kept(names, shown=shown)


_GIVEN = frozenset({"Von", "Par", "Di", "Av", "Af", "Od", "Door"})


def _without_by(text: str, *, shown: bool) -> str:
    """A byline without its "By". In data, such a word is a given name if only one word follows ("Von Hallam")."""
    match = BY.match(text)
    if match is None:
        return text
    rest = text[match.end() :].strip()
    if not shown and len(rest.split()) == 1 and not is_agency(rest) and match.group().strip() in _GIVEN:
        return text
    return rest


def _joined(part: str, language: str | None) -> list[str]:
    if (helped := _HELPED.search(part)) and is_agency(helped[1]):
        part = part[: helped.start()]
    code = (language or "")[:2].lower()
    words = _AND + (f"|{_AND_HERE[code]}" if code in _AND_HERE else "")
    pieces = re.split(rf"\s+(?:{words})\s+|^(?:{words})\s+", part)
    if code in _JOINED_AND and len(pieces) == 1:
        pieces = re.split(rf"\s+{_JOINED_AND[code]}(?=\w{{2}})", part)
    pieces = [piece for piece in pieces if piece]
    # "Ortega y Gasset", "Puig i Cadafell" is one man: such a word parts full names only.
    if (
        any(len(piece.split()) < 2 for piece in pieces)
        and not _ALWAYS.search(f" {part} ")
        and not _HAN.search(part)
    ):
        return [part]
    return pieces


def _kept(names: list[tuple[str, bool]], *, shown: bool) -> list[str]:
    """names: each with whether an "and" joins it to another one, which jobs are not."""
    kept: list[str] = []
    seen: set[str] = set()
    lone: set[str] = set()
    labelled = False
    for raw, joined in _apart(names[: MAX_AUTHORS * 3]):
        if shown and (labelled := _is_label(raw) or (labelled and not BY.match(f"{raw} "))):
            continue
        if kept and _EDITED.match(raw):
            continue
        name = POSTS_BY.sub("", raw.strip(" .,;:|-–—·•*\"“”„'"))
        if shown and not _PICTURED.match(name):
            name = _READING.sub("", _LABEL.sub("", name))
        name = _SINCE.sub("", _without_by(name, shown=shown))
        name = _FOR.sub("", _PLACE.sub("", name)).strip(" .,;:|-–—·•*")
        name = _once(AFTER_NAME.sub("", _JOB_FIRST.sub("", name)))
        if name.endswith((" Jr", " Sr")) and f"{name}." in raw:
            name += "."
        if (job := JOB.search(name)) and job.end() == len(name) and len(name.split()) > 3:
            name = " ".join(name.split()[:2])  # "Jane Roe Lifestyle Writer"
        key = fold(name)
        if _PICTURED.match(name) or not _could_be(name, key) or key in seen:
            continue
        if kept and (SUFFIX.fullmatch(name) or (JOB.search(name) and not joined)):
            continue
        if shown and not _is_shown_name(name, first=not kept):
            continue
        seen.add(key)
        kept.append(name)
        if not joined and len(name.replace("-", " ").split()) == 1 and not _HAN.search(name):
            lone.add(name)
    if shown and any(len(name.split()) > 1 for name in kept):
        # A word next to a full name is a section's or a button's.
        kept = [name for name in kept if name not in lone]
    return kept[:MAX_AUTHORS]


def _is_label(piece: str) -> bool:
    """Whether a piece of a byline only says what comes next: "Filed under:", not "Author:" and not "Ada Holm:"."""
    words = piece.rstrip(" :：").split()
    if not piece.rstrip().endswith((":", "：")) or BY.match(f"{' '.join(words)} "):
        return False
    return len(words) < 2 or any(word[0].islower() and word not in PARTICLES for word in words)


def _once(name: str) -> str:
    """A name that is there twice, for two widths of screen or for machines, written once."""
    words = name.split()
    half = len(words) // 2
    return " ".join(words[:half]) if half > 1 and words[:half] == words[half:] else name


def _is_shown_name(name: str, *, first: bool) -> bool:
    """Whether words of a page may be a name: no count, no action, no sentence; one word only where nothing is named."""
    if any(c.isdigit() for c in name) or ACTIONS.match(name):
        return False
    words = name.replace("-", " ").split()
    if len(words) == 1:
        return first or _HAN.search(name) is not None
    return not any(word[0].islower() and word.casefold() not in PARTICLES for word in words) or (
        first and name.islower()
    )


def _apart(names: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Parts a name from an agency that a stroke joins to it ("dpa/Jane Roe")."""
    for name, by_and in names:
        parts = name.split("/")
        joined = len(parts) > 1 and not _PICTURED.match(name) and any(is_agency(part) for part in parts)
        yield from ((part, by_and) for part in parts) if joined else [(name, by_and)]


def _could_be(name: str, key: str) -> bool:
    """Whether a piece may be someone's name at all."""
    if len(key) < 2 or len(name) > MAX_NAME or len(name.split()) > 8:
        return False
    if "@" in name or "://" in name or "/" in name[:1] or "{" in name or "=" in name:
        return False
    if _DOMAIN_PATH.match(name) or _COMPANY.search(name):
        return False
    digits = sum(c.isdigit() for c in key)
    return digits * 3 < len(key) and key not in _NOBODY


_DOMAIN_PATH = re.compile(r"\S+\.[a-z]{2,8}/\S*$", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:GmbH|AG|Ltd|LLC|Inc|S\.?A\.?S?|S\.?r\.?l|KG|e\.? ?V|B\.?V|Oy|AB)\.?$")


_NOBODY = frozenset(
    """autor auteur autore verfasser by von par por av af door di
    ccby ccbysa ccbync ccbyncsa ccbyncnd ccbynd cc0 即時報導 綜合報導 綜合外電報導 本報記者 本报记者
    null undefined none admin administrator unknown anonymous na editor nan false true author""".split()
)
