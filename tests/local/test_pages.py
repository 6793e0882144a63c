"""What is known of a run's pages, and how long the rest is waited for."""

from typing import Any

from pressmark.local.pages import Pages, Patience

RETRY: list[dict[str, Any]] = [{"outcome": "retry", "url": "https://a.example/1", "code": "unavailable"}]
POSTPONED: list[dict[str, Any]] = [*RETRY, {"outcome": "postponed", "url": "https://b.example/1"}]
BEHIND: list[dict[str, Any]] = [*RETRY, {"outcome": "postponed", "url": "https://a.example/2"}]


def line(number: str, outcome: str, url: str, **more: Any) -> dict[str, Any]:
    return {"message_id": number, "outcome": outcome, "url": url, **more}


def test_the_last_line_of_a_page_counts() -> None:
    pages = Pages(["a", "b", "c"])
    pages.line(line("1", "retry", "a", code="unavailable"))
    pages.line(line("2", "retry", "b", code="timeout"))
    pages.line(line("3", "postponed", "c"))
    pages.line(line("1", "archived", "a"))
    pages.line(line("4", "archived", "c"))

    assert [(page["url"], page["code"]) for page in pages.waiting()] == [("b", "timeout")]


def test_a_message_that_no_line_tells_of_is_left_too() -> None:
    pages = Pages(["HTTP://a/", "b", "c"])
    pages.batch([{"messageId": "1", "body": "HTTP://a/"}, {"messageId": "2", "body": "b"}])
    pages.line(line("1", "retry", "http://a/"))

    assert [page["url"] for page in pages.left()] == ["http://a/", "b", "c"]


def test_a_line_may_come_after_its_batch() -> None:
    pages = Pages(["a"])
    pages.batch([{"messageId": "1", "body": "a"}])
    pages.line(line("1", "archived", "a"))

    assert pages.left() == []


def test_all_waits_for_retries_together_have_one_limit() -> None:
    patience = Patience(45)

    assert patience.left(1, RETRY) == 44
    assert patience.left(30, RETRY) == 15
    assert patience.left(1, RETRY) == 14
    assert patience.left(15, RETRY) == 0


def test_a_page_that_failed_and_was_postponed_is_one_that_failed() -> None:
    pages = Pages(["a"])
    pages.line(line("1", "retry", "https://a.example/", code="unavailable", reason="503"))
    pages.line(line("1", "postponed", "https://a.example/", reason="no turn"))
    patience = Patience(45)

    assert [(page["code"], page["reason"]) for page in pages.waiting()] == [("unavailable", "503")]
    assert patience.left(30, pages.waiting()) == 15
    assert patience.left(10, pages.waiting()) == 5


def test_a_wait_for_a_host_that_is_out_of_order_counts() -> None:
    patience = Patience(45)

    assert patience.left(30, BEHIND) == 15
    assert patience.left(10, BEHIND) == 5


def test_waits_for_a_hosts_turn_have_a_limit_each() -> None:
    patience = Patience(45)

    assert patience.left(30, POSTPONED) == 15
    assert patience.left(30, POSTPONED) == 15
    assert patience.left(1, POSTPONED) == 44
    assert patience.left(2, RETRY) == 43
