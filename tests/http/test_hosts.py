"""Lists of hosts: as a setting, and as an object in the bucket that may be long and may change."""

from dataclasses import replace
from typing import Any

import pytest
from tests.clock import Clock
from tests.conftest import Aws

from pressmark.errors import ArchiveError, PermanentError
from pressmark.http import hosts
from pressmark.http.guard import Guard
from pressmark.http.hosts import HostLists, Hosts, read_list
from pressmark.settings import Settings

SETTINGS = Settings(bucket="b", table="t", state_table="s")


def put(aws: Aws, name: str, text: str | bytes) -> None:
    body = text.encode() if isinstance(text, str) else text
    aws.client("s3").put_object(Bucket=aws.bucket, Key=f"config/{name}", Body=body)


def lists(aws: Aws, clock: Clock, **changes: Any) -> HostLists:
    return HostLists(replace(SETTINGS, bucket=aws.bucket, **changes), aws.client("s3"), clock.monotonic)


def test_a_host_is_listed_with_its_subdomains_and_nothing_that_only_ends_alike() -> None:
    listed = Hosts(["News.example.", "*.press.example", ".dot.example", "127.0.0.1", "::1"])

    for host in ("news.example", "a.b.NEWS.example.", "press.example", "x.dot.example", "127.0.0.1", "[::1]"):
        assert host in listed
    for host in ("badnews.example", "example", "news.example.org", "1.127.0.0.2", ""):
        assert host not in listed


def test_looking_a_host_up_takes_a_step_a_label_however_long_the_list() -> None:
    listed = Hosts(f"host{number}.example" for number in range(10_000))
    listed.names = CountingSet(listed.names)  # type: ignore[assignment]

    assert "a.b.host9999.example" in listed
    assert "a.b.c.d.example" not in listed
    assert listed.names.asked == 3 + 5  # type: ignore[attr-defined]


class CountingSet(frozenset[str]):
    asked = 0

    def __contains__(self, name: object) -> bool:
        CountingSet.asked += 1
        return super().__contains__(name)


def test_a_list_may_name_hosts_as_people_write_them() -> None:
    listed = read_list(
        "\ufeff# ours\nbücher.example\n\n  *.Wild.example  # all of it\r\nｗｉｄｅ.example\n127.1\n[::1]\n.dot.example"
    )

    assert len(listed) == 6
    for host in (
        "xn--bcher-kva.example",
        "a.wild.example",
        "wide.example",
        "127.0.0.1",
        "::1",
        "dot.example",
    ):
        assert host in listed


@pytest.mark.parametrize(
    "line", ["http://a.example", "a.example/b", "a.example:80", "a b", "*", "me@a.example", "a,b"]
)
def test_a_line_that_would_match_nothing_is_an_error_that_names_it(line: str) -> None:
    with pytest.raises(ValueError, match=r"line 3: .*not"):
        read_list(f"good.example\n# comment\n{line}\n")


@pytest.mark.parametrize("line", ["a." * 130 + "example", "x" * 5000, "é" * 5000, "a/" * 5000], ids=len)
def test_a_line_too_long_for_a_host_is_an_error_that_is_short(line: str) -> None:
    with pytest.raises(ValueError, match="not") as caught:
        read_list(line)
    assert len(str(caught.value)) < 300


def test_the_longest_name_may_be_listed_with_its_dots_and_asterisk() -> None:
    name = "a." * 123 + "example"
    assert len(name) == 253
    assert name in read_list(f"*.{name}.")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "line", ["a.example", "é.example", "", "# none"], ids=["ascii", "idn", "blank", "comment"]
)
def test_a_list_with_more_lines_than_documented_is_refused_whole(
    monkeypatch: pytest.MonkeyPatch, line: str, end: str
) -> None:
    monkeypatch.setattr(hosts, "MAX_LINES", 1000)
    read_list("b.example\n" + (line + end) * 999)

    with pytest.raises(ValueError, match="more than 1,000 lines"):
        read_list("b.example\n" + (line + end) * 1000)


