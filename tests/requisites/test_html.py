"""What a page makes browsers fetch is found: by its markup, by its base and encoding, each thing once."""

import json

import pytest

from pressmark.article import Document
from pressmark.requisites.html import MAX_MEDIA, in_html
from pressmark.requisites.wanted import MAX_WANTED, Level, Wanted

PAGE = "https://example.com/news/a.html"
HERE = "https://example.com/news/"


def wanted(html: str | bytes, level: Level = "page", url: str = PAGE) -> list[Wanted]:
    document = Document.parse(html if isinstance(html, bytes) else html.encode(), url, None)
    everything = in_html(document.root, url, level, charset=document.charset)
    return [each for each in everything if not each.url.endswith("/favicon.ico")]


def found(html: str, level: Level = "page") -> list[tuple[str, str]]:
    return [(each.kind, each.url.removeprefix(HERE)) for each in wanted(html, level)]


def test_a_page_without_icon_has_the_one_that_browsers_ask_for() -> None:
    favicon = Wanted("https://example.com/favicon.ico", "icon", "html")
    document = Document.parse(b"<base href=https://cdn.example/><link rel=ico href=x>", PAGE)
    assert in_html(document.root, PAGE, "page") == [favicon]
    document = Document.parse(b"<link rel=icon href=data:,>", PAGE)
    assert in_html(document.root, PAGE, "page") == []


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<link rel=stylesheet href=x>", "style"),
        ("<link rel='Stylesheet preload' as=style href=x>", "style"),
        ("<link rel='alternate stylesheet' title=dark href=x>", "style"),
        ("<link rel=stylesheet media=print href=x onload=\"this.media='all'\">", "style"),
        ("<link rel=preload as=style href=x onload=\"this.rel='stylesheet'\">", "style"),
        ("<noscript><link rel=stylesheet href=x></noscript>", "style"),
        ("<body><noscript><img src=x></noscript>", "image"),
        ("<style>@import 'x';</style>", "style"),
        ("<style><!-- body{background:url(x)} --></style>", "image"),
        ("<style>@font-face{src:url(x)}</style>", "font"),
        ("<link rel=preload as=font crossorigin href=x>", "font"),
        ("<link rel=preload as=image href=x>", "image"),
        ("<link rel=preload as=image imagesrcset='x 1x'>", "image"),
        ("<link rel='shortcut icon' href=x>", "icon"),
        ("<link rel=icon href=x>", "icon"),
        ("<link rel=apple-touch-icon href=x>", "icon"),
        ("<link rel=mask-icon href=x>", "icon"),
        ("<img src=x>", "image"),
        ("<img src=' x '>", "image"),
        ("<img srcset='x'>", "image"),
        ("<picture><source srcset=x></source><img></picture>", "image"),
        ("<video poster=x></video>", "image"),
        ("<form><input type=IMAGE src=x></form>", "image"),
        ("<p style='background:url(x)'>", "image"),
        ("<body background=x>", "image"),
        ("<table><tr><td background=x>", "image"),
        ("<svg><use href='x#icon'/></svg>", "image"),
        ("<svg><use xlink:href='x#icon'/></svg>", "image"),
        ("<svg><image xlink:href=x /></svg>", "image"),
        ("<svg><filter><feImage href=x /></filter></svg>", "image"),
        ("<image src=x>", "image"),
        ("<object data=x type=image/svg+xml></object>", "image"),
        ("<embed src=x type=image/png>", "image"),
        ("<img src=data:, data-src=x>", "image"),
        ("<img data-srcset='x 1x'>", "image"),
        ("<img data-lazy-src=x>", "image"),
        ("<img data-lazy-srcset='x 640w' data-sizes=auto>", "image"),
        ("<img data-original=x>", "image"),
        ("<div data-bg=x></div>", "image"),
        ("<div data-background=x></div>", "image"),
        ("<div data-background-image=\"url('x')\"></div>", "image"),
        ("<div data-bgset='x 640w, y 20w'></div>", "image"),
        ("<amp-img src=x></amp-img>", "image"),
        ("<meta property=og:image content=x>", "image"),
        ("<meta name=twitter:image content=x>", "image"),
    ],
)
def test_whatever_shows_a_page_is_found_once(html: str, kind: str) -> None:
    assert found(html) == [(kind, "x")]
    assert found(html + html) == [(kind, "x")]


