"""What is read of pages whose head is damaged: what the publisher wrote, wherever the parser lost it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.article.sample import URL, document, meta, news, page

from pressmark.article import Document, extract
from pressmark.article.sources.lost_head import MAX_READ, lost_head

TITLE = "Island ferry returns after eleven years"
TAGS = ["ferry", "harbour"]
DATA = news(headline=TITLE, datePublished="2031-07-10T06:00:00Z", keywords=TAGS)
WHOLE = page(
    "<meta charset=utf-8>"
    f"<title>{TITLE} - Lantern</title>{meta(og__title=TITLE)}"
    '<meta name="author" content="Ragna Tiller"><link rel="canonical" href="/harbour"/>' + DATA,
    f"<h1>{TITLE}</h1>" + "<p>The first night ferry reached the island a little after three.</p>" * 30,
).decode()


def before_title(damage: str) -> Callable[[str], str]:
    return lambda html: html.replace("<title>", damage + "<title>", 1)


DAMAGES: dict[str, Callable[[str], str]] = {
    "html ends in the head": lambda html: html.replace("<meta charset", "</html><meta charset", 1),
    "body ends in the head": lambda html: html.replace("<meta charset", "</body><meta charset", 1),
    "head ends at once": lambda html: html.replace("<head>", "<head></head>", 1),
    "two heads": before_title("</head><head>"),
    "comment without end": before_title("<!-- advert "),
    "conditional comment without end": before_title("<!--[if IE]><script src=x></script><![endif]>"),
    "title without end": lambda html: html.replace("</title>", "", 1),
    "script without end": before_title("<script>var a = 1;"),
    "style without end": before_title("<style>a { }"),
    "textarea without end": before_title("<textarea>"),
    "iframe without end": before_title("<iframe src=x>"),
    "plaintext": before_title("<plaintext>"),
    "nested beyond the parser's bound": before_title("<b>" * 3_000),
    "comment in the comment's way": before_title("<!-->"),
    "NUL bytes in names": lambda html: html.replace("<title", "<ti\0tle").replace(
        "<meta name", "<me\0ta name"
    ),
    "server's code left in": before_title("<?php echo "),
    "CDATA without end": before_title("<![CDATA[ "),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_head_is_read_all_the_same(name: str) -> None:
    article = extract(DAMAGES[name](WHOLE).encode(), URL)
    assert article.title == TITLE
    assert article.authors == ["Ragna Tiller"]
    assert article.published == datetime(2031, 7, 10, 6, tzinfo=UTC)
    assert article.tags == TAGS
    assert article.canonical_url == "https://news.example/harbour"


def test_the_text_after_an_early_end_of_the_page_is_read() -> None:
    body = DAMAGES["html ends in the head"](WHOLE)
    assert extract(body.encode(), URL).word_count == extract(WHOLE.encode(), URL).word_count


@pytest.mark.parametrize(
    "head",
    [
        f"<title>{TITLE}</title>",
        f"<title>{TITLE}</title><!-- {meta(og__title='Yesterday')} -->",
        f"<title>{TITLE}</title><!-- {DATA} -->",
        meta(og__title=TITLE),
        "",
    ],
)
def test_a_head_that_is_there_is_not_read_twice(head: str) -> None:
    assert lost_head(document(head)) is None


def test_a_long_page_is_read_again_in_part() -> None:
    late = meta(og__description="Late") + "x"
    lost = lost_head(document(f"<!-- <title>{TITLE}</title>" + " " * MAX_READ + late))
    assert lost is not None
    assert lost.root.findtext(".//title") == TITLE
    assert "Late" not in lost.html


@pytest.mark.slow
def test_whole_pages_cost_no_import() -> None:
    code = (
        "import sys; from pressmark.article import extract;"
        "extract(b'<title>a</title><p>b</p>', 'https://news.example/'); print('bs4' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_found_head_is_a_document_of_the_same_page() -> None:
    lost = lost_head(Document.parse(DAMAGES["style without end"](WHOLE).encode(), URL))
    assert lost is not None
    assert lost.url == URL
