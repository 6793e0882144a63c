"""Thousands of pages through the local stack while everything fails now and then: is anything lost or wrong?

    .venv/bin/python -m bench.soak --urls 10000 --share 0.05

Each kind of mishap has the share: requests to AWS that fail, invocations that are killed (SIGKILL), batches that
are delivered twice at the same time; pages that are busy, break off, close without an answer, redirect, are gone.
Ends with 1 if anything was lost or wrong. docs/reliability.md has the figures.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends
from tests.reliability import invariant
from tests.reliability.invariant import Archive, Pushed
from tests.site import RawSite, response

from pressmark.archive import sweep
from pressmark.archive.objects import Objects
from pressmark.archive.queries import TableReader
from pressmark.archive.rebuild import rebuild
from pressmark.archive.table import Table
from pressmark.archive.verify import Verifier
from pressmark.local import stack as stacks
from pressmark.local.environment import Environments
from pressmark.local.mapping import EventSourceMapping, InvocationError
from pressmark.local.server import REGION, EmbeddedAws
from pressmark.local.template import load

HOSTS = 250
BACKLOG = 400
"""Messages on the queue at a time; the emulator looks through all of them for each one it hands out."""

PARAMETERS = {
    "HostDelay": "0",
    "ReadTimeout": "2",
    "ConnectTimeout": "2",
    "PageTimeout": "10",
    "FunctionTimeout": "60",
    "BatchWindow": "1",
    "MaximumConcurrency": "3",
}

PAGE = (
    '<!doctype html><html lang="en"><head><title>Story {n}</title><meta name="author" content="Writer {a}">'
    '<meta property="article:section" content="Section {s}"><meta property="og:type" content="article"></head>'
    "<body><article><h1>Story {n}</h1><p>{text}</p></article></body></html>"
)


def fill(site: RawSite, urls: int, share: float, choose: random.Random) -> list[str]:
    """Set up the pages; returns their URLs. Mishaps of the site happen on the first request only, but for 404."""
    wanted = []
    busy = response(b"busy", status="503 Service Unavailable")
    for n in range(urls):
        text = f"Paragraph {n} tells of the river and the bridge. " * choose.randrange(5, 40)
        page = response(PAGE.format(n=n, a=n % 50, s=n % 9, text=text).encode())
        path, mishap = f"/{n}", int(choose.random() / share) if share else 99
        match mishap:
            case 0:
                site.serve(path, busy, page)
            case 1:
                site.serve(path, page[:-200], page)
            case 2:
                site.serve(path, b"", page)
            case 3:
                site.serve(path, response(status="302 Found", headers=[("Location", f"/to/{n}")]))
                site.serve(f"/to/{n}", page)
            case 4:
                site.serve(path, response(b"gone", status="404 Not Found"))
            case _:
                site.serve(path, page)
        host = n % HOSTS
        wanted.append(f"http://127.{1 + host // 100}.{host % 100}.9:{site.port}{path}")
    return wanted


class Soak:
    """One run."""

    def __init__(self, aws: EmbeddedAws, options: argparse.Namespace) -> None:
        self.aws, self.options = aws, options
        self.choose = random.Random(options.seed)
        self.counts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.pushed: list[Pushed] = []

    def line(self, line: str) -> None:
        """Take a line of a process's log."""
        with self.lock:
            if line.startswith("SOAK fault"):
                self.counts["AWS requests failed"] += 1
            elif line.startswith("SOAK kill"):
                self.counts["processes killed"] += 1
            elif line.startswith("{"):
                try:
                    self.outcomes[json.loads(line).get("outcome", "")] += 1
                except ValueError:
                    return

    def run(self, site: RawSite) -> int:
        options, aws = self.options, self.aws
        wanted = fill(site, options.urls, options.share, self.choose)
        template = load()
        stack = stacks.create(aws, "soak", {**PARAMETERS, "AllowedPorts": str(site.port)}, template)
        sqs = aws.client("sqs")
        backend = sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
        queue = backend.queues[stack.queue_url.rsplit("/", 1)[1]]
        dead = backend.queues[stack.dead_letter_queue_url.rsplit("/", 1)[1]]
        function = Environments(
            "bench.soak_handler.lambda_handler",
            {**stack.process_environment(), "SOAK_SHARE": str(options.share)},
            function_name="soak",
            timeout=stack.timeout,
            on_line=self.line,
        )
        twice = ThreadPoolExecutor(8)

        def deliver(event: dict[str, Any], /) -> Any:
            ids = [entry["messageId"] for entry in event["Records"]]
            with self.lock:
                self.in_flight.update(ids)
                again = self.choose.random() < options.share
                self.counts["batches delivered twice at a time"] += again
            try:
                other = twice.submit(function, event) if again else None
                try:
                    return function(event)
                finally:
                    if other is not None:
                        try:
                            other.result()
                        except InvocationError:
                            self.counts["of those, killed"] += 1
            finally:
                with self.lock:
                    self.in_flight.subtract(ids)

        mapping = EventSourceMapping(sqs, stack.queue_url, stack.event_source, deliver)
        runner = threading.Thread(target=mapping.run)
        runner.start()
        started = time.monotonic()
        waiting = list(wanted)
        while waiting or queue._messages:
            if waiting and len(queue._messages) < BACKLOG:
                part, waiting = waiting[:100], waiting[100:]
                self._push(sqs, stack.queue_url, part)
            self._hurry(queue)
            time.sleep(1.0)
            if int(time.monotonic() - started) % 20 == 0:
                left = len(waiting) + len(queue._messages)
                print(f"{time.monotonic() - started:5.0f} s, {left} left", file=sys.stderr, flush=True)
        mapping.stop()
        runner.join()
        function.close()
        seconds = time.monotonic() - started
        dead_ids = {
            message.message_attributes.get("PressmarkId", {}).get("StringValue") or message.id
            for message in dead._messages
        }
        return self._judge(stack, dead_ids, seconds, mapping.tally.invocations)

    def _push(self, sqs: Any, queue_url: str, part: list[str]) -> None:
        for start in range(0, len(part), 10):
            ten = part[start : start + 10]
            answer = sqs.send_message_batch(
                QueueUrl=queue_url,
                Entries=[{"Id": str(number), "MessageBody": url} for number, url in enumerate(ten)],
            )
            self.pushed += [Pushed(each["MessageId"], ten[int(each["Id"])]) for each in answer["Successful"]]

    def _hurry(self, queue: Any) -> None:
        """Let what nobody works on come at once: a retry is due in minutes, and this must not take hours.

        A page that waits for a claim to end is left to wait: that is in less than a minute.
        """
        soon = time.time() * 1000 + 3000
        for message in list(queue._messages):
            if self.in_flight[message.id] <= 0:
                message.visible_at = min(message.visible_at, soon)

    def _judge(self, stack: Any, dead: set[str], seconds: float, invocations: int) -> int:
        aws = self.aws
        s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
        archive = Archive.read(s3, dynamodb, stack.bucket, stack.table)
        lost = invariant.lost(archive, self.pushed, dead)
        wrong = invariant.wrong(archive)
        pages = [row for row in archive.rows if "purpose" not in row]
        per_message = Counter(row["message_id"] for row in pages if "requested" not in row)
        objects, reader = Objects(s3, stack.bucket), TableReader(dynamodb, stack.table)
        terms = stack.settings().index_terms
        before = Verifier(objects, reader, bucket=stack.bucket, index_terms=terms)
        sweep.everything(before, objects, reader)
        rebuild(objects, Table(dynamodb, stack.table), index_terms=terms)
        after = Verifier(objects, reader, bucket=stack.bucket, index_terms=terms)
        sweep.everything(after, objects, reader)
        print(f"{len(self.pushed)} URLs in {seconds:.0f} s, {invocations} invocations")
        for what, count in sorted(self.counts.items()):
            print(f"  {what}: {count}")
        print(f"  outcomes: {dict(self.outcomes.most_common())}")
        print(
            f"  {len(archive.files)} WARC files, {len(archive.rows)} rows, {len(archive.terms)} look-up items"
        )
        print(
            f"  captured once: {sum(count == 1 for count in per_message.values())}, "
            f"more than once: {sum(count > 1 for count in per_message.values())}, in the dead-letter queue: {len(dead)}"
        )
        print(
            f"  verify before the rebuild: {dict(before.done.problems)}; after it: {dict(after.done.problems)}"
        )
        print(f"  lost: {len(lost)}, wrong: {len(wrong)}")
        for problem in (lost + wrong)[:20]:
            print(f"    {problem}")
        return 1 if lost or wrong or after.done.problems else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.05, help="of each kind of mishap (0.05)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with EmbeddedAws() as aws, RawSite("0.0.0.0") as site:
        return Soak(aws, options).run(site)


if __name__ == "__main__":
    sys.exit(main())
