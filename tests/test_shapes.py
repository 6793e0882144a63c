"""What a function looks like from outside: few parameters, named results, short enough to read at once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.sources import nodes

ROOT = Path(__file__).parents[1]

PARAMETERS, TUPLE, LINES = 6, 3, 60
"""The most parameters, values in a tuple that is returned, and lines below the docstring."""

LONG = {
    "src/pressmark/article/text/walk.py": "walk",  # one loop over a page's nodes, its state in local variables
}

ROWS = {
    "src/pressmark/archive/folder_index.py": "_entry",  # the values of an SQL statement
    "src/pressmark/access/cdx/question.py": "identity",  # compared as a whole
    "bench/run.py": "table",  # rows of a table of text
}

PREDICATES = ("is_", "has_", "can_", "may_", "was_", "are_", "should_")

WRITES = {
    "append",
    "add",
    "update",
    "write",
    "put",
    "send",
    "pop",
    "setdefault",
    "delete",
    "discard",
    "remove",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions() -> list[tuple[str, Function]]:
    return list(_functions())


def _functions() -> Iterator[tuple[str, Function]]:
    for path in sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("bench/**/*.py")]):
        for node in nodes(path):
            if isinstance(node, Function):
                yield path.relative_to(ROOT).as_posix(), node


def parameters(function: Function) -> list[str]:
    named = function.args
    every = [each.arg for each in (*named.posonlyargs, *named.args, *named.kwonlyargs)]
    return [name for name in every if name not in ("self", "cls")]


def is_command(function: Function) -> bool:
    """Whether click calls it, which hands over each option by its name."""
    return any("click." in ast.unparse(each) for each in function.decorator_list)


def wrong(kind: str) -> list[str]:
    return [f"{path}:{node.lineno} {node.name}" for path, node in functions() if KINDS[kind](path, node)]


def has_many_parameters(_path: str, function: Function) -> bool:
    return len(parameters(function)) > PARAMETERS and not is_command(function)


def is_long(path: str, function: Function) -> bool:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    lines = (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
    return lines > LINES and path.startswith("src/") and LONG.get(path) != function.name


def returns_nameless_values(path: str, function: Function) -> bool:
    if ROWS.get(path) == function.name or path.startswith("src/pressmark/article/dates/"):
        return False
    return any(
        isinstance(each, ast.Return)
        and isinstance(each.value, ast.Tuple)
        and len(each.value.elts) > TUPLE
        and not any(isinstance(value, ast.Starred) for value in each.value.elts)
        for each in ast.walk(function)
    ) or any(
        isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Name)
        and each.value.id == "tuple"
        and isinstance(each.slice, ast.Tuple)
        and len(each.slice.elts) > TUPLE
        for each in ast.walk(function.returns or ast.Pass())
    )


def is_a_predicate_that_writes(_path: str, function: Function) -> bool:
    if not function.name.lstrip("_").startswith(PREDICATES):
        return False
    for each in ast.walk(function):
        targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
            return True
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in WRITES:
            return True
    return False


KINDS = {
    "more than six parameters": has_many_parameters,
    "more than sixty lines": is_long,
    "four values without names": returns_nameless_values,
    "a predicate that writes": is_a_predicate_that_writes,
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_function_has(kind: str) -> None:
    assert len(functions()) > 1000
    assert wrong(kind) == []
