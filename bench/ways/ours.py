"""Pressmark's own way, as the function does it: batches of URLs through the pipeline.

usage: python -m bench.ways.ours {all|fetch} BATCH < URLs; prints one JSON object.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from typing import Any

from pressmark.capture import Capture
from pressmark.fetch import Fetcher
from pressmark.message import CaptureRequest
from pressmark.seams import REAL
from pressmark.settings import Settings
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


def everything(urls: list[str], size: int) -> dict[str, Any]:
    """The whole pipeline behind the real handler, AWS calls and log lines included."""
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - until the process ends
    result = os.dup(1)
    os.dup2(log.fileno(), 1)  # the logger keeps the stdout it finds
    from handler import app

    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}:{model.name}"] += 1

    for client in (app.service.clients.s3, app.service.clients.dynamodb, app.service.clients.sqs):
        client.meta.events.register("before-call", count)

    class Context:
        aws_request_id = "00000000-bench"
        function_name = "bench"
        memory_limit_in_mb = 1024
        invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 120_000

    walls: list[float] = []
    failures = 0
    run = os.environ.get("BENCH_RUN", "0")
    started = spent = 0.0
    done = 0
    for number, batch in enumerate(batches(urls, size)):
        if number == 1 or started == 0.0:  # the first batch warms up: imports, clients, robots.txt
            started, spent, done = time.perf_counter(), time.process_time(), 0
            calls.clear()
            sys.stdout.flush()
            log.truncate(0)
            walls.clear()
        records = [
            {
                "messageId": f"{run}-{number}-{index}",
                "receiptHandle": "none",
                "body": url,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
            }
            for index, url in enumerate(batch)
        ]
        began = time.perf_counter()
        answer = app.lambda_handler({"Records": records}, Context())  # type: ignore[arg-type]
        walls.append(1000 * (time.perf_counter() - began))
        failures += len(answer["batchItemFailures"])
        done += len(batch)
    sys.stdout.flush()
    log_bytes = os.fstat(log.fileno()).st_size
    os.dup2(result, 1)
    assert not failures, f"{failures} pages failed"
    walls.sort()
    return {
        "cpu_ms": 1000 * (time.process_time() - spent) / done,
        "wall_ms": 1000 * (time.perf_counter() - started) / done,
        "batch_ms": walls[len(walls) // 2],
        "calls": {name: total / done for name, total in sorted(calls.items())},
        "log_bytes": log_bytes / done,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "pages": done,
    }


def main() -> None:
    urls = sys.stdin.read().split()
    ways = {"all": everything, "fetch": fetch_and_warc}
    print(json.dumps(ways[sys.argv[1]](urls, int(sys.argv[2]))))


if __name__ == "__main__":
    main()
