"""Asking for a page to be saved: ``POST /save`` gives a job, ``GET /save/URL`` waits for the capture."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pressmark.access.caller import Caller
from pressmark.access.context import Archive, Saving
from pressmark.access.keys.quota import Quota
from pressmark.access.memento.addresses import memento, url_of
from pressmark.access.messages import Request, Response, json_response, redirect
from pressmark.access.refusals import HttpError, too_many
from pressmark.access.save.options import Wanted, wanted
from pressmark.errors import ArchiveError, MessageError
from pressmark.queues.jobs import Job, Status, job_id
from pressmark.text import counted

AGAIN_AFTER = timedelta(hours=1)
"""How long a page's job answers every request to save it, unless ``if_not_archived_within`` sets another time."""

LONGEST_WAIT = 120.0
"""Seconds that ``GET /save/URL`` waits for a capture, or what the function has, whichever is less."""

MAX_WAITING = 4
"""Requests that wait for captures at a time in one process: half of what ``pressmark web`` answers at a time
(:data:`pressmark.access.server.THREADS`), so that readers need not wait for people who save."""

LOOK_EVERY = 0.5
"""Seconds between two looks at a job."""

STATUSES = {"blocked-by-robots": 403, "blocked-url": 403, "too-many-requests": 429}
"""What ``GET /save/URL`` answers for a page that could not be saved; for other codes 520, like the Wayback Machine."""


_waiting = threading.BoundedSemaphore(MAX_WAITING)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that answers a request. is_new: whether the request began it."""

    job: Job
    is_new: bool


def saving_of(archive: Archive) -> Saving:
    """Return what saves pages. Raises HttpError 403 if nothing does."""
    if archive.saving is None:
        raise HttpError(
            403,
            "this archive is served for reading only. For a folder, run pressmark push "
            "--archive DIR URL; or start make serve, and then pressmark web with the variables that it prints",
        )
    return archive.saving


def post(archive: Archive, request: Request) -> Response:
    """Put a page on the queue and name its job. Raises HttpError, ArchiveError."""
    saving = saving_of(archive)
    _refuse_other_sites(request)
    try:
        asked = wanted(request)
    except MessageError as error:
        return json_response(
            {"status": "error", "status_ext": f"error:{error.code}", "message": error.reason}
        ).add("Cache-Control", "no-store")
    submitted = submit(archive, saving, asked, request.caller)
    answer: dict[str, Any] = {"url": asked.url, "job_id": submitted.job.id}
    if not submitted.is_new and submitted.job.status is Status.SUCCESS:
        minutes = int((archive.clock.now() - submitted.job.started).total_seconds() // 60)
        answer["message"] = (
            f"The same snapshot had been made {counted(minutes, 'minute')} ago. "
            f"You can make new capture of this URL after {_span(_again_after(asked))}."
        )
    return json_response(answer).add("Cache-Control", "no-store")


def get(archive: Archive, request: Request) -> Response:
    """Save a page, wait for it, and redirect to its capture. Raises HttpError, UrlError, ArchiveError."""
    saving = saving_of(archive)
    _refuse_other_sites(request)
    if request.method != "GET":
        raise HttpError(405, "pages are saved with GET or POST", [("Allow", "GET")])
    submitted = submit(archive, saving, Wanted(url_of(request).url), request.caller)
    job = _wait(archive, saving, submitted.job)
    if job.status is Status.ERROR:
        raise _error(job.answer)
    if job.status is Status.PENDING:
        raise HttpError(
            504,
            f"the page is not captured yet: ask again later, or ask /save/status/{job.id}",
            [("Retry-After", "10")],
        )
    response = redirect(memento(request, {"url": job.answer["url"], "captured": job.answer["captured"]}))
    response.add("X-Page-Cache", "MISS" if submitted.is_new else "HIT")
    return response.add("Cache-Control", "no-store")


def submit(archive: Archive, saving: Saving, asked: Wanted, caller: Caller) -> Submitted:
    """Return the job that answers a request: the one of the last hour, or a new one, whose message is sent.

    A new one counts towards the limit of the caller's key. Raises HttpError 429 if that is reached, ArchiveError.
    """
    now = archive.clock.now()
    hour = int(now.timestamp() // AGAIN_AFTER.total_seconds())
    secret = archive.options.secret
    ids = [job_id(asked.url, asked.distinct, slot=slot, secret=secret) for slot in (hour, hour - 1)]
    found = saving.jobs.find(ids)
    for known in (found[each] for each in ids if each in found):
        age = now - known.started
        if (known.status is Status.PENDING and age < AGAIN_AFTER) or (
            known.status is Status.SUCCESS and age < _again_after(asked)
        ):
            return Submitted(known, is_new=False)
    job = Job(id=ids[0], url=asked.url, started=now)
    counted_at = _count(saving.quota, job, caller)
    try:
        if not saving.jobs.begin(job, seen=found.get(job.id)):
            _uncount(saving.quota, counted_at)
            return Submitted(saving.jobs.find([job.id]).get(job.id, job), is_new=False)
        _send(saving, job, asked)
    except ArchiveError:
        _uncount(saving.quota, counted_at)
        raise
    return Submitted(job, is_new=True)


def _count(quota: Quota, job: Job, caller: Caller) -> str | None:
    """Count a page for the caller's key; return the receipt, None without a key. Raises HttpError, ArchiveError."""
    key = caller.key
    if key is None:
        return None
    counted_at = quota.take(key.id, key.daily_limit, job=job.id)
    if counted_at is None:
        raise too_many(
            quota.seconds_left(),
            # spn.sh looks for the first words, and gives up for the day.
            f"You cannot make more than {key.daily_limit:,} captures per day with this key; a new day begins at "
            "midnight UTC",
            known_as="user-session-limit",
        )
    return counted_at


