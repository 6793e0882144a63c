"""A word is searched for in all of its forms, in the language of each page; without a stemmer, as it stands."""

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.factories import NOON, article_html, fill_folder, make_capture

from pressmark.research.questions import expression as fts5
from pressmark.research.questions import terms_of
from pressmark.research.stems import LANGUAGES, language_of, stems

PADDING = {
    "en": "The quay was quiet that morning, and nobody at the office could say when it would open again.",
    "de": "Am Kai war es an diesem Morgen still, und niemand im Amt konnte sagen, wann es wieder losgeht.",
    "ja": "その朝、埠頭は静かで、事務所の誰もいつ再開するのか言えなかった。",
}


def page(name: str, language: str, words: str, author: str = "Jane Doe") -> object:
    html = article_html(f"Page {name}", text=f"{words} {PADDING[language]}", authors=[author])
    return make_capture(
        f"https://example.com/{name}", at=NOON, html=html.replace("<html>", f'<html lang="{language}">')
    )


def test_every_language_that_is_named_has_a_stemmer() -> None:
    import snowballstemmer

    assert set(LANGUAGES.values()) <= set(snowballstemmer.algorithms())


@pytest.mark.parametrize(
    ("tag", "name"), [("en-GB", "english"), ("pt_BR", "portuguese"), ("ja", None), ("", None), (None, None)]
)
def test_a_language_is_told_by_its_primary_subtag(tag: str | None, name: str | None) -> None:
    assert language_of(tag) == name


def test_words_of_a_text_have_their_stems() -> None:
    assert stems("english", "Ferries, ferry! 2026 sailing_x") == {
        "ferries": "ferri",
        "ferry": "ferri",
        "sailing": "sail",
        "x": "x",
    }


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("ferry fog", '"ferry" AND "fog"'),
        ("harb*", '"harb"*'),
        ('"morning fer"*', '"morning fer"*'),
        ("ferry fog OR mist", '"ferry" AND ("fog" OR "mist")'),
        ("a OR b OR c -d", '("a" OR "b" OR "c") NOT "d"'),
        ("OR a", '"a"'),
        ("a OR", '"a"'),
        ("a OR * b", '("a" OR "b")'),
        ('"OR"', '"OR"'),
        ("or NEAR NOT AND", '"or" AND "NEAR" AND "NOT" AND "AND"'),
    ],
)
def test_what_a_person_types_is_one_expression(words: str, expression: str) -> None:
    assert fts5(*terms_of(words)) == expression


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    fill_folder(
        folder,
        [
            page("ferries", "en", "Two ferries were sailing in fog."),
            page("mist", "en", "A ferry sailed in mist.", author="John Roe"),
            page("haus", "de", "Zwei Häuser standen am Hafen."),
            page("ja", "ja", "朝のフェリーは霧の中で出航した。"),
        ],
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["ferry"], {"ferries", "mist"}),
        (["sail"], {"ferries", "mist"}),
        (['"ferry"'], {"mist"}),
        (["haus"], {"haus"}),
        (["hafens"], {"haus"}),
        (["ferr*"], {"ferries", "mist"}),
        (["ferry", "fog", "OR", "mist"], {"ferries", "mist"}),
        (["ferry", "-fog"], {"mist"}),
        (["ferry", "--author", "jane  DOE"], {"ferries"}),
        (["フェリー"], {"ja"}),
    ],
)
def test_forms_beginnings_alternatives_and_authors_find_pages(
    run: Run, archive: Path, words: list[str], found: set[str]
) -> None:
    options, given = (words[1:], words[:1]) if "--author" in words else ([], words)
    result = run("search", "--format", "urls", "--archive", archive, *options, "--", *given)
    assert {url.rpartition("/")[2] for url in result.stdout.split()} == found, result.output
