"""Switches every rule of the article's readers off in turn, and says which of them change no page and no case.

    PYTHONPATH=src:. python -m bench.rules RARE CORPUS [CORPUS …]

A rule is an ``if`` of a function, which is then never true, or a pattern of a module, which then never matches. An
``if`` is tried on the pages on which it was true; it counts as needed at the first page that is read otherwise. Pages
are those of the corpora, as they are and as a reader sees them, and the cases of tests/article. A bound for hostile
pages is never reached by any of these: what is printed is to be judged by a person, not deleted by a script.

RARE is the number of pages up to which an ``if`` is tried, 0 for all: those that are true on more take hours, and most
are needed. Patterns are tried only where all are.
"""

import ast
import gzip
import importlib
import json
import pkgutil
import re
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.peers import bare
from pressmark.article import extract

ROOMS = ("page", "sources", "fields", "dates")
CASES = Path(__file__).parent.parent / "tests" / "article" / "cases" / "cases.jsonl"
_TOOL = sys.monitoring.PROFILER_ID
_NEVER = re.compile(r"(?!)")
_NEVER_BYTES = re.compile(rb"(?!)")


class Page(NamedTuple):
    html: bytes
    url: str


def pages_of(corpora: Sequence[str]) -> list[Page]:
    """The cases first, which are small; then each corpus twice."""
    pages: list[Page] = []
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        pages.append(Page(case["html"].encode(), case["url"]))
    for corpus in map(Path, corpora):
        for line in (corpus / "truth.jsonl").read_text("utf-8").splitlines():
            truth = json.loads(line)
            html = gzip.decompress((corpus / "pages" / f"{truth['name']}.html.gz").read_bytes())
            pages += [Page(html, truth["url"]), Page(bare(html), truth["url"])]
    return pages


def modules() -> list[types.ModuleType]:
    found: list[types.ModuleType] = []
    for room in ROOMS:
        package = importlib.import_module(f"pressmark.article.{room}")
        found += [
            importlib.import_module(f"{package.__name__}.{each.name}")
            for each in pkgutil.iter_modules(package.__path__)
        ]
    return found


def read(page: Page) -> str:
    try:
        return json.dumps(extract(page.html, page.url).to_dict())
    except Exception as error:  # noqa: BLE001 - a rule without which reading fails is needed
        return repr(error)


def lines_reached(page: Page, files: set[str]) -> tuple[str, set[tuple[str, int]]]:
    """What is read of a page, and the lines of the modules that were run for it."""
    reached: set[tuple[str, int]] = set()

    def line(code: types.CodeType, number: int) -> object:
        if code.co_filename in files:
            reached.add((code.co_filename, number))
        return sys.monitoring.DISABLE

    sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, line)
    sys.monitoring.restart_events()
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.LINE)
    try:
        return read(page), reached
    finally:
        sys.monitoring.set_events(_TOOL, 0)


def functions(module: types.ModuleType) -> Iterator[Any]:
    """The functions and methods that a module itself defines, without what wraps them."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        held = vars(value).values() if isinstance(value, type) else [value]
        for each in held:
            plain = getattr(each, "func", getattr(each, "fget", getattr(each, "__func__", each)))
            plain = getattr(plain, "__wrapped__", plain)
            if isinstance(plain, types.FunctionType):
                yield plain


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from codes(constant)


def changes(pages: Sequence[Page], plain: Sequence[str], numbers: Sequence[int]) -> bool:
    return any(read(pages[number]) != plain[number] for number in numbers)


def ifs(module: types.ModuleType) -> Iterator[tuple[int, int, Callable[[], None], Callable[[], None]]]:
    """For each ``if`` of a module: its line, its body's first line, and what switches it off and on again."""
    file = str(module.__file__)
    source = Path(file).read_text("utf-8")
    plain = {function.__code__.co_qualname: function for function in functions(module)}
    for number, node in enumerate(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.If)):
        tree = ast.parse(source)
        same = [each for each in ast.walk(tree) if isinstance(each, ast.If)][number]
        same.test = ast.copy_location(ast.Constant(value=False), same.test)
        other = {
            code.co_qualname: code for code in codes(compile(ast.fix_missing_locations(tree), file, "exec"))
        }
        owners = [
            name
            for name, function in plain.items()
            if name in other
            and other[name] != function.__code__
            and other[name].co_freevars == function.__code__.co_freevars
        ]
        before = {name: plain[name].__code__ for name in owners}

        def off(owners: list[str] = owners, other: dict[str, types.CodeType] = other) -> None:
            for name in owners:
                plain[name].__code__ = other[name]

        def on(before: dict[str, types.CodeType] = before) -> None:
            for name, code in before.items():
                plain[name].__code__ = code

        if owners:
            yield node.lineno, node.body[0].lineno, off, on


def forget(everything: Sequence[types.ModuleType]) -> None:
    """Empty what the modules remember."""
    for module in everything:
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def main(rare: str, *corpora: str) -> None:
    """Print the rules without which every page is read alike."""
    most = int(rare) or sys.maxsize
    everything = modules()
    files = {str(module.__file__) for module in everything}
    pages = pages_of(corpora)
    sys.monitoring.use_tool_id(_TOOL, "rules")
    plain: list[str] = []
    reached: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, page in enumerate(pages):
        found, lines = lines_reached(page, files)
        plain.append(found)
        for line in lines:
            reached[line].append(number)
    tried = idle = 0
    for module in everything:
        name = module.__name__.removeprefix("pressmark.article.")
        for line, body, off, on in ifs(module):
            numbers = reached[str(module.__file__), body]
            if len(numbers) > most:
                continue
            tried += 1
            off()
            forget(everything)
            needed = changes(pages, plain, numbers)
            on()
            forget(everything)
            if not needed:
                idle += 1
                print(f"{name}:{line}: true on {len(numbers)} pages, changes none", flush=True)
        for constant, value in list(vars(module).items()):
            if most == sys.maxsize and isinstance(value, re.Pattern):
                tried += 1
                setattr(module, constant, _NEVER_BYTES if isinstance(value.pattern, bytes) else _NEVER)
                forget(everything)
                needed = changes(pages, plain, range(len(pages)))
                setattr(module, constant, value)
                forget(everything)
                if not needed:
                    idle += 1
                    print(f"{name}.{constant}: changes no page", flush=True)
    print(f"{tried} rules, {len(pages)} pages, {idle} rules change none of them")


if __name__ == "__main__":
    main(*sys.argv[1:])
