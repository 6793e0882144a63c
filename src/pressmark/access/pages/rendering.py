"""A page as HTML for people or as JSON for programs: the same facts in both.

What a page shows was written by strangers. Jinja2 escapes all of it; characters that change the direction of text or
cannot be seen are removed; links lead only to our own addresses, which :mod:`.links` writes.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pressmark.access.context import Archive
from pressmark.access.messages import Policy, Request, Response, json_response, text
from pressmark.access.pages import links
from pressmark.access.pages.meanings import meaning
from pressmark.text import counted, size

MAX_SHOWN = 2_000
"""Maximum number of characters of one value on a page: an index that another tool wrote has no limits. JSON has the
whole value. Addresses are never cut: they would lead elsewhere."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, embeddings and overrides of direction (Unicode TR36, section 2.1), lone surrogates. Marks of
direction stay: Arabic and Hebrew are written with them, and each value is in an element with its own direction."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")

_PRIVATE = frozenset("site capture day bucket terms token message_id note".split())
"""Attributes of rows about how the archive works, or with somebody's private notes; they are not shown."""


def public(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's public facts; if it was taken down, only that fact and the reason."""
    if "deleted" in row:
        return {name: row[name] for name in ("url", "captured", "deleted", "reason") if name in row}
    return {name: value for name, value in row.items() if name not in _PRIVATE}


def answer(
    archive: Archive,
    request: Request,
    template: str,
    facts: dict[str, Any],
    shown: dict[str, Any] | None = None,
    *,
    fresh: bool = False,
) -> Response:
    """Return a page, or its facts as JSON if ``.json`` or Accept asks for it.

    facts: JSON-ready; the template has each under its name. shown: further values for the template. fresh: nobody may
    cache it, not even the browser.
    """
    if wants_json(request):
        response = json_response(facts)
    else:
        options = archive.options
        page = _environment().get_template(template)
        body = page.render(
            facts | (shown or {}),
            archive_title=options.title,
            replays=bool(options.replay_url),
            takes_keys=options.takes_keys,
            signed_in=request.caller.name if request.caller.is_signed_in else "",
        )
        response = text(body, media_type="text/html")
        response.policy = Policy.PAGE
    if fresh:
        return response.add("Vary", "Accept").add("Cache-Control", "no-store")
    return _unless_known(request, response)


def _unless_known(request: Request, response: Response) -> Response:
    """Add an entity tag, and leave the body out if the client has it (RFC 9110 section 13.1.2).

    A page may change at any time and depend on who asks, so only the browser may keep it, and asks each time.
    """
    etag = f'W/"{hashlib.sha256(response.whole()).hexdigest()[:32]}"'
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        response = Response(304, policy=response.policy)
    response.add("ETag", etag).add("Vary", "Accept")
    return response.add("Cache-Control", "private, no-cache")


def wants_json(request: Request) -> bool:
    """Whether a page is asked for as JSON: by ``.json``, or by an Accept that does not also name HTML."""
    return bool(request.parts.get("json")) or (request.accepts("application/json") and not request.is_browser)


class _KeysFirst(Environment):
    """Tries ``row.title`` as the key of a dictionary first, which it nearly always is.

    Jinja2 tries an attribute first, which costs an exception each time: a tenth of the time of a long list.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@cache
def _environment() -> Environment:
    environment = _KeysFirst(
        loader=PackageLoader("pressmark.access.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": moment,
        "iso": iso,
        "meaning": meaning,
        "day": day,
        "bytes": size,
        "counted": counted,
        "lang": language,
        "short": short,
        "short_moment": short_moment,
        "month": month,
        "whole": whole,
        "address": address,
    }
    environment.globals |= {
        "page_link": links.page,
        "capture_link": links.capture,
        "memento_link": links.memento,
        "bytes_link": links.raw,
        "diff_link": links.diff,
        "share_link": links.share,
        "results_link": links.results,
        "timemap_link": links.timemap,
        "save_link": links.save,
    }
    return environment


def _final(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Markup | links.Address) or not isinstance(value, str):
        return value
    return short(_UNSEEN.sub("", value), MAX_SHOWN)


def short(value: Any, most: int) -> str:
    """Return a text of at most ``most`` characters; one that is cut ends with an ellipsis."""
    whole = str(value)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def whole(value: Any) -> Markup:
    """Return a text in full length, escaped: the value that the page was asked for."""
    return escape(_UNSEEN.sub("", str(value)))


def short_moment(value: Any) -> str:
    """Write an instant within its month: ``23 Nov, 20:52:07``."""
    found = _instant(value)
    return f"{found.day} {found:%b}, {found:%H:%M:%S}" if found else str(value or "")


def month(value: Any) -> str:
    """Write the month of a day: ``November``."""
    found = _instant(value)
    return f"{found:%B}" if found else str(value or "")


def language(value: Any) -> str:
    """Return a language for the ``lang`` attribute (BCP 47), or ``und`` if it is not one."""
    tag = str(value or "").replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else "und"


def moment(value: Any) -> str:
    """Write an instant: ``23 November 2026, 20:52 UTC``, with its own offset if it has one.

    A day alone is written as a day, and a text that is not a time as it is.
    """
    found = _instant(value)
    if found is None:
        return str(value or "")
    if len(str(value)) <= 10:
        return day(value)
    offset = "" if found.tzinfo is None else f" UTC{found:%:z}".removesuffix("+00:00")
    return f"{day(value)}, {found:%H:%M}{offset}"


def iso(value: Any) -> str:
    """Return an instant or day as the ``datetime`` attribute has it (HTML, "time": milliseconds); else nothing."""
    text = re.sub(r"(\.\d{3})\d+", r"\1", str(value))
    return text if _instant(value) and re.match(r"\d{4}-\d\d-\d\d(?:$|[T ])", text) else ""


def day(value: Any) -> str:
    """Write the day of an instant: ``23 November 2026``."""
    found = _instant(value)
    return f"{found.day} {found:%B %Y}" if found else str(value or "")


def _instant(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def address(url: Any) -> str:
    """Return a URL as people read it: without ``http://``, and shortened in its middle."""
    whole = re.sub(r"^https?://", "", str(url), count=1)
    return whole if len(whole) <= 160 else f"{whole[:100]}…{whole[-58:]}"
