"""When two URLs name the same page. The one place where this is decided; docs/architecture.md gives the reasons.

The urlkey (SURT) files captures, so that a URL, a path and a site are each one range. It is coarser than a URL:
``/AbC`` and ``/aBc``, ``/a`` and ``/a/``, ``?a=1&b=2`` and ``?b=2&a=1``, ``www`` and ``www2`` have one urlkey, and a
server may give a page of its own for each. So equal urlkeys are a reason to look closer, and prove nothing:

- **the same URL**: equal letter for letter once cleaned (:func:`pressmark.urls.clean`: scheme and host in lower case,
  no default port, fragment or credentials). Actions use this rule: claims, batches, ``if_not_archived_within``,
  revisits, schedules, takedowns.
- **the same page**: equal except for http and https. Listings and groups use this rule. A URL that a person wrote
  without a scheme means the page.
- **a neighbour**: any other URL with the same urlkey. It is never taken for the page; if there is nothing else, it is
  offered under its own URL.
"""

import re
from enum import IntEnum
from functools import lru_cache

from pressmark import surt, urls
from pressmark.errors import UrlError

_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class Kin(IntEnum):
    """How a captured URL is related to the one that was named; smaller is nearer."""

    SAME = 0
    SCHEME = 1
    NEIGHBOUR = 2
    STRANGER = 3


def canonical(url: str) -> str:
    """Return a URL in the form in which equal URLs are equal texts; one that cannot be cleaned stays as it is.

    Files of other tools hold URLs that were never cleaned; their rows are compared, too.
    """
    try:
        return urls.clean(url)
    except UrlError:
        return url


def same(one: str, other: str) -> bool:
    """Whether two URLs are the same, letter for letter once cleaned."""
    return one == other or canonical(one) == canonical(other)


@lru_cache(maxsize=4096)
def page(url: str) -> str:
    """Return what all URLs of one page have in common: the URL, cleaned, without its scheme (``//host/path``)."""
    return "//" + _SCHEME.sub("", canonical(url), count=1)


class Named:
    """A URL as a person named it, to compare captured URLs with. Raises UrlError if it is not a URL."""

    def __init__(self, url: str, *, any_scheme: bool = False) -> None:
        """url: with a scheme. any_scheme: whether the person left the scheme out, so that it was made up."""
        self.url = urls.clean(url)
        self.page = page(self.url)
        self._key = surt.urlkey(self.url)
        self._any_scheme = any_scheme

    def kin(self, captured: str) -> Kin:
        """Return how the URL of a capture is related to this one."""
        if captured == self.url or canonical(captured) == self.url:
            return Kin.SAME
        if page(captured) == self.page:
            return Kin.SAME if self._any_scheme else Kin.SCHEME
        try:
            return Kin.NEIGHBOUR if surt.urlkey(captured) == self._key else Kin.STRANGER
        except ValueError:  # another tool's
            return Kin.STRANGER
