"""Elements without end around a name: what is read of them is bounded."""

import lxml.html
from tests.article.sample import URL

from pressmark.article.page.document import Document
from pressmark.article.page.people import MAX_AUTHORS
from pressmark.article.page.placement import lines_of
from pressmark.article.sources.bylines import linked


def test_a_line_ends_where_no_byline_has_so_many_tags() -> None:
    few, many = (lxml.html.fromstring(f"<p>Jane{'<i></i>' * number} Doe</p>") for number in (300, 100_000))
    assert lines_of(few).split() == ["Jane", "Doe"]
    assert lines_of(many) == "Jane"


def test_of_links_to_authors_a_bounded_number_is_read() -> None:
    body = "<h1>A page</h1><p>" + "<a rel=author href=/a>Jane Doe</a>" * 1_000
    assert len(list(linked(Document.parse(body.encode(), URL)))) == 3 * MAX_AUTHORS
