"""What is written as JSON holds no number that JSON does not have; reasons have a documented length."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories import fill_folder, make_capture

import pressmark
from pressmark import json_text
from pressmark.archive import content
from pressmark.cli import root
from pressmark.cli.console import json_line
from pressmark.crawl.reports import Report
from pressmark.errors import MAX_REASON, MessageError, PermanentError
from pressmark.export.tables import jsonl, parquet
from pressmark.export.wacz import page_line
from pressmark.queues.capture import REASON_ATTRIBUTE, Queue
from pressmark.queues.message import Delivery, parse

ODD = {"a": float("nan"), "b": [float("inf"), {"c": -float("inf")}], "d": 1.5, "e": "NaN"}
WITHOUT = {"a": None, "b": [None, {"c": None}], "d": 1.5, "e": "NaN"}

_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.floats(), inner, max_size=3)
    ),
    max_leaves=10,
)


def strict(text: str) -> Any:
    """Read JSON as RFC 8259 has it."""

    def refuse(name: str) -> NoReturn:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.slow
@settings(deadline=None)
@given(_VALUES)
def test_any_value_is_written_as_json_that_every_reader_takes(value: Any) -> None:
    strict(json_text.dumps(value))


def test_every_line_of_json_is_without_nan(tmp_path: Path) -> None:
    assert strict(json_line(ODD)) == WITHOUT
    assert strict(next(jsonl([ODD]))) == WITHOUT
    assert strict(page_line(ODD).decode()) == WITHOUT
    assert parquet([{"url": "https://example.com/", "words": float("nan")}], tmp_path / "x.parquet") == 1


def test_get_metadata_is_json_whatever_the_record_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_folder(tmp_path, [make_capture("https://example.com/")])
    monkeypatch.setattr(content, "facts", lambda *_: (ODD, ""))
    done = CliRunner().invoke(
        root.cli, ["get", "https://example.com/", "--metadata", "--archive", str(tmp_path)]
    )
    assert strict(done.stdout) == WITHOUT


def test_what_is_printed_or_archived_is_written_by_the_one_that_knows() -> None:
    """json.dumps is left to what goes from process to process, holds only texts, or is read by Python again."""
    source = Path(pressmark.__file__).parents[1]
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if "json.dumps(" in path.read_text() and path.name != "json_text.py"
    }
    assert found == {
        "pressmark/access/clients.py",
        "pressmark/archive/folder_index.py",
        "pressmark/archive/rows.py",
        "pressmark/archive/tombstones.py",
        "pressmark/upkeep/unfinished.py",
        "pressmark/cli/commands/watch.py",
        "pressmark/queues/deadletters.py",
        "pressmark/queues/jobs.py",
        "pressmark/export/cdx.py",
        "pressmark/export/merge.py",
        "pressmark/local/environment.py",
        "pressmark/local/loop.py",
        "pressmark/local/mapping.py",
        "pressmark/local/serve.py",
        "pressmark/local/stack.py",
        "pressmark/queues/push.py",
        "pressmark/reading/process.py",
        "pressmark/replay/page.py",
        "pressmark/replay/pywb.py",
        "pressmark/warc/stated.py",
        "pressmark/queues/schedules.py",
        "pressmark/queues/runs.py",
    }


HUGE = "x" * 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        HUGE,
        "{" + HUGE,
        json.dumps({"url": HUGE}),
        json.dumps({"url": "http://" + HUGE}),
        json.dumps({"url": "http://example.com/", HUGE: 1}),
        json.dumps({"url": "http://example.com/"} | {f"\x01{number}" * 300: 1 for number in range(100)}),
        json.dumps({"url": "http://example.com/", "if_not_archived_within": HUGE}),
        json.dumps({"url": "http://example.com/", "capture_all": [HUGE]}),
        json.dumps({"url": "http://example.com/", "tags": [HUGE]}),
        json.dumps({"url": "http://example.com/", "tags": ["\x01" * 1000]}),
        json.dumps({"url": "http://example.com/", "note": HUGE}),
        json.dumps({"detail-type": HUGE, "detail": HUGE}),
        json.dumps({"Type": "Notification", "Message": "{" + HUGE}),
        f"http://[{HUGE}]/",
        f"http://{HUGE}@{HUGE}:{'9' * 5000}/",
        "[" * 100_000,
    ],
    ids=lambda body: body[:40],
)
def test_the_reason_why_a_message_is_refused_is_short_whatever_it_holds(body: str) -> None:
    with pytest.raises(MessageError) as refused:
        parse(body)
    assert max(len(refused.value.reason), len(str(refused.value))) <= MAX_REASON


@pytest.mark.parametrize("outcome", ["rejected", "error", "failed", "skipped", "postponed", "retry"])
def test_a_log_line_holds_no_long_reason(outcome: Any) -> None:
    report = Report(Delivery("i", HUGE, "m"), outcome, code="store-error", reason=HUGE)
    assert len(json.dumps(report.line())) < MAX_REASON + 500


class _Sqs:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("reason", [HUGE, "\x01" * 1000, "ü" * 5000, "\U0001f600" * 5000])
def test_a_dead_letters_reason_is_short_where_its_characters_are_escaped_too(reason: str) -> None:
    sqs = _Sqs()
    Queue(sqs, "q", "dead").give_up(Delivery("i", "body", "m"), "bad-request", reason)  # type: ignore[arg-type]
    (message,) = sqs.sent
    said = message["MessageAttributes"][REASON_ATTRIBUTE]["StringValue"]
    assert 0 < len(said) <= MAX_REASON


def test_a_failures_reason_is_short() -> None:
    assert len(PermanentError("x", HUGE).reason) == MAX_REASON
