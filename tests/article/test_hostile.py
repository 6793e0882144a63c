"""Any bytes at all give an article, soon, and no value that outgrows a row."""

import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.article.sample import PAGES, URL, ld, page

from pressmark.article import Article, extract
from pressmark.errors import ExtractionError

WORDS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div class='byline author tags'>",
            "</div>",
            "<h1>",
            "</h1>",
            "</a>",
            "<template>",
            "<svg>",
        ),
        *(
            "<a rel='author tag' href='/tag/x'>",
            "<meta property='og:title' content='",
            "'>",
            "</script>",
            "<table>",
        ),
        *(
            "<script type='application/ld+json'>",
            '{"@type":"NewsArticle",',
            '"headline":"',
            '"author":[{"name":"',
        ),
        *(
            '"datePublished":"2031-13-45T99',
            '"@graph":[',
            "}]}",
            "<img srcset='a 1w, b 9w'>",
            "<figure>",
            "<!--",
        ),
        *(
            "<time datetime='2031-07-10'>",
            "&#x202e;",
            "&amp;amp;",
            "\x00",
            "\ufeff",
            "\ud7ff",
            "©2031",
            "漢字",
            "-->",
        ),
        *("von A und B", "<![CDATA[", "<figcaption>", "itemscope itemprop='headline'", "\u202e"),
    ]
)


def check(article: Article) -> None:
    """What holds of every article: a row's limits and clean text."""
    data = article.to_dict()
    assert Article.from_dict(json.loads(json.dumps(data))) == article
    short = dict(data, text="")
    assert len(json.dumps(short, ensure_ascii=False).encode()) < 400_000
    for value in strings(data):
        assert unicodedata.is_normalized("NFC", value)
        assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in set(value)), repr(value)


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    return [text for inner in value for text in strings(inner)] if isinstance(value, list) else []


def run(body: bytes, content_type: str | None = None) -> bool:
    """Whether a page could be read; what is read of it is in order."""
    try:
        article = extract(body, URL, content_type)
    except ExtractionError:
        return False
    check(article)
    return True


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=2000))
def test_any_bytes(body: bytes) -> None:
    run(body)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS | st.text(max_size=8), max_size=60), st.sampled_from(["utf-8", "utf-16-le", "cp1251"]))
def test_any_markup(pieces: list[str], codec: str) -> None:
    run("".join(pieces).encode(codec, "replace"), f"text/html; charset={codec}")


PROPERTIES = """headline author datePublished image keywords publisher inLanguage url articleSection mainEntity hasPart
    breadcrumb isAccessibleForFree articleBody""".split()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["@type", "name", "url", "@id"]), inner)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(PROPERTIES), VALUES))
def test_any_json_ld(node: dict[str, object]) -> None:
    assert run(page(ld({"@type": "NewsArticle", **node})))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.html")))
def test_damaged_pages(name: str) -> None:
    whole = (PAGES / name).read_bytes()
    chance = random.Random(name)
    for _ in range(12):
        body = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(30)):
            if body:
                body[chance.randrange(len(body))] = chance.randrange(256)
        assert run(
            bytes(body), chance.choice([None, "text/html; charset=utf-16", "text/html; charset=shift_jis"])
        )


