"""Every number of the fields that was fitted to pages, and nothing else; the text reader's are in ``text/fitted.py``.

``python -m bench.fit`` measures each of them again: how the fields would be scored with other values, and what a value
is worth on publishers that were not there when it was chosen. What it said last stands in docs/extraction.md.
"""

TITLE: dict[str, float] = {
    "headline": 1.0, "og.title": 1.0, "h1": 1.0, "h2": 1.0, "title": 0.6, "twitter.title": 0.3, "name": 0.4,
}  # fmt: skip
"""How far each place is believed to have the headline where they differ (``titles.py``)."""

TITLE_OTHER = 0.5
"""All further title tags together, and a headline in a meta element."""

TITLE_COPY = 0.1
"""A text that a further tag repeats, and a WebPage's name, which systems copy from the title bar."""

TITLE_STRANGE = 0.5
"""An h1 that ends the title bar of a page without data: in old templates it is the site's name."""

TITLE_SEEN = 2.6
"""The h1 where neither JSON-LD nor microdata has a headline: other titles are written to be shared or to be found."""

TAGS: dict[str, float] = {
    "json-ld keywords": 0.6, "meta keywords": 0.8, "meta news.keywords": 0.8, "opengraph article.tag": 0.6,
    "meta parsely.tags": 0.6, "meta dc.subject": 0.8, "html topics": 0.4, "microdata keywords": 0.3,
    "state tags": 0.2, "json-ld about": 0.1, "json-ld mentions": 0.1,
}  # fmt: skip
"""How far a list of tags is believed by itself; agreement with another list adds up to 1 each (``tags.py``)."""

TAGS_OTHER = 0.3
"""A list in any other place."""

TAGS_DOUBT = 0.8
"""What a list loses that stands on every page of the site, or says no more than section or headline."""

LANGUAGE_AROUND = 1.5
"""Of the ``lang`` around the headline, which was set for the article; other places have 1 (``languages.py``)."""
