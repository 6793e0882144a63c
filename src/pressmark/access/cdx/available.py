"""``/wayback/available``: the capture of a page nearest to a time, in the Wayback Machine's form."""

from itertools import islice

from pressmark.access.cdx import question as asked
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, json_response
from pressmark.access.refusals import HttpError
from pressmark.archive.outcome import is_answer
from pressmark.archive.rows import Item
from pressmark.archive.selection import Selection, select
from pressmark.archive.times import parse_span_of_time, timestamp14
from pressmark.errors import UrlError

MOST = 200
"""How many captures, from the nearest on, are looked at to find one that succeeded."""


def answer(archive: Archive, request: Request) -> Response:
    """Answer with the nearest capture whose status is 2xx; no other counts. Raises HttpError, ArchiveError."""
    url, moment = request.arg("url"), asked.digits(request.arg("timestamp"), "timestamp")
    told = {"url": url} | ({"timestamp": moment} if moment else {})
    now = archive.clock.now()
    try:
        near = parse_span_of_time(moment, now=now).start if moment else now
    except ValueError as error:
        raise HttpError(400, "timestamp: write a time such as 20261123120000") from error
    try:
        named = asked.named(url, "exact")[0]
    except UrlError:
        return json_response(told | {"archived_snapshots": {}})
    found = select(archive.reader, Selection(url=named, near=near), now=now, expect=10)
    row = next((each.item for each in islice(found, MOST) if _succeeded(each.item)), None)
    if row is None:
        return json_response(told | {"archived_snapshots": {}})
    timestamp = timestamp14(row["captured"])
    closest = {
        "status": str(row["status"]) if 200 <= row.get("status", 0) < 300 else "200",
        "available": True,
        "url": f"{request.origin}/web/{timestamp}/{row['url']}",
        "timestamp": timestamp,
    }
    return json_response(told | {"archived_snapshots": {"closest": closest}})


def _succeeded(row: Item) -> bool:
    if "deleted" in row or not is_answer(row):
        return False
    return 200 <= row.get("status", 0) < 300 or row.get("revisit") == "server-not-modified"
