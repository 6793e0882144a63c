"""Whatever a page or a style sheet holds, what is found is bounded, and the time it takes grows with its length."""

from collections.abc import Callable

import pytest
from tests import pumping
from tests.requisites.test_css_oracle import PIECES
from tests.requisites.test_modules import PIECES as PIECES_OF_SCRIPTS

from pressmark.article import Document
from pressmark.reading.copy import cut
from pressmark.requisites.css import in_css
from pressmark.requisites.html import in_html
from pressmark.requisites.media import fits
from pressmark.requisites.modules import in_script
from pressmark.requisites.screens import SCREENS
from pressmark.requisites.sizes import widths
from pressmark.requisites.srcset import MAX_CANDIDATES, candidates
from pressmark.requisites.wanted import MAX_WANTED, Level, Wanted

URL = "https://example.com/a"


def found(html: str, level: Level = "all") -> list[Wanted]:
    document = Document.parse(cut(html.encode()), URL)
    return in_html(document.root, URL, level, charset=document.charset)


PAGES: dict[str, Callable[[int], str]] = {
    "pictures": lambda size: "".join(f"<img src={n}.png>" for n in range(size)),
    "pictures that lead nowhere": lambda size: "".join(f"<img src=https://[{n}>" for n in range(size)),
    "candidates": lambda size: "<img srcset='" + "".join(f"{n}.png {n}w," for n in range(1, 8 * size)) + "'>",
    "attributes of candidates": lambda size: "".join(f"<img srcset='{n} 1x, {n} 2w'>" for n in range(size)),
    "sizes": lambda size: "".join(
        f"<img sizes='(width:{n}px) 1px, 2px' srcset='a 1w'>" for n in range(size // 2)
    ),
    "a long size": lambda size: f"<img srcset='a 1w' sizes='{'(((' * size}'>",
    "a long attribute": lambda size: (
        f"<img src='{'a' * 20 * size}' srcset='{',(' * 10 * size}' data-src='{'[' * size}'>"
    ),
    "deep elements": lambda size: "<div style='background:url(a)'>" * size,
    "sources": lambda size: "<picture>" + "<source srcset=a>" * size + "<img src=b>" * 100,
    "pictures in pictures": lambda size: "<picture><source srcset=a media=print>" * size + "<img src=b>",
    "one picture of many": lambda size: (
        "<picture><source srcset=a><img src=b>" + "<img src=c srcset=d>" * size
    ),
    "style attributes": lambda size: "".join(f"<p style='background:url({n})'>" for n in range(size)),
    "style elements": lambda size: "<style>p{background:url(a)}</style>" * size,
    "bases": lambda size: "<base href=a>" * size,
    "links": lambda size: (
        "<link rel='"
        + "stylesheet " * size
        + "' href=a>"
        + "<link rel=preload as=image href=b media=x>" * size
    ),
    "JSON-LD": lambda size: '<script type="application/ld+json">{"image":' + "[" * size + "</script>",
    "many images in JSON-LD": lambda size: (
        '<script type="application/ld+json">{"image":['
        + ",".join(f'"{n}"' for n in range(size))
        + "]}</script>"
    ),
    "brackets in media": lambda size: f"<picture><source media='{'(' * size}' srcset=a><img src=b>" * 2,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_what_is_found_on_a_hostile_page_is_bounded_and_the_time_grows_with_its_length(name: str) -> None:
    assert len(found(PAGES[name](20_000))) <= MAX_WANTED

    def work(size: int) -> Callable[[], object]:
        document = Document.parse(cut(PAGES[name](size).encode()), URL)
        return lambda: in_html(document.root, URL, "page")

    assert not pumping.growth(work, 5_000)


@pytest.mark.slow
def test_a_million_pictures_are_as_many_as_are_read_of_a_page() -> None:
    wanted = found("".join(f"<img src={n}>" for n in range(1_000_000)))
    assert (len(wanted), wanted[0].url) == (MAX_WANTED, "https://example.com/0")


def test_a_srcset_of_four_megabytes_has_as_many_candidates_as_are_looked_at() -> None:
    assert len(candidates("a.png 1x," * 450_000)) == MAX_CANDIDATES
    assert candidates("," * 4_000_000) == []
    assert candidates("(" * 4_000_000) != []


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "@font-face{", "a{b:image-set(", "a{b:url("])
def test_the_time_that_css_takes_grows_with_its_length(prefix: str) -> None:
    for unit in [*PIECES, "@font-face{", "format(", "@namespace ", "image-set(url(", "url(a)format('b')"]:

        def work(size: int, unit: str = unit) -> Callable[[], object]:
            css = (prefix + unit * (size // len(unit))).encode()
            return lambda: in_css(css, URL, None, "all")

        said = pumping.growth(work, 40_000)
        assert not said, f"{unit!r}, repeated: {said}"


@pytest.mark.slow
def test_the_time_that_a_script_takes_grows_with_its_length() -> None:
    for unit in PIECES_OF_SCRIPTS:

        def work(size: int, unit: str = unit) -> Callable[[], object]:
            script = (unit * (size // len(unit))).encode()
            return lambda: in_script(script, URL)

        said = pumping.growth(work, 100_000)
        assert not said, f"{unit!r}, repeated: {said}"


@pytest.mark.slow
def test_of_a_script_that_imports_without_end_a_bounded_number_is_found() -> None:
    assert len(in_script("".join(f"import'./{n}';" for n in range(200_000)).encode(), URL)) == MAX_WANTED


@pytest.mark.parametrize(
    "unit",
    ["(", ")", "(a) and ", "not ", ",", "1", "a", "calc(", "min(1px,", "-", "1px+", " ", "/*", "*/", "<"],
)
def test_media_and_sizes_that_mean_nothing_still_have_a_width(unit: str) -> None:
    for text in (unit * 1_990, unit * 1_000_000):
        for screen in SCREENS:
            assert fits(text, screen) in (True, False, None)
            assert all(width >= 0 for width in widths(text, screen))
