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


def batch_size(batch: Batch, pages: int, concurrency: int = 10) -> Batch:
    """The same pages in batches of another size: servers are waited for once for every ``concurrency`` pages."""
    ours = batch.wait_ms - 300.0
    turns = -(-pages // concurrency)
    return replace(batch, pages=pages, wait_ms=300.0 * turns + ours)


def one_host(batch: Batch, delay: float = 1.0, sat_out: float = 3.0) -> Batch:
    """Ten pages of one host at a time: what does not come to its turn goes back to the queue and is paid for again.

    Of each batch as many are done as have their turn within what a page sits out; the batch waits as long. Each page
    that goes back costs the write of its place in line, a message sent, received and deleted, and its part of an
    invocation and its log line.
    """
    done = min(batch.pages, 1 + sat_out // delay)
    returns = batch.pages / done - 1
    return replace(
        batch,
        pages=done,
        wait_ms=batch.wait_ms + 1000 * delay * (done - 1),
        write_units=batch.write_units + returns,
        log_bytes=batch.log_bytes + returns * 350,
        sends=batch.sends + returns * 1.2,
    )


def pages_table(found: dict[str, Any]) -> str:
    """A million pages, by what is indexed."""
    polite, whole = (batch_of(found, terms=terms) for terms in (False, True))

    def with_terms(*kinds: str) -> Batch:
        """Each entry is far below a kilobyte, so that it is one write unit."""
        entries = sum(found["counted"]["items"].get(kind, 0) for kind in kinds)
        return replace(polite, write_units=polite.write_units + entries)

    rows = [
        prices_row("the obvious way (no politeness, no look-ups)", obvious_batch(found)),
        prices_row("Pressmark, `IndexTerms=none`", polite),
        prices_row("`IndexTerms=author`", with_terms("author")),
        prices_row("`IndexTerms=author,section`", with_terms("author", "section")),
        prices_row("`IndexTerms=author,section,digest`", with_terms("author", "section", "digest")),
        prices_row("**the defaults**: `author,section,tag,digest`", whole),
        prices_row("one host a batch, `IndexTerms=none`", one_host(polite)),
        prices_row("one host a batch, the defaults", one_host(whole)),
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
    """Every table of docs/cost.md that is computed, by what it is of."""
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    polite, whole = (batch_of(found, terms=terms) for terms in (False, True))
    template = load()
    deployed = bill.Deployment(template)
    items = found["counted"]["items"]
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
        "Memory (`IndexTerms=none`, ten hosts)": memory_table(polite),
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
