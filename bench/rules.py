"""Switches every rule of the article's readers off in turn, and says which of them change no page and no case.

    PYTHONPATH=src:. python -m bench.rules STATE CORPUS [CORPUS …]

A rule is an ``if`` of a function, which is then never true; a pattern, which then never matches; or a word of a pattern
(one of several alternatives), which is then not in it. Pages are the cases of tests/article and those of the corpora,
as they are and as a reader sees them. The pages are taken one after the other: each is parsed once, and only the rules
that were reached on it, and that no earlier page needed, are switched off on it; what a rule cannot change is not read
again. A rule is tried on ENOUGH pages at most. STATE is a file: what is known so far is written there after each page,
and read from there first, so a run that was stopped can be resumed. It is valid for one version of the readers.

None of these pages reaches a bound for hostile pages, and a corpus needs only a few of a complete class of words
(months, particles): a person has to judge what is printed; no script may delete it.
"""

import ast
import gzip
import importlib
import json
import pkgutil
import re
import signal
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from bench.patterns import NEVER, Recorder, without_each
from bench.peers import bare
from pressmark.article import Document, choose, extract
from pressmark.article.page import placement
from pressmark.article.page.candidate import Candidates

ROOMS = ("page", "sources", "fields", "dates", "text")
CASES = Path(__file__).parent.parent / "tests" / "article" / "cases"
ENOUGH = 400
"""Maximum number of pages on which a rule is tried: one that changes none of them is printed for a person."""
LONGEST = 5.0
"""Maximum seconds to read a page; a rule without which reading does not end is needed."""
_choose: Any = choose  # the module whose names are replaced
_TOOL = sys.monitoring.PROFILER_ID
Switch = Callable[[], None]


class Page(NamedTuple):
    html: bytes
    url: str
    content_type: str | None = None
    crawled: datetime | None = None


class Rule(NamedTuple):
    """A rule: its room and name, how to tell whether it applied to a page, and its two switches."""

    room: str
    name: str
    file: str
    applied: Callable[[set[tuple[str, int]]], bool]  # given the lines that were reached
    off: Switch
    on: Switch


def pages_of(corpora: Sequence[str]) -> Iterator[Page]:
    """Yield the cases, which are small, then each page of the corpora twice, in an order that mixes publishers."""
    for path in sorted(CASES.glob("*.jsonl")):
        for case in map(json.loads, path.read_text("utf-8").splitlines()):
            crawled = datetime.fromisoformat(case["crawled"]) if case.get("crawled") else None
            yield Page(case["html"].encode(), case["url"], case.get("content_type"), crawled)
    found = [
        (corpus, json.loads(line))
        for corpus in map(Path, corpora)
        for line in (corpus / "truth.jsonl").read_text("utf-8").splitlines()
    ]
    for corpus, truth in sorted(found, key=lambda each: crc32(each[1]["name"].encode())):
        html = gzip.decompress((corpus / "pages" / f"{truth['name']}.html.gz").read_bytes())
        yield Page(html, truth["url"])
        yield Page(bare(html), truth["url"])


def modules() -> list[types.ModuleType]:
    found: list[types.ModuleType] = []
    for room in ROOMS:
        package = importlib.import_module(f"pressmark.article.{room}")
        found += [
            importlib.import_module(f"{package.__name__}.{each.name}")
            for each in pkgutil.iter_modules(package.__path__)
        ]
    return [*found, choose]


