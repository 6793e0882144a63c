"""A link that opens one capture for a limited time, for people who need no key."""

import re
from datetime import timedelta
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.pages import links
from pressmark.access.pages.capture import check, chosen
from pressmark.access.pages.history import named_by
from pressmark.access.pages.rendering import answer, public
from pressmark.access.refusals import HttpError
from pressmark.access.replay import records, tokens
from pressmark.warc.requisites import PURPOSE

CHOICES = ((1, "A day"), (7, "A week"), (30, "A month"), (365, "A year"))
"""For how many days a link may work, as the page offers it; an address may name any number up to MAX_DAYS."""

WEEK = 7

MAX_DAYS = tokens.LONGEST.days


def page(archive: Archive, request: Request) -> Response:
    """Answer with a link to a capture. Raises HttpError, TakenDownError, UrlError, ArchiveError.

    Nothing is written: a link is a signed address, so asking with GET changes nothing.
    """
    named, days = named_by(request), _days(request.arg("days", str(WEEK)))
    row, exact = chosen(archive, named, request.arg("at"))
    if not exact:
        form = request.parts.get("json", "")
        return redirect(links.share(row, form, days=days)).add("Cache-Control", "no-store")
    check(archive, row)
    if not archive.options.replay_url:
        raise HttpError(
            404, "links cannot be shared here: this archive has no second address to show captures at"
        )
    if row.get("purpose") == PURPOSE:
        raise HttpError(404, "this was captured as part of a page: share a capture of that page")
    records.rows_of(archive, row)  # raises the errors that opening the link would raise
    until = (archive.clock.now() + timedelta(days=days)).replace(microsecond=0)
    token = tokens.write(archive, row, until=until)
    facts: dict[str, Any] = {
        "url": f"{archive.options.replay_url}/replay/{token}/",
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "days": days,
        "capture": public(row),
    }
    shown = {
        "choices": CHOICES,
        "only_here": archive.options.local,
        "json_link": links.share(row, ".json", days=days),
    }
    return answer(archive, request, "share.html", facts, shown, fresh=True)


def _days(said: str) -> int:
    """Return a number of days. Raises HttpError 400."""
    days = int(said) if re.fullmatch(r"[0-9]{1,3}", said) else 0
    if not 1 <= days <= MAX_DAYS:
        raise HttpError(400, f"days: write how many days the link holds, a whole number from 1 to {MAX_DAYS}")
    return days
