"""Small invented pages for the text tests."""

from pressmark.article.page.document import Document
from pressmark.article.text import ArticleText, TextHints, extract_text

URL = "https://news.example/city/bridge-reopens"
FIRST = "The old harbour bridge reopened on Monday after three years of repairs, the city council said."
SECOND = (
    "Engineers replaced two of the four piers, and the deck now carries trams as well as cars and bicycles."
)
THIRD = "Shopkeepers on the east bank said they had lost half their customers while the crossing was closed."
FOURTH = "The council expects the works to have cost about forty million crowns, ten more than was planned."
BODY = [FIRST, SECOND, THIRD, FOURTH]


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts or BODY)


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Bridge reopens</title>{head}</head><body>{body}</body></html>"


def article(inner: str, *, around: str = "") -> str:
    return page(f"<main><article><h1>Harbour bridge reopens to traffic</h1>{inner}</article>{around}</main>")


def read(html: str | bytes, *, url: str = URL, hints: TextHints | None = None) -> ArticleText:
    data = html.encode() if isinstance(html, str) else html
    return extract_text(Document.parse(data, url, "text/html; charset=utf-8"), hints=hints)


def lines(html: str | bytes) -> list[str]:
    return read(html).text.splitlines()
