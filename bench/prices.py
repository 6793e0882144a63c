"""List prices, and what a batch costs by them.

AWS list prices of us-east-1 as of November 2026, without free tier, storage, data transfer and tax.
"""

from dataclasses import dataclass

DATE = "2026-11"
MILLION = 1_000_000
GIGABYTE = 1e9

LAMBDA_GB_SECOND = 0.0000133334
"""arm64."""
LAMBDA_REQUEST = 0.20 / MILLION
S3_PUT = 5.00 / MILLION
S3_GET = 0.40 / MILLION
S3_STANDARD_GB_MONTH = 0.023
S3_STANDARD_IA_GB_MONTH = 0.0125
WRITE_UNIT = 0.625 / MILLION
"""DynamoDB on demand, one write of up to 1 KB; each index copy is one more."""
READ_UNIT = 0.125 / MILLION
SQS_REQUEST = 0.40 / MILLION
LOGS_GB = 0.50
S3_TRANSITION = 10.00 / MILLION
"""Lifecycle move of one object to an IA class."""
SMALLEST_MOVED = 128 * 1024
"""By default, S3 moves no smaller object by lifecycle (S3 user guide, "Transitioning objects")."""
TABLE_GB_MONTH = 0.25
RECOVERY_GB_MONTH = 0.20
"""Point-in-time recovery, by the size of the table without its global indexes."""
ALARM_METRIC = 0.10
"""A month of one metric of a standard-resolution alarm."""
CUSTOM_METRIC = 0.30
"""A month of one metric that is not AWS's own, by the hours in which it is sent; each value of a dimension is one."""
DASHBOARD = 3.00
KMS_REQUEST = 3.00 / MILLION
"""DynamoDB asks for a table's key every five minutes at most (developer guide, "Encryption at rest: how it works")."""

ONE_CPU_MB = 1769
"""Memory at which a function has one whole processor (AWS Lambda developer guide, "Configure function memory")."""

PLATFORM_LOG_BYTES = 420
"""START, END and REPORT lines that Lambda writes for an invocation."""

LOG_EVENT_BYTES = 26
"""CloudWatch Logs counts this many bytes more for each line (PutLogEvents)."""

DYNAMODB_MS = 5.0
S3_PUT_MS = 40.0
"""Milliseconds until an answer comes, as AWS documents them or customers see them: not measured here. The benchmark's
stand-in for AWS waits this long before it answers."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one invocation uses, measured.

    pages: of the batch. cpu_ms: processor time for each page on one whole processor. wait_ms: wall time of the
    batch that is not processor time: the slowest page's server and the answers of AWS that follow each other.
    For each page: write_units and read_units of DynamoDB, log_bytes and log_lines, sends to the queue.
    """

    pages: float
    cpu_ms: float
    wait_ms: float
    write_units: float
    read_units: float
    log_bytes: float
    log_lines: float = 1.1
    puts: float = 1.0
    sends: float = 0.0


def duration_ms(batch: Batch, memory_mb: float) -> float:
    """Wall time of the batch's invocation: waiting as it is, computing by the share of a processor that memory buys.

    More than one processor does not help: one interpreter computes on one at a time.
    """
    return batch.wait_ms + batch.pages * batch.cpu_ms * max(1.0, ONE_CPU_MB / memory_mb)


def per_million(batch: Batch, memory_mb: float) -> dict[str, float]:
    """Dollars for a million pages in such batches, by service.

    SQS: a batch is sent, received and deleted in requests of ten messages at most; a page that is sent again pays
    for that, too.
    """
    batches = MILLION / batch.pages
    seconds = duration_ms(batch, memory_mb) / 1000
    requests = 3 * -(-batch.pages // 10)
    logged = batch.log_bytes + batch.log_lines * LOG_EVENT_BYTES + PLATFORM_LOG_BYTES / batch.pages
    return {
        "Lambda": batches * (seconds * memory_mb / 1024 * LAMBDA_GB_SECOND + LAMBDA_REQUEST),
        "S3": batches * batch.puts * S3_PUT,
        "DynamoDB": MILLION * (batch.write_units * WRITE_UNIT + batch.read_units * READ_UNIT),
        "SQS": batches * requests * SQS_REQUEST + MILLION * batch.sends * SQS_REQUEST,
        "Logs": MILLION * logged / 1e9 * LOGS_GB,
    }
