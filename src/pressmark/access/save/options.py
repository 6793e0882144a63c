"""Options of a request to save a page: those that are obeyed, those without effect, and those that are refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from pressmark.access.messages import Request
from pressmark.errors import MessageError
from pressmark.forms import REQUISITES, Requisites
from pressmark.queues.message import parse_span, trim
from pressmark.urls import clean

ON = ("1", "on")
"""What switches an option on; every other value is off (Save Page Now 2 API documentation)."""

SWITCHES = {
    "capture_outlinks": "links of a page are not followed",
    "capture_screenshot": "no screenshots are made",
    "outlinks_availability": "captures of the pages that it links to are not looked up; ask /wayback/available",
    "email_result": "no mail is sent; ask /save/status",
    "save_to_archive": "there are no personal collections",
    "email_wacz": "no mail is sent; pressmark export makes a WACZ file",
    "wacz": "no WACZ file is made with a capture; pressmark export makes one",
}
"""Switches that cannot be obeyed, and the message for each."""

VALUES = {
    "capture_cookie": "pages are fetched without cookies",
    "use_user_agent": "the archive says who it is in every request",
    "target_username": "pages behind a login are not captured",
    "target_password": "pages behind a login are not captured",
}
"""Options with a value that cannot be obeyed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to save.

    within: do not capture the page if it was captured less than this long ago. requisites: what is captured with the
    page (:class:`pressmark.queues.message.CaptureRequest`).
    """

    url: str
    capture_all: bool = False
    within: timedelta | None = None
    requisites: Requisites | None = None

    @property
    def distinct(self) -> str:
        """The options that make a different capture of the page."""
        return f"{self.capture_all:d}{self.requisites or ''}"


def wanted(request: Request) -> Wanted:
    """Read a form; options that are not in it may be in the query. Raises MessageError (UrlError if the URL is wrong).

    Options that change how a browser loads a page, or when a capture becomes visible, change nothing: there is no
    browser, and a capture is visible at once.
    """
    said = dict(reversed([*request.form, *request.args]))  # the first of each name
    refuse(said.items())
    url = trim(said.get("url", ""))
    if not url:
        raise MessageError("there is no url: send url=https://… in a form")
    span = said.get("if_not_archived_within", "").partition(",")[0].strip()  # a second one is for outlinks
    return Wanted(
        clean(url if "://" in url else f"http://{url}"),
        said.get("capture_all", "") in ON,
        parse_span(span) if span else None,
        _requisites(said.get("requisites", "").strip()),
    )


def _requisites(said: str) -> Requisites | None:
    if not said:
        return None
    try:
        level: Requisites = REQUISITES.parse(said)
    except ValueError as error:
        raise MessageError(f"requisites is {said[:100]!r}: write {error}") from error
    return level


def refuse(said: Iterable[tuple[str, str]]) -> None:
    """Raise MessageError if options are wanted that cannot be obeyed: it names each of them."""
    reasons = [
        f"{name}: {SWITCHES[name] if name in SWITCHES else VALUES[name]}"
        for name, value in said
        if (name in SWITCHES and value in ON) or (name in VALUES and value.strip())
    ]
    if reasons:
        raise MessageError(f"this cannot be done here ({'; '.join(reasons)})")
