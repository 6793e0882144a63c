"""docs/decisions/: each decision that is cited has a page, and each page can be found."""

import re
from pathlib import Path

from tests.docs.pages import PAGES, ROOT, name

FOLDER = ROOT / "docs" / "decisions"
NUMBERED = {int(path.name[1:3]): path for path in sorted(FOLDER.glob("d[0-9][0-9]-*.md"))}
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")


def cited() -> dict[int, str]:
    """Every number that code, tests, template or pages cite, as ``(D1)`` or ``D1, D2``, and one place of it."""
    files = [path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    found: dict[int, str] = {}
    for path in [*files, *PAGES, ROOT / "template.yaml"]:
        for group in re.findall(r"\((D\d+(?:, D\d+)*)\)|\[(D\d+)\]", path.read_text(encoding="utf-8")):
            for number in re.findall(r"\d+", "".join(group)):
                found.setdefault(int(number), name(path))
    return found


def test_every_decision_that_is_cited_has_a_page() -> None:
    assert {place for number, place in cited().items() if number not in NUMBERED} == set()


def test_every_page_is_in_the_index_with_its_number_and_title() -> None:
    for number, path in NUMBERED.items():
        title = path.read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# D{number}. ")
        assert f"| D{number} | [{title.partition('. ')[2]}]({path.name}) |" in INDEX


def test_every_page_says_what_forced_it_what_was_decided_and_what_follows() -> None:
    for path in NUMBERED.values():
        headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequence"], name(path)


def test_a_number_is_used_once() -> None:
    assert len(NUMBERED) == len(list(Path(FOLDER).glob("d*.md")))
