"""Splits a byline into people.

Knows how bylines are written (``By A, B and C``, ``von A und B``, ``A, Kyiv``, ``B, A`` in library data), not
who writes them.
"""

import re
from collections.abc import Iterator

from pressmark.article.page.byline_words import (
    ACTION_AFTER,
    BY,
    BY_HERE,
    CLAUSE,
    EDITED,
    FIRST_OTHERS,
    FOR,
    JOB_FIRST,
    LABEL,
    OF,
    PICTURED,
    PLACE,
    READING,
    SIGNS,
    SINCE,
    SON,
    WEEKDAY,
)
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

# "And" between two full names, in many languages; never capitalised, so that "Dan" and "En" stay names.
_AND = (
    r"and|und|et|og|och|y|e|i|en|ed|oraz|sowie|mit|with|avec|ja|és|și|şi|ve|и|і|та|й|και|dan|và|ir|un|eta|və|va|u|"
    r"AND|UND|ET|Y|E|&amp;|&|\+|و|और|एवं|ও|और|מ?ו|與|和|及|と|와|과"
)
# Words for "and" that mean something else in other languages.
_AND_HERE = {"cs": r"a", "sk": r"a", "sl": r"in", "xh": r"no", "zu": r"no"}
_JOINED_AND = {"ar": "و", "he": "ו", "iw": "ו"}  # written as one word with the name after it
_HELPED = re.compile(r"\s(?:with|avec|mit|con|com|met|med)\s(\S{2,20})$")
_ALWAYS = re.compile(r"\s(?:and|und|og|och|&amp;|&|\+|sowie|AND|UND)\s")
# A run of blanks is tried from its first one only, and once: a byline may be a megabyte of them.
_BLANKS = r"(?:(?<!\s)\s++)?+"
_LISTED = re.compile(_BLANKS + r"[;；|•·‧、，／]\s*+|(?<!\s)(?:\s++/\s++|(?=[^\S\n]*+\n)\s++)")
_COMMA = re.compile(_BLANKS + r",\s*+")
_ADDRESS = re.compile(r"(?<![^\s@])[^\s@]++@[^\s@]+\.[^\s@]+|https?://\S+|www\.\S+|(?<!\S)@\w{2,40}")
_BRACKETED = re.compile(_BLANKS + r"(?:[(\[（【][^()\[\]（）【】]{0,80}[)\]）】]|<[^<>]{0,80}>)")
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")


_IN_BRACKETS = re.compile(r"\s*[（【［(\[]([^（）【】［］()\[\]]{2,80})[）】］)\]]\s*")
# "Lee, Ann; Ray, Bob J.": one word, perhaps with particles, before the comma.
_FILED = re.compile(
    r"\s*(?:(?:van|von|de|der|den|du|di|da|la|le) ){0,2}[^\W\d_][\w'’-]{1,30},"
    r"\s*[^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2}\s*"
)
_HAN_NAMES = re.compile(r"(?:[\u4e00-\u9fff]{2,4} ){1,5}[\u4e00-\u9fff]{2,4}")
_HAN_PARTS = re.compile(r"[\u4e00-\u9fff]{1,3} [\u4e00-\u9fff]{1,3}")  # family and given name in Japanese


def split(raw: str, *, language: str | None = None, inverted: bool = False, shown: bool = False) -> list[str]:
    """The names in a byline, in order, as written.

    raw: what the page has for the author. language: the page's BCP 47 tag, because words for "and" and "by" differ.
    inverted: names may be in the library form ``Family, Given``. shown: ``raw`` is visible text, where names stand
    among dates, counts and buttons.
    """
    lines = raw[:MAX_RAW].split("\n") if shown else [raw]
    text = "\n".join(clean(line, MAX_RAW) for line in lines)
    if whole := _IN_BRACKETS.fullmatch(text):
        text = whole[1]
    text = _ADDRESS.sub("\n", _BRACKETED.sub("", text)).strip(" ,;|-–—·•:()\n")
    text = SON.sub(r" \1", FIRST_OTHERS.sub("", SIGNS.sub("", text)))
    if (code := (language or "")[:2].lower()) in BY_HERE:
        text = BY_HERE[code].sub("", text)
    for _ in range(2):
        text = _without_by(text, shown=shown)
    text = OTHER_WORK.split(text, maxsplit=1)[0]
    if shown:
        text = WEEKDAY.sub("\n", SINCE.sub("\n", CLAUSE.sub("\n", text)))
    if text.count(",") == 1 and ";" not in text and (inverted or not shown):
        family, given = (part.strip() for part in text.split(","))
        longest = 3 if inverted else 1
        fits = 0 < len(family.split()) <= longest and 0 < len(given.split()) <= longest
        if fits and not SUFFIX.fullmatch(given):
            return _kept([(f"{given} {family}", False)], shown=shown)
    if ";" in text and all(_FILED.fullmatch(piece) for piece in text.split(";")):
        filed = (piece.split(",") for piece in text.split(";"))
        return _kept([(f"{given.strip()} {family.strip()}", False) for family, given in filed], shown=shown)
    names: list[tuple[str, bool]] = []
    for piece in _LISTED.split(text):
        for part in _COMMA.split(piece):
            apart = _HAN_NAMES.fullmatch(part) and not (_HAN_PARTS.fullmatch(part) and language == "ja")
            joined = part.split() if apart else _joined(part, language)
            names.extend((name, len(joined) > 1) for name in joined)
    return _kept(names, shown=shown)


