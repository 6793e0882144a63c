"""Which of a page's requisites are wanted, and how one of them is described.

A requisite is what a browser fetches to show a page: style sheets, pictures, fonts, scripts. Frames are pages of their
own and do not count as such.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Level = Literal["none", "page", "all"]
"""How much is captured with a page. ``none``: the page alone. ``page``: what its readers see, on four kinds
of screens. ``all``: scripts, every candidate of a ``srcset``, style sheets
that are off, every format of a font, and media files, too."""

LEVELS: tuple[Level, ...] = get_args(Level)

Kind = Literal["style", "image", "icon", "font", "script", "media", "other"]

Found = Literal["html", "css", "script"]

MAX_WANTED = 2_000
"""Requisites found in one page, style sheet or script; a later one is not wanted. News pages name 311 at most."""

MAX_REFERENCES = 4 * MAX_WANTED
"""Different references of one kind that are looked at: not all of them lead to something."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to fetch.

    url: absolute, http or https, as :func:`pressmark.urls.clean` writes it, without fragment. kind: by the place that
    names it, not by the response. found: in which kind of file it was named.
    """

    url: str
    kind: Kind
    found: Found


def wanted_from(told: Any) -> list[Wanted]:
    """Read back a list of them from JSON of a process that may say anything. Raises ValueError."""
    if not isinstance(told, list) or len(told) > MAX_WANTED:
        raise ValueError("not a list of requisites")
    found = []
    for each in told:
        match each:
            case [str(url), kind, place] if kind in get_args(Kind) and place in get_args(Found):
                if not url.startswith(("http://", "https://")):
                    raise ValueError("not a requisite's URL")
                found.append(Wanted(url, kind, place))
            case _:
                raise ValueError("not a requisite")
    return found
