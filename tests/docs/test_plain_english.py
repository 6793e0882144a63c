"""The pages read as plain English: turns of phrase that made readers stop do not come back."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, name, prose

TURNS = {
    r"\banew\b": "again",
    r"\b(?:can|could|may|might) (?:not )?be had\b": "can be fetched, read, got",
    r"\bbeside\b": "next to, together with, in addition to",
    r"\bof other hands\b": "by other people",
    r"\bso long ago\b": "this long ago",
    r"\bat most so many\b": "the maximum number of",
    r"\bthe very (?!first|last|same|best)\w+": "the same, exactly this",
    r"\btakes? in all of\b": "includes",
    r"\bread off\b": "read from",
    r"(?<!there )(?<!There )\b(?:is|are) no (?!longer\b|more\b)\w+": "is not a …",
    r"\bthat is said\b": "a message says so",
    r"\bof anybody's making\b": "anybody may have made it",
    r"\b(?:told|tells?) of (?:it|them|each|what)\b": "reports, is called with",
    r"\bwhat is more\b": "the rest, beyond that",
    r"\bin the place of\b": "replaces, instead of",
    r"\bgo(?:es)? by it\b": "uses this rule",
    r"\bcosts? its page\b": "the page loses",
    r"[.!?:] (?:wanted|looked at|not found|left alone) (?:is|are)\b": "the subject first: … are looked at",
    r"\b(?:a|one) \w+ more\b(?! than)(?=[.,;:)])": "one more …",
    r"\bof then\b": "of that time",
    r"\bas of (?:hosts|other|another|a)\b": "such as, for example",
}


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_no_page_has_a_turn_of_phrase_that_must_be_read_twice(page: Path) -> None:
    text = " ".join(re.sub(r"`[^`\n]*`", "`…`", prose(page)).split())
    found = [
        f"{text[max(0, each.start() - 30) : each.end() + 30]!r}: better {better}"
        for turn, better in TURNS.items()
        for each in re.finditer(turn, text, re.IGNORECASE)
    ]
    assert found == []
