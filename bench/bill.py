"""The whole bill of a deployment as the template makes it: a month of nothing, a million pages, a year of keeping them.

usage: python -m bench.cost, which prints these tables, too. The resources come from template.yaml, the quantities from
bench/figures.json and the constants here, the prices from bench/prices.py.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.template.resolving import Resolver

from bench import prices
from bench.prices import GIGABYTE, MILLION, Batch, duration_ms, per_million
from bench.sampling import sampled
from pressmark.catalog.files import FULL_ROWS
from pressmark.crawl.reports import GROUPS
from pressmark.local.template import ROOT

HOURS = 730
"""Hours of a month, as AWS counts them."""

POLLERS = 5
"""How many batches at a time Lambda requests from an idle queue (Lambda developer guide, "Using Lambda with Amazon
SQS")."""

POLL_SECONDS = 20
"""How long each of these requests waits for a message: SQS's maximum, which Lambda uses."""

COLD_STARTS = 0.01
"""Share of invocations that begin with a cold start. Not measured: it follows from how evenly pages come."""

ROW_BYTES, COPY_BYTES, TERM_BYTES = 1400, 450, 310
"""A capture's row and its copy in an index (of the development corpus), and a look-up item (of bench.captures)."""

ITEM_BYTES = 100
"""What DynamoDB adds to each item and index copy that it keeps (DynamoDB developer guide, "Item sizes and formats")."""

WARC_BYTES = 75_000
"""A page in its WARC file, with its request, metadata and text records (the development corpus)."""

VERIFY_SECONDS = 60
"""Length of a scheduled verification with the default sample. Not measured on AWS: its files are read in seconds."""


CATALOG_MS = 1.22
"""Processor time of a page on its way into the open table, the first time (bench.catalog)."""

CATALOG_AGAIN_MS = 0.055
"""Processor time of a page that is written again because its day's file has grown: bench.catalog_hour --hours 24 1000.
0.087 was measured on a machine under load, on which bench.catalog took 1.92 instead of 1.22."""

CATALOG_SECONDS = 1
"""Length of an hourly run of the catalog function that finds nothing: a cold start, without DuckDB. Not measured on
AWS."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. quantity: for people. dollars: for a month, a million pages or a year."""

    what: str
    quantity: str
    dollars: float


class Deployment:
    """What a template makes, with its defaults or other parameters."""

    def __init__(self, template: Mapping[str, Any], **parameters: str) -> None:
        self.parameters = {
            name: str(parameters.get(name, each["Default"])) for name, each in template["Parameters"].items()
        }
        resolver = Resolver(template, "stack", self.parameters)
        self._made = [
            (each["Type"], resolver.value(each.get("Properties", {})))
            for each in template["Resources"].values()
            if "Condition" not in each or resolver.condition(each["Condition"])
        ]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The properties of all resources of a type."""
        return [properties for each, properties in self._made if each == kind]

    def alarms(self) -> int:
        """How many alarms there are; each watches one metric, for which CloudWatch bills."""
        return len(self.of_type("AWS::CloudWatch::Alarm"))


def custom_metrics(module: str) -> int:
    """Return how many metrics of its own a module sends; each value of a dimension is one. module: its path in src."""
    names = [
        node.args[0].value
        for node in ast.walk(ast.parse((ROOT / "src" / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if getattr(node.func, "attr", getattr(node.func, "id", "")) in ("add_metric", "single_metric")
    ]
    return sum(len(GROUPS) + 1 if name == "PagesFailed" else 1 for name in names)


def idle(found: Deployment) -> list[Line]:
    """A month in which no page comes."""
    polls = POLLERS * HOURS * 3600 / POLL_SECONDS
    metrics = found.alarms()
    lines = [
        Line("Lambda asking the queue", f"{polls:,.0f} requests", polls * prices.SQS_REQUEST),
        Line("alarms", f"{metrics} metrics", metrics * prices.ALARM_METRIC),
    ]
    if found.parameters["CatalogSchedule"]:  # a listing and a GET a run
        run = CATALOG_SECONDS * prices.ONE_CPU_MB / 1024 * prices.LAMBDA_GB_SECOND + prices.LAMBDA_REQUEST
        run += prices.S3_PUT + prices.S3_GET
        lines.append(Line("the open table, looked at each hour", f"{HOURS} runs", HOURS * run))
    if boards := len(found.of_type("AWS::CloudWatch::Dashboard")):
        lines.append(Line("dashboard", str(boards), boards * prices.DASHBOARD))
    tables = found.of_type("AWS::DynamoDB::Table")
    if keys := sum(bool(table.get("SSESpecification", {}).get("SSEEnabled")) for table in tables):
        asked = keys * HOURS * 12
        lines.append(
            Line("KMS for the tables, while they are used", f"{asked:,} requests", asked * prices.KMS_REQUEST)
        )
    return lines


def catalog(found: Deployment, pages_a_file: float) -> list[Line]:
    """What the open table adds to a million pages that come evenly within a month."""
    if not found.parameters["CatalogSchedule"]:
        return []
    second = prices.ONE_CPU_MB / 1024 * prices.LAMBDA_GB_SECOND
    gets = MILLION / pages_a_file
    # Each hour's pages are added to those of the day until then, half a day's on average.
    again = min(MILLION / HOURS * 12, FULL_ROWS / 2) / (MILLION / HOURS)
    # An hour: the WARC files, the day's and the tombstones are listed; the day's file read, its footer first, and put.
    hourly = 4 * prices.S3_PUT + 2 * prices.S3_GET
    return [
        Line(
            "the open table: its function",
            f"{CATALOG_MS:.2f} ms a page, and {again:.0f} times {CATALOG_AGAIN_MS:g}",
            MILLION * (CATALOG_MS + again * CATALOG_AGAIN_MS) / 1000 * second,
        ),
        Line(
            "reading WARC files, writing its own",
            f"{gets:,.0f} GETs, {HOURS} PUTs",
            gets * prices.S3_GET + HOURS * hourly,
        ),
    ]


def verification(template: Mapping[str, Any]) -> list[Line]:
    """What a daily verification adds to a month, of an archive of a year with a million pages in it."""
    without, found = Deployment(template), Deployment(template, VerifySchedule="rate(1 day)")
    runs, files = HOURS / 24, int(found.parameters["VerifySample"])
    listed = sampled(365, 100_000).asked
    seconds = runs * VERIFY_SECONDS * int(found.parameters["MemorySize"]) / 1024
    alarms = found.alarms() - without.alarms()
    metrics = custom_metrics("handler/verify.py")
    # For a row: a page of the index, the row, and its record; for a file, all its rows and look-up items.
    reads = files * (4 + 10 * 10)
    return [
        Line("alarms", f"{alarms} metrics", alarms * prices.ALARM_METRIC),
        Line("custom metrics", f"{metrics}, an hour a day", metrics * prices.CUSTOM_METRIC / 24),
        Line("Lambda", f"{runs:.0f} runs of a minute", seconds * prices.LAMBDA_GB_SECOND),
        Line(
            "requests",
            f"{listed} listings, {2 * files} GETs and {reads:,} read units a run",
            runs * (listed * prices.S3_PUT + 2 * files * prices.S3_GET + reads * prices.READ_UNIT),
        ),
    ]


def a_million(found: Deployment, batch: Batch, init_ms: float) -> list[Line]:
    """A million pages of ten hosts at a time, within a month."""
    memory = int(found.parameters["MemorySize"])
    parts = per_million(batch, memory)
    starts = COLD_STARTS * MILLION / batch.pages
    shown = bool(found.of_type("AWS::CloudWatch::Dashboard"))
    metrics = custom_metrics("pressmark/crawl/telemetry.py") if shown else 0
    seconds = duration_ms(batch, memory) / 1000
    return [
        Line("Lambda", f"{MILLION / batch.pages:,.0f} invocations of {seconds:.2f} s", parts["Lambda"]),
        Line(
            "its cold starts, which are billed",
            f"{starts:,.0f} of {init_ms / 1000:.2f} s",
            starts * init_ms / 1000 * memory / 1024 * prices.LAMBDA_GB_SECOND,
        ),
        Line("S3", f"{MILLION / batch.pages:,.0f} PUTs", parts["S3"]),
        Line(
            "DynamoDB",
            f"{batch.write_units:.1f} write units and {batch.read_units:g} read units a page",
            parts["DynamoDB"],
        ),
        Line("SQS", "sent, received and deleted by tens", parts["SQS"]),
        Line("log lines", f"{parts['Logs'] / prices.LOGS_GB:.2f} GB", parts["Logs"]),
        Line(
            "custom metrics",
            f"{metrics} for a month" if metrics else "none, without a dashboard",
            metrics * prices.CUSTOM_METRIC,
        ),
        *catalog(found, batch.pages),
    ]


def a_year(found: Deployment, items: Mapping[str, float], pages_a_file: float) -> list[Line]:
    """Keeping a million pages for twelve months from their capture."""
    stored = MILLION * WARC_BYTES / GIGABYTE
    file_bytes = pages_a_file * WARC_BYTES
    moves = found.parameters["StorageClass"] != "STANDARD" and file_bytes >= prices.SMALLEST_MOVED
    standard = int(found.parameters["StorageClassAfterDays"]) / 365 * 12 if moves else 12.0
    lines = [
        Line(
            "WARC files in S3 Standard",
            f"{stored:.0f} GB for {standard:.0f} months",
            stored * standard * prices.S3_STANDARD_GB_MONTH,
        )
    ]
    if moves:
        files = MILLION / pages_a_file
        lines += [
            Line(
                "then in Standard-IA",
                f"{stored:.0f} GB for {12 - standard:.0f} months",
                stored * (12 - standard) * prices.S3_STANDARD_IA_GB_MONTH,
            ),
            Line("moving them there, once", f"{files:,.0f} files", files * prices.S3_TRANSITION),
        ]
    terms = sum(count for kind, count in items.items() if kind != "row")
    table = MILLION * ((ROW_BYTES + ITEM_BYTES) + terms * (TERM_BYTES + ITEM_BYTES)) / GIGABYTE
    copies = MILLION * 2 * (COPY_BYTES + ITEM_BYTES) / GIGABYTE
    lines.append(
        Line(
            "rows, look-up items and index copies",
            f"{table + copies:.1f} GB for 12 months",
            12 * (table + copies) * prices.TABLE_GB_MONTH,
        )
    )
    (archive,) = [each for each in found.of_type("AWS::DynamoDB::Table") if "GlobalSecondaryIndexes" in each]
    if archive.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        lines.append(
            Line(
                "point-in-time recovery",
                f"{table:.1f} GB for 12 months",
                12 * table * prices.RECOVERY_GB_MONTH,
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request to the access function uses. cpu: its name in the figures, of bench.access. queries: requests to
    DynamoDB. gets: objects read. reads, writes: units. sends: messages."""

    what: str
    cpu: str
    queries: int
    gets: int = 0
    reads: float = 0.0
    writes: int = 0
    sends: int = 0


ROWS_OF_100 = 100 * ROW_BYTES / 4096 / 2
"""Read units of a hundred rows, eventually consistent."""

ANSWERS = (
    Answer("CDX, 100 lines", "cdx_100_lines", 1, reads=ROWS_OF_100),
    Answer("page of a URL with 100 captures", "url_page", 1, reads=ROWS_OF_100),
    # The capture, and those that its Link line names: the first, the last, the one before, the one after.
    Answer("memento of 70 KB", "memento_70_kb", 5, gets=1, reads=2.5),
    # Two jobs that are looked for, consistently; the count, the job, and its end, which the capture function writes.
    Answer("page saved with a key", "save", 3, reads=2, writes=3, sends=1),
)


def access(found: Deployment, cpu_ms: Mapping[str, float]) -> list[list[str]]:
    """A million requests of each kind to the access function, in dollars by service, and their sum."""
    memory = int(found.parameters["AccessMemorySize"])
    rows = []
    for each in ANSWERS:
        waits = prices.DYNAMODB_MS * (each.queries + each.sends) + prices.S3_PUT_MS * each.gets
        seconds = (waits + cpu_ms[each.cpu] * max(1.0, prices.ONE_CPU_MB / memory)) / 1000
        parts = [
            MILLION * (seconds * memory / 1024 * prices.LAMBDA_GB_SECOND + prices.LAMBDA_REQUEST),
            MILLION * (each.reads * prices.READ_UNIT + each.writes * prices.WRITE_UNIT),
            MILLION * each.gets * prices.S3_GET,
            MILLION * each.sends * prices.SQS_REQUEST,
            MILLION * prices.PLATFORM_LOG_BYTES / GIGABYTE * prices.LOGS_GB,
        ]
        rows.append([each.what, *(f"{part:.2f}" for part in parts), f"**{sum(parts):.2f}**"])
    return rows
