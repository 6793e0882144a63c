"""Counts what an archive holds, and estimates what it costs to keep."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pressmark.archive.rows import Item

# US dollars a GB and month, us-east-1 list prices; docs/table.md says where they are from.
S3_STANDARD = 0.023
S3_STANDARD_IA = 0.0125
DYNAMODB = 0.25

ROW_BYTES = 6500
"""Average bytes of a row with its copies in two indexes and its look-up items by term (docs/table.md)."""

COUNTED = ("captured", "error", "kind", "purpose", "revisit", "site", "size", "status")
"""The attributes of a row that are counted; purpose says which rows are robots.txt files."""


@dataclass(slots=True)
class Stats:
    """Counts over rows.

    captures: all rows except those that ``robots`` counts. pages: captures with a successful answer, or unchanged since
    an earlier one. failures: those that could not be archived. others: the rest: redirects, and error pages that were
    to be kept. robots: robots.txt files that were fetched on the way to a page.
    """

    captures: int = 0
    pages: int = 0
    robots: int = 0
    payload_bytes: int = 0
    first: str | None = None
    last: str | None = None
    sites: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    warc_files: int = 0
    warc_bytes: int = 0

    def add(self, item: Item) -> None:
        """Count a row, or what the index by_day holds of it."""
        self.captures += 1
        self.payload_bytes += item.get("size", 0)
        captured = item["captured"]
        self.first = min(self.first or captured, captured)
        self.last = max(self.last or captured, captured)
        self.sites[item["site"]] += 1
        self.days[captured[:10]] += 1
        if "error" in item:
            self.failures[item["error"]] += 1
        elif 200 <= item.get("status", 0) < 300 or "revisit" in item:
            self.pages += 1
        if "status" in item:
            self.statuses[str(item["status"])] += 1
        if "kind" in item:
            self.kinds[item["kind"]] += 1

    def add_robots(self, item: Item) -> None:
        """Count a robots.txt file, a capture that nobody asked for; its row costs as much as another."""
        del item
        self.robots += 1

    def add_files(self, files: Iterable[tuple[str, int]]) -> None:
        """Count WARC files: key and size of each."""
        for _, size in files:
            self.warc_files += 1
            self.warc_bytes += size

    def monthly_cost(self) -> dict[str, float]:
        """Return what storage costs a month, in US dollars: estimates at list prices, without requests."""
        gigabytes = self.warc_bytes / 1e9
        return {
            "s3_standard": round(gigabytes * S3_STANDARD, 4),
            "s3_standard_ia": round(gigabytes * S3_STANDARD_IA, 4),
            "dynamodb": round((self.captures + self.robots) * ROW_BYTES / 1e9 * DYNAMODB, 4),
        }

    def to_dict(self, *, top: int = 10) -> dict[str, Any]:
        """Return the counts as a JSON object, with the ``top`` largest sites."""
        failures = sum(self.failures.values())
        return {
            "captures": self.captures,
            "pages": self.pages,
            "failures": failures,
            "others": self.captures - self.pages - failures,
            "robots": self.robots,
            "sites": len(self.sites),
            "payload_bytes": self.payload_bytes,
            "first": self.first,
            "last": self.last,
            "warc_files": self.warc_files,
            "warc_bytes": self.warc_bytes,
            "by_status": dict(self.statuses.most_common()),
            "by_failure": dict(self.failures.most_common()),
            "by_kind": dict(self.kinds.most_common()),
            "by_site": {_domain(site): count for site, count in self.sites.most_common(top)},
            "by_day": dict(sorted(self.days.items())),
            "usd_a_month": self.monthly_cost(),
        }


def _domain(site: str) -> str:
    return site if site.startswith("[") else ".".join(reversed(site.split(",")))
