"""The rooms of the house: what stands higher may use what stands lower, and never the other way round."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src"

ROOMS = (
    "errors",
    "text",
    "json_text",
    "clock",
    "forms",
    "settings",
    "references",
    "urls",
    "files",
    "callers",
    "charset",
    "article",
    "http",
    "reading",
    "feeds",
    "queues",
    "warc",
    "archive",
    "politeness",
    "crawl",
    "upkeep",
    "research",
    "export",
    "replay",
    "local",
    "cli",
    "cli.commands",
    "handler",
)
"""From the lowest to the highest, as docs/architecture.md shows them."""


def _modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__"): path
        for path in SOURCES.rglob("*.py")
    }


MODULES = _modules()


def imports(module: str) -> set[str]:
    """Every module of ours that a module imports, inside of functions, too."""
    return set(_imports(module)) & MODULES.keys() - {module}


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            names = {f"{node.module}.{each.name}" for each in node.names}
            yield from names & MODULES.keys()
            if names - MODULES.keys():  # something that the module itself defines
                yield str(node.module)


def room(module: str) -> str:
    """The room that a module is in; the package itself, which holds the version, is in none."""
    parts = module.split(".")
    if parts[0] == "handler":
        return "handler"
    inner = ".".join(parts[1:3])
    return inner if inner in ROOMS else "".join(parts[1:2])


@pytest.mark.parametrize("module", sorted(MODULES.keys() - {"pressmark"}))
def test_a_module_imports_only_from_its_own_room_and_lower_ones(module: str) -> None:
    here = room(module)
    assert here in ROOMS, f"{module}: a new room; say in ROOMS and in docs/architecture.md where it stands"
    above = {
        each: room(each)
        for each in imports(module) - {"pressmark"}
        if ROOMS.index(room(each)) > ROOMS.index(here)
    }
    assert above == {}, f"{module} stands in {here}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter({module: imports(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", sorted(each for each in MODULES if room(each) == "cli.commands"))
def test_no_command_imports_another(module: str) -> None:
    assert {each for each in imports(module) if room(each) == "cli.commands"} <= {"pressmark.cli.commands"}


def test_the_map_in_the_docs_shows_the_same_rooms_in_the_same_order() -> None:
    text = (SOURCES.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- rooms -->\n")
    shown = [line.split("`")[1] for line in rest.partition("<!-- /rooms -->")[0].splitlines() if "`" in line]
    assert [each.removesuffix("/").removesuffix(".py").replace("/", ".") for each in shown] == list(ROOMS)
