"""Small pages, each with a way to name what it needs; invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Construction:
    """A page and its files.

    files: by path, the page first; whatever else is asked for is not there. not_asked: what is found though Chromium
    without scripts does not ask for it. at_any_time: what it asks for before the page is loaded or behind that.
    at_least: how much it asks for.
    """

    files: dict[str, str]
    not_asked: set[str] = field(default_factory=set)
    at_any_time: frozenset[str] = frozenset()
    at_least: int = 1
    types: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    needs_font: bool = False


def page(html: str, *not_asked: str, at_least: int = 1, **files: str) -> Construction:
    """A page at /a/page.html; a file ``x_css`` is at /a/x.css."""
    named = {f"/a/{name.replace('_', '.')}": text for name, text in files.items()}
    return Construction(
        {"/a/page.html": f"<!doctype html><meta charset=utf-8>{html}", **named},
        set(not_asked),
        at_least=at_least,
    )


_FACE = "@font-face{font-family:F;src:%s}p{font-family:F}"

CONSTRUCTIONS: dict[str, Construction] = {
    "sheets": page(
        "<link rel=stylesheet href=s.css><link rel='STYLESHEET' media=print href=t.css>"
        "<link rel='alternate stylesheet' title=x href=u.css><link rel=stylesheet href=v.css disabled>"
        "<link rel=stylesheet media='(min-width: 99999px)' href=w.css><p>x",
        at_least=3,
    ),
    "imports": page(
        "<link rel=stylesheet href=s.css><style>@import 'i.css' print;@import url(j.css) layer(x);</style><p>x",
        at_least=6,
        s_css='@charset "utf-8";@import "k.css";@import url( \'l.css\' ) screen and (min-width: 1px);/* '
        "@import 'm.css'; */",
        k_css="@import'../n.css'",
    ),
    "pictures in CSS": page(
        "<link rel=stylesheet href=s.css><p style='background:url(&quot;a.png&quot;),url(b.png)'>x<p class=c>"
        "x<p class=d>x",
        "/a/unmatched.png",
        at_least=8,
        s_css=".c{background:url(c\\2e png);border-image:url( 'd.png' ) 3;list-style:url(e.png)}"
        ".d::before{content:url(f.png)}"
        ".unmatched{background:url(unmatched.png)}.d{background:image-set('g.png' 1x,url(g.png) 2x);"
        "display:list-item;"
        "list-style-image:url(h.png)}/* url(i.png) */",
    ),
    "escapes and broken CSS": page(
        "<style>p{background:url(bad(.png) url(a.png)}p{background:url(\"b.png\n)}p{background:url('c\\\nd.png')}"
        'p{content:"it\\"s url(e.png)"}b{background:u\\72l(f.png)}i{background:url(g\\)h.png)}</style>'
        "<p>x<i>x</i><b>x</b>",
        "/a/a.png",  # its declaration is void
        at_least=3,
    ),
    "densities": page(
        "<img src=a.png srcset='b.png 1.5x, c.png 2x'><img src=d.png srcset='e.png 2x, f.png 3x'><img "
        "srcset='g.png, h.png 4x'>"
        "<img src=i.png srcset='j.png 1x, k.png 1.2x, l.png 2.4x'>",
        "/a/i.png",
        at_least=9,
    ),
    "widths": page(
        "<img src=a.png srcset='b.png 320w, c.png 640w, d.png 1280w, e.png 2560w'>"
        "<img src=f.png sizes='(max-width: 600px) 100vw, 50vw' srcset='g.png 320w, h.png 640w, i.png 1280w, "
        "j.png 2560w'>"
        "<img srcset='k.png 100w, l.png 200w, m.png 400w, n.png 800w' sizes='calc(10vw + 2em)'>"
        "<img srcset='o.png 100w, p.png 200w, q.png 400w' sizes='(orientation: portrait) min(50vw, 80px), "
        "clamp(10px, 5vw, 99px)'>",
        "/a/a.png",
        "/a/f.png",
        at_least=8,
    ),
    "odd srcset": page(
        "<img srcset=', a.png?x=1,2 1x,b,c.png 2x,,, d.png 3x'><img src=e.png srcset='f.png 1y, g.png 0w, "
        "h.png 1x 2x'>"
        "<img srcset='data:,x 1x, i.png 2x'><img srcset='j.png (, k.png 1x) , l.png 2x'><img srcset='m.png "
        "100w 50h, n.png 50h'>",
        at_least=6,
    ),
    "picture": page(
        "<picture><source media='(max-width: 600px)' srcset='a.png'><source type=image/x-unknown srcset=b.png>"
        "<source type=image/webp srcset='c.webp 1x, d.webp 2x'><source srcset=e.png><img src=f.png></picture>"
        "<picture><source media='(max-width: 600px)' srcset='g.png 1x'/><img src=h.png srcset='i.png 2x'></picture>",
        "/a/b.png",  # some browsers may know the type
        "/a/f.png",  # for whoever knows no picture element
        at_least=5,
    ),
    "picture with widths": page(
        "<picture><source media='screen and (min-width: 37.5em)' sizes='(width >= 1000px) 600px, 100vw' "
        "srcset='a.png 600w, b.png 1200w'><source media='not all and (min-width: 600px)' sizes=50vw "
        "srcset='c.png 200w, d.png 600w'><img src=e.png></picture><picture><source><source srcset=''><img "
        "src=f.png></picture>",
        "/a/e.png",
        at_least=4,
    ),
    "media queries": page(
        "".join(
            f"<picture><source media='{media}' srcset={number}.png><img src=b.png></picture>"
            for number, media in enumerate(
                [
                    "(min-width: 1280px)",
                    "(min-width: 1281px)",
                    "(max-width: 24.375em)",
                    "not (max-width: 500px)",
                    "(400px <= width < 1300px)",
                    "(width: 390px)",
                    "(orientation: landscape)",
                    "(min-resolution: 2dppx)",
                    "(-webkit-min-device-pixel-ratio: 1.5) and (min-width: 700px)",
                    "(min-aspect-ratio: 16/9)",
                    "(max-aspect-ratio: 1/1), print",
                    "(min-resolution: 250dpi)",
                    "((min-width: 1px) and (max-width: 2px)) or (height > 800px)",
                    "print",
                    "not print",
                    "only screen",
                    "nonsense",
                    "screen and (max-width:",
                ]
            )
        ),
        "/a/17.png",
        at_least=12,
    ),
    "preload": page(
        "<link rel=preload as=style href=a.css><link rel=preload as=image href=b.png>"
        "<link rel=preload as=image href=c.png imagesrcset='d.png 1x, e.png 2x'>"
        "<link rel=preload as=image imagesizes=50vw imagesrcset='f.png 400w, g.png 900w'>"
        "<link rel=preload as=image media='(max-width: 600px)' href=h.png><link rel=preload as=image "
        "media=print href=i.png>"
        "<link rel=preload as=font crossorigin href=j.woff2><link rel=preload href=k.png>",
        "/a/f.png",  # WebKit's choice
        at_least=7,
    ),
    "base": page(
        "<base target=_blank><base href='/b/c/'><base href='/no/'><link rel=stylesheet href=s.css><img src=a.png>"
        "<p style='background:url(b.png)'>x<style>b{background:url(../c.png)}</style><b>x</b>",
        at_least=4,
    ),
    "addresses": page(
        "<img src=//localhost:{port}/a.png><img src='HTTP://LOCALHOST:{port}/b.png'><img src='http:c.png'>"
        "<img src='\\d.png'>"
        "<img src='./../../e.png'><img src=' f.png\n'><img src='g h.png#x'><img src='?i=1'><img "
        "src='j.png?k=&quot;l&quot;&amp;m'>"
        "<img src='n.png?'><img src='\xe9.png?\xe9'><img src='o%20p.png'><img src='q.png?r=&apos;s&apos;'>"
        "<img src='%2e%2e/t.png'><img src='data:,x'><img src=''><img src='blob:x'><img src='u[v].png?w[]=|'>",
        at_least=14,
    ),
    "noscript": page(
        "<noscript><link rel=stylesheet href=a.css><style>p{background:url(b.png)}</style></noscript><body><p>x"
        "<noscript><img src=c.png></noscript>",
        at_least=3,
    ),
    "lazy": page(
        "<img src=a.png data-src=b.png loading=lazy><img src='data:,' data-srcset='c.png 1x' class=lazyload>"
        "<p data-bg=d.png>x<img data-original=e.png>",
        *("/a/b.png", "/a/c.png", "/a/d.png", "/a/e.png"),
        at_least=1,
    ),
    "SVG": page(
        "<svg><use href='a.svg#x'/><use xlink:href='b.svg#y'/><image href=c.png width=9 height=9 /><image "
        "xlink:href=d.png "
        "width=9 height=9 /><use href='#z'/></svg><img src='e.svg#f'><image src=g.png>"
        "<svg width=9 height=9><filter id=h><feImage href=i.png /></filter><rect width=9 height=9 "
        "filter='url(#h)'/></svg>",
        at_least=7,
        a_svg="<svg xmlns='http://www.w3.org/2000/svg'><symbol id='x'/></svg>",
        b_svg="<svg xmlns='http://www.w3.org/2000/svg'><symbol id='y'/></svg>",
    ),
    "old HTML": page(
        "<body background=a.png><table background=b.png><tr><td background=c.png>x</table><input type=image "
        "src=d.png>"
        "<video poster=e.png></video><object data=f.png type=image/png></object><embed src=g.png type=image/png>",
        at_least=7,
    ),
    "icons and cards": page(
        "<link rel=icon href=a.ico><link rel='shortcut icon' href=b.ico><link rel=apple-touch-icon href=c.png>"
        "<link rel=mask-icon href=d.svg><meta property=og:image content=e.png><meta name=twitter:image content=f.png>"
        '<script type=\'application/ld+json\'>{"image": ["g.png"]}</script><img src=h.png>',
        *("/a/e.png", "/a/f.png", "/a/g.png"),
    ),
    "auto sizes": replace(
        page(
            "<img loading=lazy width=200 height=9 sizes='auto, (max-width: 600px) 100vw, 1000px' "
            "srcset='a.png 150w, b.png 300w, c.png 600w, d.png 1000w, e.png 2000w, f.png 4000w'>"
            "<img sizes=auto width=200 srcset='g.png 150w, h.png 4000w'>",
            *("/a/a.png", "/a/d.png"),
        ),
        at_any_time=frozenset(["/a/b.png", "/a/c.png"]),
    ),
    "fonts": Construction(
        {
            "/a/page.html": "<!doctype html><style>"
            + _FACE
            % "url(a.eot);src:local(nowhere),url(a.eot?#iefix) format('embedded-opentype'),url(a.woff2) "
            "format(woff2),"
            "url(a.woff) format('woff')"
            + "@font-face{font-family:G;src:url(b.svg) format(svg),url(b.ttf)}b{font-family:G}</style><p>x<b>x</b>",
            **dict.fromkeys(("/a/a.woff2", "/a/a.woff", "/a/b.ttf"), ""),
        },
        at_least=2,
        needs_font=True,
    ),
    "another encoding": Construction(
        {
            "/a/page.html": "<!doctype html><meta charset=windows-1252><link rel=stylesheet href=s.css>"
            "<img src='\xe9.png?\xe9'><p class=a>x<p style='background:url(\xe8.png?\xe8)'>x",
            "/a/s.css": ".a{background:url(\xe7.png?\xe7)}",
        },
        types={"/a/s.css": "text/css", "/a/page.html": "text/html"},
        encoding="windows-1252",
        at_least=4,
    ),
}
