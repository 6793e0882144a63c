"""An HTTP request and its response, as the application sees them, independent of the server."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from pressmark.access.caller import NOBODY, Caller
from pressmark.access.refusals import HttpError
from pressmark.json_text import dumps

MAX_TARGET = 16_384
"""Characters of path and query: a URL of 8,000 characters, percent-encoded in part. A Lambda function URL and API
Gateway accept less: 10,240 bytes together with the header lines (API Gateway quotas)."""

MAX_BODY = 1 << 20
"""Maximum length of a request's body in bytes: enough for a form of some hundred job ids. A longer one is answered with
413."""

MAX_FIELDS = 500
"""Parameters of a query or form."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUES = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Policy(StrEnum):
    """What a browser may do with a response; :mod:`.policies` writes it as header lines.

    DATA: nothing, it is for programs. PAGE: one of our pages. ARCHIVED: a stranger's bytes. PLAYER: the page that the
    replay component runs in.
    """

    DATA = "data"
    PAGE = "page"
    ARCHIVED = "archived"
    PLAYER = "player"


@dataclass(frozen=True)
class Request:
    """A request.

    method: in capitals. target: path and query as on the request line, percent-encoded, ASCII. origin: what the client
    calls this server, ``https://host``. headers: values by lower-case name; of several lines, joined with ``, ``
    (cookies with ``; ``). client: the IP address it came from. iam: ARN of the caller that AWS has admitted, else
    empty. parts: the named groups of the route's pattern, as they are in the target. caller: who asks, once that is
    known.
    """

    method: str
    target: str
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    iam: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    caller: Caller = NOBODY

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, without the question mark, still encoded."""
        return self.target.partition("?")[2]

    @cached_property
    def args(self) -> list[tuple[str, str]]:
        """The query's parameters in order, decoded. Raises HttpError."""
        return _fields(self.query)

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a form that was sent (application/x-www-form-urlencoded), decoded. Raises HttpError."""
        if not self.body:
            return []
        kind = self.headers.get("content-type", "application/x-www-form-urlencoded")
        if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise HttpError(415, "send a form: application/x-www-form-urlencoded")
        return _fields(self.body.decode("utf-8", "replace"))

    def arg(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter of the query."""
        return next((value for key, value in self.args if key == name), default)

    def accepts(self, media_type: str) -> bool:
        """Whether the client names a media type in Accept (RFC 9110 section 12.5.1), wildcards not counted."""
        wanted = self.headers.get("accept", "").lower().split(",")
        return any(
            each.partition(";")[0].strip() == media_type and "q=0" not in each.replace("q=0.", "")
            for each in wanted
        )

    @property
    def is_browser(self) -> bool:
        """Whether an answer for people is wanted, which is so if Accept names HTML."""
        return self.accepts("text/html") or self.accepts("application/xhtml+xml")


def _fields(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise HttpError(400, f"more than {MAX_FIELDS} parameters") from error


@dataclass(slots=True)
class Response:
    """An answer.

    body: bytes, or pieces of them, which are made while they are sent. headers: names and values in order; a value is
    Latin-1. policy: what browsers may do with it.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    policy: Policy = Policy.DATA

    def add(self, name: str, value: str) -> "Response":
        """Add a header line and return the response.

        The value may come from a stranger: control characters, which would end the line, become blanks, and characters
        beyond Latin-1 are percent-encoded. Raises ValueError for a name that is not a token (RFC 9110 section 5.1).
        """
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is not the name of a header field")
        self.headers.append((name, header_value(value)))
        return self

    def header(self, name: str) -> str | None:
        """Return the first value of a header field, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def whole(self) -> bytes:
        """Return the body in one piece."""
        if not isinstance(self.body, bytes):
            self.body = b"".join(self.body)
        return self.body


def header_value(value: str) -> str:
    """Return a text in a form that is safe as a header's value."""
    value = _NOT_IN_VALUES.sub(" ", value).strip()
    if not all(character <= "\xff" for character in value):
        value = "".join(
            each if each <= "~" else "".join(f"%{byte:02X}" for byte in each.encode("utf-8", "replace"))
            for each in value
        )
    return value


def text(body: str, *, status: int = 200, media_type: str = "text/plain") -> Response:
    """Return a response of text in UTF-8."""
    return Response(
        status, [("Content-Type", f"{media_type}; charset=utf-8")], body.encode("utf-8", "replace")
    )


def json_response(value: Any, *, status: int = 200) -> Response:
    """Return compact JSON: some clients search its text for ``"status":"success"``."""
    body = dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return Response(status, [("Content-Type", "application/json")], body)


def redirect(location: str, *, status: int = 302) -> Response:
    """Return a redirect. location: absolute, or a path of this server; the caller has checked where it leads."""
    return Response(status).add("Location", location)
