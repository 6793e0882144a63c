"""The real handler with pages that kill the function's own process, as a defect of ours or the memory limit would.

No exception, no clean-up, no last words: the process gets a signal that it cannot handle. Reading articles cannot do
that (tests/reading/test_reader.py), so it is done where the function waits for one.
"""

import importlib
import os
import signal
import sys
from typing import Any

from tests import readers

from pressmark.crawl import service
from pressmark.http.exchange import Exchange
from pressmark.reading import reader
from pressmark.reading.process import Read
from pressmark.reading.reader import Reader
from pressmark.requisites.wanted import Level

DEADLY = "<!-- whoever touches this dies -->"
"""Stands in a page that kills."""


class Deadly(readers.InProcess):
    """Dies of some pages, and reads the others without a process of their own, which a test need not wait for."""

    def read(self, page: Exchange, seconds: float, level: Level = "none") -> Read:
        if DEADLY.encode() in page.body.head(1_000_000):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(page, seconds, level)


def _handle(event: Any, context: Any) -> Any:
    return importlib.import_module("handler.app").lambda_handler(event, context)


def lambda_handler(event: Any, context: Any) -> Any:
    """Do as the real handler does, which is made in the first invocation."""
    if "handler.app" not in sys.modules:
        service.Reader = Deadly  # type: ignore[misc, assignment]
    return _handle(event, context)


def hostile_to_readers(event: Any, context: Any) -> Any:
    """Do as the real handler does, with the process that does what pages say."""
    if "handler.app" not in sys.modules:
        reader.READ_SECONDS = 5.0
        service.Reader = lambda: Reader("tests.readers")  # type: ignore[misc, assignment]
    return _handle(event, context)
