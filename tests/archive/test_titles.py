"""The forms of a headline in the row: those that differ from the title, few and short, the same after a round trip."""

from typing import Any

import pytest

from pressmark.archive.rows import article_fields, article_of_row, check

FORMS = {"html h1": "The ferry is late", "opengraph og:title": "Late again", "html title": "The ferry"}


def test_the_row_has_the_forms_that_differ_from_the_title() -> None:
    row = article_fields({"title": "The ferry is late", "titles": FORMS})
    assert row["titles"] == {"opengraph og:title": "Late again", "html title": "The ferry"}
    assert "titles" not in article_fields({"title": "A", "titles": {"html h1": "A"}})


def test_the_row_has_six_forms_of_300_characters_at_most() -> None:
    row = article_fields({"title": "A", "titles": {f"meta {n}": f"{n} " + "x" * 400 for n in range(12)}})
    assert list(row["titles"]) == [f"meta {n}" for n in range(6)]
    assert {len(form) for form in row["titles"].values()} == {300}
    check(row | {"site": "com,example", "capture": "x"})


@pytest.mark.parametrize("title", ["The ferry is late", "x" * 299 + "y" * 300, None])
def test_forms_survive_the_way_back_from_the_row(title: str | None) -> None:
    row = article_fields(
        {"title": title, "titles": FORMS | {"meta a": "x" * 299 + "z" * 300, "meta b": "x" * 600}}
    )
    assert article_fields(article_of_row(row)) == row


@pytest.mark.parametrize("forms", [None, [], "x", 5, {"html h1": None}, {"html h1": ["A"]}, {"html h1": ""}])
def test_what_another_program_wrote_as_forms_costs_nothing_else(forms: Any) -> None:
    assert article_fields({"title": "A", "titles": forms}) == {"title": "A"}
