"""The screens that pages are captured for, and lengths on them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """A reader's screen. width, height: of the window, in CSS pixels. density: device pixels for each of these."""

    width: int
    height: int
    density: float


SCREENS = (Screen(1280, 720, 1), Screen(1280, 720, 2), Screen(390, 844, 3), Screen(1920, 1080, 1))
"""A laptop's window, the same on a screen of twice the density, a phone, and a large desktop."""

_FONT_SIZE = 16.0
_PIXELS = {
    "px": 1.0,
    **dict.fromkeys(("em", "rem"), _FONT_SIZE),
    **dict.fromkeys(("ex", "ch"), _FONT_SIZE / 2),
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "pt": 96 / 72,
    "pc": 16.0,
}
"""CSS Values Level 4, section 6; lengths that depend on a font, by browsers' default settings."""


def pixels(number: float, unit: str, screen: Screen) -> float | None:
    """The CSS pixels of a length, or None for another unit. unit: in lower case; empty for zero alone."""
    if not unit:
        return 0.0 if number == 0 else None
    if unit in _PIXELS:
        return number * _PIXELS[unit]
    match (
        unit.removeprefix("s").removeprefix("l").removeprefix("d")
    ):  # large, small and dynamic are the same here
        case "vw" | "vi":
            return number * screen.width / 100
        case "vh" | "vb":
            return number * screen.height / 100
        case "vmin":
            return number * min(screen.width, screen.height) / 100
        case "vmax":
            return number * max(screen.width, screen.height) / 100
    return None