class Reader:
    """One page, read again and again: as much of it as a room's rules can change."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.document = Document.parse(page.html, page.url, page.content_type)
        self.text = _choose.extract_text(self.document)
        self.found = _choose.collect(self.document)
        self.plain = {room: self.read(room) for room in (*ROOMS, "choose")}

    def read(self, room: str) -> Any:
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        try:
            return self._read(room)
        except Exception as error:  # noqa: BLE001 - a rule without which reading fails is needed
            return repr(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _read(self, room: str) -> Any:
        page = self.page
        if room == "page":
            return extract(page.html, page.url, page.content_type, crawled=page.crawled).to_dict()
        if room == "text":
            return _choose.extract_text(self.document)
        kept = _choose.extract_text, _choose.collect
        _choose.extract_text = lambda _: self.text
        if room != "sources":
            _choose.collect = lambda _: self._candidates()
        try:
            return _choose.weigh(self.document, page.crawled).to_dict()
        finally:
            _choose.extract_text, _choose.collect = kept

    def _candidates(self) -> Candidates:
        candidates = copy(self.found)
        candidates._by_field = {name: list(each) for name, each in self.found._by_field.items()}
        return candidates


def lines_reached(page: Page, files: set[str]) -> set[tuple[str, int]]:
    """Return the lines of the modules that are run for a page."""
    reached: set[tuple[str, int]] = set()

    def line(code: types.CodeType, number: int) -> object:
        if code.co_filename in files:
            reached.add((code.co_filename, number))
        return sys.monitoring.DISABLE

    sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, line)
    sys.monitoring.restart_events()
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.LINE)
    try:
        extract(page.html, page.url, page.content_type, crawled=page.crawled)
    finally:
        sys.monitoring.set_events(_TOOL, 0)
    return reached


def functions(module: types.ModuleType) -> Iterator[Any]:
    """Yield the functions and methods that a module itself defines, without what wraps them."""
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


def rules(module: types.ModuleType) -> Iterator[Rule]:
    """Every rule of a module."""
    name = module.__name__.removeprefix("pressmark.article.")
    room, file = name.partition(".")[0], str(module.__file__)
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
            owner
            for owner, function in plain.items()
            if owner in other
            and other[owner] != function.__code__
            and other[owner].co_freevars == function.__code__.co_freevars
        ]
        before = {owner: plain[owner].__code__ for owner in owners}

        def off(owners: list[str] = owners, other: dict[str, types.CodeType] = other) -> None:
            for owner in owners:
                plain[owner].__code__ = other[owner]

        def on(before: dict[str, types.CodeType] = before) -> None:
            for owner, code in before.items():
                plain[owner].__code__ = code

        if owners:
            line = (file, node.body[0].lineno)
            yield Rule(room, f"{name}:{node.lineno}", file, partial(contains, line), off, on)
    for constant, recorder in recorders(module):
        for word, changed in [("", NEVER), *without_each(recorder.plain)]:
            yield Rule(
                room,
                f"{name}.{constant}{word and ' without '}{word}",
                file,
                partial(recorder.tells, changed),
                partial(recorder.use, changed),
                partial(recorder.use, recorder.plain),
            )


def contains(line: tuple[str, int], reached: set[tuple[str, int]]) -> bool:
    return line in reached


def recorders(module: types.ModuleType) -> Iterator[tuple[str, Recorder]]:
    """Replace each pattern of a module by a recorder, also those that a test of names holds; yield the recorders."""
    for constant, value in list(vars(module).items()):
        if isinstance(value, re.Pattern):
            recorder = Recorder(value)
            setattr(module, constant, recorder)
            yield constant, recorder
        elif getattr(value, "__module__", None) == placement.__name__ and getattr(value, "__closure__", None):
            occurs = value.__closure__[0].cell_contents
            cell = occurs.__wrapped__.__closure__[0]
            if isinstance(cell.cell_contents, re.Pattern):
                cell.cell_contents = Recorder(cell.cell_contents)
                yield constant, cell.cell_contents


def caches(everything: Sequence[types.ModuleType]) -> dict[str, list[Switch]]:
    """Return, for each module's file, what clears caches: those of answers everywhere, those of tables only there.

    A table (``functools.cache``) is expensive to make, and only its own module's rules can change it.
    """
    held = {id(value): value for module in everything for value in vars(module).values()}
    inside = [
        cell.cell_contents for value in held.values() for cell in getattr(value, "__closure__", None) or ()
    ]
    known = [value for value in [*held.values(), *inside] if hasattr(value, "cache_clear")]
    return {
        str(module.__file__): [
            value.cache_clear
            for value in known
            if value.cache_parameters()["maxsize"] is not None or value.__module__ == module.__name__
        ]
        for module in everything
    }


def _give_up(*_: object) -> None:
    raise TimeoutError


def main(state: str, *corpora: str) -> None:
    """Print the rules without which every page is read alike, with the number of pages on which each was tried."""
    signal.signal(signal.SIGALRM, _give_up)
    everything = modules()
    files = {str(module.__file__) for module in everything}
    found = [rule for module in everything for rule in rules(module)]
    forget = caches(everything)
    kept: dict[str, Any] = json.loads(Path(state).read_text()) if Path(state).exists() else {}
    tried: dict[str, int] = kept.get("open", {rule.name: 0 for rule in found})
    sys.monitoring.use_tool_id(_TOOL, "rules")
    for number, page in enumerate(pages_of(corpora), 1):
        if number <= kept.get("pages", 0):
            continue
        undecided = [rule for rule in found if tried.get(rule.name, ENOUGH) < ENOUGH]
        for each in Recorder.known:
            each.begin()
        reached = lines_reached(page, files)
        for each in Recorder.known:
            each.end()
        applied = [rule for rule in undecided if rule.applied(reached)]
        reader = Reader(page) if applied else None
        for rule in applied:
            tried[rule.name] += 1
            rule.off()
            _empty(forget[rule.file])
            needed = reader is not None and reader.read(rule.room) != reader.plain[rule.room]
            rule.on()
            _empty(forget[rule.file])
            if needed:
                del tried[rule.name]
        Path(state).write_text(json.dumps({"pages": number, "open": tried}))
        print(
            f"{number} pages, {len(tried)} of {len(found)} rules not needed yet", file=sys.stderr, flush=True
        )
    for name, pages in tried.items():
        print(f"{name}: tried on {pages} pages, changes none")


def _empty(remembered: list[Switch]) -> None:
    for clear in remembered:
        clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
