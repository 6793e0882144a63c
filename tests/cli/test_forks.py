"""What happens to one program that tests fork is not taken for what happens to the next."""

import pytest
from tests.cli import forks


def _the_next_ones_end_as_they_end() -> bool:
    return [forks.run(f"raise SystemExit({code})").returncode for code in (5, 0)] == [5, 0]


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