@pytest.mark.parametrize(
    "html",
    [
        "<iframe src=x data-src=x></iframe><frame src=x><a href=x.png>x</a>",
        "<!-- <img src=x> -->",
        "<script>'<img src=x>'</script><textarea><img src=x></textarea>",
        "<link rel=stylesheet disabled href=x>",
        "<link rel=canonical href=x><link rel=next href=x><link rel=prefetch href=x><link href=x>",
        "<link rel=preload as=script href=x><link rel=modulepreload href=x><link rel=preload href=x>",
        "<script src=x></script><video src=x></video><audio src=x></audio>",
        "<video><source src=x type=video/mp4><track src=x></video>",
        "<img src=''><img src=' '><img src=#x><img src='data:image/png,x'><img src='blob:x'>",
        "<img src='javascript:x'><img src='https://'><img src='https://[x/'><img src='about:blank'>",
        "<input type=text src=x><object data=x></object><embed src=x type=application/pdf>",
        "<svg><use href='#x'/></svg>",
        "<div data-src='/video/12345'></div><div data-background='{}'></div>",
        '<img data-src=\'{"a": "b"}\'>',
        "<img src=a.html>",
    ],
)
def test_what_a_reader_does_not_see_is_not_wanted_of_a_page(html: str) -> None:
    assert found(html) == []


def test_at_all_scripts_sheets_that_are_off_candidates_and_media_are_wanted_too() -> None:
    html = """<link rel='stylesheet' href=a.css><link rel=stylesheet disabled href=b.css>
      <link rel=modulepreload href=m.js><link rel=preload as=script href=p.js><script src=s.js></script>
      <link rel=preload as=fetch href=d.json><video src=v.mp4 poster=v.jpg><source src=w.webm><track src=t.vtt></video>
      <picture><source type=image/jxl srcset='i.jxl 1x, j.jxl 2x'>
      <img src=i.png srcset='1.png 1w, 2.png 2w'></picture>"""
    assert found(html, "all") == [
        *(("style", "a.css"), ("style", "b.css"), ("script", "m.js"), ("script", "p.js"), ("script", "s.js")),
        *(("image", each) for each in ("v.jpg", "i.jxl", "j.jxl", "i.png", "1.png", "2.png")),
        *(("media", "v.mp4"), ("media", "w.webm"), ("other", "d.json"), ("other", "t.vtt")),
    ]


@pytest.mark.parametrize(
    "kind", ["", " type=module", " type=' Text/JavaScript '", " type=application/x-ecmascript"]
)
def test_at_all_the_modules_that_scripts_within_the_page_import_are_wanted(kind: str) -> None:
    html = f"<base href=b/><script{kind}>import a from './a.js?\xe9'; import('../b.js')</script>"
    assert found(html, "all") == [("script", "b/a.js?%C3%A9"), ("script", "b.js")]
    assert found(html) == []


def test_the_query_of_a_module_is_in_utf_8_whatever_the_page_is_in() -> None:
    html = "<meta charset=windows-1252><script>import './a.js?\xe9'</script>"  # two characters, read so
    assert found(html, "all") == [("script", "a.js?%C3%83%C2%A9")]


@pytest.mark.parametrize(
    "kind", ["src=s.js", "type=importmap", "type=application/json", "type=text/template"]
)
def test_what_is_not_a_script_of_the_page_imports_nothing(kind: str) -> None:
    wanted = found(f"<script {kind}>import './a.js'</script>", "all")
    assert ("script", "a.js") not in wanted


@pytest.mark.parametrize(
    "html", [r"<p style='background:u\72l(p.png)'>", r"<style>p{background:\75rl(p.png)}</style>"]
)
def test_an_escaped_name_in_the_style_of_an_element_is_read(html: str) -> None:
    assert found(html) == [("image", "p.png")]


def test_at_none_nothing_is_wanted() -> None:
    assert found("<img src=x.png>", "none") == []


def test_the_most_important_comes_first() -> None:
    html = """<meta property=og:image content=card.png><link rel=icon href=i.ico><body><img src=p.png>
      <style>@font-face{src:url(f.woff)}</style><link rel=stylesheet href=s.css>"""
    assert [kind for kind, _ in found(html)] == ["style", "font", "image", "image", "icon"]
    assert found(html)[3] == ("image", "card.png")


