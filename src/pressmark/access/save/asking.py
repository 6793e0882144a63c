"""Answers questions about jobs: ``/save/status/JOB``, several at once, the caller's, and the state of the whole."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pressmark import urls
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, json_response
from pressmark.access.refusals import HttpError
from pressmark.access.save.saving import saving_of
from pressmark.archive import content
from pressmark.archive.keys import capture_key
from pressmark.archive.ranges import Range, of_url
from pressmark.archive.times import timestamp14
from pressmark.errors import NotFoundError, UrlError, WarcError
from pressmark.queues.jobs import Job, Status
from pressmark.queues.message import JOB_ID

RETRY_AFTER = "5"
"""Seconds until it is worth asking again for a page that is not captured yet; a batch waits for 10 to fill."""

MAX_JOBS = 100
"""Jobs of one request; clients send 50."""

MAX_OUTLINKS = 1_000
"""As Save Page Now."""

AT_A_TIME = 12
"""How many pages clients are told to send at a time; more would only wait on the queue."""

NO_LIMIT = 100_000
"""The daily limit that is stated if there is none."""

CROWDED = 10_000
"""With so many pages on the queue, clients are told that theirs will take longer."""


def one(archive: Archive, request: Request) -> Response:
    """Return the state of a job. Raises HttpError, ArchiveError."""
    return _single(archive, request.parts["job"])


def several(archive: Archive, request: Request) -> Response:
    """Return the state of a job, or of each of several (an array, without unknown ones).

    Raises HttpError, ArchiveError.
    """
    said = dict(reversed([*request.form, *request.args]))
    if said.get("job_id"):
        return _single(archive, said["job_id"])
    if said.get("job_id_outlinks"):
        return _answer([])  # links of a page are not followed
    ids = [each for each in re.split(r"[\s,]+", said.get("job_ids", "")) if each]
    if not ids:
        raise HttpError(400, "name a job: job_id, or job_ids separated by commas")
    if len(ids) > MAX_JOBS:
        raise HttpError(400, f"{len(ids):,} jobs: ask for at most {MAX_JOBS} at a time")
    found = _find(archive, ids)
    response = _answer([told(archive, found[each]) for each in dict.fromkeys(ids) if each in found])
    if any(job.status is Status.PENDING for job in found.values()):
        response.add("Retry-After", RETRY_AFTER)
    return response


def user(archive: Archive, request: Request) -> Response:
    """Return how much was saved with the caller's key today, and how much more may be. Raises ArchiveError.

    Without a key nothing is counted, and nothing is limited.
    """
    saving, key = saving_of(archive), request.caller.key
    if key is None:
        count, limit, processing = 0, NO_LIMIT, saving.queue.waiting()
    else:
        used = saving.quota.used(key.id)
        count, limit = used.count, key.daily_limit
        processing = sum(job.status is Status.PENDING for job in saving.jobs.find(used.jobs).values())
    return _answer({
        "available": max(0, min(AT_A_TIME, limit - count)),
        "daily_captures": count,
        "daily_captures_limit": limit,
        "processing": processing,
    })  # fmt: skip


def system(archive: Archive, request: Request) -> Response:
    """Say whether pages will take longer than usual. Raises ArchiveError."""
    del request
    crowded = saving_of(archive).queue.waiting() >= CROWDED
    overloaded = "Save Page Now servers are temporarily overloaded. Your captures may be delayed."
    return _answer({"status": overloaded if crowded else "ok"})


def told(archive: Archive, job: Job) -> dict[str, Any]:
    """Return the description of a job. Raises ArchiveError."""
    answer = job.answer
    if job.status is Status.PENDING:
        return {"status": "pending", "job_id": job.id, "resources": []}
    if job.status is Status.ERROR:
        code = answer.get("code", "job-failed")
        return {
            "status": "error",
            "exception": code,
            "status_ext": f"error:{code}",
            "job_id": job.id,
            "message": _why(answer),
            "resources": [],
            **({"http_status": answer["status"]} if "status" in answer else {}),
        }
    links = _outlinks(archive, job)
    return {
        "status": "success",
        "job_id": job.id,
        "original_url": answer["url"],
        "timestamp": timestamp14(answer["captured"]),
        "duration_sec": answer["seconds"],
        "resources": answer["resources"],
        "outlinks": links,
        "counters": {"outlinks": len(links), "embeds": 0},
        "first_archive": _is_first(archive, job),
        "http_status": answer["status"],
    }


def _why(answer: Mapping[str, Any]) -> str:
    """Return why a page was not captured; an HTTP error ends as in Save Page Now, as spn.sh looks for that."""
    reason, status = str(answer.get("reason", "")), answer.get("status", 0)
    return f"{reason} (HTTP status={status})." if status >= 400 else reason


def _single(archive: Archive, named: str) -> Response:
    job = _find(archive, [named]).get(named)
    if job is None:
        missing = {
            "status": "error",
            "status_ext": "error:job-not-found",
            "job_id": named[:100],
            "message": "this job is unknown; jobs are kept for a week",
        }
        return json_response(missing, status=404).add("Cache-Control", "no-store")
    response = _answer(told(archive, job))
    return response.add("Retry-After", RETRY_AFTER) if job.status is Status.PENDING else response


def _find(archive: Archive, ids: Iterable[str]) -> dict[str, Job]:
    return saving_of(archive).jobs.find(each for each in ids if JOB_ID.fullmatch(each))


def _outlinks(archive: Archive, job: Job) -> list[str]:
    """Return where the page's article links to, from the capture's own metadata record. Raises ArchiveError."""
    rows = archive.reader.rows([capture_key(job.url, job.answer["requested"])])
    if not rows or "deleted" in rows[0]:
        return []
    try:
        facts, _ = content.facts(archive.files, rows[0])
    except (NotFoundError, WarcError):
        return []
    article = facts.get("article")
    links = article.get("outlinks", []) if isinstance(article, dict) else []
    return [str(each) for each in links[:MAX_OUTLINKS]]


def _is_first(archive: Archive, job: Job) -> bool:
    """Whether the archive has nothing older under the page's urlkey. Raises ArchiveError."""
    try:
        every = of_url(urls.clean(job.url))
    except UrlError:
        return False
    oldest = archive.reader.page(Range(every.partition, every.lower, every.upper), limit=1).items
    return not oldest or oldest[0]["capture"] >= capture_key(job.url, job.answer["requested"])["capture"]


def _answer(value: Any) -> Response:
    return json_response(value).add("Cache-Control", "no-store")
