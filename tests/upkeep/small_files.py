"""An archive of many small files of one old day, and an S3 whose calls are counted and interrupted."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from tests.conftest import Aws
from tests.factories import NOON, Filled, article_html, fill, make_capture
from tests.stacks import Copies
from tests.upkeep.conftest import reader_of

from pressmark.archive import tombstones
from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep import sweep, takedown
from pressmark.upkeep.compacting import Compacted, Compaction
from pressmark.upkeep.verify import Problem, Verifier

LATER = NOON + timedelta(days=60)

FILES = 4


def page(number: int, *, at: datetime = NOON, kilobytes: int = 45) -> Any:
    """A page that takes some more than so many kilobytes, however it is compressed."""
    filler = random.Random(number).randbytes(1000 * kilobytes).hex()
    html = article_html(f"Piece {number}") + f"<!-- {filler} -->"
    return make_capture(f"https://example.com/news/{number}", html=html, at=at + timedelta(seconds=number))


def small_files(aws: Aws, *, at: datetime = NOON, count: int = FILES) -> Filled:
    return fill(aws, *([page(number, at=at)] for number in range(count)))


def compact(aws: Aws, client: Any = None, *, now: datetime = LATER, **options: Any) -> Compacted:
    """Compact what is older than thirty days."""
    compaction = Compaction(client or aws.client("s3"), aws.bucket, now, **options)
    return compaction.run((LATER - timedelta(days=30)).date())


def contents(aws: Aws) -> dict[str, bytes]:
    """Every WARC file as readers get it, by key."""
    objects = Objects(aws.client("s3"), aws.bucket)
    listed = list(objects.keys())
    return {key: objects.open(key).read() for key, _ in listed}


class KilledError(BaseException):
    """What nobody catches."""


class Between:
    """A client that does something before one of its calls.

    dead: whether it does so before every later call, too. done: whether that call is made first, and its answer lost.
    """

    def __init__(
        self, real: Any, at: int, what: Callable[[], None], *, dead: bool = False, done: bool = False
    ) -> None:
        self._real, self._at, self._what, self._dead, self._done = real, at, what, dead, done
        self._lock = threading.Lock()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._real, name)

        def watched(**options: Any) -> Any:
            with self._lock:
                self.calls.append(name)
                number = len(self.calls)
            if self._done and number == self._at:
                call(**options)
            if number == self._at or (self._dead and number > self._at > 0):
                self._what()
            return call(**options)

        return watched


def stored(aws: Aws) -> list[str]:
    """The WARC files that are really there."""
    return sorted(key for key in aws.objects() if key.startswith("warcs/"))


def indexing(aws: Aws) -> Indexing:
    stones = tombstones.Tombstones(tombstones.load(aws.client("s3"), aws.bucket))
    return Indexing(bucket=aws.bucket, terms=INDEX_TERMS, tombstones=stones)


def problems(aws: Aws, *, files: int = FILES) -> list[Problem]:
    found: list[Problem] = []
    objects = Objects(aws.client("s3"), aws.bucket)
    verifier = Verifier(objects, reader_of(aws), indexing(aws), on_problem=found.append)
    sweep.everything(verifier, today=date(2026, 11, 26))
    assert verifier.done.files == files
    return found


def take_down(aws: Aws, row: dict[str, Any]) -> takedown.Takedown:
    reader = TableReader(aws.client("dynamodb"), aws.table)
    objects = Objects(aws.client("s3"), aws.bucket)
    planned = takedown.plan(reader, objects, reader.rows([row])[0], reason="asked to", now=LATER)
    table = Table(aws.client("dynamodb"), aws.table)
    takedown.carry_out(planned, client=aws.client("s3"), bucket=aws.bucket, table=table)
    return planned


def before_each_call(aws: Aws) -> Iterator[int]:
    """The number of each call that a compaction makes; the stack is each time as it is now."""
    kept, counting = Copies(aws.stack), Between(aws.client("s3"), 0, lambda: None)
    compact(aws, counting)
    assert {"list_objects_v2", "get_object", "put_object", "head_object", "delete_object"} <= {
        *counting.calls
    }
    for at in range(1, len(counting.calls) + 1):
        kept.put_back()
        yield at


State = frozenset[tuple[str, bytes]]


def state(aws: Aws) -> State:
    """Everything in the bucket: whoever begins now finds that, and nothing else."""
    return frozenset(aws.objects().items())
