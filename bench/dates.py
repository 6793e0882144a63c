"""Dates alone, for tools/metadata_eval.py: ``metadata_eval.py CORPUS bench.dates:fields``.

``fields`` is what the extractor answers; ``page_only`` withholds the metadata, to measure what the page itself gives.
"""

from pressmark.article.choose import collect
from pressmark.article.dates import choose_dates
from pressmark.article.fields import dates
from pressmark.article.page.document import Document


def fields(html: bytes, url: str) -> dict[str, str | None]:
    """Publication date from metadata and page together."""
    document = Document.parse(html, url)
    languages = [document.language] if document.language else []
    published, _ = dates.choose(collect(document), document, languages)
    return {"published": published[0].isoformat() if published else None}


def page_only(html: bytes, url: str) -> dict[str, str | None]:
    """Publication date from the page without its metadata."""
    published = choose_dates(Document.parse(html, url), []).published
    return {"published": published.value.isoformat() if published else None}
