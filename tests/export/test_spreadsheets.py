"""No cell of ours runs in a spreadsheet, whatever a page says; everything else stays as it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.export.spreadsheets import cell


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize(
    "before",
    ["", " ", "\t", "\r", "\n", '"', "'", " \"' ", "\ufeff", "\u3000", "\xa0", "x;", "x; ", "x\t\t", 'x;"'],
)
def test_a_formula_gets_an_apostrophe(sign: str, before: str) -> None:
    made = cell(f"{before}{sign}cmd|' /C calc'!A0")
    assert f"'{sign}cmd" in made
    assert made.replace("'", "") == f"{before}{sign}cmd| /C calc!A0".replace("'", "")


@pytest.mark.parametrize(
    "value",
    ["", "a", "a=b", "a - b", "x, -1", "https://h/?a=1&b=-2", "2026-11-23", "0.5", "Ferry; late", "'s"],
)
def test_what_is_no_formula_stays(value: str) -> None:
    assert cell(value) == value


def test_a_number_stays_where_numbers_may_be() -> None:
    assert (cell("-2"), cell("-2", numbers=True), cell("-2+cmd", numbers=True)) == ("'-2", "-2", "'-2+cmd")


@pytest.mark.slow
@given(st.text("=+-@＝;\t\r\n \"'a1"))
def test_no_part_that_may_become_a_cell_begins_a_formula(value: str) -> None:
    for part in re.split("[;\t\r\n]", cell(value)):
        assert not re.match("[=+@＝-]", part.lstrip(' "'))
