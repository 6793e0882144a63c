"""What ``metadata_eval.py CORPUS bench.metadata:fields`` scores: the extractor as it is used."""

from typing import Any

from pressmark.article import extract


def fields(html: bytes, url: str) -> dict[str, Any]:
    """Return the article of a page as plain fields, the image as its URL."""
    article = extract(html, url).to_dict()
    article["image"] = (article["image"] or {}).get("url")
    return article
