"""Invocations of the handler in processes that may be killed half way."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pressmark.local.environment import NOT_PASSED_ON

ROOT = Path(__file__).parents[2]


class Killed(Exception):  # noqa: N818 - what happened, not what went wrong
    """The function's process was killed."""


class Zygote:
    """The process of tests/reliability/zygote.py."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_PASSED_ON)}
        answers, child_end = os.pipe()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.zygote", str(child_end)],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[child_end],
            cwd=ROOT,
            env={**inherited, **environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            text=True,
        )
        os.close(child_end)
        self._answers = os.fdopen(answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._answers.close()
        self._log.close()

    def invoke(self, event: dict[str, Any], **job: Any) -> dict[str, Any]:
        """Invoke the handler in a fresh process; raises Killed. Returns ``result`` and ``boundaries``."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"event": event, **job}) + "\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        answer = json.loads(line) if line else {"killed": False, "status": "the zygote died"}
        if "result" in answer:
            return answer
        if answer["killed"]:
            raise Killed
        self._log.seek(0)
        raise AssertionError(f"the handler's process ended with {answer['status']}:\n{self._log.read()}")
