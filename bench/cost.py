"""The tables of docs/cost.md, from bench/figures.json and the price list.

usage: python -m bench.cost
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench import bill, prices
from bench.prices import Batch, duration_ms, per_million
from bench.run import FIGURES, MEMORY, batch_of, obvious_batch
from bench.tables import table
from pressmark.local.template import load

SERVICES = ("Lambda", "S3", "DynamoDB", "SQS", "Logs")


def prices_row(name: str, batch: Batch, memory: float = MEMORY) -> list[str]:
    """One line: each service's part and the sum, in dollars for a million pages."""
    parts = per_million(batch, memory)
    return [name, *(f"{parts[service]:.2f}" for service in SERVICES), f"**{sum(parts.values()):.2f}**"]


HOSTS = 10
"""Hosts whose pages come together, in all tables but those of one host."""


def batch_size(batch: Batch, pages: int, concurrency: int = 10) -> Batch:
    """The same pages in batches of another size: servers are waited for once for every ``concurrency`` pages.

    In a batch with more pages than hosts, several of one host share a turn.
    """
    ours = batch.wait_ms - 300.0
    rounds = -(-pages // concurrency)
    turns = min(1.0, HOSTS / pages)
    return replace(
        batch, pages=pages, wait_ms=300.0 * rounds + ours, write_units=batch.write_units - 1 + turns
    )


def with_kinds(found: dict[str, Any], kinds: Sequence[str]) -> Batch:
    """A batch of the template's size with look-up items of these kinds; each is far below a kilobyte: a write unit."""
    entries = sum(found["counted"]["items"].get(kind, 0) for kind in kinds)
    ten = batch_of(found, terms=False)
    pages = int(bill.Deployment(load()).parameters["BatchSize"])
    return batch_size(replace(ten, write_units=ten.write_units + entries), pages)


def by_default(found: dict[str, Any]) -> Batch:
    """A batch as the template's defaults make it."""
    return with_kinds(found, bill.Deployment(load()).parameters["IndexTerms"].split(","))


def pages_table(found: dict[str, Any]) -> str:
    """A million pages, by what is indexed."""

    def with_terms(*kinds: str) -> Batch:
        return with_kinds(found, kinds)

    rows = [
        prices_row("the obvious way (no politeness, no look-ups)", obvious_batch(found)),
        prices_row("Pressmark, `IndexTerms=none`", with_terms()),
        prices_row("**the defaults**: `IndexTerms=author`", with_terms("author")),
        prices_row("`IndexTerms=author,section`", with_terms("author", "section")),
        prices_row("`IndexTerms=author,section,digest`", with_terms("author", "section", "digest")),
        prices_row(
            "`IndexTerms=author,section,tag,digest`", with_terms("author", "section", "tag", "digest")
        ),
    ]
    return table(("", *SERVICES, "sum"), rows)


def memory_table(polite: Batch) -> str:
    """A million pages, by the memory of the function."""
    rows = [
        [
            f"{memory} MB",
            f"{duration_ms(polite, memory):.0f} ms",
            *prices_row("", polite, memory)[1:2],
            prices_row("", polite, memory)[-1],
        ]
        for memory in (256, 512, 768, 1024, 1536, 1769, 2048, 3008)
    ]
    return table(("memory", "batch of 10", "Lambda", "sum"), rows)


def batch_table(polite: Batch) -> str:
    """A million pages, by how many share a batch."""
    rows = [
        [
            str(size),
            *prices_row("", batch_size(polite, size))[1:3],
            prices_row("", batch_size(polite, size))[-1],
        ]
        for size in (1, 2, 5, 10, 20, 50, 100)
    ]
    return table(("pages a batch", "Lambda", "S3", "sum"), rows)


def size_table(polite: Batch, per_byte: float) -> str:
    """A million pages, by their size. per_byte: milliseconds for a megabyte of markup."""
    rows = []
    for megabytes in (0.05, 0.1, 0.37, 1.0, 2.0, 5.0):
        grown = replace(polite, cpu_ms=max(4.0, per_byte * megabytes))
        rows.append(
            [
                f"{megabytes:g} MB",
                f"{grown.cpu_ms:.0f} ms",
                *prices_row("", grown)[1:2],
                prices_row("", grown)[-1],
            ]
        )
    return table(("HTML", "CPU", "Lambda", "sum"), rows)


def bill_table(lines: Sequence[bill.Line]) -> str:
    """A bill's lines and their sum."""
    rows = [(line.what, line.quantity, f"{line.dollars:.2f}") for line in lines]
    return table(
        ("", "", "$"), [*rows, ("**together**", "", f"**{sum(line.dollars for line in lines):.2f}**")]
    )


def tables() -> dict[str, str]:
    """Return every table of docs/cost.md that is computed, by its title."""
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    polite = batch_of(found, terms=False)
    template = load()
    whole = by_default(found)
    deployed = bill.Deployment(template)
    kept = ["row", *deployed.parameters["IndexTerms"].split(",")]
    items = {kind: count for kind, count in found["counted"]["items"].items() if kind in kept}
    return {
        "A month of nothing": bill_table(bill.idle(deployed)),
        "A million pages within a month": bill_table(bill.a_million(deployed, whole, found["init"]["ours"])),
        "Keeping them for a year": bill_table(bill.a_year(deployed, items, whole.pages)),
        "Keeping them for a year, one page a file": bill_table(bill.a_year(deployed, items, 1)),
        "A daily verification, a month": bill_table(bill.verification(template)),
        "A million requests over HTTP": table(
            ("a million of", "Lambda", "DynamoDB", "S3", "SQS", "Logs", "sum"),
            bill.access(deployed, found["access"]),
        ),
        "What a million pages cost, dollars": pages_table(found),
        "Memory (`IndexTerms=none`, ten hosts, batches of 10)": memory_table(polite),
        f"Batch size (`IndexTerms=none`, ten hosts, {MEMORY} MB)": batch_table(polite),
        f"Page size ({MEMORY} MB): CPU grows with the markup, the rest does not": size_table(
            polite, found["big"]["cpu_ms"] / 2.0
        ),
    }


def main() -> None:
    for title, text in tables().items():
        print(f"{title}\n\n{text}\n")
    found = json.loads(FIGURES.read_text())
    print(
        f"Counted: {found['pages']} pages; prices of {prices.DATE}; {json.dumps(found['counted']['units'])}"
    )


if __name__ == "__main__":
    main()
