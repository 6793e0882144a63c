"""Attributes from which scripts fill in pictures when a reader scrolls to them.

There is no standard for them; these are the names that widespread libraries for lazy loading use, and those that
archiving browsers look for.
"""

import re

ADDRESS = (
    *("data-src", "data-lazy-src", "data-lazy", "data-lazyload", "data-original", "data-original-src"),
    *("data-img-src", "data-image-src", "data-hi-res-src", "data-full-src", "data-poster"),
)
"""On pictures and videos: an address."""

SRCSET = ("data-srcset", "data-lazy-srcset", "data-original-set", "data-bgset")
"""Written as ``srcset``."""

BACKGROUND = (
    "data-bg",
    "data-bg-src",
    "data-background",
    "data-background-image",
    "data-bg-image",
    "data-lazy-bg",
)
"""On any element: an address, or CSS with one."""

_PICTURE = re.compile(r"\.(?:avif|webp|jpe?g|jfif|png|gif|svg|bmp|ico)(?:[?#/]|\Z)", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s{}\[\]<>\"]++")


def is_address(value: str) -> bool:
    """Whether the value of a picture's attribute can be an address, and not a script's own data."""
    return _ADDRESS.fullmatch(value.strip()) is not None


def names_picture(value: str) -> bool:
    """Whether an address names a picture by its ending: many elements have such attributes for other things."""
    return is_address(value) and _PICTURE.search(value) is not None