_GIVEN = frozenset({"Von", "Par", "Di", "Av", "Af", "Od", "Door"})


def _without_by(text: str, *, shown: bool) -> str:
    """A byline without its "By". In metadata, such a word is a given name if one word follows ("Von Hallam")."""
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
    pieces = _with_their_rest(re.split(rf"\s+({words})\s+|^(?:{words})\s+", part))
    if code in _JOINED_AND and len(pieces) == 1:
        pieces = re.split(rf"\s+{_JOINED_AND[code]}(?=\w{{2}})", part)
    pieces = [piece for piece in pieces if piece]
    # "Ortega y Gasset" and "Puig i Cadafell" are one man each: such a word separates full names only.
    if (
        any(len(piece.split()) < 2 for piece in pieces)
        and not _ALWAYS.search(f" {part} ")
        and not _HAN.search(part)
    ):
        return [part]
    return pieces


def _with_their_rest(pieces: list[str | None]) -> list[str]:
    """Join the pieces of a name that has an "and" in it: "Josep Puig i Cadafalch i Anna Roca" is two names.

    pieces: the text split at each "and"; every second piece is that word.
    """
    names = [pieces[0] or ""]
    for word, name in zip(pieces[1::2], pieces[2::2], strict=True):
        if word in ("i", "y", "e") and name and len(name.split()) < 2 <= len(names[-1].split()):
            names[-1] += f" {word} {name}"
        else:
            names.append(name or "")
    return names


def _kept(names: list[tuple[str, bool]], *, shown: bool) -> list[str]:
    """Clean the pieces of a byline, and keep those that may be names, each once.

    names: each piece, and whether an "and" joins it to another one; jobs are not joined so.
    """
    kept: list[str] = []
    seen: set[str] = set()
    lone: set[str] = set()
    labelled = False
    for raw, joined in _apart(names[: MAX_AUTHORS * 3]):
        if shown and (labelled := _is_label(raw) or (labelled and not BY.match(f"{raw} "))):
            continue
        if kept and EDITED.match(raw):
            continue
        name = POSTS_BY.sub("", raw.strip(" .,;:|-–—·•*\"“”„'"))
        if shown and not PICTURED.match(name):
            name = READING.sub("", LABEL.sub("", name))
        name = SINCE.sub("", _without_by(name, shown=shown))
        name = OF.sub(r"\1", FOR.sub("", PLACE.sub("", name))).strip(" .,;:|-–—·•*\u200b\u200c\u200d")
        if shown:
            name = ACTION_AFTER.sub("", name)
        name = _once(AFTER_NAME.sub("", JOB_FIRST.sub("", name)))
        if name.endswith((" Jr", " Sr")) and f"{name}." in raw:
            name += "."
        if (job := JOB.search(name)) and job.end() == len(name) and len(name.split()) > 3:
            name = " ".join(name.split()[:2])  # "Jane Roe Lifestyle Writer"
        key = fold(name)
        if PICTURED.match(name) or not _could_be(name, key) or key in seen:
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
        # A single word next to a full name is a section or a button.
        kept = [name for name in kept if name not in lone]
    return kept[:MAX_AUTHORS]


def _is_label(piece: str) -> bool:
    """Whether a piece of a byline only says what comes next: "Filed under:", not "Author:" and not "Ada Holm:"."""
    words = piece.rstrip(" :：").split()
    if not piece.rstrip().endswith((":", "：")) or BY.match(f"{' '.join(words)} "):
        return False
    return len(words) < 2 or any(word[0].islower() and word not in PARTICLES for word in words)


def _once(name: str) -> str:
    """A name once, even if the page has it twice in a row (for two screen widths, or for machines)."""
    words = name.split()
    half = len(words) // 2
    return " ".join(words[:half]) if half > 1 and words[:half] == words[half:] else name


def _is_shown_name(name: str, *, first: bool) -> bool:
    """Whether visible words may be a name: no digit, no action, no sentence; a single word only if it comes first."""
    if any(c.isdigit() for c in name) or ACTIONS.match(name):
        return False
    words = name.replace("-", " ").split()
    if len(words) == 1:
        return first or _HAN.search(name) is not None
    return not any(word[0].islower() and word.casefold() not in PARTICLES for word in words) or (
        first and name.islower()
    )


def _apart(names: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Separate a name from an agency that a slash joins to it ("dpa/Jane Roe")."""
    for name, by_and in names:
        parts = name.split("/")
        joined = len(parts) > 1 and not PICTURED.match(name) and any(is_agency(part) for part in parts)
        yield from ((part, by_and) for part in parts) if joined else [(name, by_and)]


def _could_be(name: str, key: str) -> bool:
    """Whether a piece may be someone's name at all."""
    if len(key) < 2 or len(name) > MAX_NAME or len(name.split()) > 8:
        return False
    if "@" in name or "://" in name or "/" in name[:1] or "{" in name or "=" in name:
        return False
    if _DOMAIN_PATH.match(name) or _COMPANY.search(name) or name.endswith(("報導", "报道", "報道")):
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
