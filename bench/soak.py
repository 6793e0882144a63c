"""Sends thousands of pages through the local stack while everything fails now and then: is anything lost or wrong?

    .venv/bin/python -m bench.soak --urls 10000 --share 0.05

Each kind of mishap has the share: requests to AWS that fail, invocations that are killed (SIGKILL), batches that
are delivered twice at the same time; pages that are busy, break off, close without an answer, redirect, are gone.
One page in 250 kills every process that reads it. The exit code is 1 if anything was lost or wrong, 2 if it did not
finish in the time given. docs/reliability.md has the figures.
"""

import argparse
import json
import math
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends
from tests import quick_moto
from tests.reliability import invariant
from tests.reliability.invariant import Archive, Pushed
from tests.reliability.poisoned import DEADLY
from tests.site import RawSite, response

from pressmark.archive import tombstones
from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.local import stack as stacks
from pressmark.local.account import REGION
from pressmark.local.environment import Environments
from pressmark.local.mapping import EventSourceMapping, InvocationError
from pressmark.local.server import EmbeddedAws
from pressmark.local.template import load
from pressmark.politeness.claims import claim_key
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep import sweep
from pressmark.upkeep.rebuild import rebuild
from pressmark.upkeep.verify import Verifier

HOSTS = 250
DEADLY_SHARE = 1 / 250
"""Share of pages that kill the process that reads them: each costs three processes, and its batch a delivery."""

BACKLOG = 400
"""Messages on the queue at a time; the emulator looks through all of them for each one it hands out."""

PARAMETERS = {
    "HostDelay": "0",
    "ReadTimeout": "2",
    "ConnectTimeout": "2",
    "PageTimeout": "10",
    "FunctionTimeout": "120",
    "BatchWindow": "1",
    "MaximumConcurrency": "3",
}

PAGE = (
    '<!doctype html><html lang="en"><head><title>Story {n}</title><meta name="author" content="Writer {a}">'
    '<meta property="article:section" content="Section {s}"><meta property="og:type" content="article"></head>'
    "<body><article><h1>Story {n}</h1><p>{text}</p></article></body></html>"
)


def fill(site: RawSite, urls: int, share: float, choose: random.Random) -> list[str]:
    """Set up the pages; return their URLs. Mishaps of the site happen on the first request only, but for 404."""
    wanted = []
    deadly = set(choose.sample(range(urls), math.ceil(urls * DEADLY_SHARE)))
    busy = response(b"busy", status="503 Service Unavailable")
    for n in range(urls):
        text = f"Paragraph {n} tells of the river and the bridge. " * choose.randrange(5, 40)
        page = response(PAGE.format(n=n, a=n % 50, s=n % 9, text=text).encode())
        path, mishap = f"/{n}", int(choose.random() / share) if share else 99
        match -1 if n in deadly else mishap:
            case -1:
                path = f"/kills/{n}"
                site.serve(path, response(PAGE.format(n=n, a=0, s=0, text=DEADLY).encode()))
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


def _identities(said: dict[str, Any], name: str, body: str, own: str) -> list[str]:
    """Return the ids of a message's pages from when they were pushed. said: its attributes, with values at ``name``."""
    if "PressmarkRun" in said:
        return [page["id"] for page in json.loads(body)]
    return [said.get("PressmarkId", {}).get(name) or own]


def _of_message(message: Any) -> list[str]:
    """Return the ids of the pages of one of the emulator's own messages."""
    return _identities(message.message_attributes, "StringValue", message.body, message.id)


def _of_record(entry: dict[str, Any]) -> list[str]:
    return _identities(entry["messageAttributes"], "stringValue", entry["body"], entry["messageId"])


