"""What a local run does when its log cannot be written."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_log_that_cannot_be_written_stops_nothing_and_says_nothing_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "run.log").symlink_to("/dev/full")
    command = [sys.executable, "-m", "pressmark.cli", "local", "run", "--archive", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    assert "Exception ignored" not in done.stderr
    assert list(tmp_path.rglob("*.warc.gz"))
