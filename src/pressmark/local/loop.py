"""The loop of a local archive: messages go from the queue to the function, and its WARC files into the folder."""

import json
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from pressmark.local import folder as folders
from pressmark.local.environment import Environments
from pressmark.local.mapping import EventSourceMapping
from pressmark.local.pages import Entry, Pages
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack
from pressmark.local.template import FUNCTION

SETTLE_SECONDS = 5.0
"""After an interruption, maximum seconds to wait until the mapping has dealt with the invocations that were ended."""


class Loop:
    """A stack's queue and its function. ``mapping.run`` feeds the queue's messages to the function.

    archive: the folder that gets the function's log and, after each invocation, its new WARC files, which ``files``
    lists. pages: records what becomes of each page. on_page: gets each structured log line of a page. loopback:
    addresses of this machine that pages may be fetched from.
    """

    def __init__(
        self,
        aws: EmbeddedAws,
        stack: Stack,
        archive: Path,
        pages: Pages,
        *,
        on_page: Callable[[Entry], None] = lambda _entry: None,
        loopback: Collection[str] = (),
    ) -> None:
        self.files: list[Path] = []
        self._s3 = aws.client("s3")
        self._bucket = stack.bucket
        self._archive = archive
        self._pages = pages
        self._on_page = on_page
        self._saving = threading.Lock()
        self._writing = threading.Lock()
        self._log = archive / folders.LOG
        self._function = Environments(
            stack.handler,
            stack.process_environment(loopback),
            function_name=f"{stack.name}-{FUNCTION}",
            timeout=stack.timeout,
            on_line=self._line,
        )
        self.mapping = EventSourceMapping(
            aws.client("sqs"),
            stack.queue_url,
            stack.event_source,
            self._function,
            on_batch=self._batch,
        )

    def close(self) -> None:
        """End the function, which must be idle, and save the files that are left."""
        self._function.close()
        self.save()

    def kill(self) -> None:
        """End the invocations under way, and let the mapping deal with their messages."""
        self._function.kill()
        self.mapping.settle(SETTLE_SECONDS)

    def save(self) -> None:
        """Save in the folder those files of the bucket that it lacks. Raises ArchiveError."""
        with self._saving:
            folders.save(self._s3, self._bucket, self._archive, self.files)

    def _batch(self, records: list[dict[str, Any]], _failed: set[str]) -> None:
        self._pages.batch(records)
        self.save()

    def _line(self, line: str) -> None:
        """Write a line of the function's log into the log file, as JSON in any case; report it if it is a page's."""
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            entry, line = {}, json.dumps({"message": line}, ensure_ascii=False)
        # A full disk is reported when pages are saved. Each line is written and the file closed: nothing fails later.
        with self._writing, suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        if "outcome" in entry and "message_id" in entry:
            self._pages.line(entry)
            if "url" in entry:
                self._on_page(entry)
