"""The options that say how this machine fetches: for whom, how politely, and whether pages of its own are allowed."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.target import NAMED

if TYPE_CHECKING:
    from pressmark.settings import Settings

_CONTACT = click.option(
    "--contact-url",
    type=NAMED,
    metavar="URL",
    help="Page or mailto: address for site owners, sent in the User-Agent.",
)

_OPTIONS = (
    _CONTACT,
    click.option(
        "--operator", type=NAMED, metavar="TEXT", help="Who runs the archive; written to every WARC file."
    ),
    click.option(
        "--robots",
        type=click.Choice(("obey", "ignore", "note")),
        help="What to do with robots.txt (default: obey).",
    ),
    click.option(
        "--host-delay",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Seconds that a host is given for each page (default: 1).",
    ),
    click.option(
        "--allow-loopback/--no-allow-loopback",
        "allow_loopback",
        default=None,
        help="Also archive pages of this machine (localhost) whose address is on the command line.",
    ),
)

requisites_option = click.option(
    "--requisites",
    type=click.Choice(("none", "page", "all")),
    help="What to capture with each page: page (pictures, style sheets, fonts), all (scripts, too), or none.",
)

_SAID = "pressmark.crawl"
"""Key under which a command's context keeps the options given, for what it fetches before or without archiving it."""

BATCH_WINDOW = "1"
"""Seconds that the queue waits for a batch to fill: on this machine there are no other messages to wait for."""

NAMES = ("contact_url", "operator", "robots", "host_delay")


def crawl_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options. The command gets those that were given as ``crawl``: settings by name, and allow_loopback."""

    @functools.wraps(function)
    def wrapped(*args: Any, **rest: Any) -> Any:
        crawl = {name: value for name in (*NAMES, "allow_loopback") if (value := rest.pop(name)) is not None}
        click.get_current_context().meta[_SAID] = crawl
        return function(*args, crawl=crawl, **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def contact_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--contact-url`` alone, for a command that only fetches; :func:`settings` uses its value."""

    @functools.wraps(function)
    def wrapped(*args: Any, contact_url: str | None, **rest: Any) -> Any:
        if contact_url is not None:
            click.get_current_context().meta[_SAID] = {"contact_url": contact_url}
        return function(*args, **rest)

    return _CONTACT(wrapped)


def settings(**fixed: Any) -> "Settings":
    """Return the settings of a fetch that is not archived: options of this command, then PRESSMARK_ variables.

    Raises SettingsError.
    """
    from pressmark.local import configured

    context = click.get_current_context(silent=True)
    return configured.settings(context.meta.get(_SAID, {}) if context else {}, os.environ, **fixed)


def for_this_machine_only(crawl: Mapping[str, object]) -> None:
    """Refuse the options for a stack in AWS, which fetches by its own parameters. Raises Failure if one was given."""
    if crawl:
        option = f"--{next(iter(crawl)).replace('_', '-')}"
        raise exits.Failure(
            f"{option} works only when this machine fetches the pages: add --archive DIR",
            exits.USAGE,
            "a stack has its own setting; change it with sam deploy --guided",
        )


def parameters(crawl: Mapping[str, object]) -> dict[str, str]:
    """Return the template parameters for a run on this machine: options, then PRESSMARK_ variables."""
    from pressmark.local import configured

    return {"BatchWindow": BATCH_WINDOW, **configured.parameters(crawl, os.environ)}


def loopback(
    crawl: Mapping[str, object], urls: Sequence[str] = (), *, otherwise: bool = False
) -> tuple[str, ...]:
    """Return the addresses of this machine that pages may be fetched from. urls: those of the command line.

    otherwise: whether the addresses of these are allowed if neither an option nor a variable decides. Raises
    SettingsError.
    """
    from pressmark.local import configured

    said = crawl.get("allow_loopback")
    return configured.loopback(None if said is None else bool(said), os.environ, urls, otherwise=otherwise)
