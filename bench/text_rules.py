"""What each rule of the text reader does: every one switched off in turn, on corpora and on the pages of the tests.

python -m bench.text_rules CORPUS… prints, for each rule, how many pages read otherwise without it, the change of their
score in points of one page (below zero: the rule helps), and how many cases break. If nothing changes, the rule can go.
With --numbers: the effect of a quarter less and a quarter more of each number in text/fitted.py on either half of the
pages, which are divided by publisher. A number fits if both halves agree that neither is better.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from pressmark.article.page.document import Document
from pressmark.article.text import (
    column,
    container,
    elements,
    extract,
    extract_text,
    fitted,
    select,
    vocabulary,
    walk,
)

CASES = Path(__file__).parent.parent / "tests" / "article" / "cases"
WORD_LISTS = ("_COMMENTS", "_FOREIGN", "_FURNITURE", "_PLACES")
PATTERNS = {
    "_ON_TEXT": ("_FURNITURE", "_FOREIGN"),
    "_ON_BOXES": ("_COMMENTS", "_FURNITURE", "_FOREIGN", "_PLACES"),
    "_IS_COMMENT": ("_COMMENTS",),
}
NEVER, ALWAYS = 10**9, -1.0


def _no(*_: Any, **__: Any) -> bool:
    return False


# Module, name, and the value with which the rule has no effect.
OFF: list[tuple[Any, str, Any]] = [
    (column, "REPEATED", NEVER),
    (column, "MOST_OF_IT", ALWAYS),
    (column, "A_GOOD_DEAL", NEVER),
    (column, "A_FEW_LINKED", ALWAYS),
    (column, "A_FEW", NEVER),
    (column, "A_LITTLE", NEVER),
    (column.Column, "_is_written", _no),
    (column.Column, "_is_listed", _no),
    (column.Column, "is_repeated", _no),
    (column, "_CELLS", frozenset()),
    (
        column,
        "_below_headline",
        lambda page, span, flagged: [i for i in span if not flagged[page.blocks[i].node]],
    ),
    (container, "A_FAIR_SHARE", NEVER),
    (container, "CLIMB", 0),
    (container, "TEASERS", NEVER),
    (container, "AN_ARTICLE", NEVER),
    (container, "MOST", NEVER),
    (container, "NEARLY_ALL", NEVER),
    (container, "A_NOTICE", ALWAYS),
    (container, "NEVER_LAYOUT", frozenset()),
    (container, "begins_at", lambda *_: 0),
    (container, "_own_article", lambda *_: -1),
    (container, "_LISTS", frozenset()),
    (container, "_cookie_notices", lambda *_: set()),
    (container, "_teaser_lists", lambda *_: set()),
    (extract, "NEXT_TO_NOTHING", ALWAYS),
    (extract, "LITTLE", ALWAYS),
    (extract, "A_GALLERY", NEVER),
    (extract, "MUCH_LONGER", NEVER),
    (extract, "_all_there_is", lambda *_: []),
    (extract, "standfirst", lambda *_: []),
    (select, "_without_foreign", lambda _, kept, __: kept),
    (select, "_without_opening", lambda _, kept: kept),
    (select, "_without_trailer", lambda _, kept: kept),
    (select, "is_about_author", _no),
    (select, "is_boilerplate", _no),
    (select, "is_byline", _no),
    (select, "is_notice", _no),
    (select, "A_SENTENCE", NEVER),
    (column, "names_part", _no),
    (vocabulary, "_is_of_heading", _no),
    (walk, "_leads_here", _no),
    (walk, "_give_name", lambda *_: None),
    (walk, "_begins_paragraph", _no),
    (walk, "_is_shown", _no),
    (walk, "is_unseen_name", _no),
    *((walk, "SKIPPED", elements.SKIPPED - {tag}) for tag in sorted(elements.SKIPPED)),
]


def _forget() -> None:
    vocabulary._furniture.cache_clear()
    vocabulary._one_furniture.cache_clear()


@contextmanager
def _without(module: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, value)
    _forget()
    try:
        yield
    finally:
        setattr(module, name, kept)
        _forget()


@contextmanager
def _without_word(word: str) -> Iterator[None]:
    kept = {name: getattr(vocabulary, name) for name in PATTERNS}
    for name, lists in PATTERNS.items():
        words = [[w for w in getattr(vocabulary, each) if w != word] for each in lists]
        setattr(vocabulary, name, vocabulary._any(*words))
    _forget()
    try:
        yield
    finally:
        for name, pattern in kept.items():
            setattr(vocabulary, name, pattern)
        _forget()


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = text.split()
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))


def _f1(got: str, right: Counter[tuple[str, ...]]) -> float:
    ours = _shingles(got)
    total = ours.total() + right.total()
    return 2 * (ours & right).total() / total if total else 1.0


def _pages(corpora: list[Path]) -> Iterator[tuple[Document, str | None, int]]:
    for corpus in corpora:
        for line in (corpus / "truth.jsonl").read_text("utf-8").splitlines():
            truth = json.loads(line)
            html = gzip.decompress((corpus / "pages" / f"{truth['name']}.html.gz").read_bytes())
            half = crc32(truth["name"].partition("_")[0].encode()) % 2
            yield Document.parse(html, truth["url"]), truth.get("text"), half


def _cases() -> Iterator[tuple[Document, dict[str, Any]]]:
    for path in sorted(CASES.glob("*.jsonl")):
        for case in map(json.loads, path.read_text("utf-8").splitlines()):
            if {"has", "hasnt", "lines"} & case["right"].keys():
                yield Document.parse(case["html"].encode(), case["url"], case["content_type"]), case["right"]


def _is_right(text: str, right: dict[str, Any]) -> bool:
    flat, lines = " ".join(text.split()), {" ".join(line.split()) for line in text.split("\n")}
    return (
        all(" ".join(part.split()) in flat for part in right.get("has", ()))
        and not any(" ".join(part.split()) in flat for part in right.get("hasnt", ()))
        and lines.issuperset(" ".join(part.split()) for part in right.get("lines", ()))
    )


def _named(document: Document) -> set[str]:
    """Return the classes and ids on a page that were taken for furniture, as the patterns see them."""
    return {
        vocabulary._HUMP.sub("-", node.label).lower() for node in walk.walk(document.root).nodes if node.flag
    }


def main() -> None:
    """Print a line for each rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--numbers", action="store_true", help="vary the fitted numbers instead")
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    args = parser.parse_args()
    pages, cases = list(_pages(args.corpora)), list(_cases())
    rights = [_shingles(text) if text else None for _, text, _ in pages]
    before = [extract_text(document).text for document, _, _ in pages]

    def compare(name: str, those: Collection[int] = range(len(pages))) -> None:
        changed, points = 0, 0.0
        for i in those:
            document, right, was = pages[i][0], rights[i], before[i]
            now = extract_text(document).text
            changed += now != was
            if right is not None and now != was:
                points += 100 * (_f1(now, right) - _f1(was, right))
        broken = sum(not _is_right(extract_text(document).text, right) for document, right in cases)
        print(f"{changed:5} pages {points:+8.1f} points {broken:4} cases  {name}", flush=True)

    if args.numbers:
        for name, value in vars(fitted).items():
            for factor in (0.75, 1.25) if name.isupper() else ():
                other = value * factor if isinstance(value, float) else round(value * factor)
                with ExitStack() as stack:
                    for module in (column, container, extract, select, walk):
                        if hasattr(module, name):
                            stack.enter_context(_without(module, name, other))
                    now = [extract_text(document).text for document, _, _ in pages]
                halves = [0.0, 0.0]
                for (_, _, half), right, text, was in zip(pages, rights, now, before, strict=True):
                    if right is not None and text != was:
                        halves[half] += 100 * (_f1(text, right) - _f1(was, right))
                print(f"{halves[0]:+8.1f} {halves[1]:+8.1f} points  {name} {value} -> {other}", flush=True)
        return
    compare("nothing switched off")
    for module, name, value in OFF:
        tag = next(iter(elements.SKIPPED - value), "") if name == "SKIPPED" else ""
        with _without(module, name, value):
            compare(f"{module.__name__.rpartition('.')[2]}.{name} {tag}".rstrip())
    named = [_named(document) for document, _, _ in pages]
    for word in dict.fromkeys(itertools.chain(*(getattr(vocabulary, each) for each in WORD_LISTS))):
        pattern = re.compile(word)
        with _without_word(word):
            compare(f"word {word}", [i for i, names in enumerate(named) if any(map(pattern.search, names))])


if __name__ == "__main__":
    main()