class Soak:
    """One run."""

    def __init__(self, aws: EmbeddedAws, options: argparse.Namespace) -> None:
        self.aws, self.options = aws, options
        self.choose = random.Random(options.seed)
        self.counts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.ended: set[str] = set()
        """Messages of which a delivery has ended since the last :meth:`_hurry`."""
        self.orphans: set[str] = set()
        """Identities of messages whose process died and may still hold their claims."""
        self.lock = threading.Lock()
        self.pushed: list[Pushed] = []
        self.begun = time.monotonic()
        self.unfinished = 0

    def line(self, line: str) -> None:
        """Take a line of a process's log."""
        with self.lock:
            if line.startswith("SOAK fault"):
                self.counts["AWS requests failed"] += 1
            elif line.startswith("SOAK kill"):
                self.counts["processes killed"] += 1
            elif line.startswith("{"):
                try:
                    if outcome := json.loads(line).get("outcome"):  # the others are metrics
                        self.outcomes[outcome] += 1
                except ValueError:
                    return

    def run(self, site: RawSite) -> int:
        options, aws = self.options, self.aws
        wanted = fill(site, options.urls, options.share, self.choose)
        template = load()
        stack = stacks.create(
            aws,
            "soak",
            {**PARAMETERS, "IndexTerms": ",".join(INDEX_TERMS), "AllowedPorts": str(site.port)},
            template,
        )
        sqs = aws.client("sqs")
        backend = sqs_backends[DEFAULT_ACCOUNT_ID][REGION]
        queue = backend.queues[stack.queue_url.rsplit("/", 1)[1]]
        dead = backend.queues[stack.dead_letter_queue_url.rsplit("/", 1)[1]]
        function = Environments(
            "bench.soak_handler.lambda_handler",
            {**stack.process_environment([str(site.port)]), "SOAK_SHARE": str(options.share)},
            function_name="soak",
            timeout=stack.timeout,
            on_line=self.line,
        )
        claims = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[stack.state_table].items
        twice = ThreadPoolExecutor(8)

        def deliver(event: dict[str, Any], /) -> Any:
            ids = [each for entry in event["Records"] for each in _of_record(entry)]
            with self.lock:
                self.in_flight.update(ids)
                again = self.choose.random() < options.share
                self.counts["batches delivered twice at a time"] += again
            died = False
            try:
                other = twice.submit(function, event) if again else None
                try:
                    return function(event)
                except InvocationError:
                    died = True
                    raise
                finally:
                    if other is not None:
                        try:
                            other.result()
                        except InvocationError:
                            died = True
                            self.counts["of those, killed"] += 1
            finally:
                with self.lock:
                    self.in_flight.subtract(ids)
                    self.ended.update(entry["messageId"] for entry in event["Records"])
                    if died:
                        self.orphans.update(ids)

        mapping = EventSourceMapping(sqs, stack.queue_url, stack.event_source, deliver)
        runner = threading.Thread(target=mapping.run, daemon=True)
        runner.start()
        started = told = time.monotonic()
        waiting = list(wanted)
        while waiting or queue._messages:
            if waiting and len(queue._messages) < BACKLOG:
                part, waiting = waiting[:100], waiting[100:]
                self._push(sqs, stack.queue_url, part)
            self._end_leases(claims)
            self._hurry(queue)
            time.sleep(0.5)
            now = time.monotonic()
            if now - told >= 20:
                told = now
                self._tell(
                    f"{len(waiting)} to push, {len(queue._messages)} on the queue, {len(dead._messages)} dead"
                )
            if now - started > 60 * options.minutes or not runner.is_alive():
                break
        self.unfinished = len(waiting) + len(queue._messages)
        mapping.stop()
        if self.unfinished:
            function.kill()
        runner.join(stack.timeout + 5)
        twice.shutdown(cancel_futures=True)
        function.close()
        seconds = time.monotonic() - started
        kept = {each for message in (*dead._messages, *queue._messages) for each in _of_message(message)}
        return self._judge(stack, kept, list(dead._messages), seconds, mapping.tally.invocations)

    def _tell(self, what: str) -> None:
        """Print how far the run is: half an hour without output would look as if it hangs."""
        print(f"{time.monotonic() - self.begun:5.0f} s: {what}", file=sys.stderr, flush=True)

    def _end_leases(self, claims: Any) -> None:
        """End claims of killed processes on messages that no process works on any more.

        In AWS they have run out when a message comes back by itself, after six times the function's timeout; here it
        comes at once, and would wait for them, a minute each time.
        """
        with self.lock:
            left = {each for each in self.orphans if self.in_flight[each] <= 0}
            self.orphans -= left
        if not left:
            return
        urls = {each.id: each.url for each in self.pushed}
        gone = {claim_key(urls[each]) for each in left if each in urls}
        for key in [key for key in list(claims) if key.value in gone]:
            claims.pop(key, None)

    def _push(self, sqs: Any, queue_url: str, part: list[str]) -> None:
        for start in range(0, len(part), 10):
            ten = part[start : start + 10]
            answer = sqs.send_message_batch(
                QueueUrl=queue_url,
                Entries=[{"Id": str(number), "MessageBody": url} for number, url in enumerate(ten)],
            )
            self.pushed += [Pushed(each["MessageId"], ten[int(each["Id"])]) for each in answer["Successful"]]

    def _hurry(self, queue: Any) -> None:
        """Make messages that will come again come soon: a retry is due in minutes, and the run must not take hours.

        Once for each delivery that ended: a message that was received and waits for its invocation stays hidden.
        """
        soon = time.time() * 1000 + 3000
        with self.lock:
            ended, self.ended = self.ended, set()
        for message in list(queue._messages):
            message.delayed_until = min(message.delayed_until, soon)
            if message.id in ended:
                message.visible_at = min(message.visible_at, soon)

    def _judge(self, stack: Any, kept: set[str], dead: list[Any], seconds: float, invocations: int) -> int:
        aws = self.aws
        s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
        self._tell("reading the archive back")
        archive = Archive.read(s3, dynamodb, stack.bucket, stack.table, {})
        self._tell("checking every row and file")
        lost = invariant.lost(archive, self.pushed, kept)
        wrong = invariant.wrong(archive)
        pages = [row for row in archive.rows if "purpose" not in row and "requested" not in row]
        captured = Counter(row["message_id"] for row in pages if row.get("error") != "job-failed")
        given_up = {row["url"] for row in pages if row.get("error") == "job-failed"}
        deadly = {each.url for each in self.pushed if "/kills/" in each.url}
        objects, reader = Objects(s3, stack.bucket), TableReader(dynamodb, stack.table)
        stones = Tombstones(tombstones.load(s3, stack.bucket))
        indexing = Indexing(bucket=stack.bucket, terms=stack.settings().index_terms, tombstones=stones)
        self._tell("verify")
        before = Verifier(objects, reader, indexing)
        # The emulator goes through the whole table for each day that is asked for; a year of them would take hours.
        since = datetime.now(UTC).date() - timedelta(days=1)
        sweep.everything(before, since=since)
        self._tell("rebuild")
        rebuild(objects, Table(dynamodb, stack.table), indexing)
        self._tell("verify")
        after = Verifier(objects, reader, indexing)
        sweep.everything(after, since=since)
        self._tell("done")
        print(f"{len(self.pushed)} URLs in {seconds:.0f} s, {invocations} invocations")
        for what, count in sorted(self.counts.items()):
            print(f"  {what}: {count}")
        print(f"  outcomes: {dict(self.outcomes.most_common())}")
        print(
            f"  {len(archive.files)} WARC files, {len(archive.rows)} rows, {len(archive.terms)} look-up items"
        )
        print(
            f"  captured once: {sum(count == 1 for count in captured.values())}, "
            f"more than once: {sum(count > 1 for count in captured.values())}"
        )
        reasons = Counter(
            message.message_attributes.get("PressmarkError", {}).get("StringValue", "moved by SQS")
            for message in dead
        )
        print(f"  in the dead-letter queue: {len(dead)} {dict(reasons)}")
        print(
            f"  pages that kill: {len(deadly)}, given up with a row: {len(deadly & given_up)}; "
            f"others given up for a death that was not theirs: {len(given_up - deadly)}"
        )
        print(
            f"  verify before the rebuild: {dict(before.done.problems)}; after it: {dict(after.done.problems)}"
        )
        print(f"  lost: {len(lost)}, wrong: {len(wrong)}")
        for problem in (lost + wrong)[:20]:
            print(f"    {problem}")
        if self.unfinished:
            print(f"  NOT FINISHED: {self.unfinished} URLs were still to do")
        if lost or wrong or after.done.problems:
            return 1
        return 2 if self.unfinished else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.05, help="of each kind of mishap (0.05)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=120.0, help="stop delivering after this long (120)")
    options = parser.parse_args()
    with quick_moto.quick(), EmbeddedAws() as aws, RawSite("0.0.0.0") as site:
        return Soak(aws, options).run(site)


if __name__ == "__main__":
    sys.exit(main())
