"""A file of 100,000 URLs pushed to the queue: time, requests, memory; whole, and broken off and pushed again.

usage: python -m bench.push_many [--urls 100000]

The queue is moto's, in this process; `pressmark push --file` runs as its own. What is on the queue in the end is
compared with the file, message by message.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.cost import table
from pressmark.local import stack as stacks
from pressmark.local.server import ACCOUNT, CREDENTIALS, REGION, EmbeddedAws


class Requests:
    """Counts SendMessageBatch requests, and does something at one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0
        self.at = 0
        self.act: Any = None

    def __call__(self, environ: Any) -> None:
        if environ.get("HTTP_X_AMZ_TARGET") != "AmazonSQS.SendMessageBatch":
            return
        with self._lock:
            self.count += 1
            if self.count == self.at and self.act:
                self.act()


def on_queue(url: str) -> list[str]:
    """Bodies of the messages on moto's queue, seen from inside: to receive 100,000 takes longer than to send them."""
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[ACCOUNT][REGION].queues[url.rsplit("/", 1)[1]]
    return [message.body for message in queue._messages]


def push(file: Path, environment: dict[str, str], requests: Requests, stop: signal.Signals | None) -> Any:
    """Run the command on a file, and stop it at half of the requests if asked; return what it took."""
    requests.count = 0
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "push", "--file", str(file)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    requests.act = (lambda: process.send_signal(stop)) if stop else None
    assert process.stderr
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage, process.returncode, said.strip()


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=100_000)
    count = parser.parse_args().urls
    requests = Requests()
    rows = []
    with tempfile.TemporaryDirectory() as scratch, EmbeddedAws(on_request=requests) as aws:
        file = Path(scratch) / "urls.txt"
        file.write_text(
            "".join(
                f"https://www.example.com/news/{n % 300:03d}/article-{n:07d}.html\n" for n in range(count)
            )
        )
        wanted = set(file.read_text().split())
        for name, stop in (("whole", None), ("Ctrl-C", signal.SIGINT), ("kill -9", signal.SIGKILL)):
            stack = stacks.create(aws, name.split()[0].lower())
            environment = {
                **CREDENTIALS,
                "AWS_ENDPOINT_URL": aws.endpoint,
                "PRESSMARK_TABLE": stack.table,
                "PRESSMARK_BUCKET": stack.bucket,
                "PRESSMARK_QUEUE_URL": stack.queue_url,
            }
            requests.at = count // 20
            for run in (name, "again") if stop else (name,):
                seconds, usage, code, said = push(file, environment, requests, stop if run == name else None)
                print(f"{run}: exit code {code}: {said}", file=sys.stderr)
                found = Counter(on_queue(stack.queue_url))
                rows.append(
                    (
                        run,
                        f"{seconds:.0f} s",
                        f"{usage.ru_utime + usage.ru_stime:.0f} s",
                        f"{requests.count:,}",
                        f"{usage.ru_maxrss / 1024:.0f} MB",
                        str(code),
                        f"{len(found):,}",
                        f"{sum(found.values()) - len(found):,}",
                        f"{len(wanted - found.keys()):,}",
                    )
                )
            assert found.keys() == wanted
    head = (
        "push",
        "time",
        "CPU",
        "requests",
        "memory",
        "exit code",
        "URLs on the queue",
        "sent twice",
        "not sent",
    )
    print(table(head, rows))
    print(
        f"\n(this process, with the queue in it: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)"
    )


if __name__ == "__main__":
    main()
