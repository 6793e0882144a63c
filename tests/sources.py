"""The project's own source, parsed: each file once, however many tests look through it.

tests/conftest.py makes those tests run in one process.
"""

import ast
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, in the order of ``ast.walk``."""
    return tuple(ast.walk(tree(path)))
