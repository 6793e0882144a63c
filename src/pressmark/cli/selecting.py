"""Options that choose captures, shared by all commands on more than one capture."""

import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli.target import NAMED, Named

if TYPE_CHECKING:
    from pressmark.archive.rows import Item
    from pressmark.archive.selection import Found, Selection
    from pressmark.archive.times import Span
    from pressmark.cli.exits import Failure
    from pressmark.cli.target import Archive


class Time(click.ParamType["Span"]):
    """A time as :func:`pressmark.archive.times.parse_span_of_time` reads it."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Span":
        """Read a time, or fail and list the valid forms."""
        from pressmark.archive.times import Span, parse_span_of_time
        from pressmark.clock import REAL

        if isinstance(value, Span):
            return value
        try:
            return parse_span_of_time(str(value), now=REAL.now())
        except ValueError as error:
            self.fail(str(error), param, ctx)


TIME = Time()

ERRORS = (
    "bad-gateway bad-request bandwidth-limit-exceeded blocked blocked-by-robots blocked-url cannot-fetch "
    "gateway-timeout http-version-not-supported internal-server-error invalid-host-resolution "
    "invalid-server-response invalid-url-syntax job-failed method-not-allowed no-access no-ipv6 not-found "
    "not-implemented protocol-error proxy-error read-timeout service-unavailable soft-time-limit-exceeded store-error "
    "tls-error too-many-redirects too-many-requests tried-too-often unauthorized waited-too-long"
).split()
"""The codes of docs/failures.md."""


class Code(click.ParamType[str]):
    """An error code, or an HTTP status."""

    def __init__(self, *, status: bool = False) -> None:
        self._status = status
        self.name = "CODE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept a known code, or fail and list the valid ones."""
        text = str(value).strip().lower()
        if self._status:
            if len(text) != 3 or not text.isascii() or not text.isdecimal() or text < "100":
                self.fail(f"{text!r} is not an HTTP status; write a number from 100 to 999", param, ctx)
        elif text not in ERRORS:
            self.fail(f"{text!r}: no such code; known codes: {', '.join(ERRORS)}", param, ctx)
        return text


class Digest(click.ParamType[str]):
    """A payload digest as rows have it: the SHA-1 in Base32. Files of other tools may use other algorithms."""

    name = "DIGEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return a SHA-1 in upper case, another digest as it is; or fail and say what a digest looks like."""
        import re

        if re.fullmatch(r"(?!sha1:)[a-z][a-z0-9-]{1,15}:[A-Za-z0-9+/=_-]{16,200}", str(value).strip()):
            return str(value).strip()
        text = re.sub("^sha1:", "", str(value).strip(), flags=re.IGNORECASE).upper()
        if not re.fullmatch("[A-Z2-7]{32}", text):
            self.fail(
                f"{value!r} is not a digest; write sha1: and 32 characters of Base32 (A-Z, 2-7), as list and show "
                "print them",
                param,
                ctx,
            )
        return f"sha1:{text}"


class Host(Named):
    """A host name, with or without a port; also a domain."""

    name = "HOST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept what may follow ``https://`` up to the next slash, or fail and say what is wrong."""
        from pressmark.errors import UrlError
        from pressmark.queues.message import trim
        from pressmark.urls import clean

        text = trim(super().convert(value, param, ctx))
        if set(text) & set("/?#@"):
            self.fail(f"{text!r} is not a host name", param, ctx)
        try:
            clean(f"http://{text}/")
        except UrlError as error:
            self.fail(error.reason if text in error.reason else f"{text!r}: {error.reason}", param, ctx)
        name, colon, port = text.rpartition(":")
        # A scheme's default port is not part of a capture's key, and the key does not say which scheme it was.
        return name if colon and port in ("80", "443") else text


HOST = Host()


class Prefix(Named):
    """The beginning of a URL, with its whole host."""

    name = "URL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept the beginning of a URL, or fail and say what is wrong."""
        from pressmark.errors import UrlError
        from pressmark.urls import clean

        text = with_scheme(super().convert(value, param, ctx))
        try:
            clean(text)
        except UrlError as error:
            self.fail(f"{text!r} is not a URL: {error.reason}", param, ctx)
        return text


_TERMS = ("author", "tag", "section", "label", "digest", "status", "error")

