"""Media queries and sizes are weighed as CSS says; of what cannot be known, both are taken."""

import pytest

from pressmark.requisites import media, sizes
from pressmark.requisites.media import fits
from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.sizes import length, widths

DESKTOP, DENSE, PHONE, LARGE = SCREENS


@pytest.mark.parametrize(
    ("query", "desktop", "phone"),
    [
        ("", True, True),
        ("all", True, True),
        ("SCREEN", True, True),
        ("only screen", True, True),
        ("print", False, False),
        ("not print", True, True),
        ("not all", False, False),
        ("(min-width: 1280px)", True, False),
        ("(min-width:1280.5px)", False, False),
        ("(MAX-WIDTH: 24.375EM)", False, True),
        ("(max-width: 30rem)", False, True),
        ("(width: 390px)", False, True),
        ("(min-width: 0)", True, True),
        ("(min-width: 10cm) and (max-width: 20in)", True, True),
        ("screen and (min-width: 600px) and (max-width: 2000px)", True, False),
        ("not screen and (min-width: 600px)", False, True),
        ("not (min-width: 600px)", False, True),
        ("(min-width: 9999px) or (max-width: 400px)", False, True),
        ("((min-width: 1px) and (max-width: 2px)) or (not (max-width: 400px))", True, False),
        ("(width >= 600px)", True, False),
        ("(600px < width)", True, False),
        ("(300px <= width < 600px)", False, True),
        ("(1000px > width > 300px)", False, True),
        ("(width = 390px)", False, True),
        ("(min-height: 800px)", False, True),
        ("(orientation: landscape)", True, False),
        ("(orientation:portrait)", False, True),
        ("(min-resolution: 2dppx)", False, True),
        ("(max-resolution: 96dpi)", True, False),
        ("(-webkit-min-device-pixel-ratio: 1.5)", False, True),
        ("(min--moz-device-pixel-ratio: 1.5)", False, True),
        ("(-webkit-device-pixel-ratio: 3)", False, True),
        ("(min-aspect-ratio: 16/9)", True, False),
        ("(max-aspect-ratio: 1)", False, True),
        ("print, (max-width: 500px)", False, True),
        ("(width)", True, True),
        # What depends on the reader
        ("(prefers-color-scheme: dark)", None, None),
        ("(hover) and (max-width: 400px)", False, None),
        ("(hover) or (max-width: 400px)", None, True),
        ("not (prefers-reduced-motion: reduce)", None, None),
        ("(min-width: 3lh)", None, None),
        # What cannot be read
        ("(min-width: 600px", None, None),
        ("screen and", None, None),
        ("(min-width: calc(1px + 2px))", None, None),
        ("(min-width: 1px) (max-width: 2px)", None, None),
        ("(min-width: 1px) and (max-width: 2px) or (width: 3px)", None, None),
        ("(" * 500, None, None),
        ("(" * 30 + "width" + ")" * 30, None, None),
        ("a" * (media.MAX_CHARACTERS + 1), None, None),
        (")", False, False),
        ("()", None, None),
        ("(:)", None, None),
        ("(= 1px)", None, None),
        ("(min-aspect-ratio: 1/0)", None, None),
    ],
)  # fmt: skip
def test_a_media_query_fits_a_desktop_and_a_phone_as_css_says(
    query: str, desktop: bool | None, phone: bool | None
) -> None:
    assert (fits(query, DESKTOP), fits(query, PHONE)) == (desktop, phone)


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        *(("100px", 100), ("0", 0), ("50vw", 640), ("10VH".lower(), 72), ("2em", 32), ("1.5rem", 24), (".5in", 48)),
        *(("1e2px", 100), ("10vmin", 72), ("10vmax", 128), ("10svw", 128), ("72pt", 96), ("4q", 96 / 25.4)),
        *(("calc(100vw - 2rem)", 1248), ("calc( (100vw - 80px) / 2 )", 600), ("calc(2*10px + 3 * 2px)", 26)),
        *(("min(50vw, 700px)", 640), ("max(50vw,700px)", 700), ("clamp(1px, 50vw, 99px)", 99)),
        *(("calc(min(10px, 5px) + -1 * -2px)", 7), ("calc(10px", 10), ("-webkit-calc(1px + 1px)", 2)),
        *(("10", None), ("-1px", None), ("10%", None), ("10foo", None), ("auto", None), ("", None), ("px", None)),
        *(("calc(1px * 1px)", None), ("calc(1 / 1px)", None), ("calc(1px + 1)", None), ("calc(1px / 0)", None)),
        *(("calc(1 + 1)", None), ("clamp(1px, 2px)", None), ("min()", None), ("var(--x)", None), ("10px 10px", None)),
        *(("calc(" * 100 + "1px", None), ("-" * 3000 + "1px", None), ("1e999px", None)),
    ],
)  # fmt: skip
def test_lengths_are_pixels_on_the_desktop(text: str, pixels: float | None) -> None:
    found = length(text, DESKTOP)
    assert found == (None if pixels is None else pytest.approx(pixels))


@pytest.mark.parametrize(
    ("value", "desktop", "phone"),
    [
        ("", [1280], [390]),
        ("50vw", [640], [195]),
        ("(max-width: 600px) 100vw, 700px", [700], [390]),
        (
            "(max-width:600px)100vw,(min-width:1000px) and (orientation:landscape)calc(50vw - 10px),9px",
            [630],
            [390],
        ),
        ("(max-width: 600px) min(50vw, 100px), max(1px, 2px)", [2], [100]),
        ("not (min-width: 600px) 5px, 6px", [6], [5]),
        ("/* (, */ (max-width: 600px) /**/ 5px", [1280], [5]),
        ("(prefers-color-scheme: dark) 5px, 6px", [5, 6], [5, 6]),
        # Parts that mean nothing are passed over
        ("screen and (max-width: 600px) 5px, 6px", [6], [6]),
        ("50%, 6px", [6], [6]),
        ("nonsense, (max-width: 600px) -5px, (max-width: 600px) 6px", [1280], [6]),
        (",,6px", [6], [6]),
        ("(((", [1280], [390]),
        (")))6px", [1280], [390]),
        ("auto, 5px", [1280], [390]),
        ("5px," * sizes.MAX_CHARACTERS, [1280], [390]),
    ],
)
def test_the_first_size_whose_condition_fits_is_the_width(
    value: str, desktop: list[float], phone: list[float]
) -> None:
    assert (list(widths(value, DESKTOP)), list(widths(value, PHONE))) == (desktop, phone)


def test_a_large_desktop_is_wider_than_a_laptop() -> None:
    assert (fits("(min-width: 1400px)", LARGE), fits("(min-width: 1400px)", DESKTOP)) == (True, False)


def test_a_screen_that_is_as_high_as_wide_is_portrait() -> None:
    assert fits("(orientation: portrait)", Screen(500, 500, 1)) is True
