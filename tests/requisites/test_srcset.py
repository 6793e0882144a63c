"""srcset is parsed as the HTML Standard says, and of its candidates those are chosen that browsers choose."""

import pytest

from pressmark.requisites.screens import SCREENS, Screen
from pressmark.requisites.srcset import MAX_CANDIDATES, Candidate, Offer, candidates

PLAIN, DENSE, PHONE, _LARGE = SCREENS


def said(srcset: str) -> list[tuple[str, int | None, float | None]]:
    return [(each.reference, each.width, each.density) for each in candidates(srcset)]


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        # Blanks and commas before and between
        ("", []),
        (" \t\n\f\r,, ", []),
        ("a", [("a", None, None)]),
        (",,a ,, , b", [("a", None, None), ("b", None, None)]),
        ("a\t1x\n,\fb\r2x", [("a", None, 1), ("b", None, 2)]),
        ("\u00a0a 1x", [("\u00a0a", None, 1)]),
        # Commas in and behind URLs
        ("a,b 1x", [("a,b", None, 1)]),
        ("a,b,", [("a,b", None, None)]),
        ("a,,, b 2x", [("a", None, None), ("b", None, 2)]),
        ("a, b", [("a", None, None), ("b", None, None)]),
        ("a ,b", [("a", None, None), ("b", None, None)]),
        ("data:,x 1x, b 2x", [("data:,x", None, 1), ("b", None, 2)]),
        ("/w_6,h_4/a 6w,/w_12,h_8/a 12w", [("/w_6,h_4/a", 6, None), ("/w_12,h_8/a", 12, None)]),
        ("a?(,) 1x", [("a?(,)", None, 1)]),
        # Descriptors
        ("a 1x", [("a", None, 1)]),
        ("a 0x", [("a", None, 0)]),
        ("a -0x", [("a", None, 0)]),
        ("a 1.5x", [("a", None, 1.5)]),
        ("a .5x", [("a", None, 0.5)]),
        ("a 1e1x", [("a", None, 10)]),
        ("a 1.5E-1x", [("a", None, 0.15)]),
        ("a 100w", [("a", 100, None)]),
        ("a 0100w", [("a", 100, None)]),
        ("a 100w 50h", [("a", 100, None)]),
        ("a 50h 100w", [("a", 100, None)]),
        # Errors drop that candidate alone
        *((f"a {bad}, b 2x", [("b", None, 2)]) for bad in (
            "-1x", "+1x", "1.x", "1", "x", "w", "1X", "1W", "1xx", "NaNx", "Infinityx", "0x1x", "1e x",
            "0w", "-1w", "+1w", "1.5w", "1e1w", "0h", "50h", "1h 1x",
            "1x 1h", "1x 2x", "1w 2w", "1w 1x", "1x 1w", "1w 1h 1h", "1h 1h 1w",
            "1w foo", "foo", "1x (", "(1x)", "1w (,)", "(a, c 1x)", "(x", "\u0661x", "\u0661w", "1x\u00a0",
        ) if not bad.endswith(("(", "(x"))),
        ("a (, b 1x", []),
        ("a ( , b 1x, ) , c 2x", [("c", None, 2)]),
        ("a 1x ), b 2x", [("b", None, 2)]),
        (f"a {'9' * 400}x, b", [("b", None, None)]),
    ],
)  # fmt: skip
def test_candidates_are_those_of_the_standard(srcset: str, expected: list[object]) -> None:
    assert said(srcset) == expected


def chosen(
    srcset: str, screen: Screen, *, sizes: str = "", src: str | None = None, lazy: bool = False
) -> str:
    return " ".join(Offer(candidates(srcset), sizes, src, lazy).chosen([screen]))


@pytest.mark.parametrize(
    ("srcset", "plain", "dense", "phone"),
    [
        ("b 2x", "s", "b", "b"),
        ("b 1x, c 2x", "b", "c", "c"),
        ("b, c 5x", "b", "b c", "c"),
        ("b 1.9x, c 2.2x", "s", "b c", "c"),
        ("b 1x, c 1x", "b", "b", "b"),
        ("c 5x, b .5x", "s", "s c", "c"),
        ("b 320w, c 640w, d 1280w, e 2560w", "d", "e", "d"),
    ],
)
def test_of_each_density_the_lowest_that_is_enough_is_chosen_and_the_nearest(
    srcset: str, plain: str, dense: str, phone: str
) -> None:
    assert [chosen(srcset, each, src="s") for each in (PLAIN, DENSE, PHONE)] == [plain, dense, phone]


def test_widths_are_weighed_by_the_size_of_the_layout_not_with_src() -> None:
    srcset = "b 100w, c 200w, d 400w"
    assert chosen(srcset, PLAIN, sizes="100px", src="s") == "b"
    assert chosen(srcset, DENSE, sizes="100px", src="s") == "c"
    assert chosen(srcset, PHONE, sizes="(max-width: 400px) 100px, 10px") == "d"
    assert chosen(srcset, PLAIN, sizes="(prefers-color-scheme: dark) 200px, 100px") == "c b"
    assert chosen(srcset, PLAIN, sizes="0") == "b"


def test_where_the_layout_decides_all_up_to_the_window_s_width_are_chosen() -> None:
    srcset = "e 3000w, b 100w, c 1300w, d 2000w"
    assert chosen(srcset, PLAIN, sizes="auto, 10px", lazy=True) == "b c"
    assert chosen(srcset, PLAIN, sizes=" AUTO ") == "c"
    assert chosen("b 1x, c 2x", DENSE, sizes="auto", lazy=True) == "c"


def test_no_candidates_and_no_source_choose_nothing() -> None:
    assert chosen("", PLAIN) == ""
    assert Offer([Candidate("a", 100)]).wanted("all") == ["a"]


def test_candidates_are_bounded() -> None:
    assert len(candidates("a 1x," * 3 * MAX_CANDIDATES)) == MAX_CANDIDATES