_OPTIONS = (
    click.argument("url", type=NAMED, required=False),
    click.option("--prefix", type=Prefix(), metavar="URL", help="URLs starting with this."),
    click.option("--host", type=HOST, metavar="HOST", help="All URLs of this host."),
    click.option(
        "--site",
        "--domain",
        "site",
        type=HOST,
        metavar="DOMAIN",
        help="All URLs of this domain and its subdomains.",
    ),
    click.option("--from", "--since", "start", type=TIME, help="Captured at or after TIME."),
    click.option(
        "--to", "end", type=TIME, help="Captured at or before TIME; 2026-11 includes all of November."
    ),
    click.option("--author", type=NAMED, metavar="NAME", help="Articles by this author."),
    click.option("--tag", type=NAMED, metavar="TAG", help="Articles with this tag (the page's own)."),
    click.option("--section", type=NAMED, metavar="NAME", help="Articles in this section."),
    click.option("--label", type=NAMED, metavar="LABEL", help="Captures pushed with this --label."),
    click.option(
        "--digest",
        metavar="sha1:...",
        type=Digest(),
        help="Captures with exactly this payload; with a URL, its revisits as well.",
    ),
    click.option("--status", metavar="CODE", type=Code(status=True), help="Captures with this HTTP status."),
    click.option(
        "--error", metavar="CODE", type=Code(), help="Captures that failed this way, e.g. not-found."
    ),
)


def selection_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets ``selection``, whose times are times of capture."""

    @functools.wraps(function)
    def wrapped(
        *args: Any,
        url: str | None,
        prefix: str | None,
        host: str | None,
        site: str | None,
        start: "Span | None",
        end: "Span | None",
        **rest: Any,
    ) -> Any:
        from pressmark.archive.selection import Selection

        named = {"exact": url, "prefix": prefix, "host": host, "domain": site}
        given = {match: value for match, value in named.items() if value}
        if len(given) > 1:
            raise click.UsageError("URL, --prefix, --host and --site cannot be combined")
        in_order(start, end)
        terms = tuple((kind, value) for kind in _TERMS if (value := rest.pop(kind)) is not None)
        ((match, wanted),) = given.items() or {"exact": None}.items()
        selection = Selection(
            url=with_scheme(wanted) if wanted and match == "exact" else wanted,
            match=match,  # type: ignore[arg-type]  # the keys above are its values
            terms=terms,
            start=start.start if start else None,
            end=end.end if end else None,
        )
        return function(*args, selection=selection, **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


EVERYTHING = click.option(
    "--all", "everything", is_flag=True, help="Include the robots.txt files fetched along the way."
)
"""Option of commands that otherwise leave out robots.txt files (:func:`without_robots`)."""


def without_robots(
    found: "Iterator[Found]", selection: "Selection", on_robots: "Callable[[Item], None] | None" = None
) -> "Iterator[Found]":
    """Leave out the robots.txt files that were fetched on the way to a page, unless the selection names one URL.

    found: items with the attribute ``purpose``: rows, or those of an index, but not look-up items by term. on_robots:
    called with each item that is left out.
    """
    named = selection.url is not None and selection.match == "exact"
    for each in found:
        if named or each.item.get("purpose") != "robots":
            yield each
        elif on_robots:
            on_robots(each.item)


def nothing_found(archive: "Archive", selection: "Selection") -> "Failure":
    """Return the failure for an empty result; a --tag may have been meant for a --label, and the other way round.

    If everything was asked for, the archive holds no captures of pages; robots.txt files are not mentioned.
    """
    from pressmark.cli.exits import NOTHING, Failure

    if not (selection.url or selection.terms or selection.start or selection.end):
        return Failure(f"{archive.label} holds no captures of pages", NOTHING)
    kinds = {kind for kind, _ in selection.terms}
    hint = ""
    if "tag" in kinds and "label" not in kinds:
        hint = "--tag finds the page's own tags; --label finds what was pushed with a label"
    elif "label" in kinds and "tag" not in kinds:
        hint = "--label finds what was pushed with --label (or --tag); --tag finds the page's own tags"
    return Failure(f"{archive.label}: no such capture", NOTHING, hint)


def in_order(start: "Span | None", end: "Span | None") -> None:
    """Refuse a period that ends before it begins, instead of finding nothing in it."""
    if start and end and start.start >= end.end:
        raise click.UsageError(
            f"--from ({start.start:%Y-%m-%dT%H:%M:%SZ}) is later than the end of --to ({end.end:%Y-%m-%dT%H:%M:%SZ})"
        )


def with_scheme(url: str) -> str:
    """Add ``https://`` if a person left it out; then captures of http are meant as well."""
    import re

    from pressmark.queues.message import trim

    url = trim(url)
    host = re.split(r"[/?#]", url, maxsplit=1)[0]
    plain = "." in host or host.startswith("[") or host.partition(":")[0].lower() == "localhost"
    return f"https://{url}" if plain and not has_scheme(url) else url


def has_scheme(url: str) -> bool:
    """Whether a URL has a scheme, as a person typed it."""
    return "://" in url.partition("?")[0]
