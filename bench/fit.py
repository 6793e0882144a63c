"""What the fitted weights of titles and tags are worth on publishers that were not there when they were chosen.

    python -m bench.fit EVAL CORPUS [CORPUS …]

EVAL is the directory of ``metadata_eval.py``. Each corpus is read as it is and as a reader sees it
(``bench/peers.py``). Each page is read once; then only the choice among its candidates is made again, with other
weights. For each number of :mod:`pressmark.article.fields.weights` it prints:

- the values that score as many points as the best one;
- the score on each publisher in turn, with the value that is best on all the others.

And for all weights together: those that are best on half of the publishers (CRC-32 of the name, even or odd; one weight
after the other from what is shipped), scored on the other half.
"""

import gzip
import importlib
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.peers import bare
from pressmark.article import choose, extract
from pressmark.article.fields import tags, titles, weights

FACTORS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class Choice(NamedTuple):
    """One field of one page: how it is chosen, and what is right."""

    publisher: str
    choose: Callable[[], Any]
    truth: dict[str, Any]


class Weight(NamedTuple):
    """A number of the weights module: its name there, and its key where that is a dict."""

    name: str
    key: str | None

    def get(self) -> float:
        held = getattr(weights, self.name)
        return float(held if self.key is None else held[self.key])

    def set(self, value: float) -> None:
        if self.key is None:
            setattr(weights, self.name, value)
        else:
            getattr(weights, self.name)[self.key] = value

    def __str__(self) -> str:
        return self.name if self.key is None else f"{self.name} {self.key}"


def weights_of(prefix: str) -> list[Weight]:
    """Return all weights whose names begin with a prefix."""
    names = [name for name in vars(weights) if name.startswith(prefix)]
    found: list[Weight] = []
    for name in names:
        held = getattr(weights, name)
        found += [Weight(name, key) for key in held] if isinstance(held, dict) else [Weight(name, None)]
    return found


@contextmanager
def recorded(module: Any) -> Iterator[list[tuple[tuple[Any, ...], dict[str, Any]]]]:
    """Yield a list that gets the arguments of each call of a module's ``choose`` within the block."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    original = module.choose

    def record(*arguments: Any, **named: Any) -> Any:
        calls.append((arguments, named))
        return original(*arguments, **named)

    module.choose = record
    try:
        yield calls
    finally:
        module.choose = original


def choices(corpora: Sequence[str]) -> tuple[list[Choice], list[Choice]]:
    """Return the choices of a title and of tags on every page whose right ones are known."""
    of_title: list[Choice] = []
    of_tags: list[Choice] = []
    for corpus in corpora:
        for line in (Path(corpus) / "truth.jsonl").read_text("utf-8").splitlines():
            truth = json.loads(line)
            page = gzip.decompress((Path(corpus) / "pages" / f"{truth['name']}.html.gz").read_bytes())
            for html in (page, bare(page)):
                with recorded(choose.titles) as title_calls, recorded(choose.tags) as tag_calls:
                    extract(html, truth["url"])
                publisher = truth["name"].split("_20")[0].split("--")[0]
                if truth.get("title"):
                    of_title.append(Choice(publisher, _again(titles.choose, title_calls[0]), truth))
                if truth.get("tags"):
                    of_tags.append(Choice(publisher, _again(tags.choose, tag_calls[0]), truth))
    return of_title, of_tags


def _again(function: Callable[..., Any], call: tuple[tuple[Any, ...], dict[str, Any]]) -> Callable[[], Any]:
    return lambda: function(*call[0], **call[1])


def by_publisher(
    made: list[Choice], field: str, score: Callable[..., dict[str, float]]
) -> dict[str, list[float]]:
    """Return the points of each page, by publisher, with the weights as they are now."""
    points: dict[str, list[float]] = defaultdict(list)
    for choice in made:
        chosen = choice.choose()
        value = None if chosen is None else chosen[0]
        points[choice.publisher].append(
            score({field: value or ([] if field == "tags" else "")}, choice.truth)[field]
        )
    return points


def mean(points: dict[str, list[float]], publishers: Sequence[str]) -> float:
    values = [value for publisher in publishers for value in points[publisher]]
    return 100 * sum(values) / len(values)


def one_by_one(made: list[Choice], field: str, prefix: str, score: Callable[..., dict[str, float]]) -> None:
    """Print a row for each weight: shipped, values as good as the best, score shipped and held out."""
    publishers = sorted({choice.publisher for choice in made})
    print(
        f"\n| weight of {field} | shipped | as good as the best | score | held out |\n|---|---|---|---|---|"
    )
    for weight in weights_of(prefix):
        shipped = weight.get()
        tried: dict[float, dict[str, list[float]]] = {}
        for factor in FACTORS:
            weight.set(shipped * factor)
            tried[shipped * factor] = by_publisher(made, field, score)
        weight.set(shipped)
        whole = {value: mean(points, publishers) for value, points in tried.items()}
        best = [value for value in whole if whole[value] >= max(whole.values()) - 1e-9]
        held_out: list[float] = []
        for publisher in publishers:
            others = [name for name in publishers if name != publisher]
            value = _best({value: mean(points, others) for value, points in tried.items()}, shipped)
            held_out += tried[value][publisher]
        print(
            f"| {weight} | {shipped:g} | {min(best):g} to {max(best):g} | {whole[shipped]:.1f} | "
            f"{100 * sum(held_out) / len(held_out):.1f} |",
            flush=True,
        )


def _best(scores: dict[float, float], shipped: float) -> float:
    """Return the value with the best score; of several, the one closest to what is shipped."""
    top = max(scores.values())
    return min(
        (value for value in scores if scores[value] >= top - 1e-9), key=lambda value: abs(value - shipped)
    )


def by_halves(made: list[Choice], field: str, prefix: str, score: Callable[..., dict[str, float]]) -> None:
    """Print what weights chosen on one half of the publishers are worth on the other half."""
    publishers = sorted({choice.publisher for choice in made})
    halves = [[name for name in publishers if zlib.crc32(name.encode()) % 2 == odd] for odd in (0, 1)]
    print(
        f"\n| {field}: chosen on | there | on the other half | as shipped on the other half |\n|---|---|---|---|"
    )
    shipped = {weight: weight.get() for weight in weights_of(prefix)}
    for name, half, other in (("even", *halves), ("odd", *halves[::-1])):
        as_shipped = mean(by_publisher(made, field, score), other)
        there = [choice for choice in made if choice.publisher in half]
        for weight, value in shipped.items():
            scores: dict[float, float] = {}
            for factor in FACTORS:
                weight.set(value * factor)
                scores[value * factor] = mean(by_publisher(there, field, score), half)
            weight.set(_best(scores, value))
        points = by_publisher(made, field, score)
        print(
            f"| {name} | {mean(points, half):.1f} | {mean(points, other):.1f} | {as_shipped:.1f} |",
            flush=True,
        )
        for weight, value in shipped.items():
            weight.set(value)


def main(evaluation: str, *corpora: str) -> None:
    """Print the tables."""
    sys.path.insert(0, evaluation)
    score = importlib.import_module("metadata_eval").score
    of_title, of_tags = choices(corpora)
    for made, field, prefix in ((of_title, "title", "TITLE"), (of_tags, "tags", "TAGS")):
        one_by_one(made, field, prefix, score)
        by_halves(made, field, prefix, score)


if __name__ == "__main__":
    main(*sys.argv[1:])
