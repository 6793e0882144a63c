"""The time there is, told to the AWS clients: no attempt begins that could not be answered any more (D7).

botocore repeats a failed request by itself, and knows nothing of the invocation's end. Each attempt, the
first as well as every repeat, asks here first; docs/reliability.md says how long each phase has.
"""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError


class OutOfTimeError(BotoCoreError):
    """The time for AWS requests is over. A BotoCoreError, so that every caller takes it for what it is."""

    fmt = "no time is left for {operation}"


class Deadline:
    """The instant after which no request is sent; none until ``until`` is set.

    until: in monotonic seconds. One batch at a time: a process of Lambda's works on one.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self.until = float("inf")

    def watch(self, client: Any) -> None:
        """Have every request of a boto3 client ask here before it is sent."""
        client.meta.events.register("before-send", self._check)

    def _check(self, event_name: str = "", **_: Any) -> None:
        # botocore raises what is raised here to the caller: it is none of the errors that are repeated.
        if self._monotonic() >= self.until:
            raise OutOfTimeError(operation=event_name.rpartition(".")[2])
