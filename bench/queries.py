"""What a page of 100 results costs, by the size of the table: requests, items looked at, capacity, time.

usage: python -m bench.queries [--captures 1000,100000,1000000] [--folder DIR] [--minutes N] [--json FILE]

Every kind of question that the command line offers is put by its own code (Selection, TableReader) to the archive
table of template.yaml in dynalite, with its data on disk. Loading a million captures takes most of an hour; with
--folder the tables are kept, and used as they are the next time.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from bench.captures import (
    AUTHOR,
    DIGEST,
    FIRST,
    FRONT_PAGE,
    HUGE_DAY,
    LABEL,
    LAST,
    QUIET_DAY,
    SECTION,
    TAG,
)
from bench.dynalite_tables import TABLE, bytes_of, load, served
from bench.tables import table
from pressmark.archive.ranges import TableReader
from pressmark.archive.selection import Selection, select, whole_rows
from pressmark.archive.walk import Found

RESULTS = 100
TIMES = 3
DEEP = 2_000
"""Number of results after which a listing is resumed, or about the middle if there are fewer."""

DAY = timedelta(days=1)
SITE = {"url": "example.com", "match": "domain"}
WWW = {"url": "www.example.com", "match": "host"}
Question = dict[str, Any]

QUESTIONS: dict[str, Question] = {
    "everything, newest first": {},
    "everything, as whole rows": {"whole": True},
    "everything of one day": {"start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`URL`": {"url": FRONT_PAGE},
    "`URL` of one day": {"url": FRONT_PAGE, "start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`URL --latest`": {"url": FRONT_PAGE, "latest": True},
    "`URL --near`": {"url": FRONT_PAGE, "near": QUIET_DAY},
    "`--prefix`": {"url": "https://www.example.com/2025/", "match": "prefix"},
    "`--prefix --latest`": {"url": "https://www.example.com/2025/", "match": "prefix", "latest": True},
    "`--host`": WWW,
    "`--host --latest`": {**WWW, "latest": True},
    "`--host` of one day": {**WWW, "start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`--site`": SITE,
    "`--site --latest`": {**SITE, "latest": True},
    "`--site` of one day": {**SITE, "start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`--site news.example.com`": {"url": "news.example.com", "match": "domain"},
    "`--site --published`": {**SITE, "published": True},
    "`--site --published` of one day": {**SITE, "published": True, "start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`--author`": {"terms": (("author", AUTHOR),)},
    "`--author`, as whole rows": {"terms": (("author", AUTHOR),), "whole": True},
    "`--author` of one day": {"terms": (("author", AUTHOR),), "start": HUGE_DAY, "end": HUGE_DAY + DAY},
    "`--tag`": {"terms": (("tag", TAG),)},
    "`--section`": {"terms": (("section", SECTION),)},
    "`--label`": {"terms": (("label", LABEL),)},
    "`--digest`": {"terms": (("digest", DIGEST),)},
    "`--status 404`": {"terms": (("status", "404"),)},
    "`--error not-found`": {"terms": (("error", "not-found"),)},
}

COMPARED: dict[str, Question] = {
    "everything, `--latest`": {"latest": True},
    "`--status 200`": {"terms": (("status", "200"),)},
    "`--author --section`": {"terms": (("author", AUTHOR), ("section", SECTION))},
    "`--site --author`": {**SITE, "terms": (("author", AUTHOR),)},
    "`--site` of a quiet day": {**SITE, "start": QUIET_DAY, "end": QUIET_DAY + DAY},
}
"""Questions for which items are read, compared and left out: how many depends on how rare the answer is."""


class Metered:
    """A DynamoDB client that counts what the server reports for each request."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests = self.looked_at = 0
        self.units = 0.0

    def query(self, **options: Any) -> Any:
        answer = self._client.query(**options, ReturnConsumedCapacity="TOTAL")
        self.looked_at += answer["ScannedCount"]
        self._count([answer["ConsumedCapacity"]])
        return answer

    def batch_get_item(self, **options: Any) -> Any:
        answer = self._client.batch_get_item(**options, ReturnConsumedCapacity="TOTAL")
        self.looked_at += sum(len(items) for items in answer["Responses"].values())
        self._count(answer["ConsumedCapacity"])
        return answer

    def _count(self, consumed: list[Any]) -> None:
        self.requests += 1
        self.units += sum(each["CapacityUnits"] for each in consumed)


