"""One local run: URLs onto the queue, the real handler fed from it, WARC files into the archive folder."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pressmark.archive.objects import Objects
from pressmark.archive.rebuild import Rebuilt, rebuild
from pressmark.archive.table import Table, from_item
from pressmark.errors import MessageError
from pressmark.local import folder as folders
from pressmark.local import stack as stacks
from pressmark.local.environment import Environments
from pressmark.local.mapping import EventSourceMapping, Tally
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack
from pressmark.local.template import FUNCTION, load

STACK = "pressmark-local"
"""Name of the stack that stays up (``make serve``); events/env.json knows it."""

_RUNS = itertools.count(1)
"""A run's stack is named by number: the embedded AWS keeps one state a process, see EmbeddedAws."""

PATIENCE = 40.0
"""Seconds that a run waits for pages whose next try is due later; then it leaves them."""


@dataclass(slots=True)
class Outcome:
    """What a run did."""

    tally: Tally
    rows: list[dict[str, Any]]
    """Table rows of this run's captures, oldest first."""
    files: list[Path]
    """WARC files this run wrote."""
    known: Rebuilt
    """What was there before."""
    dead: list[dict[str, Any]] = field(default_factory=list)
    """Messages that ended in the dead-letter queue."""
    left: int = 0
    """Messages still on the queue, waiting for another try."""
    seconds: float = 0.0


def load_archive(aws: EmbeddedAws, stack: Stack, archive: Path) -> Rebuilt:
    """Put the folder's WARC files into the bucket and write the rows that they make.

    The rows come from the code that rebuilds a deployment's table: what is damaged is in the result.
    """
    folders.load(aws.client("s3"), stack.bucket, archive)
    return rebuild(
        Objects(aws.client("s3"), stack.bucket),
        Table(aws.client("dynamodb"), stack.table),
        index_terms=stack.settings().index_terms,
    )


def run(
    urls: Sequence[str],
    archive: Path,
    *,
    parameters: Mapping[str, str] | None = None,
    on_page: Callable[[dict[str, Any]], None] = lambda _page: None,
) -> Outcome:
    """Archive URLs in an embedded AWS and return what came of it.

    archive: folder of WARC files, read before and added to after. parameters: overrides of template.yaml's.
    on_page: gets each structured log line of a page while the run is on; the whole log goes to archive/run.log.
    """
    started = time.monotonic()
    template = load()
    with EmbeddedAws() as aws:
        stack = stacks.create(aws, f"pressmark-run-{next(_RUNS)}", parameters, template)
        s3, sqs = aws.client("s3"), aws.client("sqs")
        known = load_archive(aws, stack, archive)
        since = datetime.now(UTC)
        push(sqs, stack.queue_url, urls)
        archive.mkdir(parents=True, exist_ok=True)
        with (archive / "run.log").open("a", encoding="utf-8") as log_file:
            function = Environments(
                template["Resources"][FUNCTION]["Properties"]["Handler"],
                stack.process_environment(),
                function_name=f"{stack.name}-{FUNCTION}",
                timeout=stack.timeout,
                on_line=_log_to(log_file, on_page),
            )
            try:
                mapping = EventSourceMapping(sqs, stack.queue_url, stack.event_source, function)
                tally = mapping.run(until_idle=True, patience=PATIENCE)
                ready, waiting = mapping.backlog()
            finally:
                function.close()
                files = folders.save(s3, stack.bucket, archive)
        return Outcome(
            tally=tally,
            rows=rows_since(aws, stack, since),
            files=files,
            known=known,
            dead=dead_letters(sqs, stack.dead_letter_queue_url),
            left=ready + waiting,
            seconds=time.monotonic() - started,
        )


def push(sqs: Any, queue_url: str, urls: Sequence[str]) -> None:
    """Send one message a URL, ten a request."""
    for start in range(0, len(urls), 10):
        answer = sqs.send_message_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "MessageBody": url} for number, url in enumerate(urls[start : start + 10])
            ],
        )
        for refused in answer.get("Failed", ()):
            raise MessageError(
                f"the queue refused {urls[start + int(refused['Id'])]!r}: {refused['Message']}"
            )


def rows_since(aws: EmbeddedAws, stack: Stack, since: datetime) -> list[dict[str, Any]]:
    """Return the rows captured since an instant (aware), oldest first: one key condition a day, no scan."""
    dynamodb = aws.client("dynamodb")
    rows: list[dict[str, Any]] = []
    for day in sorted({since.date().isoformat(), datetime.now(UTC).date().isoformat()}):
        pages = dynamodb.get_paginator("query").paginate(
            TableName=stack.table,
            IndexName="by_day",
            KeyConditionExpression="#day = :day AND captured >= :since",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={
                ":day": {"S": day},
                ":since": {"S": since.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
            },
        )
        for page in pages:
            for item in page["Items"]:
                key = {"site": item["site"], "capture": item["capture"]}
                whole = dynamodb.get_item(TableName=stack.table, Key=key)["Item"]
                rows.append(from_item(whole))
    return rows


def dead_letters(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    """Return the messages of a queue, body and attributes; they stay there."""
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
    ).get("Messages"):
        found += messages
    return found


def _log_to(file: Any, on_page: Callable[[dict[str, Any]], None]) -> Callable[[str], None]:
    lock = threading.Lock()

    def take(line: str) -> None:
        with lock:
            file.write(line + "\n")
            file.flush()
        try:
            entry = json.loads(line)
        except ValueError:
            return
        if isinstance(entry, dict) and "url" in entry:
            on_page(entry)

    return take
