"""The tables of docs/cost.md, from bench/figures.json and the price list.

usage: python -m bench.cost
"""

import json
from dataclasses import replace
from typing import Any

from bench import prices
from bench.prices import Batch, duration_ms, per_million
from bench.run import FIGURES, MEMORY, batch_of, obvious_batch
from bench.tables import table

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


def main() -> None:
    found: dict[str, Any] = json.loads(FIGURES.read_text())
    head = ("", *SERVICES, "sum")
    polite, whole = (batch_of(found, terms=terms) for terms in (False, True))

    def with_terms(*kinds: str) -> Batch:
        """Each entry is far below a kilobyte, so that it is one write unit."""
        entries = sum(found["counted"]["items"].get(kind, 0) for kind in kinds)
        return replace(polite, write_units=polite.write_units + entries)

    print("What a million pages cost, dollars\n")
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
    print(table(head, rows))
    print("\nMemory (`IndexTerms=none`, ten hosts)\n")
    memories = (256, 512, 768, 1024, 1536, 1769, 2048, 3008)
    rows = [
        [
            f"{memory} MB",
            f"{duration_ms(polite, memory):.0f} ms",
            *prices_row("", polite, memory)[1:2],
            prices_row("", polite, memory)[-1],
        ]
        for memory in memories
    ]
    print(table(("memory", "batch of 10", "Lambda", "sum"), rows))
    print(f"\nBatch size (`IndexTerms=none`, ten hosts, {MEMORY} MB)\n")
    rows = [
        [
            str(size),
            *prices_row("", batch_size(polite, size))[1:3],
            prices_row("", batch_size(polite, size))[-1],
        ]
        for size in (1, 2, 5, 10, 20, 50, 100)
    ]
    print(table(("pages a batch", "Lambda", "S3", "sum"), rows))
    print(f"\nPage size ({MEMORY} MB): CPU grows with the markup, the rest does not\n")
    per_byte = found["big"]["cpu_ms"] / 2.0  # ms for a megabyte
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
    print(table(("HTML", "CPU", "Lambda", "sum"), rows))
    print(
        f"\nCounted: {found['pages']} pages; prices of {prices.DATE}; {json.dumps(found['counted']['units'])}"
    )


if __name__ == "__main__":
    main()
