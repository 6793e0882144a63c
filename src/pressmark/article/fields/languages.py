"""Chooses the language that most places on the page name: a template's ``lang`` may be that of its author."""

import re
from collections import Counter

from pressmark.article.fields import weights
from pressmark.article.page.candidate import HTML, Candidates
from pressmark.article.page.document import Document

_TAG = re.compile(r"^([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?$")
_NO_LANGUAGE = frozenset({"utf"})
"""What templates give as the language by mistake: the charset ("utf-8")."""

MAX_WITNESSES = 20


def choose(document: Document, candidates: Candidates) -> tuple[str, str] | None:
    """Return the BCP 47 tag and its source, or None; in a tie, the html element's language wins."""
    around = next(
        (mark for each in document.around_headline if each.tag != "html" and (mark := each.get("lang"))), None
    )
    witnesses = [(document.language or "", HTML, 1.0), (around or "", HTML, weights.LANGUAGE_AROUND)]
    witnesses += [(c.value, c.source, 1.0) for c in candidates.of("language")[:MAX_WITNESSES]]
    read = [(tag, source, weight) for value, source, weight in witnesses if (tag := _tag(value))]
    votes: Counter[str] = Counter()
    for tag, _, weight in read:
        votes[_language(tag)] += weight  # type: ignore[assignment]  # typeshed has whole numbers only
    if not votes:
        return None
    best = max(votes, key=lambda language: votes[language])
    same = [(tag, source) for tag, source, _ in read if _language(tag) == best]
    # If no ``lang`` on the page has this language, the longest tag says most about it.
    return same[0] if same[0][1] == HTML else max(same, key=lambda each: len(each[0]))


def _tag(value: str) -> str | None:
    match = _TAG.match(value.strip()[:35])
    if match is None or match.group(1).lower() in _NO_LANGUAGE:
        return None
    language, script, region = match.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper()]
    return "-".join(part for part in parts if part)


def _language(tag: str) -> str:
    return tag.partition("-")[0]
