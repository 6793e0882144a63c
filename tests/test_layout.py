"""No module imports itself by a longer way, and no command another; no test reaches into what is private.

Which room may import which: tests/docs.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from tests.sources import nodes, tree

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
    for node in nodes(MODULES[module]):
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


TESTS = Path(__file__).parent

NAMED = {"setattr", "delattr", "getattr", "hasattr", "patch", "object", "attrgetter", "methodcaller"}
"""What takes an attribute by its name."""

REACHED_INTO = {
    ("foreign.py", "_MAXHEADERS"): "http.client takes no other limit, and pywb sends longer heads",
    ("foreign.py", "_MAXLINE"): "as above",
    ("pumping.py", "_parser"): "Python has no public parser of its regular expressions since sre_parse went",
    ("queued.py", "_messages"): "moto hands out only what can be received now",
    ("quick_moto.py", "_serialize_type_structure"): "moto has no public way round its own serializer",
    ("template/iam.py", "_make_api_call"): "botocore's events are told to the clients of one session alone",
}
"""Private names of others that tests use, and why. There are none of Pressmark's."""


PUBLIC = {"_exit", "_asdict", "_fields", "_make", "_replace"}
"""What the standard library documents: of ``os``, and of named tuples."""


def is_private(name: str) -> bool:
    return name not in PUBLIC and any(
        part[:1] == "_" and part != "_" and part[:2] != "__" for part in name.split(".")
    )


def reached_into(node: ast.AST, *, own: bool = False) -> Iterator[str]:
    """Private names of anything but the object whose method it is. own: whether this is within a class."""
    for each in ast.iter_child_nodes(node):
        match each:
            case ast.Attribute(value=ast.Name(id="self" | "cls")) if own:
                pass
            case ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(module=module, names=names):
                yield from (str(module), *(alias.name for alias in names))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in NAMED:
                yield from (str(arg.value) for arg in args[:2] if isinstance(arg, ast.Constant))
        yield from reached_into(each, own=own or isinstance(each, ast.ClassDef))


def test_no_test_reaches_into_what_is_private() -> None:
    found = {
        (str(path.relative_to(TESTS)), name)
        for path in TESTS.rglob("*.py")
        for name in reached_into(tree(path))
        if is_private(name)
    }
    assert found == REACHED_INTO.keys()


@pytest.mark.parametrize(
    "line",
    [
        "reader._process.wait()",
        "from pressmark.queues.push import _send",
        "from pressmark._hidden import send",
        "monkeypatch.setattr(push, '_send', send)",
        "monkeypatch.setattr('pressmark.queues.push._send', send)",
        "getattr(reader, '_process')",
        "def closed(self): return self._file.closed",
    ],
)
def test_whoever_reaches_into_something_private_is_found(line: str) -> None:
    assert any(map(is_private, reached_into(ast.parse(line))))


@pytest.mark.parametrize(
    "line", ["import _thread", "class A:\n def b(self): return self._c", "_made = x.__dict__"]
)
def test_what_is_ones_own_is_not_private(line: str) -> None:
    assert not any(map(is_private, reached_into(ast.parse(line))))
