"""The real handler with a reader of articles that some pages kill, as a C library or the memory limit does.

No exception, no clean-up, no last words: the process gets a signal that it cannot handle.
"""

import importlib
import os
import signal
import sys
from typing import Any

from pressmark import service

DEADLY = "<!-- whoever reads this dies -->"
"""Stands in a page that kills."""


def install() -> None:
    """Put the deadly reader in this process's services, those that are made from now on."""
    extract = service.extract

    def deadly(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
        if DEADLY.encode() in html:
            os.kill(os.getpid(), signal.SIGKILL)
        return extract(html, url, content_type, **options)

    service.extract = deadly


def lambda_handler(event: Any, context: Any) -> Any:
    """Do as the real handler does, which is made in the first invocation."""
    if "handler.app" not in sys.modules:
        install()
    return importlib.import_module("handler.app").lambda_handler(event, context)
