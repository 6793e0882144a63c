"""What joining small WARC files costs, counted in requests, and what it saves; the table of docs/cost.md.

usage: python -m bench.compaction. A day's files of one page are made up and joined in an embedded S3; each request is
counted. Reading and deleting take the time that S3 is waited for, which is assumed (bench/prices.py); processor time is
measured.
"""

import hashlib
import io
import random
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from bench import prices
from bench.prices import GIGABYTE, MILLION, ONE_CPU_MB
from bench.tables import table
from pressmark.local import stack as stacks
from pressmark.local.server import EmbeddedAws
from pressmark.upkeep.compacting import AT_A_TIME, MOST_BYTES, Compacted, Compaction
from pressmark.warc.member import Member
from pressmark.warc.writer import file_key, file_name

DAY = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
FILES, BYTES = 2_000, 75_000
"""What is joined here: a day's files, of one page each (docs/cost.md)."""

MEMORY_MB = 1024
"""Memory of the template's CompactFunction."""

S3_MS = 30.0
"""How long S3 is waited for, for a small object's GET or DELETE; assumed."""

REQUEST_CPU = 0.001
"""Seconds of processor time that botocore takes for a small request (docs/performance.md)."""

DAYS_KEPT = 7
"""Days that deleted files stay as older versions, by the template."""

CHARGED = {
    "list_objects_v2": prices.S3_PUT,
    "put_object": prices.S3_PUT,
    "get_object": prices.S3_GET,
    "head_object": prices.S3_GET,
    "delete_object": 0.0,
}
"""Dollars a request; a DELETE is free (Amazon S3 pricing)."""


class Counting:
    """An S3 client that counts its requests."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        def call(**options: Any) -> Any:
            self.calls[name] += 1
            return getattr(self._client, name)(**options)

        return call


def small_file(number: int) -> bytes:
    """Return a WARC file of about BYTES bytes."""
    block = random.Random(number).randbytes(BYTES - 250)  # they do not shrink
    digest = hashlib.sha1(block, usedforsecurity=False).hexdigest()
    out = io.BytesIO()
    member = Member(out)
    head = f"WARC/1.1\r\nWARC-Type: resource\r\nX-Digest: {digest}\r\nContent-Length: {len(block)}\r\n\r\n"
    member.write(head.encode() + block + b"\r\n\r\n")
    member.flush()
    return out.getvalue()


def joined() -> tuple[Compacted, Counter[str], float]:
    """Join a day's files; return what was done, the requests, and seconds of processor time for each file."""
    with EmbeddedAws() as aws:
        stack = stacks.create(aws, "bench-compaction")
        s3 = aws.client("s3")
        for number in range(FILES):
            at = DAY + timedelta(seconds=number * 40)
            key = file_key(file_name("pressmark", at, "bench"), at)
            s3.put_object(Bucket=stack.bucket, Key=key, Body=small_file(number))
        counting = Counting(s3)
        done = Compaction(cast(Any, counting), stack.bucket, NOW).run(date(2026, 10, 1))
        return done, counting.calls, cpu_of_a_file()


def cpu_of_a_file() -> float:
    """Return the processor time of what is done with a file's bytes: checked, digested twice, copied; in seconds."""
    from zlib import crc32

    from pressmark.warc.check import check_file

    data = small_file(0)
    started = time.process_time()
    for _ in range(100):
        list(check_file(io.BytesIO(data), file="x"))
        hashlib.sha256(data).digest()
        hashlib.sha256(data).digest()
        crc32(data)
    return (time.process_time() - started) / 100


def row(pages: int, gigabytes: float, done: Compacted, calls: Counter[str], cpu: float) -> list[str]:
    """Return a line of the table: a million pages of ``gigabytes`` in all, in files of ``pages`` each."""
    files = MILLION / pages
    large = gigabytes * GIGABYTE / MOST_BYTES
    asked = large * (prices.S3_PUT + 2 * prices.S3_GET)
    asked += files / done.files * sum(CHARGED[name] * calls[name] for name in calls if name != "put_object")
    seconds = files * 2 * S3_MS / 1000 / AT_A_TIME + files * (cpu + 2 * REQUEST_CPU) * ONE_CPU_MB / MEMORY_MB
    function = seconds * MEMORY_MB / 1024 * prices.LAMBDA_GB_SECOND
    older = gigabytes * prices.S3_STANDARD_GB_MONTH * DAYS_KEPT * 12 / 365
    return [
        f"{pages}, {gigabytes:.0f} GB",
        f"{files:,.0f}",
        f"{large:,.0f}",
        *(f"{each:.2f}" for each in (asked, function, older)),
        f"**{asked + function + older:.2f}**",
    ]


def main() -> None:
    done, calls, cpu = joined()
    print(f"{done.files:,} files of {done.bytes / GIGABYTE:.2f} GB became {done.into}")
    print(f"requests: {dict(calls)}; {cpu * 1000:.1f} ms of processor time a file")
    names = ("pages a file", "files", "become", "requests", "Lambda", "older versions, 7 days", "sum")
    print(table(names, [row(pages, size, done, calls, cpu) for pages, size in ((1, 75), (10, 10))]))


if __name__ == "__main__":
    main()
