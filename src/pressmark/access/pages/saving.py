"""Saving a page, for people: a form that works without scripts, and the state of the page."""

from datetime import timedelta
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.keys.guard import refuse_others, why_not
from pressmark.access.keys.key import Scope
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links
from pressmark.access.pages.meanings import meaning
from pressmark.access.pages.rendering import answer
from pressmark.access.refusals import HttpError
from pressmark.access.save.options import wanted
from pressmark.access.save.saving import saving_of, submit
from pressmark.errors import MessageError
from pressmark.queues.jobs import Job, Status
from pressmark.queues.message import JOB_ID

LOOK_AGAIN = 3
"""Seconds after which a page about a job reloads itself if the browser runs no scripts."""

LONG = timedelta(minutes=30)
"""After this time a job's page does not reload itself any more; people can still do it."""


def form(archive: Archive, request: Request) -> Response:
    """Answer with the form, or say why nobody, or not this caller, may save here, and what to do instead."""
    return _form(archive, request, request.arg("url")[:8_000])


def submitted(archive: Archive, request: Request) -> Response:
    """Accept the form, and redirect to the page about its job. Raises HttpError, ArchiveError."""
    saving = saving_of(archive)
    refuse_others(request)
    try:
        asked = wanted(request)
    except MessageError as error:
        said = next((value for name, value in request.form if name == "url"), "")
        response = _form(archive, request, said[:8_000], wrong=error.reason)
        response.status = 400
        return response
    job = submit(archive, saving, asked, request.caller).job
    return redirect(links.job(job.id), status=303).add("Cache-Control", "no-store")


def job(archive: Archive, request: Request) -> Response:
    """Answer with the state of a page. Raises HttpError 404, ArchiveError."""
    named = request.arg("job")
    found = saving_of(archive).jobs.find([named]).get(named) if JOB_ID.fullmatch(named) else None
    if found is None:
        raise HttpError(
            404,
            "this job is unknown; jobs are kept for a week. Look up the page itself",
        )
    age = archive.clock.now() - found.started
    facts = _told(found) | {"seconds": max(0, int(age.total_seconds()))}
    shown = {
        "json_link": links.job(found.id, ".json"),
        "waits": found.status is Status.PENDING and age < LONG,
        "look_again": LOOK_AGAIN,
    }
    return answer(archive, request, "job.html", facts, shown, fresh=True)


def _form(archive: Archive, request: Request, url: str, *, wrong: str = "") -> Response:
    refused: HttpError | None = None
    try:
        saving_of(archive)
        refused = why_not(archive, Scope.WRITE, request.caller)
    except HttpError as error:
        refused = error
    facts = {
        "may_save": refused is None,
        "why_not": refused.message if refused else "",
        "signing_in_helps": refused is not None and refused.status == 401,
        "url": url,
        "wrong": wrong,
    }
    return answer(archive, request, "save.html", facts, {"back": links.save(url)}, fresh=True)


def _told(of: Job) -> dict[str, Any]:
    """JSON-ready: for a success ``capture`` and the chain that led to it, for a failure its code and what it means."""
    told: dict[str, Any] = {
        "job": of.id,
        "url": of.url,
        "status": of.status.value,
        "started": of.started.isoformat(timespec="seconds"),
    }
    said = of.answer
    if of.status is Status.SUCCESS:
        capture = {"url": said["url"], "captured": said["captured"]}
        told |= {"capture": capture, "http_status": said["status"], "resources": said["resources"]}
    elif of.status is Status.ERROR:
        code = str(said.get("code", "job-failed"))
        known = meaning(code)
        told |= {"error": code, "reason": said.get("reason", "")}
        told |= {"meaning": known._asdict() if known else None}
    return told
