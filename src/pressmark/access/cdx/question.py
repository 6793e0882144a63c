"""A CDX client's question: reads and checks the parameters that both dialects share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args
from urllib.parse import quote_plus, unquote_plus

from pressmark import surt, urls
from pressmark.access.refusals import HttpError
from pressmark.archive import ranges
from pressmark.archive.keys import split_capture
from pressmark.archive.ranges import LAST, Range
from pressmark.archive.selection import Match

MAX_LINES = 100_000
"""Maximum number of lines of an answer that must be complete before its first line can be written."""

PAGE_LINES = 1_000
"""Captures in one unit of ``pageSize``."""

PAGE_SIZE = 5
"""The default of ``pageSize``."""

MAX_PAGE_SIZE = 20

_DIGITS = re.compile(r"\d{1,14}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_RESUME = re.compile(r"(\S+ \S+)!", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which captures. start, end: as many digits of a timestamp as were given, both included. reverse: newest first.

    resume: the sort key to continue after. limit: maximum number of lines; None if not given. page: number of a page of
    ``page_lines`` captures, None if none was asked for.
    """

    url: str
    match: Match = "exact"
    start: str = ""
    end: str = ""
    reverse: bool = False
    resume: str = ""
    limit: int | None = None
    page: int | None = None
    page_lines: int = PAGE_SIZE * PAGE_LINES

    def key_ranges(self) -> list[Range]:
        """Return the ranges of the table that answer it, in the order in which they are walked.

        For one URL that is every capture of its urlkey, as in every CDX server: scheme, ``www`` and letter case make no
        difference. Raises UrlError, and HttpError for a resume key of another question.
        """
        if self.match == "exact":
            key = surt.urlkey(self.url)
            found = [Range(surt.site(key), f"{key} {iso_prefix(self.start)}".strip(), f"{key} {self.upper}")]
            if not self.start:
                found = [Range(surt.site(key), f"{key} ", f"{key} {self.upper}")]
        else:
            of = {"prefix": ranges.of_prefix, "host": ranges.of_host, "domain": ranges.of_domain}[self.match]
            found = of(self.url)
        if self.reverse:
            found = [_backward(each) for each in reversed(found)]
        return self._behind(found) if self.resume else found

    @property
    def upper(self) -> str:
        """A text that is not below any wanted time of capture."""
        return iso_prefix(self.end) + LAST

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal for two questions whose pages are the same."""
        return (self.url, self.match, self.start, self.end, str(self.reverse), str(self.page_lines))

    def _behind(self, found: list[Range]) -> list[Range]:
        for number, each in enumerate(found):
            if each.lower <= self.resume <= each.upper:
                end = {"upper": self.resume} if self.reverse else {"lower": self.resume}
                return [_narrowed(each, **end), *found[number + 1 :]]
        raise HttpError(400, "resumeKey: it belongs to another query")


def _backward(asked: Range) -> Range:
    return Range(asked.partition, asked.lower, asked.upper, asked.index, backward=True)


def _narrowed(asked: Range, *, lower: str = "", upper: str = "") -> Range:
    return Range(asked.partition, lower or asked.lower, upper or asked.upper, asked.index, asked.backward)


def iso_prefix(digits: str) -> str:
    """Write the digits of a timestamp as the beginning of an ISO 8601 time, as far as its parts are complete."""
    if len(digits) < 4:
        return ""
    text = digits[:4]
    for at, sign in ((4, "-"), (6, "-"), (8, "T"), (10, ":"), (12, ":")):
        if len(digits) < at + 2:
            break
        text += sign + digits[at : at + 2]
    return text


def named(url: str, match: str) -> tuple[str, Match]:
    """Return URL and kind of match from ``url`` and ``matchType``; a ``*`` at either end of the URL sets the kind.

    Raises HttpError, UrlError.
    """
    url = url.strip()
    if not url:
        raise HttpError(400, "url is missing; write it as url=example.com")
    if not match:
        if url.startswith("*."):
            url, match = url[2:], "domain"
        elif url.endswith("*"):
            url, match = url[:-1], "prefix"
        else:
            match = "exact"
    if match not in get_args(Match):
        raise HttpError(400, f"matchType: {match[:40]!r} is not one of exact, prefix, host and domain")
    url = url.removesuffix("*") if match != "exact" else url
    if not re.match(r"https?://", url, re.IGNORECASE):
        url = f"http://{url.removeprefix('//')}"
    if match == "exact":
        url = urls.clean(url)
    return url, cast(Match, match)


def digits(value: str, name: str) -> str:
    """Check a timestamp of one to 14 digits. Raises HttpError."""
    if value and not _DIGITS.fullmatch(value):
        raise HttpError(
            400, f"{name}: {value[:40]!r} is not a timestamp; write 1 to 14 digits, such as 20261123"
        )
    return value


def number(value: str, name: str) -> int | None:
    """Read a whole number; None if there is none. Raises HttpError."""
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise HttpError(400, f"{name}: {value[:40]!r} is not a number")
    return int(value)


def page_of(values: dict[str, str]) -> tuple[int | None, int]:
    """Return ``page`` and the number of captures of a page, by ``pageSize``. Raises HttpError."""
    page = number(values.get("page", ""), "page")
    size = number(values.get("pageSize", ""), "pageSize") or PAGE_SIZE
    if (page or 0) < 0 or size < 1:
        raise HttpError(400, "page counts from 0, and pageSize is 1 or more")
    return page, min(size, MAX_PAGE_SIZE) * PAGE_LINES


def is_true(value: str) -> bool:
    """Whether a switch is on: ``true``, ``1``, ``on``, ``yes``."""
    return value.lower() in ("true", "1", "on", "yes")


def resume_key(capture: str) -> str:
    """Write the key that continues after a capture: its sort key and ``!``, URL-encoded as the Wayback Machine does."""
    return quote_plus(f"{capture}!")


def read_resume_key(value: str) -> str:
    """Return the sort key of a resume key, however often it was encoded on its way. Raises HttpError.

    Clients put the key into a query as they got it, encoded, and encode it again; some decode it first.
    """
    text = value
    for _ in range(4):
        if (match := _RESUME.fullmatch(text)) is not None:
            key, captured = split_capture(match[1])
            if key and captured and len(match[1]) <= 1024:
                return match[1]
        text = unquote_plus(text)
    raise HttpError(400, "resumeKey: send it exactly as the last answer gave it")


def values_of(args: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the last value of each parameter."""
    return dict(args)