def ask(client: Any, question: Question, *, after: str | None = None) -> tuple[Iterator[Found], Metered]:
    """Ask a question as the command line does; return the answer, which is read lazily, and the client that counts."""
    metered = Metered(client)
    reader = TableReader(metered, TABLE, first_day=FIRST.date)  # type: ignore[arg-type]  # a stand-in
    asked = {name: value for name, value in question.items() if name != "whole"}
    found = select(reader, Selection(**asked), now=LAST - timedelta(hours=2), after=after, expect=RESULTS)
    return (whole_rows(reader, found) if question.get("whole") else found), metered


def page(client: Any, question: Question, after: str | None) -> dict[str, Any]:
    """Read one page of results a few times; return what it cost."""
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        found, metered = ask(client, question, after=after)
        results = len(list(islice(found, RESULTS)))
        spent.append(time.perf_counter() - started)
    return {
        "results": results,
        "requests": metered.requests,
        "looked_at": metered.looked_at,
        "units": metered.units,
        "ms": 1000 * median(spent),
    }


def token_inside(client: Any, question: Question) -> tuple[str | None, int]:
    """Return the token of a result deep in the answer, and how deep it is; None if there is no second page."""
    if "near" in question or (question.get("latest") and question.get("match") is None):
        return None, 0
    found, _ = ask(client, {**question, "whole": False})
    tokens = [each.token for each in islice(found, DEEP + RESULTS)]
    deep = min(DEEP, (len(tokens) - RESULTS) // 2)
    return (tokens[deep], deep + 1) if deep > 0 else (None, 0)


def measured(folder: Path, count: int, minutes: float) -> dict[str, Any]:
    """Load a table if it does not exist, ask it every question, and return what each cost."""
    loaded = load(folder, count, seconds=minutes * 60)
    answers: dict[str, Any] = {}
    with served(folder / "leveldb") as client:
        for name, question in (QUESTIONS | COMPARED).items():
            token, deep = token_inside(client, question)
            answers[name] = {"first": page(client, question, None)}
            if token is not None:
                answers[name] |= {"deep": page(client, question, token), "behind": deep}
            print(count, name, answers[name], file=sys.stderr)
    return {**loaded, "bytes": bytes_of(folder), "answers": answers}


def report(found: list[dict[str, Any]], questions: dict[str, Question]) -> str:
    """Return a Markdown table with a line for each question and a column for each size."""
    rows = []
    for name in questions:
        for place, called in (("first", name), ("deep", "– resumed inside")):
            costs = [each["answers"][name].get(place) for each in found]
            if all(costs):
                rows.append((called, *(_cell(each) for each in costs)))
    return table(("question", *(f"{each['captures']:,}" for each in found)), rows)


def _cell(cost: dict[str, Any]) -> str:
    less = "" if cost["results"] == RESULTS else f" ({cost['results']})"
    return f"{cost['requests']} / {cost['looked_at']:,}{less} / {cost['units']:g} / {cost['ms']:.0f}"


def main() -> None:
    """Print the tables of docs/table.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", default="1000,100000,1000000")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--minutes", type=float, default=math.inf, help="load at most so long a table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        sizes = [int(size) for size in given.captures.split(",")]
        found = [measured(folder / str(size), size, given.minutes) for size in sizes]
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))
    for each in found:
        print(f"{each['captures']:,} captures: {each['items']:,} items, {each['bytes'] / 1e9:.2f} GB on disk")
    print("\nrequests / items looked at (results, where not 100) / read units / ms\n")
    print(report(found, QUESTIONS))
    print()
    print(report(found, COMPARED))


if __name__ == "__main__":
    main()