def test_ten_thousand_hosts_in_the_bucket_decide_like_a_short_list(aws: Aws) -> None:
    put(aws, "allow.txt", "\n".join(f"host{number}.example" for number in range(10_000)))
    put(aws, "deny.txt", "bad.host7.example")
    both = lists(aws, Clock(), allow_hosts=("@config/allow.txt",), deny_hosts=("@config/deny.txt",))
    both.refresh()
    guard = Guard(SETTINGS, both)

    guard.check_name("https", "www.host7.example", 443)
    for host in ("other.example", "bad.host7.example"):
        with pytest.raises(PermanentError, match="blocked-url"):
            guard.check_name("https", host, 443)


def test_a_list_is_asked_for_again_after_a_minute_and_read_only_where_it_changed(aws: Aws) -> None:
    put(aws, "deny.txt", "one.example")
    clock, asked = Clock(), []
    denied = lists(aws, clock, deny_hosts=("@config/deny.txt",))
    events = aws.client("s3").meta.events
    note = lambda parsed, **_: asked.append(parsed["ResponseMetadata"]["HTTPStatusCode"])  # noqa: E731
    events.register("after-call.s3.GetObject", note)
    try:
        denied.refresh()
        denied.refresh()
        clock.go(hosts.REFRESH_SECONDS)
        denied.refresh()
        put(aws, "deny.txt", "two.example")
        assert denied.refusal("one.example")
        clock.go(hosts.REFRESH_SECONDS)
        denied.refresh()
    finally:
        events.unregister("after-call.s3.GetObject", note)

    assert asked == [200, 304, 200]
    assert denied.refusal("one.example") is None
    assert denied.refusal("two.example") == "two.example is on the list of denied hosts"


def test_an_empty_list_of_allowed_hosts_allows_none(aws: Aws) -> None:
    put(aws, "allow.txt", "# nobody yet\n")
    allowed = lists(aws, Clock(), allow_hosts=("@config/allow.txt",))
    allowed.refresh()

    assert allowed.refusal("a.example") == "a.example is not on the list of allowed hosts"


@pytest.mark.parametrize("setting", ["allow_hosts", "deny_hosts"])
def test_a_list_that_was_not_read_lets_nothing_through(aws: Aws, setting: str) -> None:
    listed = lists(aws, Clock(), **{setting: ("@config/gone.txt",)})

    with pytest.raises(ArchiveError, match="not read"):
        listed.refusal("a.example")
    with pytest.raises(ArchiveError, match=r"config/gone\.txt.*NoSuchKey"):
        listed.refresh()
    with pytest.raises(ArchiveError, match="not read"):
        Guard(SETTINGS, listed).check_name("https", "a.example", 443)


@pytest.mark.parametrize(
    "body", [b"a.example\n\xff\n", b"good.example\nno host\n", b"x" * 100, b"a.example\n" * 6]
)
def test_a_list_that_was_good_and_is_so_no_more_lets_nothing_through(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    monkeypatch.setattr(hosts, "MAX_BYTES", 90)
    monkeypatch.setattr(hosts, "MAX_LINES", 5)
    clock = Clock()
    put(aws, "allow.txt", "a.example")
    allowed = lists(aws, clock, allow_hosts=("@config/allow.txt",))
    allowed.refresh()
    assert allowed.refusal("a.example") is None

    put(aws, "allow.txt", body)
    clock.go(hosts.REFRESH_SECONDS)
    for _ in range(2):  # not only the first time
        with pytest.raises(ArchiveError, match=r"config/allow\.txt"):
            allowed.refresh()
        with pytest.raises(ArchiveError):
            allowed.refusal("a.example")

    put(aws, "allow.txt", "b.example")
    allowed.refresh()
    assert allowed.refusal("b.example") is None
