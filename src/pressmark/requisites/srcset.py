"""``srcset``: its candidates, and which of them browsers choose (HTML Standard, "parse a srcset attribute")."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.sizes import is_auto, widths
from pressmark.requisites.wanted import Level

MAX_CANDIDATES = 500
"""Maximum number of candidates in one attribute; later ones are not found."""

MAX_CHARACTERS = 1024 * 1024
"""How much of an attribute is read."""

# As the Standard's parser: it separates URLs by blanks only, and descriptors by commas outside brackets.
_BETWEEN = re.compile(r"[ \t\n\f\r,]*+")
_URL = re.compile(r"[^ \t\n\f\r]++")
_DESCRIPTORS = re.compile(r"(?:[^(,]++|\([^)]*+\)?+)*+")
_DESCRIPTOR = re.compile(r"(?:[^ \t\n\f\r(]++|\([^)]*+\)?+)++")
# A URL with one plain descriptor, as nearly all are.
_USUAL = re.compile(
    r"([^ \t\n\f\r]*+(?<!,))[ \t\n\f\r]++(?:([1-9]\d{0,8})w|(\d{1,3}(?:\.\d{1,3})?)x)[ \t\n\f\r]*+(?:,|\Z)",
    re.ASCII,
)
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
    """The candidates of an attribute in its order; those with meaningless descriptors are left out."""
    return list(islice(_candidates(srcset[:MAX_CHARACTERS]), MAX_CANDIDATES))


@dataclass(frozen=True, slots=True)
class Offer:
    """One picture in several widths or densities, from which browsers choose.

    sizes: the attribute's value; empty if there is none. src: an ``img``'s own ``src``, which is one of the candidates
    if none of them has a width. is_lazy: whether it is loaded when it comes into view.
    """

    candidates: list[Candidate]
    sizes: str = ""
    src: str | None = None
    is_lazy: bool = False

    def chosen(self, screens: Iterable[Screen] = SCREENS) -> list[str]:
        """The references that browsers load on the screens, each once.

        If the layout decides the width (``sizes=auto`` on a lazy picture), all candidates up to the one
        that a picture as wide as the window would need on that screen.
        """
        by_width = any(each.width for each in self.candidates)
        every = [*self.candidates, Candidate(self.src)] if self.src and not by_width else self.candidates
        is_laid_out = by_width and self.is_lazy and is_auto(self.sizes)
        picked: list[str] = []
        for screen in screens:
            for width in widths(self.sizes, screen) if by_width else (float(screen.width),):
                if weighed := _weighed(every, width):
                    first, last = _picked([density for density, _ in weighed], screen.density)
                    picked += [each for _, each in weighed[0 if is_laid_out else first : last + 1]]
        return list(dict.fromkeys(picked))

    def wanted(self, level: Level, screens: Iterable[Screen] = SCREENS) -> list[str]:
        """The chosen candidates; at ``all``, every candidate."""
        return [each.reference for each in self.candidates] if level == "all" else self.chosen(screens)


def _candidates(srcset: str) -> Iterator[Candidate]:
    at = 0
    while True:
        at = _matched(_BETWEEN, srcset, at)
        if at == len(srcset):
            return
        if usual := _USUAL.match(srcset, at):
            at = usual.end()
            reference, width, density = usual.groups()
            yield Candidate(reference, int(width) if width else None, float(density) if density else None)
            continue
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
    """A candidate, or None if the Standard calls its descriptors an error."""
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
    """Densities and references, in order; of equal densities the first."""
    weighed: dict[float, str] = {}
    for each in every:
        density = 1.0 if each.density is None else each.density
        if each.width:
            density = each.width / source_width if source_width else math.inf
        weighed.setdefault(density, each.reference)
    return sorted(weighed.items())


def _picked(densities: list[float], wanted: float) -> tuple[int, int]:
    """The places of the two densities that browsers choose: what WebKit and older Chromium choose, and the others.

    Firefox and Chromium (since version 156 at the latest) take the lowest that is enough. WebKit takes the one below if
    the wanted density is nearer to that, by the geometric mean of the two, but never on a screen of density 1.
    """
    enough = next((at for at, density in enumerate(densities) if density >= wanted), len(densities) - 1)
    if enough == 0 or wanted <= 1 or densities[enough] < wanted:
        return enough, enough
    below = densities[enough - 1]
    return (enough - 1 if wanted < math.sqrt(below * densities[enough]) else enough), enough
