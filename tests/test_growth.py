"""The time that text from outside takes grows with its length, and no faster, whatever the text."""

import contextlib
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from protego import Protego
from tests import pumping

from pressmark.article import extract
from pressmark.charset import detect
from pressmark.errors import ExtractionError, UrlError
from pressmark.feeds.entries import Document, NoFeedError, entries
from pressmark.http.decode import decode
from pressmark.http.exchange import Exchange
from pressmark.http.fetcher import retry_after
from pressmark.http.sniffing import html_content_type
from pressmark.http.wire.chunked import Dechunker
from pressmark.http.wire.cookies import MAX_COOKIE, Cookies
from pressmark.http.wire.response import parse_fields
from pressmark.politeness.robots import ours
from pressmark.urls import clean, join

LENGTH = 8_000


@pytest.mark.slow
def test_no_pattern_takes_time_that_grows_faster_than_its_text() -> None:
    """Each pattern of the package, on repetitions of whatever a part of it matches, applied as it is applied there."""
    patterns = pumping.patterns()
    patterns["pressmark.http.wire.chunked._FIRST_SIZE"].how = {"match"}  # under another name
    wrong = []
    once = {(found.pattern, frozenset(found.how)): (place, found) for place, found in patterns.items()}
    for place, found in once.values():
        for unit in pumping.units(found.pattern):
            for whole in (False, True):
                said = pumping.growth(pumping.trial(found.pattern, unit, whole, found.how), LENGTH)
                if said:
                    wrong.append(f"{place}: {found.pattern.pattern!r} on {unit!r}, repeated: {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", [r"/\*.*?\*/", r"\s+$", r"(a+)+b", r"a.*b.*c", r"[ ]*(?:x|y)"])
def test_patterns_that_do_are_found(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pumping, "HANGS", 0.3)  # four of them hang for as long as they may
    monkeypatch.setattr(pumping, "REPEATS", 1)
    compiled = re.compile(pattern, re.DOTALL)
    assert any(
        pumping.growth(pumping.trial(compiled, unit, whole, {"search"}), LENGTH)
        for unit in pumping.units(compiled)
        for whole in (False, True)
    )


UNITS = [
    *(" ", "\n", "\t", "a", "a ", "A b ", ". ", ", ", "a,b;", "A. ", "von A und ", "by ", "By A B ", "Mr. ", "PhD, "),
    *(" - ", " | ", "\u2014", "&", "&amp;", "&#", "&#9", "(", ")", "[", "{", "{}", '{"a":', "[{},",),
    *('"', "'", "\\", '"\\'),
    *("/", "//", "/*", "/* ", "// ", "#", "<", "<!--", "<!-- {", "-->", "<![CDATA[", "]]>", "<a", "<p>"),
    *("<b>", "</", "="),
    *(";", ":", ":,", "@", "1", "1,", "12 ", "12:30 ", "2031-", "2031-01-01 ", "1 May 2031 ", "T", "+"),
    *("\xe9", "e\u0301"),
    *("\u4e2d", "\u200b", "\xa0", "\ufeff", "\xa9", "http://a/", "?a=", "%", "%41", "../", "a.", "xn--", "_", "-"),
    "\x1b$B",
]  # fmt: skip
"""What is repeated in each place where a page's text enters."""

LD = """headline name alternativeHeadline author creator datePublished dateCreated dateModified description
    articleSection keywords about mentions image thumbnailUrl inLanguage publisher url mainEntityOfPage @id @type
    articleBody copyrightNotice copyrightHolder license isAccessibleForFree discussionUrl breadcrumb""".split()
META = """author byl date pubdate keywords news_keywords description robots title copyright language generator
    article:published_time article:modified_time article:author article:section article:tag og:title og:description
    og:image og:url og:site_name og:locale og:type twitter:title twitter:image dc.title dc.creator dc.date dc.language
    dcterms.created parsely-author parsely-pub-date sailthru.date sailthru.author sailthru.tags
    cxenseparse:recs:publishtime citation_author citation_date""".split()


def _ld(text: str) -> str:
    values: dict[str, object] = dict.fromkeys(LD, text) | {"@type": "NewsArticle"}
    people = {"author": [{"@type": "Person", "name": text}, text], "image": {"url": text, "caption": text}}
    nodes = [values, values | people, {"@type": ["NewsArticle", text], "publisher": {"name": text}}]
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def _ld_raw(text: str) -> str:
    blocks = (text, '{"@type":"NewsArticle",' + text, '{"@type":"NewsArticle","headline":"' + text)
    return "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)


def _scripts(text: str) -> str:
    return (
        f"<script>window.__INITIAL_STATE__ = {text}</script><script>window.__INITIAL_STATE__ = {{{text}</script>"
        f'<script id="__NEXT_DATA__" type="application/json">{text}</script><script>self.__next_f.push([1,"{text}"])'
        f'</script><script>var a = {{"datePublished": "{text}", "author": "{text}"}}; {text}</script>'
        f"<script>dataLayer = [{text}]</script>"
    )


