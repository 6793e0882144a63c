"""Processes that hold a handler, as Lambda's execution environments do."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pressmark.local.environment import Environments
from pressmark.local.mapping import InvocationError

HANDLER = """
import os, sys, time
count = 0
def lambda_handler(event, context):
    global count
    count += 1
    print("working on", event["n"])
    if event["n"] == "raise":
        raise ValueError("not today")
    if event["n"] == "die":
        os._exit(3)
    if event["n"] == "hang":
        time.sleep(60)
    left = context.get_remaining_time_in_millis()
    seen = {name: os.environ.get(name) for name in ("PRESSMARK_X", "AWS_PROFILE", "SHELL_SETTING")}
    return {"count": count, "pid": os.getpid(), "left": left, **seen}
"""


class Lines(list[str]):
    """What was printed. came: set when there is a line."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def append(self, line: str) -> None:
        super().append(line)
        self.came.set()


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def timeout() -> float:
    """Seconds for an invocation, the child's start included: a machine may be busy with something else."""
    return 60.0


@pytest.fixture
def function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: Lines, timeout: float
) -> Iterator[Environments]:
    (tmp_path / "little_handler.py").write_text(HANDLER)
    monkeypatch.setenv("AWS_PROFILE", "the developer's own")
    monkeypatch.setenv("PRESSMARK_X", "the developer's own")
    monkeypatch.setenv("SHELL_SETTING", "kept")
    made = Environments(
        "little_handler.lambda_handler",
        {"PRESSMARK_X": "from the template"},
        function_name="little",
        timeout=timeout,
        on_line=lines.append,
        path=[tmp_path],
    )
    yield made
    made.close()


@pytest.mark.slow
def test_the_process_stays_warm_and_sees_the_functions_variables_only(function: Environments) -> None:
    first, second = function({"n": "1"}), function({"n": "2"})

    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert 0 < first["left"] <= 60_000
    assert first["PRESSMARK_X"] == "from the template"
    assert first["AWS_PROFILE"] is None
    assert first["SHELL_SETTING"] == "kept"


@pytest.mark.slow
def test_what_the_handler_prints_is_its_log_and_not_its_answer(function: Environments, lines: Lines) -> None:
    function({"n": "1"})
    function.close()

    assert "working on 1" in lines


@pytest.mark.slow
def test_an_exception_is_the_invocations_error_and_leaves_the_process_warm(function: Environments) -> None:
    first = function({"n": "1"})
    with pytest.raises(InvocationError, match="ValueError: not today"):
        function({"n": "raise"})

    assert function({"n": "2"})["pid"] == first["pid"]


@pytest.mark.slow
def test_a_process_that_dies_is_replaced(function: Environments) -> None:
    first = function({"n": "1"})
    with pytest.raises(InvocationError, match="died"):
        function({"n": "die"})

    assert function({"n": "2"})["pid"] != first["pid"]


@pytest.mark.slow
@pytest.mark.parametrize("timeout", [0.5])
def test_what_overruns_its_timeout_is_ended(function: Environments) -> None:
    with pytest.raises(InvocationError, match=r"timeout of 0\.5 s"):
        function({"n": "hang"})


@pytest.mark.slow
def test_ctrl_c_is_not_the_functions(function: Environments) -> None:
    assert os.getpgid(function({"n": "1"})["pid"]) != os.getpgid(0)


@pytest.mark.slow
def test_a_killed_function_ends_what_it_is_at_and_begins_no_more(
    function: Environments, lines: Lines
) -> None:
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(function, {"n": "hang"})
        assert lines.came.wait(60)
        function.kill()
        with pytest.raises(InvocationError, match="died"):
            hanging.result(60)

    with pytest.raises(InvocationError, match="was ended"):
        function({"n": "1"})


@pytest.mark.slow
def test_invocations_at_the_same_time_get_processes_of_their_own(function: Environments) -> None:
    function({"n": "1"})
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(function, [{"n": "a"}, {"n": "b"}]))

    assert answers[0]["pid"] != answers[1]["pid"] or answers[0]["count"] != answers[1]["count"]


def test_the_functions_process_imports_neither_the_emulator_nor_boto3() -> None:
    """That would take a fifth of a second of processor time more at each start."""
    code = "import sys, pressmark.local.environment; print({'moto', 'boto3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (b"set()", b"")
