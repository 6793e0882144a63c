"""Jobs: they tell the program that sent a message what became of it.

A message may carry a job's id. Then its job is an item of the state table, which is written when the message is sent
and again when the work on the page has ended, and kept for a week. The table may be lost at any time: then the jobs
are forgotten, but not the captures.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pressmark.aws import asking

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=7)
"""How long a job can be looked up; then the table's TTL deletes it."""

JOBS_A_REQUEST = 100
"""Maximum number of items of one BatchGetItem (Amazon DynamoDB API reference)."""

UNCHANGED = "attribute_not_exists(#started) OR #started = :seen"
"""DynamoDB condition: nobody has started the job since it was read."""


class Status(StrEnum):
    """The state of a job, in Save Page Now's words."""

    PENDING = "pending"
    SUCCESS = "success"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A page that somebody waits for.

    id: ``spn2-`` and 40 hexadecimal digits. url: the page. started: when it was asked for, aware UTC. answer: how it
    ended (:mod:`pressmark.crawl.ending`); empty while it is pending.
    """

    id: str
    url: str
    started: datetime
    status: Status = Status.PENDING
    answer: Mapping[str, Any] = field(default_factory=dict)


def job_id(url: str, options: str, *, slot: int, secret: bytes) -> str:
    """Return the id of a page's job.

    options: those that make it another capture. slot: a number that tells jobs of one page apart, such as the hours
    since 1970. secret: keeps others from working out the id, as anyone who has it may ask what became of the page.
    """
    named = f"{url}\n{options}\n{slot}".encode()
    return f"spn2-{hmac.new(secret, named, hashlib.sha256).hexdigest()[:40]}"


class Jobs:
    """The jobs of one deployment; used by any number of threads."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def find(self, ids: Iterable[str]) -> dict[str, Job]:
        """Return those of the jobs that exist, by id. Raises ArchiveError."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Job] = {}
        for start in range(0, len(wanted), JOBS_A_REQUEST):
            asked: Any = {
                self._table: {
                    "Keys": [{"pk": {"S": _key(each)}} for each in wanted[start : start + JOBS_A_REQUEST]],
                    "ConsistentRead": True,
                }
            }
            while asked:
                with asking(f"BatchGetItem on {self._table}"):
                    answer = self._client.batch_get_item(RequestItems=asked)
                for item in answer["Responses"].get(self._table, ()):
                    job = _job(item)
                    found[job.id] = job
                asked = answer.get("UnprocessedKeys")
        return found

    def begin(self, job: Job, *, seen: Job | None) -> bool:
        """Write a job; return False if somebody else has begun it meanwhile. Raises ArchiveError.

        seen: the job with the same id that it replaces, None if there was none.
        """
        with asking(f"PutItem on {self._table} for {job.id}"):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        "pk": {"S": _key(job.id)},
                        "url": {"S": job.url},
                        "started": {"N": _milliseconds(job.started)},
                        "status": {"S": job.status.value},
                        "answer": {"S": _written(job.answer)},
                        "expires": {"N": self._expires()},
                    },
                    ConditionExpression=UNCHANGED,
                    ExpressionAttributeNames={"#started": "started"},
                    ExpressionAttributeValues={":seen": {"N": _milliseconds(seen.started) if seen else "-1"}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def end(self, job: str, url: str, status: Status, answer: Mapping[str, Any]) -> None:
        """Write how a job ended. url, status, answer: as in :class:`Job`. Raises ArchiveError."""
        with asking(f"UpdateItem on {self._table} for {job}"):
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": _key(job)}},
                UpdateExpression="SET #url = :url, #status = :status, #answer = :answer, #expires = :expires, "
                "#started = if_not_exists(#started, :now)",
                ExpressionAttributeNames={
                    f"#{name}": name for name in ("url", "status", "answer", "expires", "started")
                },
                ExpressionAttributeValues={
                    ":url": {"S": url},
                    ":status": {"S": status.value},
                    ":answer": {"S": _written(answer)},
                    ":expires": {"N": self._expires()},
                    ":now": {"N": _milliseconds(self._now())},
                },
            )

    def _expires(self) -> str:
        return str(int((self._now() + KEPT).timestamp()))


def _key(job: str) -> str:
    return f"job#{job}"


def _written(answer: Mapping[str, Any]) -> str:
    return json.dumps(answer, separators=(",", ":"))


def _milliseconds(moment: datetime) -> str:
    return str(round(1000 * moment.timestamp()))


def _job(item: Mapping[str, Any]) -> Job:
    return Job(
        id=item["pk"]["S"].removeprefix("job#"),
        url=item["url"]["S"],
        started=datetime.fromtimestamp(int(item["started"]["N"]) / 1000, UTC),
        status=Status(item["status"]["S"]),
        answer=json.loads(item["answer"]["S"]),
    )
