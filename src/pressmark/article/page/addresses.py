"""Addresses found on a page, made absolute."""

import re
from urllib.parse import urljoin, urlsplit

from pressmark.article.page.clean import MAX_URL

_WHITE = re.compile(r"[\s\x00-\x1f\x7f]+")
# Absolute and plain: joining such an address to a base would return it as it is, so that costly step is skipped.
_PLAIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?/[!\"$-:<->@-~]*(?:\?[!\"$-~]+)?(?:\#[!-~]+)?", re.ASCII
)

# Second-level domains of registries, and labels that come before a site's name in its host.
_REGISTRIES = frozenset("ac amp co com edu go gob gouv gov info m mobile ne net news or org web www".split())


def absolute(address: str, base: str) -> str | None:
    """The absolute http(s) address, or None if there is none or it is longer than ``MAX_URL``."""
    address = address.strip()
    if not address or len(address) > MAX_URL * 2:
        return None
    if is_plain(address):
        return address if len(address) <= MAX_URL else None
    if _WHITE.search(address):  # browsers drop line breaks and escape blanks (URL Standard, 4.4)
        address = re.sub(r"[\t\r\n]+", "", address).replace(" ", "%20")
    try:
        url = urljoin(base, address)
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc or len(url) > MAX_URL:
        return None
    if parts.netloc.endswith((":", "http", "https")) and parts.path.startswith("//"):
        return None  # two addresses run together: "https://a.examplehttps://b.example/"
    return url if url.isprintable() else None


def is_plain(address: str) -> bool:
    """Whether an address is an absolute http(s) URL of printable ASCII, with each part in its usual place."""
    return _PLAIN.fullmatch(address) is not None


def host(url: str) -> str:
    """The host in lower case without ``www.``, or an empty string."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def site_labels(url: str) -> list[str]:
    """The labels of the host that may be the site's name: not the last one, and not a registry's."""
    return [label for label in host(url).split(".")[:-1] if label not in _REGISTRIES]
