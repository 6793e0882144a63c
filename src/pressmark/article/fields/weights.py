"""Every number of the fields that was fitted to pages, and nothing else; the text reader's are in ``text/fitted.py``.

``python -m bench.fit`` measures each of them again: how the fields score with other values, and what a value is worth
on publishers whose pages were not used to choose it. Its latest results are in docs/extraction.md.
"""

TITLE: dict[str, float] = {
    "headline": 1.0, "og.title": 1.0, "h1": 1.0, "h2": 1.0, "title": 0.6, "twitter.title": 0.3, "name": 0.4,
}  # fmt: skip
"""How many votes each place gives its form of the title, if the forms differ (``titles.py``)."""

TITLE_OTHER = 0.5
"""Votes of a title tag of any other name, and of a headline in a meta element."""

TITLE_COPY = 0.1
"""Votes of a further tag that repeats a text, of a WebPage's name, which systems copy from the title bar, and of an h2
that the title bar does not repeat."""

TITLE_STRANGE = 0.5
"""Votes of an h1 that ends the title bar of a page without data, or if the title bar repeats an h2: in old templates
the h1 is the site's name."""

TITLE_SEEN = 2.6
"""Votes of the visible headline if neither JSON-LD nor microdata has one: other titles are written to be shared or
found."""

TAGS: dict[str, float] = {
    "json-ld keywords": 0.6, "meta keywords": 0.8, "meta news.keywords": 0.8, "opengraph article.tag": 0.6,
    "meta parsely.tags": 0.6, "meta dc.subject": 0.8, "html topics": 0.4, "microdata keywords": 0.3,
    "state tags": 0.2, "json-ld about": 0.1, "json-ld mentions": 0.1,
}  # fmt: skip
"""Score of a list of tags by its place; agreement with each other list adds up to 1 (``tags.py``)."""

TAGS_OTHER = 0.3
"""Score of a list in any other place."""

TAGS_DOUBT = 0.8
"""What a list loses that is probably on every page of the site, or says no more than the section."""

LANGUAGE_AROUND = 1.5
"""Votes of the ``lang`` around the headline, which was set for the article; other places have 1 (``languages.py``)."""
