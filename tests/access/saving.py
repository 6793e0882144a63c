"""An archive that saves pages: a stack whose queue is emptied whenever somebody waits."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

from tests.conftest import Aws
from tests.site import RawSite
from tests.world import World

from pressmark.access.app import Application
from pressmark.access.clients import Queue
from pressmark.access.context import Archive, Options, Saving
from pressmark.access.keys.quota import Quota
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.clock import REAL, Outside
from pressmark.queues.jobs import Jobs


class Place:
    """The application over a stack. later: how much later it is for the application than for everybody else."""

    def __init__(self, aws: Aws, site: RawSite, **settings: Any) -> None:
        self.aws = aws
        self.site = site
        self.later = timedelta()
        self.captures = True
        self._lock = threading.Lock()
        s3, self.dynamodb, self.sqs = (aws.client(name) for name in ("s3", "dynamodb", "sqs"))
        self.world = World(aws, site)
        self.service = self.world.another(**settings)
        self.jobs = Jobs(self.dynamodb, aws.state_table, REAL.now)
        self._ticks = 0.0
        self.archive = Archive(
            "a stack",
            TableReader(self.dynamodb, aws.table),
            Objects(s3, aws.bucket),
            saving=Saving(
                Queue(self.sqs, aws.queue_url), self.jobs, Quota(self.dynamodb, aws.state_table, self._now)
            ),
            options=Options(local=True, max_seconds=20.0),
            clock=Outside(now=self._now, monotonic=self._monotonic, sleep=self._sleep),
        )
        self.application = Application(self.archive)

    def _now(self) -> datetime:
        return REAL.now() + self.later

    def _monotonic(self) -> float:
        return self._ticks

    def _sleep(self, seconds: float) -> None:
        self._ticks += seconds
        if self.captures:
            self.pump()

    def pump(self) -> list[str]:
        """Capture what is on the queue; the outcomes."""
        with self._lock:
            received = self.aws.messages()
            reports = self.world.run(*self.world.deliveries(received), on=self.service)
            self.world.acknowledge(received, {})
        return [each.outcome for each in reports]

    def queued(self) -> list[dict[str, Any]]:
        """What was put on the queue; it stays unseen from then on."""
        return [json.loads(each["Body"]) for each in self.aws.messages()]
