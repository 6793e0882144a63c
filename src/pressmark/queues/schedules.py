"""Captures pages on a schedule: one EventBridge schedule for each page puts its message on the queue.

The stack has a group for the schedules and a role that may send to the queue; nothing runs between two captures.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, MessageError
from pressmark.queues.message import parse, parse_span

WINDOW_MINUTES = 15
"""How late schedules of an hour or more may be, so that pages of one site do not all come at once."""

_EXPRESSION = re.compile(r"(rate|cron|at)\(.+\)")


@dataclass(frozen=True, slots=True)
class Watched:
    """A page and when it is captured. every: a schedule expression (EventBridge Scheduler user guide)."""

    url: str
    every: str
    message: dict[str, Any]
    state: str = "ENABLED"


def expression(every: str) -> str:
    """Make a schedule expression of ``6h``, ``1d``, ``30m`` or ``cron(0 6 * * ? *)``. Raises MessageError."""
    text = every.strip()
    if _EXPRESSION.fullmatch(text):
        return text
    try:
        minutes, rest = divmod(int(parse_span(text).total_seconds()), 60)
    except MessageError as error:
        raise MessageError(f"--every is {every!r}: write 30m, 6h, 1d or cron(0 6 * * ? *)") from error
    if minutes < 1 or rest:
        raise MessageError(f"--every is {every!r}: whole minutes, one at least")
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % length == 0:
            count = minutes // length
            return f"rate({count} {unit}{'s' if count > 1 else ''})"
    raise AssertionError("every number is a multiple of 1")


class Schedules:
    """The schedules of a stack behind one client of EventBridge Scheduler."""

    def __init__(self, client: Any, *, group: str, role_arn: str, queue_arn: str) -> None:
        self._client = client
        self._group = group
        self._role_arn = role_arn
        self._queue_arn = queue_arn

    def watch(self, message: dict[str, Any], every: str, *, timezone: str = "UTC") -> Watched:
        """Capture a page on a schedule; a page that is watched already gets this message and schedule.

        message: as on the queue. Raises MessageError, ArchiveError.
        """
        request = parse(json.dumps(message))
        message = {**message, "url": request.url}
        settings = {
            "Name": _name(request.url),
            "GroupName": self._group,
            "Description": request.url[:512],
            "ScheduleExpression": expression(every),
            "ScheduleExpressionTimezone": timezone,
            "FlexibleTimeWindow": _window(expression(every)),
            "Target": {
                "Arn": self._queue_arn,
                "RoleArn": self._role_arn,
                "Input": json.dumps(message, separators=(",", ":")),
                "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
            },
        }
        try:
            with asking(f"CreateSchedule for {request.url}"):
                self._client.create_schedule(**settings)
        except ArchiveError as error:
            if code_of(error) != "ConflictException":
                raise
            with asking(f"UpdateSchedule for {request.url}"):
                self._client.update_schedule(**settings)
        return Watched(request.url, settings["ScheduleExpression"], message)  # type: ignore[arg-type]  # a text above

    def stop(self, url: str) -> bool:
        """Stop watching a page; False if it was not watched. Its captures stay. Raises ArchiveError."""
        try:
            with asking(f"DeleteSchedule for {url}"):
                self._client.delete_schedule(Name=_name(parse(url).url), GroupName=self._group)
        except ArchiveError as error:
            if code_of(error) == "ResourceNotFoundException":
                return False
            raise
        return True

    def watched(self) -> Iterator[Watched]:
        """Yield every page that is watched. Raises ArchiveError."""
        with asking(f"ListSchedules of {self._group}"):
            for page in self._client.get_paginator("list_schedules").paginate(GroupName=self._group):
                for entry in page["Schedules"]:
                    found = self._client.get_schedule(Name=entry["Name"], GroupName=self._group)
                    message = json.loads(found["Target"]["Input"])
                    yield Watched(
                        message["url"], found["ScheduleExpression"], message, found.get("State", "ENABLED")
                    )


def _name(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:40]


def _window(schedule: str) -> dict[str, Any]:
    if schedule.startswith("rate(") and "minute" not in schedule:
        return {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": WINDOW_MINUTES}
    return {"Mode": "OFF"}
