"""The line that tells a page's story in the log."""

import re

from pressmark.crawl.reports import GROUPS, Report
from pressmark.local.template import ROOT
from pressmark.queues.message import Delivery

DELIVERY = Delivery(id="id", body="https://a.example/", message_id="m", receipt_handle="r")
USUAL = {
    "status": 200,
    "mime": "text/html",
    "robots": "allowed",
    "bytes": 7,
    "title": "A title",
    "hops": None,
}


def report(**facts: object) -> Report:
    return Report(
        DELIVERY, "archived", "https://a.example/", facts={**USUAL, **facts}, ms={"fetch": 12.4, "warc": 0.3}
    )


def test_a_line_holds_what_was_and_neither_what_was_not_nor_what_goes_without_saying() -> None:
    assert report().line() == {
        "outcome": "archived",
        "url": "https://a.example/",
        "message_id": "m",
        "status": 200,
        "bytes": 7,
        "ms": {"fetch": 12},
    }


def test_what_is_unusual_is_said() -> None:
    line = report(mime="text/plain", robots="disallowed", hops=2).line()
    assert (line["mime"], line["robots"], line["hops"]) == ("text/plain", "disallowed", 2)


def test_nothing_received_is_said_as_zero_bytes() -> None:
    assert report(bytes=0).line()["bytes"] == 0


def test_a_further_try_is_counted() -> None:
    again = Delivery(id="id", body="", message_id="m", receipt_handle="r", receive_count=2, earlier_tries=3)
    assert Report(again).line()["tries"] == again.tries > 1


def test_every_code_of_the_documentation_has_one_group_and_is_documented_in_it() -> None:
    before, metric = (ROOT / "docs" / "failures.md").read_text("utf-8").split("## Failures as a metric")
    listed = {
        code for line in before.splitlines() for code in re.findall(r"^\|(?: [^|]*\|)? `([a-z0-9-]+)`", line)
    }
    groups = {
        name: set(re.findall(r"`([a-z0-9-]+)`", codes))
        for name, codes in re.findall(r"^\| `(\w+)` \|[^|]*\|(.*)\|$", metric, re.MULTILINE)
    }

    def group(code: str) -> str:
        return Report(DELIVERY, code=code).group

    assert len(listed) > 20
    for code in listed | {code for codes in groups.values() for code in codes}:
        assert [name for name, codes in groups.items() if code in codes] == [group(code)]
    assert set(groups) == {*GROUPS, "ours"}
    assert Report(DELIVERY, outcome="rejected", code="bad-request").group == "refused"
    assert Report(DELIVERY).group == "ours"
