"""Reads the author from lines that blogs, forums and wikis write: "Posted on 5 March by A in Boats"."""

import re
from collections.abc import Iterator
from itertools import islice

from pressmark.article.page.byline_words import BY
from pressmark.article.page.candidate import HTML, Candidate
from pressmark.article.page.document import Document, Element
from pressmark.article.page.names import PARTICLES
from pressmark.article.page.placement import elsewhere

_LONGEST = 250  # characters of such a line
_SHORTEST = 1
_SHORT = 100  # of one that has no verb
_SOON = 60  # elements that hold text, below the headline
_PIECES = 40
_MAX = 20_000  # elements
_DONE = frozenset(
    """posted published submitted written created added started uploaded contributed filed asked words story text
    veröffentlicht geschrieben verfasst eingestellt gepostet erstellt publié posté écrit rédigé publicado escrito
    pubblicato scritto postato inserito gepost geplaatst geschreven gepubliceerd publicerad skriven postad publisert
    skrevet udgivet julkaissut opublikowany dodany napisany опубликовано автор""".split()
)
_FIRST = 4  # words, one of which is such a verb
_BY = r"by|von|vom|par|por|da|di|door|av|af|przez"
# How the line begins that blog systems put at the end of a post; its verb may come last.
_ENTRY = re.compile(
    r"(?:this (?:entry|post|article) was|(?:this is a )?guest (?:post|article|essay|column)|gastbeitrag|"
    r"dieser (?:beitrag|artikel|eintrag) wurde|"
    r"cet(?:te)? (?:article|entrée|billet) a été|"
    r"est[ea] (?:entrada|artículo) (?:fue|se)|questo articolo è stato|dit bericht (?:is|werd))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"(?:^|\s)(?:{_BY})\s{{0,3}}:?\s{{1,3}}", re.IGNORECASE)
# What follows a name in such a line.
_AFTER = re.compile(
    r"\s(?:on|at|in|under|unter|dans|em|mit|veröffentlicht|verfasst|geschrieben|geplaatst|and (?:is|was|filed)|was|@)\b"
    r"|\s(?:am|um|den|le|el|il|op|om|kl|à|a las|alle|dne|dnia)\.?\s(?=.{0,15}\d)|(?<=\w\w)\.\s"
    r"|\s?[|·•»«(/,;–—]|\s[-~]\s|\s#?(?=\d)"
)
_WORD = re.compile(r"[^\W\d_][^\s|/:;,<>()]{0,30}")
# "김하늘 기자": a name, followed by the word for reporter.
_KOREAN = re.compile(r"([\uac00-\ud7a3]{2,4}) ?(?:기자|특파원|논설위원)(?:$|[\s=])")


def read(document: Document) -> Iterator[Candidate]:
    """Yield the name in the first such line of the article. A line without a verb counts only near the headline."""
    around = document.around_headline
    below = _SOON  # above the headline nothing is near it
    headline = document.headline
    for element in islice(document.root.iter(*_MAY_SAY), _MAX):
        if element.tag == "h1" or element is headline:
            below = 0
            continue
        below += 1
        if not (text := element.text) or not _SHORTEST < len(text) <= _LONGEST:
            continue
        begins = text.strip()
        by_verb = _says_done(begins) or _ENTRY.match(begins) is not None
        if not by_verb and below > _SOON:
            continue
        line = _line(element)
        name = _name(line, by_verb=by_verb) if line else ""
        if name and not elsewhere(element, around):
            yield Candidate("author", name, HTML, "posted")
            return


def _says_done(text: str) -> bool:
    """Whether such a verb is among the first words of a text: "Posted on", "Entry created"."""
    words = text[:_SHORT].lower().split(None, _FIRST)[:_FIRST]
    return not _DONE.isdisjoint([word.strip(":,;([|–—-·•") for word in words])


def _line(element: Element) -> str:
    """The element's text up to its first ``br``, or "" if that is too long for such a line."""
    pieces = [element.text or ""]
    for child in islice(element, _PIECES):
        if child.tag == "br" and "".join(pieces).strip():
            break
        pieces += [*islice(child.itertext(), _PIECES), child.tail or ""]
    if len(pieces) > 3 * _PIECES:
        return ""
    text = " ".join(" ".join(pieces).split())
    return text if len(text) <= _LONGEST else ""


def _name(line: str, *, by_verb: bool) -> str:
    """The name after "by" in such a line, or ""; a single word (a nickname) counts only after a verb."""
    if korean := _KOREAN.match(line):
        return korean[1]
    match = (BY.match(line) if len(line) <= _SHORT else None) or _NAMED.search(line)
    if match is None or (not by_verb and not _is_bare(line, match)):
        return ""
    name = _AFTER.split(line[match.end() :], maxsplit=1)[0].strip(" .:")
    words = name.split()
    if not 0 < len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return ""
    if len(words) == 1:
        return name if by_verb else ""
    return "" if any(word[0].islower() and word.casefold() not in PARTICLES for word in words) else name


def _is_bare(line: str, by: re.Match[str]) -> bool:
    """Whether a line without a verb counts: it is short, and has nothing or a date before "by"."""
    before = line[: by.start()]
    return len(line) <= _SHORT and (not before.strip() or any(c.isdigit() for c in before))


_MAY_SAY = (
    "h1", "h2", "h3", "p", "div", "span", "small", "li", "td", "dd", "em", "i", "b", "strong", "footer", "address",
    "center", "cite", "font", "h4", "h5", "h6", "section", "header",
)  # fmt: skip
