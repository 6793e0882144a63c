"""push: what reaches the queue, what is refused, what is gone on with."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.conftest import Aws
from tests.site import RawSite
from tests.world import Client

from pressmark.errors import ArchiveError
from pressmark.queues import push as pushing
from pressmark.queues.push import Bookmark, Line, Refused


@pytest.fixture(autouse=True)
def _leads_there(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.lead_here(monkeypatch)


def bodies(aws: Aws) -> list[str]:
    """Everything on the queue, taken off it."""
    found: list[str] = []
    while messages := aws.messages():
        found += [message["Body"] for message in messages]
        for message in messages:
            aws.client("sqs").delete_message(QueueUrl=aws.queue_url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found)


def test_urls_become_messages_cleaned(run: Run, aws: Aws) -> None:
    result = run("push", "https://Example.com", "http://example.org/ä b#part")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "2 pages pushed\n")
    assert bodies(aws) == ["http://example.org/%C3%A4%20b", "https://example.com/"]


def test_options_become_members_of_the_message(run: Run, aws: Aws) -> None:
    options = [
        "--tag",
        "a",
        "--tag",
        "b",
        "--note",
        "why",
        "--if-not-archived-within",
        "1d 2h",
        "--capture-all",
        "--requisites",
        "page",
    ]
    run("push", "https://example.com/", *options)
    (body,) = bodies(aws)
    assert json.loads(body) == {
        "url": "https://example.com/",
        "tags": ["a", "b"],
        "note": "why",
        "if_not_archived_within": 93600,
        "capture_all": True,
        "requisites": "page",
    }


def test_what_is_no_url_is_refused_and_named_and_the_rest_is_pushed(run: Run, aws: Aws) -> None:
    Path("urls.txt").write_text(
        "\ufeffhttps://example.com/1\n\n# a comment\nexample.com\nftp://example.com/\n"
        'https://example.com/2\n{"url": "https://example.com/3", "tags": ["x"]}\n{"url": 1}\n{"u\n'
    )
    result = run("push", "--file", "urls.txt", "--tag", "y")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "urls.txt, line 4: the URL has no scheme: it must begin with http:// or https://: example.com",
        "urls.txt, line 5: the scheme is 'ftp': only http and https can be archived: ftp://example.com/",
        'urls.txt, line 8: the message has no url, or it is not a string: {"url": 1}',
        "urls.txt, line 9: the message looks like JSON but is not: Unterminated string starting at: line 1 column 2 "
        '(char 1): {"u',
        "3 pages pushed, 4 refused",
    ]
    assert sorted((json.loads(body) for body in bodies(aws)), key=lambda message: message["url"]) == [
        {"tags": ["y"], "url": "https://example.com/1"},
        {"tags": ["y"], "url": "https://example.com/2"},
        {"tags": ["x"], "url": "https://example.com/3"},
    ]


def test_only_so_many_refused_lines_are_named(run: Run, aws: Aws) -> None:
    result = run("push", "-f", "-", stdin="nonsense\n" * 25)
    assert len(result.stderr.splitlines()) == 22
    assert "standard input, line 20: " in result.stderr
    assert "... and 5 more" in result.stderr


def test_a_bad_line_cannot_reach_the_terminal(run: Run, aws: Aws) -> None:
    assert "\x1b" not in run("push", "https://example.com/\x1b[31m").stderr


def test_check_pushes_nothing(run: Run, aws: Aws) -> None:
    result = run("push", "--check", "https://example.com/", "nonsense")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "1 page would be pushed, 1 refused")
    assert bodies(aws) == []


def test_a_bad_option_is_said_before_anything_is_sent(run: Run, aws: Aws) -> None:
    result = run("push", "https://example.com/", "--if-not-archived-within", "soon")
    assert result.exit_code == 2
    assert "3d 5h 20m" in result.stderr
    assert bodies(aws) == []


def pushes_through(send: Callable[[Any, dict[str, Any]], Any]) -> Callable[..., int]:
    """A push whose requests are sent by a function, which is given the client and what is asked."""
    real = pushing.push

    def push(client: Any, *rest: Any, **options: Any) -> int:
        watched = Client(client)
        watched.instead["send_message_batch"] = lambda **request: send(client, request)
        return real(watched, *rest, **options)  # type: ignore[arg-type]

    return push


@pytest.mark.slow
def test_many_lines_go_ten_a_request(run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def noted(client: Any, request: dict[str, Any]) -> Any:
        sizes.append(len(request["Entries"]))
        return client.send_message_batch(**request)

    monkeypatch.setattr(pushing, "push", pushes_through(noted))
    text = "".join(f"https://example.com/{number}\n" for number in range(205))
    assert run("push", "--file", "-", stdin=text).stderr == "205 pages pushed\n"
    assert sorted(sizes) == [5, *[10] * 20]
    assert len(bodies(aws)) == 205


def test_large_messages_share_a_request_only_while_it_holds_them() -> None:
    sizes: list[int] = []

    def taken(_client: Any, request: dict[str, Any]) -> Any:
        sizes.append(len(request["Entries"]))
        return {}

    lines = [(Line(number, ""), "x" * 60_000) for number in range(10)]
    assert pushes_through(taken)(None, "queue", lines) == 10
    assert sorted(sizes) == [2, 4, 4]


@pytest.mark.slow
def test_a_broken_off_push_goes_on_where_it_stopped(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("urls.txt").write_text("".join(f"https://example.com/{number:03}\n" for number in range(200)))

    def breaks(client: Any, request: dict[str, Any]) -> Any:
        if request["Entries"][0]["MessageBody"] >= "https://example.com/170":
            raise ArchiveError("the network is gone")
        return client.send_message_batch(**request)

    with monkeypatch.context() as broken_off:
        broken_off.setattr(pushing, "push", pushes_through(breaks))
        broken = run("push", "--file", "urls.txt")
    assert broken.exit_code == 4
    assert broken.stderr.splitlines() == [
        "interrupted after 160 pages; push urls.txt again to resume there",
        "pressmark: the network is gone",
    ]
    first = bodies(aws)
    result = run("push", "--file", "urls.txt")
    assert result.stderr.splitlines()[0].startswith(
        "urls.txt: resuming after line 160, where it was interrupted"
    )
    second = bodies(aws)
    assert set(first) | set(second) == {f"https://example.com/{number:03}" for number in range(200)}
    assert len(second) == 40
    assert not Path("urls.txt.pressmark-push").exists()
    assert len(run("push", "--file", "urls.txt").stderr.splitlines()) == 1


def test_a_bookmark_is_for_one_content_and_one_queue(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("https://example.com/\n")
    Bookmark(file, "queue").write(7)
    assert Bookmark(file, "queue").read() == 7
    assert Bookmark(file, "other").read() == 0
    file.write_text("https://example.org/\n")
    assert Bookmark(file, "queue").read() == 0


class Flaky:
    """An SQS client that takes messages only bit by bit."""

    def __init__(self, answers: list[list[dict[str, Any]]]) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.asked.append([entry["MessageBody"] for entry in Entries])
        return {"Failed": self.answers.pop(0)}


def test_what_sqs_did_not_take_is_sent_again() -> None:
    later = {"Id": "1", "SenderFault": False, "Code": "InternalError"}
    client = Flaky([[later], [later], []])
    waits: list[float] = []
    messages = [(Line(1, ""), "a"), (Line(2, ""), "b")]
    assert pushing.push(client, "queue", messages, sleep=waits.append) == 2  # type: ignore[arg-type]  # a stand-in
    assert client.asked == [["a", "b"], ["b"], ["b"]]
    assert waits == [0.2, 0.4]


def test_what_sqs_refuses_names_its_line_and_the_rest_is_sent() -> None:
    later = {"Id": "0", "SenderFault": False, "Code": "InternalError"}
    fault = {"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents"}
    client = Flaky([[later, fault], []])
    refused: list[Refused] = []
    messages = [(Line(6, "a"), "a"), (Line(7, "b"), "b"), (Line(8, "c"), "c")]
    sent = pushing.push(client, "queue", messages, refused=refused.append, sleep=lambda _: None)  # type: ignore[arg-type]  # a stand-in
    assert sent == 2
    assert refused == [Refused(Line(7, "b"), "SQS refuses it: InvalidMessageContents")]
    assert client.asked == [["a", "b", "c"], ["a"]]


def test_what_sqs_never_takes_ends_the_push_and_is_not_settled() -> None:
    later = {"Id": "0", "SenderFault": False, "Code": "ServiceUnavailable"}
    client = Flaky([[later]] * pushing.TRIES)
    settled: list[tuple[int, int]] = []
    with pytest.raises(ArchiveError, match="1 message not accepted after 6 tries"):
        pushing.push(
            client,  # type: ignore[arg-type]  # a stand-in
            "queue",
            [(Line(1, ""), "a")],
            on_sent=lambda *what: settled.append(what),
            sleep=lambda _: None,
        )
    assert settled == []


def test_a_message_that_came_before_is_left_out(run: Run, aws: Aws) -> None:
    text = "https://example.com/\r\n\r\nhttps://EXAMPLE.com\r\n  https://example.com/2  \r\nhttps://example.com/\r\n"
    result = run("push", "https://example.com/2", "--file", "-", stdin=text)
    assert (result.exit_code, result.stderr) == (0, "2 pages pushed, 3 duplicates left out\n")
    assert bodies(aws) == ["https://example.com/", "https://example.com/2"]


def test_the_last_of_very_many_messages_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushing, "REMEMBERED", 3)
    again: list[int] = []
    lines = ((Line(number, ""), body) for number, body in enumerate("abcdcba"))
    assert [body for _, body in pushing.once(lines, lambda line: again.append(line.number))] == list("abcda")
    assert again == [4, 5]


@pytest.mark.slow
def test_messages_of_the_largest_size_are_sent_each_in_a_request_that_holds_it(run: Run, aws: Aws) -> None:
    """SendMessageBatch takes 256 KiB together on the older limit; a URL may have 8 KB, labels and a note add to it."""
    url = "https://example.com/" + "a" * 7_900
    options = [word for number in range(20) for word in ("--tag", f"{number:02}" + "ä" * 98)]
    text = "".join(f"{url}{number:03}\n" for number in range(60))
    result = run("push", "--file", "-", *options, "--note", "ö" * 1000, stdin=text)
    assert (result.exit_code, result.stderr) == (0, "60 pages pushed\n")
    found = [json.loads(body) for body in bodies(aws)]
    assert len({each["url"] for each in found}) == 60
    assert all(len(each["tags"]) == 20 and len(each["note"]) == 1000 for each in found)


def test_nothing_to_push_on_a_terminal_is_a_usage_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressmark.cli.commands.push.is_terminal", lambda *_: True)
    assert "nothing to push" in run("push").stderr


def test_feeds_and_sitemaps_become_messages(run: Run, aws: Aws, site: RawSite) -> None:
    feed = site.page(
        "/feed",
        "<rss><item><link>/a</link><pubDate>Mon, 23 Nov 2026 11:00:00 GMT</pubDate></item>"
        "<item><link>/old</link><pubDate>Mon, 16 Nov 2026 11:00:00 GMT</pubDate></item>"
        "<item><link>mailto:x@example.com</link></item></rss>",
        content_type="application/rss+xml",
    )
    site.page("/1.xml", f"<urlset><url><loc>{site.url('/b')}</loc></url></urlset>", content_type="text/xml")
    index = site.page(
        "/index.xml",
        f"<sitemapindex><sitemap><loc>{site.url('/1.xml')}</loc></sitemap>"
        f"<sitemap><loc>{site.url('/gone.xml')}</loc></sitemap></sitemapindex>",
        content_type="text/xml",
    )
    result = run("push", "--feed", feed, "--sitemap", index, "--since", "2026-11-20")
    assert result.exit_code == 2  # the mailto: is refused
    assert f"{feed}, entry 3: the scheme is 'mailto'" in result.stderr
    assert f"{site.url('/gone.xml')} passed over" in result.stderr
    assert bodies(aws) == sorted([site.url("/a"), site.url("/b")])
    missing = run("push", "--feed", site.url("/gone"))
    assert missing.exit_code == 1
    assert missing.stderr.startswith(f"pressmark: {site.url('/gone')}: not-found: ")


RSS = "<rss><item><link>a</link></item><item><link>/b?x=1&y=2</link></item></rss>"


def test_relative_links_stand_against_where_a_feed_was_found_in_the_end(
    run: Run, aws: Aws, site: RawSite
) -> None:
    new = site.page("/new/feed", RSS, content_type="text/xml")
    site.serve("/feed", f"HTTP/1.1 301 Moved\r\nLocation: {new}\r\nContent-Length: 0\r\n\r\n".encode())
    result = run("push", "--feed", site.url("/feed"))
    assert result.exit_code == 0, result.stderr
    assert bodies(aws) == sorted([site.url("/new/a"), site.url("/b?x=1&y=2")])


def page_of(*feeds: str) -> str:
    links = "".join(f'<link rel=alternate type="application/rss+xml" href="{feed}">' for feed in feeds)
    return f"<!DOCTYPE html><html><head>{links}</head></html>"


def test_the_one_feed_that_a_page_names_is_read(run: Run, aws: Aws, site: RawSite) -> None:
    site.page("/feed", RSS, content_type="text/xml")
    page = site.page("/", page_of("/feed"))
    result = run("push", "--feed", page)
    assert result.exit_code == 0, result.stderr
    assert f"{page} is a page; reading the feed that it names: {site.url('/feed')}" in result.stderr
    assert bodies(aws) == sorted([site.url("/a"), site.url("/b?x=1&y=2")])


def test_of_the_feeds_that_a_page_names_one_must_be_chosen(run: Run, aws: Aws, site: RawSite) -> None:
    page = site.page("/", page_of("/feed", "/comments"))
    result = run("push", "--feed", page)
    assert result.exit_code == 2
    assert result.stderr == (
        f"pressmark: {page} is a page, not a feed; it names {site.url('/feed')} and {site.url('/comments')} "
        "(choose one: --feed URL)\n"
    )
    assert bodies(aws) == []


def test_a_page_that_names_a_page_is_not_followed_for_ever(run: Run, site: RawSite) -> None:
    page = site.page("/", page_of("/"))
    result = run("push", "--check", "--feed", page)
    assert result.exit_code == 2


def test_what_is_not_read_of_a_feed_is_said_and_the_rest_is_pushed(run: Run, aws: Aws, site: RawSite) -> None:
    feed = site.page(
        "/feed", "<rss>\n<item></item>\n<item><link>/a</link></item>\n<item>", content_type="text/xml"
    )
    result = run("push", "--feed", feed)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{feed}, line 2: <item> names no address",
        f"{feed}, line 4: the file ends within <rss>",
        f"{feed}, line 4: <item> names no address",
        "1 page pushed, 3 not read",
    ]
    assert bodies(aws) == [site.url("/a")]


def test_since_without_entries_that_have_dates_is_refused(run: Run) -> None:
    result = run("push", "https://example.com/", "--since", "7d", "--check")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--since goes with --feed or --sitemap" in result.stderr