BIG = 300_000
HOSTILE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: b"<div>" * 100_000,
    "deep and named": lambda: b'<div class="byline author">' * 20_000 + b"x",
    "deep lists of links": lambda: b'<ul><li class=tags><a rel="tag author" href=/tag/a>x' * 20_000,
    "deep json": lambda: page('<script type="application/ld+json">' + '{"a":' * BIG + "</script>"),
    "deep json arrays": lambda: page('<script type="application/ld+json">' + "[" * BIG + "</script>"),
    "quotes": lambda: page('<script type="application/ld+json">{"a":' + '"\\"' * BIG + "</script>"),
    "comments": lambda: page('<script type="application/ld+json">{' + "/*" * BIG + "</script>"),
    "commas": lambda: page('<script type="application/ld+json">{"a":1' + "," * BIG + "</script>"),
    "many blocks": lambda: page(
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x"}</script>' * 20_000
    ),
    "many metas": lambda: page("<meta property=article:tag content='a,b'>" * 50_000),
    "many authors": lambda: page(
        ld({"@type": "Article", "author": [{"name": f"A B{n}"} for n in range(20_000)]})
    ),
    "one long author": lambda: page(ld({"@type": "Article", "author": "von A und " * 50_000})),
    "one long title": lambda: page(f"<title>{' - ' * BIG}</title>"),
    "one long date": lambda: page(ld({"@type": "Article", "datePublished": "2031-" * BIG})),
    "long class": lambda: page("", f"<div class='{'author-' * BIG}'>x</div>"),
    "long href": lambda: page("", f"<h1>x</h1><a href='/tag/{'a/' * BIG}'>x</a>"),
    "long srcset": lambda: page("", f"<img srcset='{'a 1w, ' * BIG}'>"),
    "srcsets of one word": lambda: page("", f"<img srcset='{'#' * 30_000}'>" * 150),
    "blank data": lambda: page('<script type="application/ld+json">' + "\t" * BIG + "x</script>"),
    "blank tags": lambda: page(f"<meta name=keywords content='a{chr(10) * 20_000}'>" * 300),
    "a lost head": lambda: page("<!-- <title>x</title>" + "<meta name=a content=b><b>" * 20_000),
    "many ends": lambda: b"</html>" * BIG,
    "entities": lambda: page(f"<meta property=og:title content='{'&amp;amp;' * BIG}'>"),
    "unclosed tags": lambda: b"<a <b <meta charset=" * BIG,
    "open comments": lambda: b"<!--" * BIG,
    "brackets": lambda: page(f"<meta name=author content='{'(' * BIG}'>"),
    "nul bytes": lambda: b"\x00" * BIG + b"<title>x</title>" + b"\x00" * BIG,
    "many h1": lambda: b"<h1>Some title of the page</h1>" * 50_000,
    "many links": lambda: b"<h1>x</h1>" + b"<a href=/tag/a>x</a>" * 50_000,
    "copyrights": lambda: "©".encode() * BIG,
    "state": lambda: page("", "<script>window.__INITIAL_STATE__ = " + '{"a":[' * BIG + "</script>"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_cost_little(name: str) -> None:
    """Each of these would take minutes or hours, and the run with it, if anything grew with the square of its size."""
    assert run(HOSTILE[name]())


FIFTY_MEGABYTES = f"""
import json
from pressmark.article import extract

def peak():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status["VmHWM"].split()[0]) * 1024

body = b"<html><head><title>A walk by the sea</title></head><body>" + b"<p>word word word</p>" * 2_500_000
before = peak()
article = extract(body, {URL!r})
print(json.dumps([peak() - before, article.to_dict()]))
"""
"""Prints how much more memory than the body a process takes to read it (a parser's, too), and what it reads."""


@pytest.mark.slow
def test_fifty_megabytes_are_read_in_part_and_in_bounded_memory() -> None:
    done = subprocess.run([sys.executable, "-c", FIFTY_MEGABYTES], capture_output=True, text=True, check=True)
    memory, said = json.loads(done.stdout)
    article = Article.from_dict(said)
    assert article.title == "A walk by the sea"
    check(article)
    assert memory < 300_000_000


def test_a_date_in_an_element_whose_name_xml_cannot_have_is_read() -> None:
    body = "<h1>A walk by the sea</h1><p\uffff class=date>8 July 2024</p\uffff><p>It was long.</p>"
    assert str(extract(body.encode(), URL).published) == "2024-07-08"


def test_days_before_the_year_one_are_not_counted() -> None:
    body = b"<h1>A walk by the sea</h1><p class=date>2 days ago</p><p>It was long.</p>"
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert extract(body, URL, crawled=first).published is None
