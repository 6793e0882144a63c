"""Programs that tests fork are as if they were started, and what happens to one is not taken for the next one's."""

import json
from pathlib import Path

import pytest
from tests.cli import forks


def _the_next_ones_end_as_they_end() -> bool:
    return [forks.run(f"raise SystemExit({code})").returncode for code in (5, 0)] == [5, 0]


TOLD = """
import json, os, sys
print(json.dumps([os.getcwd(), sys.argv, dict(os.environ), sys.stdin.read(), sorted(os.listdir("/proc/self/fd"))]))
"""


def test_a_program_has_its_folder_arguments_and_variables_and_no_descriptor_of_another(
    tmp_path: Path,
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with forks.started("import signal; signal.pause()", streams=[0, 1, 2]):
        done = forks.run(TOLD, "one", 2, cwd=place, env={"THREE": "3"})
    folder, arguments, variables, given, descriptors = json.loads(done.stdout)
    assert (folder, arguments, variables, given) == (str(place), ["-c", "one", "2"], {"THREE": "3"}, "")
    assert descriptors == ["0", "1", "2", "3"]  # the fourth is of the list itself


def test_a_program_that_writes_no_text_fails_alone() -> None:
    with pytest.raises(UnicodeDecodeError):
        forks.run("import sys; sys.stdout.buffer.write(b'\\xff'); sys.exit(3)")
    assert _the_next_ones_end_as_they_end()


@pytest.mark.parametrize("before", ["", "import os; os.close(1); os.close(2)"])
def test_a_program_that_hangs_is_killed(before: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(forks, "LIMIT", 0.1)
        with pytest.raises(TimeoutError):
            forks.run(f"{before}\nimport signal; signal.pause()")
    assert _the_next_ones_end_as_they_end()


def test_a_dead_forking_process_is_no_success_and_is_replaced() -> None:
    with pytest.raises(ChildProcessError):
        forks.run("import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    assert _the_next_ones_end_as_they_end()
