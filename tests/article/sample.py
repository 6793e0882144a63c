"""Pages for the readers' tests, made of pieces."""

import json
from pathlib import Path
from typing import Any

from pressmark.article import Article, Document, extract

URL = "https://news.example/2031/harbour"
PAGES = Path(__file__).parent.parent / "fixtures" / "pages"


def page(head: str = "", body: str = "", lang: str = "en") -> bytes:
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()


def ld(*nodes: dict[str, Any] | str) -> str:
    blocks = (node if isinstance(node, str) else json.dumps(node) for node in nodes)
    return "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)


def news(**fields: Any) -> str:
    return ld({"@context": "https://schema.org", "@type": "NewsArticle", "url": URL, **fields})


def meta(**tags: str) -> str:
    names = ((name.replace("__", ":"), content) for name, content in tags.items())
    return "".join(f'<meta property="{name}" content="{content}">' for name, content in names)


def read(head: str = "", body: str = "", lang: str = "en", url: str = URL) -> Article:
    return extract(page(head, body, lang), url)


def document(head: str = "", body: str = "") -> Document:
    return Document.parse(page(head, body), URL)


def fixture(name: str) -> Article:
    return extract((PAGES / name).read_bytes(), f"https://news.example/{name}", "text/html")