def _uncount(quota: Quota, counted_at: str | None) -> None:
    if counted_at is not None:
        with suppress(ArchiveError):  # one page less today
            quota.give_back(counted_at)


def _send(saving: Saving, job: Job, asked: Wanted) -> None:
    message: dict[str, Any] = {"url": asked.url, "job": job.id}
    if asked.capture_all:
        message["capture_all"] = True
    if asked.within is not None:
        message["if_not_archived_within"] = int(asked.within.total_seconds())
    if asked.requisites is not None:
        message["requisites"] = asked.requisites
    try:
        saving.queue.send(message)
    except ArchiveError:
        with suppress(ArchiveError):  # otherwise it would answer requests for the page for an hour
            saving.jobs.end(
                job.id,
                job.url,
                Status.ERROR,
                {"code": "job-failed", "reason": "the queue did not accept the page"},
            )
        raise


def _again_after(asked: Wanted) -> timedelta:
    return AGAIN_AFTER if asked.within is None else min(AGAIN_AFTER, asked.within)


def _span(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return counted(minutes // 60, "hour") if minutes and minutes % 60 == 0 else counted(minutes, "minute")


def _wait(archive: Archive, saving: Saving, job: Job) -> Job:
    """Return the job at its end, or as it is now if that takes too long or too many requests wait already."""
    clock = archive.clock
    until = clock.monotonic() + min(archive.options.max_seconds, LONGEST_WAIT)
    if not _waiting.acquire(blocking=False):
        return job
    try:
        while job.status is Status.PENDING and clock.monotonic() < until:
            clock.sleep(LOOK_EVERY)
            job = saving.jobs.find([job.id]).get(job.id, job)
    finally:
        _waiting.release()
    return job


def _error(answer: Mapping[str, Any]) -> HttpError:
    code = str(answer.get("code", "job-failed"))
    headers = []
    if code == "blocked-by-robots":
        headers.append(("X-Archive-Wayback-Runtime-Error", "RobotAccessControlException: Blocked By Robots"))
    return HttpError(STATUSES.get(code, 520), f"{code}: {answer.get('reason', '')}", headers)


def _refuse_other_sites(request: Request) -> None:
    """Refuse a browser that another site's page or link sent here: its user did not ask for it (W3C Fetch Metadata)."""
    if request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site"):
        raise HttpError(403, "this request comes from another site; open the address yourself")
