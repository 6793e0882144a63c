"""Writes the result of a page that somebody waits for into its job (pressmark.queues.jobs).

After a success, a job has ``captured``, ``url`` and ``status`` of the page that came, ``requested`` (when the URL that
was asked for was captured: the key of its row), ``resources`` (the URLs of the chain and of the page's requisites) and
``seconds`` (of the fetch). After a failure, it has ``code`` and ``reason`` as in docs/failures.md, and ``status`` if a
page came.
"""

from typing import Any

from pressmark.archive.rows import Item
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError, cut
from pressmark.queues.jobs import Jobs, Status
from pressmark.warc.stored import StoredCapture

MAX_RESOURCES_CHARACTERS = 50_000
"""Maximum characters of the requisites' URLs in a job: its item has at most 400 KB, and each KB written is billed."""


class Endings:
    """Writes jobs; used by any number of threads."""

    def __init__(self, jobs: Jobs, *, max_tries: int) -> None:
        """max_tries: tries of a page, including the first; then it is given up."""
        self._jobs = jobs
        self._max_tries = max_tries

    def tell(self, visit: Visit) -> None:
        """Write a page's result into its message's job, unless it is tried again. If that fails, the report says so."""
        request = visit.request
        if request is None or request.job is None:
            return
        match visit.report.outcome:
            case "archived" | "unchanged" if visit.page is not None:
                status, answer = Status.SUCCESS, _captured(visit, visit.page)
            case "skipped" if visit.found is not None:
                status, answer = Status.SUCCESS, _of_row(visit.found)
            case "failed":
                status, answer = Status.ERROR, _failed(visit)
            case "retry" | "error" if visit.report.delivery.tries >= self._max_tries:
                status, answer = Status.ERROR, _failed(visit)
            case _:
                return
        try:
            self._jobs.end(request.job, request.url, status, answer)
        except ArchiveError as error:
            visit.report.facts["job_error"] = str(error)[:300]


def _captured(visit: Visit, page: StoredCapture) -> dict[str, Any]:
    hops = page.hops
    return {
        "url": hops[-1].url,
        "captured": hops[-1].captured,
        "requested": hops[0].captured,
        "status": _of_page(hops[-1].status),
        "resources": [each.url for each in hops] + _requisites(visit),
        "seconds": round(visit.report.ms.get("fetch", 0.0) / 1000, 3),
    }


def _requisites(visit: Visit) -> list[str]:
    """Return the URLs in the lists of a page's requisites, as far as a job's item has room for them."""
    found: list[str] = []
    room = MAX_RESOURCES_CHARACTERS
    for url in (each["url"] for stored in visit.stored for each in stored.metadata.get("requisites", ())):
        room -= len(url)
        if room < 0:
            break
        found.append(url)
    return found


def _of_row(row: Item) -> dict[str, Any]:
    return {
        "url": row["url"],
        "captured": row["captured"],
        "requested": row["captured"],
        "status": _of_page(row.get("status", 200)),
        "resources": [row["url"]],
        "seconds": 0.0,
    }


def _failed(visit: Visit) -> dict[str, Any]:
    report = visit.report
    answer = {"code": report.code or "job-failed", "reason": cut(report.reason or "")}
    return answer | ({"status": report.facts["status"]} if report.facts.get("status") else {})


def _of_page(status: int) -> int:
    """Return a page's status; for one that was found unchanged (304), the status that it was kept with: 200."""
    return 200 if status == 304 else int(status)