@pytest.mark.parametrize(
    ("block", "images"),
    [
        ({"image": "p.png"}, ["p.png"]),
        (
            {"image": ["p.png", {"url": "q.png"}, {"contentUrl": "r.png"}, 5, None]},
            ["p.png", "q.png", "r.png"],
        ),
        ([{"@graph": [{"image": {"url": "p.png"}}, 7]}], ["p.png"]),
        ({"image": {"url": ["p.png"]}}, []),
        ({"headline": '"image"'}, []),
    ],
)
def test_pictures_that_json_ld_names_are_found(block: object, images: list[str]) -> None:
    html = f'<script type="application/ld+json">{json.dumps(block)}</script>'
    assert [url for _, url in found(html)] == images


def test_broken_json_ld_names_nothing() -> None:
    assert found('<script type="application/ld+json">{"image": </script><img src=p.png>') == [
        ("image", "p.png")
    ]


@pytest.mark.parametrize(
    ("base", "image"),
    [
        ("<base href=/b/>", "https://example.com/b/p.png"),
        ("<base target=_top><base href=//cdn.example/b/c><base href=/no/>", "https://cdn.example/b/p.png"),
        ("<base href='../x/?y'>", "https://example.com/x/p.png"),
        ("<base href='data:,x'><base href=/b/>", "https://example.com/news/p.png"),
        ("<base href=''>", "https://example.com/news/p.png"),
    ],
)
def test_references_are_relative_to_the_first_base_with_an_address(base: str, image: str) -> None:
    assert [each.url for each in wanted(f"<img src=p.png>{base}")] == [image]


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("//cdn.example/p.png", "https://cdn.example/p.png"),
        ("https:p.png", "https://example.com/news/p.png"),
        ("HTTP://Example.COM:80/p.png#x", "http://example.com/p.png"),
        ("\\\\cdn.example\\p.png", "https://cdn.example/p.png"),
        ("../a b.png", "https://example.com/a%20b.png"),
        ("p\n.png", "https://example.com/news/p.png"),
        ("?w=1", "https://example.com/news/a.html?w=1"),
        ("/%C3%A9.png?a=%20", "https://example.com/%C3%A9.png?a=%20"),
        ("https://cdn.example/a/./b/../p.png", "https://cdn.example/a/p.png"),
        ("/p.png?a='b'", "https://example.com/p.png?a=%27b%27"),
    ],
)
def test_references_are_resolved_as_browsers_do(reference: str, url: str) -> None:
    assert [each.url for each in wanted(f'<img src="{reference}">')] == [url]


@pytest.mark.parametrize(
    ("charset", "query"),
    [
        ("utf-8", "%C3%A9%E2%82%AC"),
        ("windows-1252", "%E9%80"),
        ("iso-8859-2", "%E9%26%238364%3B"),
        ("utf-16", "%C3%A9%E2%82%AC"),
    ],
)
def test_a_query_is_in_the_encoding_of_the_page_and_a_path_in_utf_8(charset: str, query: str) -> None:
    html = f"<meta charset={charset}><img src='/\xe9?\xe9&euro;'>".encode(charset)
    assert [each.url for each in wanted(html)] == [f"https://example.com/%C3%A9?{query}"]


def test_a_query_in_an_encoding_whose_second_bytes_are_ascii_keeps_those() -> None:
    html = "<meta charset=shift_jis><img src='/?\u30bd\u3042'>".encode("shift_jis")
    assert [each.url for each in wanted(html)] == ["https://example.com/?%83\\%82%A0"]


def test_the_page_itself_is_not_its_requisite() -> None:
    assert wanted(f"<img src={PAGE}><img src=a.html#x>") == []


def test_what_is_found_is_bounded_and_sheets_are_not_crowded_out() -> None:
    many = "".join(f"<img src={number}.png>" for number in range(MAX_WANTED + 10))
    html = f"{many}<video>{''.join(f'<source src={n}.mp4>' for n in range(50))}</video><link rel=stylesheet href=s.css>"
    urls = found(html, "all")
    assert len(urls) == MAX_WANTED
    assert urls[0] == ("style", "s.css")
    few = found(html.replace(many, ""), "all")
    assert [kind for kind, _ in few] == ["style"] + ["media"] * MAX_MEDIA
