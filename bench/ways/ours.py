"""Pressmark's own way, as the function does it: batches of URLs through the pipeline.

usage: python -m bench.ways.ours {all|fetch} BATCH < URLs; prints one JSON object.
"""

import json
import os
import re
import resource
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from pressmark.clock import REAL
from pressmark.http.fetcher import Fetcher
from pressmark.queues.message import CaptureRequest
from pressmark.settings import Settings
from pressmark.warc.event import Capture
from pressmark.warc.writer import WarcFile


def batches(urls: list[str], size: int) -> list[list[str]]:
    return [urls[start : start + size] for start in range(0, len(urls), size)]


def fetch_and_warc(urls: list[str], size: int) -> dict[str, Any]:
    """Fetch and write WARC files alone: what wget and capture_http do."""
    settings = Settings.from_environment(
        {name: value for name, value in os.environ.items() if name.startswith("PRESSMARK_")}
    )
    fetcher = Fetcher(settings)
    stored = 0
    started, spent = time.perf_counter(), time.process_time()
    for batch in batches(urls, size):
        file = WarcFile(settings, host="bench")
        for url in batch:
            result = fetcher.fetch(url, deadline=REAL.monotonic() + 60)
            assert result.error is None, result.error
            capture = Capture(CaptureRequest(url), "m", "t", REAL.now(), exchanges=result.exchanges)
            file.add(capture)
            capture.close()
        stored += file.size
        with open(os.devnull, "wb") as sink:
            sink.write(file.open().read())
        file.close()
    return {
        "cpu_ms": 1000 * (time.process_time() - spent) / len(urls),
        "wall_ms": 1000 * (time.perf_counter() - started) / len(urls),
        "stored": stored,
    }


def cpu() -> float:
    """Seconds of processor time of this process and of the one that reads articles for it."""
    from handler import app

    child = app.service.reader.process_id  # type: ignore[attr-defined]
    # Nanoseconds on a processor (Documentation/scheduler/sched-stats.rst); it has one thread.
    spent = int(Path(f"/proc/{child}/schedstat").read_text().split()[0]) if child else 0
    return time.process_time() + spent / 1e9


def peak_mb() -> float:
    """Largest resident memory of both processes together."""
    from handler import app

    child = app.service.reader.process_id  # type: ignore[attr-defined]
    theirs = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{child}/status").read_text()) if child else None
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (ours + (int(theirs[1]) if theirs else 0)) / 1024


def everything(urls: list[str], size: int) -> dict[str, Any]:
    """The whole pipeline behind the real handler, AWS calls and log lines included."""
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - until the process ends
    result = os.dup(1)
    os.dup2(log.fileno(), 1)  # the logger keeps the stdout it finds
    # Lambda sets it whether a function is traced or not (developer guide, "Lambda environment variables").
    os.environ["_X_AMZN_TRACE_ID"] = (
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
    )
    from handler import app

    calls: Counter[str] = Counter()
    units: Counter[str] = Counter()
    sizes: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}:{model.name}"] += 1

    for client in (app.service.clients.s3, app.service.clients.dynamodb, app.service.clients.sqs):
        client.meta.events.register("before-call", count)
    if os.environ.get("BENCH_UNITS"):
        _count_units(app.service.clients.dynamodb, units, sizes)

    class Context:
        aws_request_id = "11111111-2222-3333-4444-555555555555"
        function_name = "bench"
        memory_limit_in_mb = 1024
        invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 120_000

    walls: list[tuple[float, float]] = []
    failures = 0
    run = os.environ.get("BENCH_RUN", "0")
    started = spent = 0.0
    done = 0
    for number, batch in enumerate(batches(urls, size)):
        if number == 1 or started == 0.0:  # the first batch warms up: imports, clients, robots.txt
            started, spent, done = time.perf_counter(), cpu(), 0
            for counter in (calls, units, sizes):
                counter.clear()
            sys.stdout.flush()
            log.seek(0)  # of the descriptor, which the new stdout shares
            log.truncate()
            walls.clear()
        records = [
            {
                "messageId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{run}-{number}-{index}")),
                "receiptHandle": "none",
                "body": url,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
            }
            for index, url in enumerate(batch)
        ]
        began, used = time.perf_counter(), cpu()
        answer = app.lambda_handler({"Records": records}, Context())  # type: ignore[arg-type]
        walls.append((1000 * (time.perf_counter() - began), 1000 * (cpu() - used) / len(batch)))
        failures += len(answer["batchItemFailures"])
        done += len(batch)
    sys.stdout.flush()
    cpu_ms, wall_ms = (
        1000 * (cpu() - spent) / done,
        1000 * (time.perf_counter() - started) / done,
    )
    log.seek(0)
    lines = log.read().split("\n")  # titles may hold what splitlines() takes for a line's end
    os.dup2(result, 1)
    assert not failures, f"{failures} pages failed"
    stories = [story for story in map(json.loads, filter(None, lines)) if "outcome" in story]
    walls.sort()
    return {
        "cpu_ms": cpu_ms,
        "wall_ms": wall_ms,
        "batch_ms": walls[len(walls) // 2][0],
        "least_ms": walls[0][
            0
        ],  # the batch that other work on this machine disturbed least, and its pages' CPU
        "least_cpu_ms": walls[0][1],
        "calls": {name: total / done for name, total in sorted(calls.items())},
        "units": {name: total / done for name, total in sorted(units.items())},
        "items": {name: total / done for name, total in sorted(sizes.items())},
        "log_bytes": (sum(len(line.encode()) + 1 for line in lines) - 1) / done,
        "log_lines": (len(lines) - 1) / done,
        "outcomes": Counter(story["outcome"] for story in stories),
        "body_bytes": sum(story.get("bytes", 0) for story in stories) / done,
        "record_bytes": sum(story.get("length", 0) for story in stories) / done,
        "peak_mb": peak_mb(),
        "pages": done,
    }


def _count_units(client: Any, units: Counter[str], items: Counter[str]) -> None:
    """Count what the server says each request consumed, and what the documented rules say of the rows written."""
    from bench.units import indexes_of, put_units, read_units
    from pressmark.local import template

    properties = template.load()["Resources"]["ArchiveTable"]["Properties"]
    indexes, keys = indexes_of(properties), [key["AttributeName"] for key in properties["KeySchema"]]

    def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"
        if model.name == "Query":  # on pages that are new: nothing is found
            units["rule:read"] += read_units(0, consistent=bool(params.get("ConsistentRead")))
        for requests in params.get("RequestItems", {}).values():
            for request in requests:
                item = request["PutRequest"]["Item"]
                kind, sign, _ = item["site"]["S"].partition("=")
                kind = kind if sign else "row"
                items[kind] += 1
                for name, amount in put_units(item, indexes, keys).items():
                    units[f"rule:{'row' if kind == 'row' else 'terms'}:{name}"] += amount

    def add(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        for part in consumed if isinstance(consumed, list) else [consumed]:
            units[f"said:{model.name}"] += part["CapacityUnits"]

    client.meta.events.register("provide-client-params", ask)
    client.meta.events.register("after-call", add)


def main() -> None:
    urls = sys.stdin.read().split()
    ways = {"all": everything, "fetch": fetch_and_warc}
    print(json.dumps(ways[sys.argv[1]](urls, int(sys.argv[2]))))


if __name__ == "__main__":
    main()