def _marked(attribute: str) -> Callable[[str], str]:
    """Every property, in an attribute and in an element."""

    def slot(text: str) -> str:
        scope = '<div itemscope itemtype="https://schema.org/NewsArticle" vocab="https://schema.org/"'
        scope += ' typeof="NewsArticle">'
        said = html.escape(text)
        return scope + "".join(
            f'<meta {attribute}="{name}" content="{said}"><span {attribute}="{name}">{said}</span>'
            for name in LD
        )

    return slot


def _elements(text: str) -> str:
    said = html.escape(text)
    tags = "h1 h2 p li td pre q figcaption blockquote address time cite small b summary dt dd label".split()
    classes = "byline author date published tags keywords caption credit standfirst breadcrumb share comment".split()
    return (
        "<article>"
        + "".join(f"<{tag}>{said}</{tag}>" for tag in tags)
        + "".join(
            f'<p class="{name}">{said}</p><p class="{name}"><a href="/x">{said}</a></p>' for name in classes
        )
        + f"</article><footer>{said}</footer><nav>{said}</nav>"
    )


def _attributes(text: str) -> str:
    said = html.escape(text)
    return (
        f'<base href="{said}"><link rel="canonical" href="{said}">'
        f'<link rel="alternate" hreflang="{said}" href="{said}">'
        f'<link rel="{said}" href="/a"><h1 class="{said}" id="{said}">x</h1><time datetime="{said}">{said}</time>'
        f'<article><p class="{said}">A word.</p><img src="{said}" srcset="{said}" alt="{said}"'
        f' title="{said}" sizes="{said}">'
        f'<a href="{said}" rel="{said}">x</a><a rel="tag author" href="/tag/{said}">x</a>'
        f'<p style="{said}" data-x="{said}">'
        f'A word.</p><div id="{said}">x</div></article>'
    )


SLOTS: dict[str, Callable[[str], str]] = {
    "title": lambda text: f"<title>{html.escape(text)}</title><h1>{html.escape(text)}</h1>",
    "JSON-LD": _ld,
    "JSON-LD that is none": _ld_raw,
    "meta elements": lambda text: "".join(
        f'<meta {"property" if ":" in name else "name"}="{name}" content="{html.escape(text)}">'
        for name in META
    ),
    "declarations": lambda text: (
        f'<meta http-equiv="content-type" content="text/html; {html.escape(text)}">'
        f'<meta charset="{html.escape(text)}"><html lang="{html.escape(text)}">'
    ),
    "microdata": _marked("itemprop"),
    "RDFa": _marked("property"),
    "scripts": _scripts,
    "elements": _elements,
    "attributes": _attributes,
    "markup": lambda text: text + "<p>" + text,
}
"""Each place where a page's text enters the reading of an article."""

PAGE_URL = "https://news.example/2031/05/a-b-c"
SLOT_LENGTH = 4_000


