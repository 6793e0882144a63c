"""Whatever the pages lead to is there: files, headings, modules."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.docs.pages import PAGES, ROOT, name, prose

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")


def anchors(page: Path) -> set[str]:
    """The ids that GitHub gives to headings: lower case, hyphens for spaces, no punctuation, a number if repeated."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+?)\s*$", prose(page), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = 1
        while (each := plain if number == 1 else f"{plain}-{number - 1}") in found:
            number += 1
        found.add(each)
    return found


def links(page: Path) -> list[str]:
    targets = LINK.findall(prose(page))
    return [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_to_a_file_or_heading_that_is_there(page: Path) -> None:
    for target in links(page):
        path, _, anchor = unquote(target).partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name(page)}: nothing at {target}"
        assert found.is_relative_to(ROOT), f"{name(page)}: {target} leads out of the repository"
        if anchor:
            assert anchor in anchors(found), f"{name(page)}: no heading for {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md"}
    todo = list(reached)
    while todo:
        page = todo.pop()
        for target in links(page):
            found = (page.parent / unquote(target).partition("#")[0]).resolve()
            if found.suffix == ".md" and found not in reached:
                reached.add(found)
                todo.append(found)
    assert {name(page) for page in PAGES} == {name(page) for page in reached}


FILES = [
    path.relative_to(ROOT).as_posix()
    for place in ("src", "tests", "bench", "docs")
    for path in (ROOT / place).rglob("*.py")
]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name)
def test_every_module_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w./*-])((?:[\w-]+/)*[a-z_]\w*\.py)\b", text):
        assert any(f"/{file}".endswith(f"/{path}") for file in FILES), f"{name(page)}: there is no {path}"
    for folder in re.findall(r"`((?:[a-z_0-9]+/)+)`", text):
        places = [ROOT, ROOT / "src", ROOT / "src/pressmark", ROOT / "src/pressmark/article"]
        found = any((place / folder).is_dir() for place in places)
        assert found or folder.partition("/")[0] in IN_ARCHIVES, f"{name(page)}: there is no folder {folder}"
    for module in re.findall(r"\bpressmark((?:\.[a-z_]+)+)(?![\w/])", text):
        path = ROOT / "src/pressmark" / module[1:].replace(".", "/")
        places = [path, path.with_suffix(".py"), path.parent.with_suffix(".py"), path.parent / "__init__.py"]
        assert any(each.exists() for each in places), f"{name(page)}: there is no pressmark{module}"


IN_ARCHIVES = {"warcs", "tombstones", "discarded", "config", "archive"}
"""Folders that pages speak of and that stand in a bucket or archive folder."""


def test_every_module_that_a_docstring_refers_to_is_there() -> None:
    reference = re.compile(r":(?:mod|class|func|data|meth|attr):`~?pressmark\.([\w.]+)`")
    referred = 0
    for path in (ROOT / "src").rglob("*.py"):
        for target in reference.findall(path.read_text(encoding="utf-8")):
            referred += 1
            here, words = ROOT / "src/pressmark", target.split(".")
            while words and (here / words[0]).is_dir():
                here /= words.pop(0)
            if words and (here / f"{words[0]}.py").exists():
                here /= f"{words.pop(0)}.py"
            else:
                here /= "__init__.py"
            text = here.read_text(encoding="utf-8")
            assert all(word in text for word in words), f"{path}: there is no pressmark.{target}"
    assert referred > 20
