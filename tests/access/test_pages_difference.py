"""Texts side by side: which words of which paragraph changed."""

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from tests.access.test_pages import facts, html
from tests.factories import PAGE

from pressmark.access.app import Application
from pressmark.research import wording
from pressmark.research.wording import Paragraph, Piece, paragraphs, words


def marked(pieces: Sequence[Piece]) -> str:
    """The text, what changed in brackets."""
    return "".join(f"[{each.text}]" if each.changed else each.text for each in pieces)


def told(old: str, new: str) -> list[tuple[str, str, str]]:
    return [(each.kind, marked(each.old), marked(each.new)) for each in paragraphs(old, new)]


def test_the_words_that_changed_are_marked_in_both_wordings() -> None:
    old, new = words("The line had been closed since 2013.", "The line was closed when 2013.")
    assert marked(old) == "The line [had been] closed [since] 2013."
    assert marked(new) == "The line [was] closed [when] 2013."


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    old, new = words("最後の路面電車、市民が見送る", "最後の電車、多くの市民が見送った")
    assert marked(old) == "最後の[路面]電車、市民が見送[る]"
    assert marked(new) == "最後の電車、[多くの]市民が見送[った]"


def test_paragraphs_are_the_same_changed_gone_or_come() -> None:
    old = "One stays.\nTwo has a word too much.\nThree is dropped here.\nFour stays.\nFive\nSix\nSeven stays."
    new = "One stays.\nTwo has a word much.\nFour stays.\nFive\nSix\nSeven stays.\nEight is new."
    assert told(old, new) == [
        ("same", "One stays.", "One stays."),
        ("changed", "Two has a word [too] much.", "Two has a word much."),
        ("gone", "[Three is dropped here.]", ""),
        ("same", "Four stays.", "Four stays."),
        ("gap", "", ""),
        ("same", "Seven stays.", "Seven stays."),
        ("come", "", "[Eight is new.]"),
    ]


def test_equal_texts_have_no_changed_paragraphs() -> None:
    assert told("One\nTwo", "One\nTwo") == []


def test_a_paragraph_too_long_to_compare_is_marked_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "MAX_WORDS", 3)
    assert words("a b c d", "a b c e") == ((Piece("a b c d", True),), (Piece("a b c e", True),))


def test_what_is_compared_is_bounded_over_a_whole_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "MAX_WORK", 10)
    first, second = paragraphs("a b c\nd e f", "a b x\nd e y")
    assert first == Paragraph(
        "changed", (Piece("a b ", False), Piece("c", True)), (Piece("a b ", False), Piece("x", True))
    )
    assert marked(second.old) == "[d e f]"


def test_no_word_is_lost_or_added(application: Application) -> None:
    target = f"/diff.json?url={quote(PAGE)}&start=20261123120000&end=20261126120000"
    known = facts(application, target)
    assert known["fields"]["title"]["from"] == "The ferry is late again"
    page = html(application, target.replace(".json", ""))
    assert {"before", "after"} <= {attributes.get("class") for _, attributes in page.elements}
    assert len(page.of("ins")) >= 1


def test_paragraphs_are_told_in_json_with_their_pieces(hostile_pair: Application) -> None:
    known = facts(hostile_pair, f"/diff.json?url={quote(PAGE)}")
    changed = next(each for each in known["paragraphs"] if each["kind"] == "changed")
    assert {"text": "<b>gone</b>", "changed": True} in changed["old"]
    page = html(hostile_pair, f"/diff?url={quote(PAGE)}")
    assert not page.of("b")
    assert "<b>gone</b>" in page.text
