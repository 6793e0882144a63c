"""Texts that grow, made from patterns, and how the time to work on them grows with them."""

import ast
import functools
import gc
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pressmark

Pattern = re.Pattern[str] | re.Pattern[bytes]

METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}
_APPLIED = re.compile(rf"\b(\w+)\.({'|'.join(METHODS)})\b")

STEP = 4
"""Each text is this many times as long as the one before."""

LINEAR = 2 * STEP
"""The work on it may take this many times as long. Quadratic work, which is looked for, takes STEP squared."""

CLEARLY = LINEAR * 3 / 4
"""If it takes less than this many times as long, one measurement is enough."""

REPEATS = 4
"""How often a figure that looks wrong is measured again."""

BRIEF = 0.25
"""Seconds of processor time below which a figure that looks wrong is no more than a suspicion: the processor's caches
hold a short text and not a longer one, and other processes share them. A text STEP times as long decides."""

NOTHING = 0.05
"""Seconds of processor time too few to say anything about growth: work on a page's length squared takes longer."""

HANGS = 20.0
"""Seconds after which work counts as endless, whatever it grows with."""


class Hangs(Exception):  # noqa: N818 - it is what the work does
    """Work that does not end."""


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise Hangs


def spent(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that work takes, without those of the garbage collector. Raises Hangs.

    A collection takes as long as this process has objects, which says nothing of the work.
    """
    before = signal.signal(signal.SIGPROF, _alarm)
    collecting = gc.isenabled()
    gc.disable()
    signal.setitimer(signal.ITIMER_PROF, HANGS)
    started = time.process_time()
    try:
        work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if collecting:
            gc.enable()
    return time.process_time() - started


def growth(work: Callable[[int], Callable[[], object]], size: int) -> str | None:
    """Return what is wrong with how the time of some work grows with its size; None if nothing is.

    Work that takes no time at its full size is not compared with anything: quadratic work would take some.
    If figures that look wrong are small, those of a longer text have to look wrong, too. Others are measured several
    times more: a busy machine only ever makes them larger.
    """
    try:
        whole = spent(work(size))
        if whole < NOTHING:
            return None
        part = spent(work(size // STEP))
        if whole < CLEARLY * part:
            return None
        if whole < BRIEF:
            return growth(work, size * STEP)
        for _ in range(REPEATS):
            part = min(part, spent(work(size // STEP)))
            whole = min(whole, spent(work(size)))
    except Hangs:
        return f"no end of {size}"
    if whole < max(NOTHING, LINEAR * part):
        return None
    return f"{part:.3f} s for {size // STEP}, {whole:.3f} s for {size}"


# ------------------------------------------------------------------------------------------------- finding patterns


def modules() -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(pressmark.__path__, "pressmark."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


@dataclass
class Found:
    """A pattern of the package. how: the methods it is applied with; empty: not known."""

    pattern: Pattern
    how: set[str] = field(default_factory=set)


def patterns() -> dict[str, Found]:
    """Return every pattern of the package by its place: compiled ones wherever a module keeps them, and those that
    are written where they are used."""
    found: dict[str, Found] = {}
    applied: dict[tuple[str, str], set[str]] = {}
    for module in modules():
        source = Path(str(module.__file__)).read_text()
        for name, method in _APPLIED.findall(source):
            # A name with an underscore in front is its own module's; any other may be applied anywhere.
            applied.setdefault((module.__name__ if name[:1] == "_" else "", name), set()).add(method)
        for name, value in vars(module).items():
            for place, pattern in _within(value, name):
                found.setdefault(f"{module.__name__}.{place}", Found(pattern))
        for line, pattern, method in _written(source):
            found[f"{module.__name__}:{line}"] = Found(pattern, {method})
    for place, each in found.items():
        if not each.how:
            where, _, name = place.rpartition(".")
            each.how = applied.get((where if name[:1] == "_" else "", name), {"search"})
    return found


def _within(value: Any, place: str, depth: int = 0) -> Iterator[tuple[str, Pattern]]:
    if isinstance(value, re.Pattern):
        yield place, value
    elif depth < 4 and isinstance(value, dict):
        for key, inner in value.items():
            yield from _within(inner, f"{place}[{key!r}]", depth + 1)
            yield from _within(key, f"{place}[{key!r}]", depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for number, inner in enumerate(value):
            yield from _within(inner, f"{place}[{number}]", depth + 1)
    elif depth == 0 and isinstance(value, type) and value.__module__.startswith("pressmark"):
        for name, inner in vars(value).items():
            yield from _within(inner, f"{place}.{name}", depth + 1)


def _written(source: str) -> Iterator[tuple[int, Pattern, str]]:
    if not any(name == "re" for name, _ in _APPLIED.findall(source)):
        return  # to parse each module takes longer than to try its patterns
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, re.compile(node.args[0].value), node.func.attr


# ---------------------------------------------------------------------------------------------- texts from patterns

_SAMPLES = "a1 .-\n,<>\"'/=:;&#()[]{}|é中\t_\\Z0@"
_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s",
               "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W"}  # fmt: skip
_FEW = 3


def _holds(item: tuple[Any, Any], char: str) -> bool:
    op, what = str(item[0]), item[1]
    if op == "LITERAL":
        return ord(char) == what
    if op == "RANGE":
        return bool(what[0] <= ord(char) <= what[1])
    return op == "CATEGORY" and re.match(_CATEGORIES[str(what)], char) is not None


def _chars(items: list[tuple[Any, Any]]) -> list[str]:
    negated = str(items[0][0]) == "NEGATE"
    items = items[1:] if negated else items
    edges = [
        chr(what if str(op) == "LITERAL" else what[0])
        for op, what in items
        if str(op) in ("LITERAL", "RANGE")
    ]
    fitting = [
        char for char in dict.fromkeys([*_SAMPLES, *edges]) if any(_holds(i, char) for i in items) != negated
    ]
    return fitting[:_FEW] or ["a"]


def _samples(node: Any) -> list[str]:
    """Return a few texts that one node of a parsed pattern matches."""
    op, what = str(node[0]), node[1]
    if op == "LITERAL":
        return [chr(what)]
    if op == "NOT_LITERAL":
        return [char for char in _SAMPLES if ord(char) != what][:_FEW]
    if op == "ANY":
        return ["a", " "]
    if op == "IN":
        return _chars(what)
    if op == "BRANCH":
        return [text for branch in what[1][:_FEW] for text in _sequence(branch)[:1]]
    if op == "SUBPATTERN":
        return _sequence(what[3])
    if op == "ATOMIC_GROUP":
        return _sequence(what)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [text * max(1, min(what[0], 8)) for text in _sequence(what[2])]
    return [""]


def _sequence(nodes: Any) -> list[str]:
    each = [_samples(node) for node in nodes]
    width = max(map(len, each), default=1)
    return ["".join(texts[number % len(texts)] for texts in each) for number in range(min(width, _FEW))]


def _parts(nodes: Any) -> Iterator[Any]:
    """Yield a sequence, and those within it."""
    yield nodes
    for op, what in nodes:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield from _parts(what[2])
        elif name == "SUBPATTERN":
            yield from _parts(what[3])
        elif name == "ATOMIC_GROUP":
            yield from _parts(what)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from _parts(what[1])
        elif name == "BRANCH":
            for branch in what[1][:_FEW]:
                yield from _parts(branch)


@functools.cache
def _tree(pattern: Pattern) -> Any:
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    return re._parser.parse(pattern.pattern, flags)  # type: ignore[attr-defined]


@functools.cache
def _matched(pattern: Pattern) -> str:
    """Return a text that a pattern matches."""
    return _sequence(_tree(pattern))[0]


def units(pattern: Pattern, most: int = 12) -> list[str]:
    """Return texts to repeat: what each part of the pattern matches, and each beginning of a part."""
    found: dict[str, None] = {}
    for part in _parts(_tree(pattern)):
        nodes = list(part)
        for end in range(1, len(nodes) + 1):
            found |= dict.fromkeys(_sequence(nodes[:end])[:2])
        for node in nodes:
            found |= dict.fromkeys(_samples(node)[:2])
    return [unit for unit in found if unit][:most]


def trial(pattern: Pattern, unit: str, whole: bool, how: set[str]) -> Callable[[int], Callable[[], object]]:
    """Return a function of a size that returns work: a pattern, used as ``how`` says, on a unit repeated to that size.

    whole: put a text that the pattern matches before it, and one that it does not match after it.
    """
    binary = isinstance(pattern.pattern, bytes)
    head, tail = (_matched(pattern), "\0") if whole else ("", "")
    searched = how - {"match", "fullmatch"}

    def make(size: int) -> Callable[[], object]:
        text: Any = head + unit * (size // len(unit)) + tail
        text = text.encode("latin-1", "replace") if binary else text

        def apply() -> None:
            if searched:
                for _ in pattern.finditer(text):
                    continue
            else:
                pattern.match(text)
            pattern.fullmatch(text)

        return apply

    return make
