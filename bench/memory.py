"""How much memory another process takes."""

import contextlib
import threading
import time
from pathlib import Path


class Memory(threading.Thread):
    """The most memory that a process had in RAM, looked up while it runs (rusage begins with the parent's)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self.bytes = 0

    def run(self) -> None:
        """Look until it is gone."""
        with contextlib.suppress(OSError, StopIteration):
            while True:
                line = next(
                    each for each in self._status.read_text().splitlines() if each.startswith("VmHWM")
                )
                self.bytes = int(line.split()[1]) * 1024
                time.sleep(0.05)
