"""Tokens of listings: short, exact, of one question, and harmless whatever somebody writes in their place."""

import base64
import json
import zlib
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pressmark import surt
from pressmark.archive import token as tokens
from pressmark.archive.keys import BY_DAY, BY_PUBLISHED
from pressmark.archive.ranges import ATTRIBUTES, Range

CAPTURED = "2026-11-28T03:11:50.352772Z"
URLKEY = "com,example)/world/2026/nov/28/ferry-returns-after-eleven-years"


def item(key: str = URLKEY, captured: str = CAPTURED, site: str | None = None) -> dict[str, Any]:
    return {
        "site": site or surt.site(key),
        "capture": f"{key} {captured}",
        "day": captured[:10],
        "captured": captured,
        "published": "2026-11-27T08:00:00Z",
    }


TERM = {"site": "author=jane doe", "capture": f"{CAPTURED} {URLKEY}"}

QUESTIONS = [
    (Range(CAPTURED[:10], index=BY_DAY, backward=True), item()),
    (Range("com,example", index=BY_PUBLISHED, backward=True), item()),
    (Range("com,example", lower="com,example)/", upper="com,example)/~"), item()),
    (Range("author=jane doe", lower="2026", upper="2027", backward=True), TERM),
    (Range(CAPTURED[:10], index=BY_DAY), item(site="of,another,rule")),
]


@pytest.mark.parametrize(("asked", "found"), QUESTIONS)
def test_a_token_leads_to_the_very_key_and_is_short(asked: Range, found: dict[str, Any]) -> None:
    token = tokens.write(asked, found)
    names = {"site", "capture", *ATTRIBUTES[asked.index]}
    assert tokens.find(token, [asked]) == (asked, {name: found[name] for name in names})
    assert len(token) < 150
    assert token.replace("-", "").replace("_", "").isalnum()


@example("[never closed")
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_whatever_a_key_holds_comes_back(key: str) -> None:
    asked = Range(CAPTURED[:10], index=BY_DAY)
    given_item = item(key.strip() or "x", site="com,example")
    found = tokens.find(tokens.write(asked, given_item), [asked])
    assert found is not None
    assert found[1]["capture"] == given_item["capture"]
    assert found[1]["site"] == "com,example"


def test_the_ends_of_a_range_may_have_moved_since() -> None:
    asked = Range(CAPTURED[:10], lower=CAPTURED[:13], upper=CAPTURED, index=BY_DAY, backward=True)
    later = Range(CAPTURED[:10], lower=CAPTURED[:15], upper="~", index=BY_DAY, backward=True)
    assert tokens.find(tokens.write(asked, item()), [later]) is not None


def test_a_host_and_its_subdomains_are_told_apart() -> None:
    host = Range("com,example", lower="com,example)", upper="com,example)~")
    below = Range("com,example", lower="com,example,", upper="com,example,~")
    found = tokens.find(tokens.write(below, item("com,example,news)/1")), [host, below])
    assert found is not None
    assert found[0] == below


def test_another_questions_token_is_of_none_of_the_ranges() -> None:
    token = tokens.write(*QUESTIONS[0])
    assert tokens.find(token, [Range("2026-11-27", index=BY_DAY), QUESTIONS[2][0]]) is None


def test_a_token_of_an_older_release_still_leads_on() -> None:
    asked, found = QUESTIONS[0]
    names = {"site", "capture", *ATTRIBUTES[asked.index]}
    place = asdict(asked) | {"upper": "", "backward": False}
    position = {"range": place, "after": {name: found[name] for name in sorted(names)}}
    token = (
        base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")
    )
    assert tokens.find(token, [QUESTIONS[2][0], asked]) == (asked, position["after"])


@pytest.mark.parametrize(
    "token",
    [
        "",
        "p",
        "pp",
        "p!!!!",
        "x123",
        "eyJ9",
        "ey",
        "é",
        "p" + "A" * 40,
        tokens.write(*QUESTIONS[2])[:-4],
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is for nobody
        tokens.find(token, [QUESTIONS[2][0]])


@pytest.mark.slow
def test_a_token_that_unpacks_to_very_much_is_refused() -> None:
    squeezed = zlib.compressobj(9, wbits=-15)
    data = b"xxx" + squeezed.compress(b"a" * 50_000_000) + squeezed.flush()
    token = "p" + base64.urlsafe_b64encode(data).decode().rstrip("=")
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        tokens.find(token, [QUESTIONS[2][0]])
