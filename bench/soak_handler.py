"""The real handler in a process where things go wrong: AWS fails, and the process is killed (bench/soak.py)."""

import os
import random
import signal
import threading
from typing import Any

from tests.reliability import poisoned
from tests.reliability.faults import Faults

poisoned.install()  # before the handler makes its service

import handler.app  # noqa: E402

SHARE = float(os.environ.get("SOAK_SHARE", "0.05"))

choose = random.Random()
faults = Faults()
faults.at_random(SHARE, choose)
_rule = faults.rule


def _told(operation: str) -> Any:
    fault = _rule(operation)
    if fault is not None:
        print(f"SOAK fault {operation.removeprefix('before-send.')} {fault.__name__}")
    return fault


faults.rule = _told
faults.watch(handler.app.service.clients)


def _kill() -> None:
    print("SOAK kill", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def lambda_handler(event: Any, context: Any) -> Any:
    """Do as the real handler does; in some invocations, die on the way."""
    faults.asked.clear()
    timer = None
    if choose.random() < SHARE:
        timer = threading.Timer(choose.uniform(0.0, 1.5), _kill)
        timer.start()
    try:
        return handler.app.lambda_handler(event, context)
    finally:
        if timer is not None:
            timer.cancel()
