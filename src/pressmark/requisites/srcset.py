"""``srcset``: its candidates, and which of them browsers choose (HTML Standard, "parse a srcset attribute")."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.sizes import is_auto, widths

MAX_CANDIDATES = 500
"""Of one attribute; a later one is not found."""

MAX_CHARACTERS = 1024 * 1024
"""What is read of an attribute."""

# Letters and signs of the Standard's parser: it parts URLs by blanks alone, and descriptors by commas outside brackets.
_BETWEEN = re.compile(r"[ \t\n\f\r,]*+")
_URL = re.compile(r"[^ \t\n\f\r]++")
_DESCRIPTORS = re.compile(r"(?:[^(,]++|\([^)]*+\)?+)*+")
_DESCRIPTOR = re.compile(r"(?:[^ \t\n\f\r(]++|\([^)]*+\)?+)++")
_INTEGER = re.compile(r"\d++", re.ASCII)
_FLOAT = re.compile(r"-?(?:\d++(?:\.\d++)?+|\.\d++)(?:[eE][+-]?\d++)?+", re.ASCII)
_MAX_DIGITS = 300


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image. width: of the image in pixels, or None. density: device pixels for a CSS pixel, or None."""

    reference: str
    width: int | None = None
    density: float | None = None


def candidates(srcset: str) -> list[Candidate]:
    """The candidates of an attribute in its order; those with descriptors that mean nothing are left out."""
    return list(islice(_candidates(srcset[:MAX_CHARACTERS]), MAX_CANDIDATES))


def chosen(
    found: list[Candidate], sizes: str, src: str | None, screens: Iterable[Screen] = SCREENS
) -> list[str]:
    """The references that Chromium loads of these on the screens, each once.

    sizes: the attribute's value; empty where there is none. src: the ``img``'s own ``src``, which is one of the
    candidates where none of them has a width. Where the layout decides the width, every one is chosen that may be.
    """
    by_width = any(each.width for each in found)
    every = [*found, Candidate(src)] if src and not by_width else found
    picked: list[str] = []
    for screen in screens:
        for width in widths(sizes, screen) if by_width else (float(screen.width),):
            weighed = _weighed(every, width)
            if weighed:
                at = _pick([density for density, _ in weighed], screen.density)
                picked += [each for _, each in weighed[0 if by_width and is_auto(sizes) else at : at + 1]]
    return list(dict.fromkeys(picked))


def _candidates(srcset: str) -> Iterator[Candidate]:
    at = 0
    while True:
        at = _matched(_BETWEEN, srcset, at)
        if at == len(srcset):
            return
        end = _matched(_URL, srcset, at)
        reference, descriptors = srcset[at:end], ""
        if reference.endswith(","):
            reference = reference.rstrip(",")
        else:
            at, end = end, _matched(_DESCRIPTORS, srcset, end)
            descriptors = srcset[at:end]
        at = end
        candidate = _described(reference, _DESCRIPTOR.findall(descriptors))
        if candidate:
            yield candidate


def _matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _described(reference: str, descriptors: list[str]) -> Candidate | None:
    """A candidate, or None where the Standard calls its descriptors an error."""
    width = height = density = None
    for each in descriptors:
        number, unit = each[:-1], each[-1]
        if len(number) > _MAX_DIGITS:
            return None
        if unit in "wh" and _INTEGER.fullmatch(number) and int(number):
            if density is not None or (width if unit == "w" else height) is not None:
                return None
            width, height = (int(number), height) if unit == "w" else (width, int(number))
        elif unit == "x" and _FLOAT.fullmatch(number) and float(number) >= 0:
            if (width, height, density) != (None, None, None):
                return None
            density = float(number)
        else:
            return None
    if height is not None and width is None:
        return None
    return Candidate(reference, width, density)


def _weighed(every: list[Candidate], source_width: float) -> list[tuple[float, str]]:
    """Densities and references, in order; of the same density the first."""
    weighed: dict[float, str] = {}
    for each in every:
        density = 1.0 if each.density is None else each.density
        if each.width:
            density = each.width / source_width if source_width else math.inf
        weighed.setdefault(density, each.reference)
    return sorted(weighed.items())


def _pick(densities: list[float], wanted: float) -> int:
    """Chromium's choice: of two neighbours around what is wanted, the one nearer to it by their geometric mean."""
    for at, following in enumerate(densities[1:]):
        if following < wanted:
            continue
        here = densities[at]
        if (wanted <= 1 and wanted > here) or wanted >= math.sqrt(here * following):
            return at + 1
        return at
    return len(densities) - 1
