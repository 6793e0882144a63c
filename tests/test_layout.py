"""No module imports itself by a longer way, and no command another; which room may import which: tests/docs."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src"

MODULES = {
    ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCES.rglob("*.py")
}

COMMANDS = "pressmark.cli.commands"


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


def test_no_modules_import_each_other_in_a_circle() -> None:
    try:
        TopologicalSorter({module: imports(module) for module in MODULES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("module", sorted(each for each in MODULES if each.startswith(f"{COMMANDS}.")))
def test_no_command_imports_another(module: str) -> None:
    assert {each for each in imports(module) if each.startswith(f"{COMMANDS}.")} == set()