@pytest.mark.slow
@pytest.mark.parametrize("slot", SLOTS)
def test_no_reader_takes_time_that_grows_faster_than_its_page(slot: str) -> None:
    for unit in UNITS:

        def work(size: int, unit: str = unit) -> Callable[[], object]:
            page = SLOTS[slot](unit * (size // len(unit))).encode("utf-8", "replace")

            def read() -> None:
                with contextlib.suppress(ExtractionError):
                    extract(page, PAGE_URL)

            return read

        said = pumping.growth(work, SLOT_LENGTH)
        assert not said, f"{unit!r}, repeated: {said}"


REPEATED = {
    "paragraphs": "<p>Some words in a paragraph, one of many here.</p>",
    "boxed paragraphs": "<div class=a><p>Some words in a paragraph, one of many here.</p></div>",
    "comments": "<div class=comment><p>Some words in a comment, one of many here.</p></div>",
    "lines": "Some words of a line, one of many here.<br><br>",
    "sections": "<section><h2>A heading</h2><p>Some words in a paragraph here.</p></section>",
    "linked headings": "<h3><a href=/a>Some words that link to a page</a></h3><p>And what it says.</p>",
    "lists": "<ul><li>Some words in an item</li><li><a href=/x>A source of words</a>, 2026.</li></ul>",
    "rows of React's that break off": '<script>self.__next_f.push([1,"headline\\n'
    + 90 * r"1:[\n"
    + '"])</script>',
    "bylines": '<p class="byline">By <a href="/authors/jane">Jane Doe</a> and John Smith, 3 May 2026</p>',
}
REPEATED_LENGTH = 200_000


@pytest.mark.slow
@pytest.mark.parametrize("unit", REPEATED)
def test_a_page_of_one_thing_over_and_over_takes_time_that_grows_with_its_length(unit: str) -> None:
    def work(size: int) -> Callable[[], object]:
        page = f"<article><h1>A page</h1>{REPEATED[unit] * (size // len(REPEATED[unit]))}</article>".encode()
        return lambda: extract(page, PAGE_URL)

    assert not pumping.growth(work, REPEATED_LENGTH)


def _exchange(name: bytes, value: str) -> Exchange:
    exchange = Exchange("http://a.example/b", datetime(2031, 5, 1, tzinfo=UTC), status=200)
    exchange.headers = [(name, value.encode("latin-1", "replace"))]
    return exchange


def _of(name: bytes, value: str, use: Callable[[Exchange], object]) -> object:
    exchange = _exchange(name, value)
    try:
        return use(exchange)
    finally:
        exchange.body.close()


def _retry_after(exchange: Exchange) -> object:
    return retry_after(exchange, datetime(2031, 5, 1, tzinfo=UTC))


def _codings(text: str) -> object:
    exchange = _exchange(b"Content-Encoding", text)
    exchange.body.write(b"<p>" + text.encode())
    try:
        return html_content_type(exchange), decode(exchange, 1_000_000)
    finally:
        exchange.body.close()


def _robots(text: str) -> object:
    rules = ours(f"User-agent: *\nDisallow: /{text}\n{text}\nUser-agent: {text}".encode())
    return Protego.parse(rules).can_fetch("http://a.example/" + text[:2000], "Pressmark")


def _feed(text: str) -> object:
    """Each unit within an item, between items, and outside of any."""
    read: list[object] = []
    for before, behind in (
        ("", ""),
        ("<item>", ""),
        ("<rss><channel>", "<item>"),
        ("<!DOCTYPE a [", "]><rss>"),
    ):
        document = Document((before + text + behind).encode(), "http://a.example/feed")
        with contextlib.suppress(NoFeedError):
            read.extend(entries(document, read.append))
    return read


FEED_UNITS = [
    *("<?", "<!", "<!DOCTYPE a ", "<!DOCTYPE a [", "<!ENTITY a '", '<a b="', "<item>", "<item>\n</item>\n"),
    *(
        "<item><title>\n<!--\n</item>\n",
        "<item><link>a</link>",
        "<link>/a</link>",
        "<a xml:base='bcdefghi/'>",
    ),
    *("<a xml:base='./b'></a>", '<link rel="alternate" type="application/rss+xml" href="/%d">'),
]


@pytest.mark.slow
def test_no_feed_takes_time_that_grows_faster_than_it() -> None:
    for unit in [*UNITS, *FEED_UNITS]:

        def work(size: int, unit: str = unit) -> Callable[[], object]:
            times = size // len(unit)
            text = "".join(unit % number for number in range(times)) if "%d" in unit else unit * times
            return lambda: _feed(text)

        said = pumping.growth(work, 60_000)
        assert not said, f"{unit!r}, repeated: {said}"


def _url(text: str) -> None:
    for url in (text, "http://" + text, "http://a.example/" + text, "http://a.example:" + text):
        with contextlib.suppress(UrlError):
            clean(url)
        with contextlib.suppress(UrlError):
            join("http://a.example/b", url)


READERS: dict[str, Callable[[str], object]] = {
    "charset of a body": lambda text: detect.decode(text.encode("utf-8")),
    "charset of a body in another encoding": lambda text: detect.decode(text.encode("utf-16-le")[1:]),
    "charset of a header": lambda text: detect.from_header("text/html; " + text),
    "content codings": _codings,
    "content type": lambda text: _of(b"Content-Type", "text/html; " + text, html_content_type),
    "response head": lambda text: parse_fields(text.encode()),
    "cookies": lambda text: _of(b"Set-Cookie", "a=b; " + text[:MAX_COOKIE], Cookies().learn),
    "retry-after": lambda text: _of(b"Retry-After", text, _retry_after),
    "robots.txt": _robots,
    "addresses": _url,
    "chunks": lambda text: Dechunker().feed(text.encode()),
}
"""What else is read of what a server sends."""


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_no_reader_of_what_servers_send_takes_time_that_grows_faster_than_it(reader: str) -> None:
    for unit in UNITS:

        def work(size: int, unit: str = unit) -> Callable[[], object]:
            text = unit * (size // len(unit))
            return lambda: READERS[reader](text)

        said = pumping.growth(work, LENGTH)
        assert not said, f"{unit!r}, repeated: {said}"


def test_references_that_multiply_are_not_followed_without_end() -> None:
    """Each node names the next twice: whoever followed all of them would be at it for ever."""

    def work(size: int) -> Callable[[], object]:
        keys = ("mainEntity", "hasPart", "author", "image", "isPartOf", "about")
        nodes = [
            {"@id": f"#{number}", "@type": "NewsArticle"}
            | {key: [{"@id": f"#{number + 1}"}] * 2 for key in keys}
            for number in range(size)
        ]
        page = f'<script type="application/ld+json">{json.dumps({"@graph": nodes})}</script>'.encode()
        return lambda: extract(page, PAGE_URL)

    assert not pumping.growth(work, 400)
