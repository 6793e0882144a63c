"""Switches every rule of the article's readers off in turn, and says which of them change no page and no case.

    PYTHONPATH=src:. python -m bench.rules CORPUS [CORPUS …]

A rule is an ``if`` of a function, which is then never true, or a pattern of a module, which then never matches. Pages
are the cases of tests/article and those of the corpora, as they are and as a reader sees them. One page is looked at
after the other: it is parsed once, and only the rules that were reached on it, and that no earlier page needed, are
switched off on it; what a rule cannot change is not read again. A rule is tried on ENOUGH pages at most. So one run
takes minutes, not hours.

A bound for hostile pages is never reached by any of these: what is printed is to be judged by a person, not deleted by
a script.
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
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from bench.peers import bare
from pressmark.article import Document, choose, extract
from pressmark.article.page.candidate import Candidates

ROOMS = ("page", "sources", "fields", "dates", "text")
CASES = Path(__file__).parent.parent / "tests" / "article" / "cases"
ENOUGH = 60
"""Pages on which a rule is tried: one that changes none of them is put before a person."""
LONGEST = 5.0
"""Seconds; a rule without which reading a page does not end is needed."""
_choose: Any = choose  # whose names are put out of use
_TOOL = sys.monitoring.PROFILER_ID
_NEVER = re.compile(r"(?!)")
_NEVER_BYTES = re.compile(rb"(?!)")
Switch = Callable[[], None]


class Page(NamedTuple):
    html: bytes
    url: str
    content_type: str | None = None
    crawled: datetime | None = None


class Rule(NamedTuple):
    """A rule: its room and name, the line that is reached where it applies (0: not known), and its two switches."""

    room: str
    name: str
    file: str
    line: int
    off: Switch
    on: Switch


def pages_of(corpora: Sequence[str]) -> Iterator[Page]:
    """The cases first, which are small; then those of the corpora, each twice, in an order that mixes publishers."""
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
    """The lines of the modules that are run for a page."""
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
            yield Rule(room, f"{name}:{node.lineno}", file, node.body[0].lineno, off, on)
    for constant, value in list(vars(module).items()):
        if isinstance(value, re.Pattern):
            never = _NEVER_BYTES if isinstance(value.pattern, bytes) else _NEVER

            def put(constant: str = constant, pattern: object = never) -> None:
                setattr(module, constant, pattern)

            def back(constant: str = constant, pattern: object = value) -> None:
                setattr(module, constant, pattern)

            yield Rule(room, f"{name}.{constant}", file, 0, put, back)


def caches(everything: Sequence[types.ModuleType]) -> dict[str, list[Switch]]:
    """For each module's file what empties what is remembered: of answers everywhere, of tables in that module only.

    A table (``functools.cache``) is dear to make, and only its own module's rules can change it.
    """
    held = {id(value): value for module in everything for value in vars(module).values()}
    known = [value for value in held.values() if hasattr(value, "cache_clear")]
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


def main(*corpora: str) -> None:
    """Print the rules without which every page is read alike, with the number of pages on which each was reached."""
    signal.signal(signal.SIGALRM, _give_up)
    everything = modules()
    files = {str(module.__file__) for module in everything}
    forget = caches(everything)
    open_rules = {rule: 0 for module in everything for rule in rules(module)}
    tried = len(open_rules)
    sys.monitoring.use_tool_id(_TOOL, "rules")
    number = 0
    for number, page in enumerate(pages_of(corpora), 1):
        reached = lines_reached(page, files)
        if not any(
            on < ENOUGH and (not rule.line or (rule.file, rule.line) in reached)
            for rule, on in open_rules.items()
        ):
            continue
        reader = Reader(page)
        for rule, tried_on in list(open_rules.items()):
            if tried_on >= ENOUGH:
                continue
            if rule.line and (rule.file, rule.line) not in reached:
                continue
            open_rules[rule] += 1
            rule.off()
            for each in forget[rule.file]:
                each()
            needed = reader.read(rule.room) != reader.plain[rule.room]
            rule.on()
            for each in forget[rule.file]:
                each()
            if needed:
                del open_rules[rule]
        print(
            f"{number} pages, {len(open_rules)} rules not needed yet", file=sys.stderr, end="\r", flush=True
        )
    for rule, pages in open_rules.items():
        print(f"{rule.name}: tried on {pages} pages, changes none")
    print(f"{tried} rules, {number} pages, {len(open_rules)} rules change none of them")


if __name__ == "__main__":
    main(*sys.argv[1:])
