"""Small pages of invented text, each in the shape of a page that some extractor was reported to read wrongly.

A line of cases/*.jsonl has the page, its URL, perhaps when it was crawled, and what is right: ``has`` and ``hasnt``,
parts of the text; ``lines``, lines of it; ``day``, of publication; ``authors``, ``tags`` in any order;
``authors_any``, one of these lists; ``image``, its URL; ``caption``, ``credit``, the image's; any other field of
the article.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pressmark.article import extract

CASES = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for line in path.read_text("utf-8").splitlines()
]


def misses(right: dict[str, Any], article: dict[str, Any]) -> Iterator[str]:
    """What of the right values the article does not have."""
    text = _squashed(article["text"])
    lines = {_squashed(line) for line in article["text"].split("\n")}
    for name, wanted in right.items():
        if name == "has":
            yield from (f"the text lacks {part!r}" for part in wanted if _squashed(part) not in text)
        elif name == "hasnt":
            yield from (f"the text has {part!r}" for part in wanted if _squashed(part) in text)
        elif name == "lines":
            yield from (f"no line is {part!r}" for part in wanted if _squashed(part) not in lines)
        elif name == "authors_any":
            if sorted(article["authors"]) not in [sorted(each) for each in wanted]:
                yield f"authors are {article['authors']}, not one of {wanted}"
        elif (found := _value(name, article)) != (sorted(wanted) if name in ("authors", "tags") else wanted):
            yield f"{name} is {found!r}, not {wanted!r}"


def _value(name: str, article: dict[str, Any]) -> Any:
    if name == "day":
        return (article["published"] or "")[:10] or None
    if name == "image":
        return (article["image"] or {}).get("url")
    if name in ("caption", "credit"):
        return (article["image"] or {}).get(name)
    return sorted(article[name]) if name in ("authors", "tags") else article[name]


def _squashed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_page_in_the_shape_of_a_reported_one_is_read_right(case: dict[str, Any]) -> None:
    crawled = datetime.fromisoformat(case["crawled"]) if case.get("crawled") else None
    content_type = case.get("content_type") or "text/html; charset=utf-8"
    article = extract(case["html"].encode(), case["url"], content_type, crawled=crawled)
    assert list(misses(case["right"], article.to_dict())) == []
