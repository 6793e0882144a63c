"""Execution environments: processes that hold the handler warm, as Lambda keeps them.

One environment serves one invocation at a time; a second one is started only when all are busy. A process
that overruns its timeout is killed, as Lambda does, and its messages stay on the queue.

The parent writes events as JSON lines to the child's standard input; the child answers on a pipe of its own,
because standard output belongs to the handler's log.
"""

import importlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pressmark.local.context import Context
from pressmark.local.mapping import InvocationError

SOURCE = Path(__file__).parents[2]

NOT_PASSED_ON = ("PRESSMARK_", "POWERTOOLS_", "AWS_", "LOG_LEVEL")
"""How the names of variables begin that a function's process must not inherit from the caller's shell."""


class _Environment:
    """One child process."""

    def __init__(
        self, handler: str, variables: Mapping[str, str], path: str, on_line: Callable[[str], None]
    ) -> None:
        answers, child_end = os.pipe()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_PASSED_ON)}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a module of ours
            [sys.executable, "-m", "pressmark.local.environment", handler, str(child_end)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[child_end],
            process_group=0,  # Ctrl-C then reaches only the parent, which ends this process in good order
            env={**inherited, **variables, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        os.close(child_end)
        self._answers = os.fdopen(answers, encoding="utf-8")
        self._on_line = on_line
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()

    def _read_log(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        for line in self._process.stdout:
            self._on_line(line.rstrip("\n"))

    def invoke(self, event: dict[str, Any], function_name: str, timeout: float) -> Any:
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        started = time.monotonic()
        killer = threading.Timer(timeout, self._process.kill)
        killer.start()
        try:
            call = {"event": event, "function_name": function_name, "timeout": timeout}
            self._process.stdin.write(json.dumps(call) + "\n")
            self._process.stdin.flush()
            line = self._answers.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timed_out = time.monotonic() - started >= timeout
            killer.cancel()
        if not line:
            self.close()
            raise InvocationError(
                f"ended after its timeout of {timeout:g} s" if timed_out else "the function's process died"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise InvocationError(answer["error"])
        return answer["result"]

    def kill(self) -> None:
        """End the process, whatever it is doing; its invocation fails."""
        self._process.kill()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._answers):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # what was still buffered for a dead process


class Environments:
    """A function: hands each event to a free environment, and starts one if none is free.

    handler: dotted name, as in template.yaml. variables: the function's environment. on_line: gets every line
    that the handler prints or logs. path: folders to import the handler from.
    """

    def __init__(
        self,
        handler: str,
        variables: Mapping[str, str],
        *,
        function_name: str,
        timeout: float,
        on_line: Callable[[str], None] = lambda _line: None,
        path: Sequence[Path] = (SOURCE,),
    ) -> None:
        self._handler = handler
        self._variables = variables
        self._function_name = function_name
        self._timeout = timeout
        self._on_line = on_line
        self._path = os.pathsep.join(map(str, dict.fromkeys((*path, SOURCE))))
        self._idle: queue.SimpleQueue[_Environment] = queue.SimpleQueue()
        self._busy: set[_Environment] = set()
        self._lock = threading.Lock()
        self._ended = False

    def __call__(self, event: dict[str, Any], /) -> Any:
        """Invoke; raises InvocationError when the handler raised, was too slow, or its process died."""
        with self._lock:
            if self._ended:
                raise InvocationError("the function was ended")
            try:
                environment = self._idle.get_nowait()
            except queue.Empty:
                environment = _Environment(self._handler, self._variables, self._path, self._on_line)
            self._busy.add(environment)
        try:
            return environment.invoke(event, self._function_name, self._timeout)
        finally:
            with self._lock:
                self._busy.discard(environment)
                if environment.alive:
                    self._idle.put(environment)

    def kill(self) -> None:
        """End the environments that are at work, and start no more; their invocations fail."""
        with self._lock:
            self._ended = True
            for environment in self._busy:
                environment.kill()

    def close(self) -> None:
        """End all environments, which must be idle."""
        while not self._idle.empty():
            self._idle.get().close()


def _serve(handler_name: str, answers: int) -> None:
    """Run in the child: import the handler once, then answer one event after the other."""
    module, _, name = handler_name.rpartition(".")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a real stream here
    handler = None
    with os.fdopen(answers, "w", encoding="utf-8") as out:
        for line in sys.stdin:
            call = json.loads(line)
            context = Context(call["function_name"], call["timeout"])
            started = time.monotonic()
            try:
                if handler is None:
                    handler = getattr(importlib.import_module(module), name)
                answer = {"result": handler(call["event"], context)}
                text = json.dumps(answer)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is the invocation's error
                traceback.print_exc()
                text = json.dumps({"error": f"{type(error).__name__}: {error}"})
            ended = {"invocation": context.aws_request_id, "ms": round((time.monotonic() - started) * 1000)}
            print(json.dumps(ended))
            out.write(text + "\n")
            out.flush()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
