"""What a style sheet makes browsers fetch is found, and nothing that only looks so."""

import pytest

from pressmark.requisites.css import MAX_CSS_BYTES, in_css, references
from pressmark.requisites.wanted import MAX_WANTED, Level, Wanted

SHEET = "https://example.com/css/site.css"


def urls(css: str, level: Level = "page") -> list[str]:
    return [each.removeprefix("https://example.com/css/") for each in _all(css.encode(), level)]


def _all(css: bytes, level: Level = "page", content_type: str | None = None, **options: str) -> list[str]:
    return [each.url for each in in_css(css, SHEET, content_type, level, **options)]


@pytest.mark.parametrize(
    "css",
    [
        "a{background:url(p.png)}",
        "a{background:url( p.png )}",
        "a{background:URL('p.png')}",
        'a{background:url(\n"p.png"\n)}',
        "a{background:url(p.png",
        'a{background:url("p.png',
        r"a{background:url(\70\2E png)}",
        r"a{background:url('\70 .png')}",
        'a{background:url("p.\\\npng")}',
        "a{background:url(p.png#part)}",
        r"a{background:u\72l(p.png)}",
        r"a{background:\75 \52\00004c( 'p.png' )}",
        r"a{background:\u\r\l(p.png)}",
        "a{background:u\\72\nl(p.png)}",
        "a{background:url('\\70\n.png')}",
        r"@import \75rl(p.png)",
        "a{background:red url(p.png)no-repeat,none}",
        "a{background:image-set('p.png' 1x)}",
        "a{background:-webkit-image-set(url(p.png) 1x)}",
        "a{background:image-set('p.png' type('image/png') 1x)}",
        "@media (min-width:1px){a{background:url(p.png)}}",
        "@supports (a:b){a{--picture:url(p.png)}}",
        "a::before{content:url(p.png)}",
        "/* don't */a{background:url(p.png)}",
        'a{content:"it\'s"}a{background:url(p.png)}',
        'a{content:"broken\n;background:url(p.png)}',
        "a{background:url(bad(.png)}b{background:url(p.png)}",
        r"a{content:\"}b{background:url(p.png)}",
        "a{background:url(p.png)}/* never closed url(q.png)",
        "@import'p.png'",
    ],
)
def test_an_address_is_found_in_every_form_that_css_allows(css: str) -> None:
    assert urls(css) == ["p.png"]


def test_an_escaped_backslash_in_a_string_does_not_begin_a_name() -> None:
    assert list(references(r"@import '\\75rl(p.css'", "page")) == [(r"\75rl(p.css", "style")]


@pytest.mark.parametrize(
    "css",
    [
        "/* url(p.png) */",
        "a{content:'url(p.png)'}",
        'a{content:"\\"url(p.png)"}',
        "a{background:curl(p.png)}",
        "a{background:-url(p.png) url-prefix(p.png) #url(p.png)}",
        r"a{background:\66 url(p.png)}",
        "a{background:url(bad url(p.png)}",
        'a{background:url(bad"p.png)}',
        "a{background:url()}",
        "a{background:url('')}",
        "a{filter:url(#blur)}",
        "a{background:url(data:image/png;base64,AAAA)}",
        "a{background:url(about:blank),url(javascript:0),url(blob:x)}",
        "a{background:url('p.png\n')}",
        "@namespace svg url(http://www.w3.org/2000/svg);",
        "@namespace 'http://www.w3.org/1999/xhtml';",
        "@charset 'utf-8';",
        "@importing 'p.css';",
        "a{background:image-set(type('image/png'))}",
    ],
)
def test_what_only_looks_like_an_address_is_not_found(css: str) -> None:
    assert urls(css) == []


@pytest.mark.parametrize(
    "rule",
    [
        "@import 'a.css';",
        '@IMPORT "a.css" screen;',
        "@import url(a.css) layer(base) supports(display: grid) print;",
        "@import/**/url('a.css');",
        "@charset 'utf-8';@import url( a.css );",
        "@import 'a.css'",
    ],
)
def test_imported_sheets_are_style(rule: str) -> None:
    assert in_css(rule.encode(), SHEET, "text/css", "page") == [
        Wanted("https://example.com/css/a.css", "style", "css")
    ]


FACE = """@font-face{font-family:a;src:url(a.eot);src:local("a"),url("a.eot?#iefix") format("embedded-opentype"),
 url(a.woff2) format("woff2"),url(a.woff) format('woff'),url(a.svg#a) format(svg);unicode-range:U+26}"""


def test_of_a_font_the_first_format_that_browsers_know_is_wanted() -> None:
    assert urls(FACE + "b{background:url(b.png)}") == ["a.woff2", "b.png"]
    assert in_css(FACE.encode(), SHEET, None, "page")[0].kind == "font"
    assert urls("@font-face{src:url(b.ttf) format('truetype'),url(a.woff2)format(woff2-variations)}") == [
        "b.ttf"
    ]
    assert urls("@media all{@font-face{src:url(a.otf)}}@font-face/**/{src:url(a.svg) format('svg')}") == [
        "a.otf"
    ]
    assert urls("@font-face{src:url(a.woff2)") == ["a.woff2"]
    assert urls("@font-face{src:url(a.EOT?#x),url(b.woff)}") == ["b.woff"]


def test_at_all_every_format_is_wanted() -> None:
    assert urls(FACE, "all") == ["a.eot", "a.eot?", "a.woff2", "a.woff", "a.svg"]


def test_sheets_come_first_then_fonts_then_pictures_each_once() -> None:
    css = "a{background:url(p.png)}@font-face{src:url(f.woff)}@import 's.css';b{background:url(./p.png)}"
    assert urls(css) == ["s.css", "f.woff", "p.png"]


@pytest.mark.parametrize(
    ("css", "content_type", "environment"),
    [
        ("\ufeffa{background:url(\xe9.png)}".encode(), "text/css; charset=windows-1252", "utf-8"),
        ("a{background:url(\xe9.png)}".encode("latin-1"), "text/css; charset=iso-8859-1", "utf-8"),
        ('@charset "windows-1252";a{background:url(\xe9.png)}'.encode("latin-1"), "text/css", "utf-8"),
        ('@charset "utf-16le";a{background:url(\xe9.png)}'.encode(), None, "windows-1252"),
        ("a{background:url(\xe9.png)}".encode("latin-1"), "text/css", "windows-1252"),
        ("\ufeffa{background:url(\xe9.png)}".encode("utf-16le"), None, "utf-8"),
    ],
    ids=["mark", "header", "rule", "rule of UTF-16", "page", "mark of UTF-16"],
)
def test_a_sheet_is_decoded_by_its_mark_its_header_its_rule_or_its_pages_encoding(
    css: bytes, content_type: str | None, environment: str
) -> None:
    assert _all(css, content_type=content_type, environment=environment) == [
        "https://example.com/css/%C3%A9.png"
    ]


def test_what_is_found_is_bounded() -> None:
    many = "".join(f"a{{background:url({number}.png)}}" for number in range(3 * MAX_WANTED))
    assert len(urls(many)) == MAX_WANTED
    assert urls(" " * MAX_CSS_BYTES + "a{background:url(p.png)}") == []
