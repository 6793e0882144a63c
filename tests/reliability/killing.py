"""Invocations of the handler in processes that may be killed half way."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.short_way import answering

from pressmark.local.environment import NOT_PASSED_ON

ROOT = Path(__file__).parents[2]


class Killed(Exception):  # noqa: N818 - what happened, not what went wrong
    """The function's process was killed."""


class Zygote:
    """The process of tests/reliability/zygote.py. environment: of the function, as its deployment has it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._variables = dict(environment)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_PASSED_ON)}
        answers, child_end = os.pipe()
        self._warm, self._aws = False, contextlib.ExitStack()
        aws = self._aws.enter_context(answering())
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.zygote", str(child_end), aws],
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
        with contextlib.suppress(BrokenPipeError):  # it has died
            self._process.stdin.close()
        self._process.wait(20)
        self._aws.close()
        self._answers.close()
        self._log.close()

    def invoke(self, event: dict[str, Any], *, fresh: bool = False, **job: Any) -> dict[str, Any]:
        """Invoke the handler; raises Killed. Returns ``result``, ``boundaries`` and ``process``, its number.

        As with Lambda in a process that is still there, or else in a fresh one: after a death, where kill_at names the
        boundary to be killed at, and where the caller wants one. rehearsal: in the zygote itself.
        """
        if fresh or job.keys() & {"kill_at", "rehearsal"}:
            self._end()
        answer = self._ask({"event": event, "variables": self._variables, **job})
        self._warm = "result" in answer and "rehearsal" not in job
        if "result" in answer:
            return answer
        if answer["killed"]:
            raise Killed
        self._log.seek(0)
        raise AssertionError(f"the handler's process ended with {answer['status']}:\n{self._log.read()}")

    @property
    def is_alive(self) -> bool:
        """Whether it can still make processes."""
        return self._process.poll() is None

    def deploy(self, environment: Mapping[str, str]) -> None:
        """Have the next processes be of this deployment, in the same AWS."""
        self._end()
        self._variables = dict(environment)

    def _end(self) -> None:
        if self._warm:
            self._ask(None)
        self._warm = False

    def _ask(self, job: dict[str, Any] | None) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        return json.loads(line) if line else {"killed": False, "status": "the zygote died"}
