"""Link header lines and TimeMaps (RFC 7089 sections 2.2 and 5, RFC 6690)."""

from collections.abc import Iterator
from email.utils import format_datetime
from itertools import islice
from typing import Any

from pressmark.access.context import Archive
from pressmark.access.memento import addresses
from pressmark.access.memento.finding import around, mementos
from pressmark.access.messages import Request, Response, json_response
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.same import Named
from pressmark.clock import iso_utc
from pressmark.export.timemap import MEDIA_TYPE

PAGE = 1000
"""Mementos of a page of a TimeMap; the next page is linked."""


def http_date(row: Item) -> str:
    """Write a capture's time as Memento-Datetime and ``datetime`` have it (RFC 7089 section 2.1.1): whole seconds."""
    return format_datetime(addresses.instant(row).replace(microsecond=0), usegmt=True)


def link(archive: Archive, request: Request, named: Named, row: Item | None, modifier: str = "") -> str:
    """Return the value of Link for a memento, or for the TimeGate's redirect to it."""
    url = row["url"] if row is not None else named.url
    parts = [
        f'<{addresses.written(url)}>; rel="original"',
        f'<{addresses.timegate(request, url)}>; rel="timegate"',
        f'<{addresses.timemap(request, url)}>; rel="timemap"; type="{MEDIA_TYPE}"',
    ]
    relations: dict[str, list[str]] = {}
    rows: dict[str, Item] = {}
    found = around(archive, named, row)
    if row is not None and "deleted" not in row:
        found = {"": row} | found
    for name, each in found.items():
        address = addresses.memento(request, each, modifier)
        relations.setdefault(address, []).append(name)
        rows[address] = each
    for address, names in relations.items():
        words = " ".join([name for name in names if name] + ["memento"])
        parts.append(f'<{address}>; rel="{words}"; datetime="{http_date(rows[address])}"')
    return ", ".join(parts)


def timemap(archive: Archive, request: Request) -> Response:
    """Answer a page of a TimeMap. Raises HttpError, UrlError, ArchiveError."""
    named = addresses.url_of(request)
    form, start = request.parts["form"], request.parts["start"]
    found = mementos(archive, named, _iso(start))
    rows = list(islice(found, PAGE))
    following = next(found, None)
    if not rows:
        raise HttpError(404, f"{named.url} is not in this archive")
    pages = _Pages(request, named.url, form, start, following)
    if form == "json":
        return json_response(_json(pages, rows))
    lines = ",\n".join(_lines(pages, rows)) + "\n"
    return Response(200, [("Content-Type", MEDIA_TYPE)], lines.encode())


class _Pages:
    """Addresses of this page of a TimeMap and of the next."""

    def __init__(self, request: Request, url: str, form: str, start: str, following: Item | None) -> None:
        self.request, self.url, self.form, self.start = request, url, form, start
        self.own = addresses.timemap(request, url, form, start)
        self.next = addresses.timemap(request, url, form, _digits(following)) if following else ""
        self.next_from = http_date(following) if following else ""

    def relation(self, number: int, rows: list[Item]) -> str:
        names = ["first"] if number == 0 and not self.start else []
        names += ["last"] if number == len(rows) - 1 and not self.next else []
        return " ".join([*names, "memento"])


def _lines(pages: _Pages, rows: list[Item]) -> Iterator[str]:
    yield f'<{addresses.written(pages.url)}>; rel="original"'
    yield f'<{pages.own}>; rel="self"; type="{MEDIA_TYPE}"; from="{http_date(rows[0])}"; until="{http_date(rows[-1])}"'
    yield f'<{addresses.timegate(pages.request, pages.url)}>; rel="timegate"'
    if pages.next:
        yield f'<{pages.next}>; rel="timemap"; type="{MEDIA_TYPE}"; from="{pages.next_from}"'
    for number, row in enumerate(rows):
        address, relation = addresses.memento(pages.request, row), pages.relation(number, rows)
        yield f'<{address}>; rel="{relation}"; datetime="{http_date(row)}"'


def _json(pages: _Pages, rows: list[Item]) -> dict[str, Any]:
    """Write it as the Memento Time Travel service and MemGator do."""

    def told(row: Item) -> dict[str, str]:
        moment = addresses.instant(row).replace(microsecond=0)
        return {
            "datetime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "uri": addresses.memento(pages.request, row),
        }

    listed: dict[str, Any] = {"list": [told(row) for row in rows]}
    listed |= {"first": told(rows[0])} if not pages.start else {}
    listed |= {"last": told(rows[-1])} if not pages.next else {}
    request, url = pages.request, pages.url
    return {
        "original_uri": url,
        "self": pages.own,
        "mementos": listed,
        "timemap_uri": {
            "link_format": addresses.timemap(request, url, "link", pages.start),
            "json_format": addresses.timemap(request, url, "json", pages.start),
        },
        "timegate_uri": addresses.timegate(request, url),
        **({"next": pages.next} if pages.next else {}),
    }


def _digits(row: Item) -> str:
    """Write a capture's time to the microsecond: a page of a TimeMap begins there."""
    return "".join(each for each in iso_utc(addresses.instant(row)) if each.isdecimal())


def _iso(digits: str) -> str:
    if not digits:
        return ""
    parts = (digits[0:4], digits[4:6], digits[6:8], digits[8:10], digits[10:12], digits[12:14])
    return "{}-{}-{}T{}:{}:{}".format(*parts) + (f".{digits[14:]}" if digits[14:] else "")
