"""Of many captures, the one of each page that gives most of it."""

from dataclasses import dataclass
from typing import Any

from pressmark.archive.latest import best_of_each


@dataclass(frozen=True)
class Row:
    item: dict[str, Any]


def row(page: str, status: int, **said: Any) -> Row:
    return Row({"url": f"https://example.com/{page}", "status": status, "warc": "w", **said})


def test_each_page_is_given_once_as_its_newest_whole_capture_or_else_as_the_best_that_there_is() -> None:
    newest_first = [
        row("gone", 404),
        row("whole", 200, truncated="length"),
        row("cut", 503),
        row("gone", 500),
        row("whole", 200),
        row("cut", 200, truncated="time"),
        row("whole", 200, title="older"),
        row("cut", 200, truncated="length"),
    ]
    given = [newest_first.index(each) for each in best_of_each(newest_first)]
    assert given == [4, 0, 5], "what is whole at once; the others when nothing better can come"
