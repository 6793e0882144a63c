"""Cold start of the built function behind the Runtime Interface Emulator, and of a handler with its clients alone.

usage: python -m bench.cold [ROUNDS], after `make build` and `make tools`; prints one JSON object. The time is that of
the first invocation, with no messages: the interpreter's start and the imports. ``source`` is the same package
without the byte code that the build put into it: each module is compiled at each cold start, as nothing can be
written to a package on Lambda.
"""

import json
import os
import platform
import py_compile
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.servers import free_port, running

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / ".aws-sam" / "build" / "CaptureFunction"
TOOLS = ROOT / ".tools"

BASELINE = """
import boto3
from botocore.config import Config
session, config = boto3.Session(), Config(connect_timeout=2, read_timeout=5)
clients = [session.client(name, config=config) for name in ("s3", "dynamodb", "sqs")]
def lambda_handler(event, context):
    return {"batchItemFailures": []}
"""

ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_LAMBDA_FUNCTION_TIMEOUT": "120",
    "PRESSMARK_BUCKET": "bucket",
    "PRESSMARK_TABLE": "table",
    "PRESSMARK_STATE_TABLE": "state",
    "PRESSMARK_QUEUE_URL": "http://127.0.0.1:1/queue",
    "PRESSMARK_DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/dead",
    "POWERTOOLS_SERVICE_NAME": "pressmark",
    "POWERTOOLS_METRICS_NAMESPACE": "Pressmark",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first invocation of a function. answer: what its answer must have. environment: variables of its own."""

    event: Any
    answer: dict[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)


NO_MESSAGES = First(event={"Records": []}, answer={"batchItemFailures": []})


def first_answer(package: Path, handler: str, path: str, first: First) -> float:
    """Return milliseconds from the first invocation's request to its answer, in a new process. path: PYTHONPATH."""
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    (emulator,) = (TOOLS / "sam" / "lib").glob(
        f"python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture}"
    )
    port = free_port()
    command = [
        *(emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
        *(TOOLS / "emulator" / "bin" / "python", "-S", "-m", "awslambdaric", handler),
    ]
    environment = {**os.environ, **ENVIRONMENT, **first.environment, "PYTHONPATH": path}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(command, port, cwd=package, env=environment, **quiet):
        began = time.perf_counter()
        url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        asked = urllib.request.Request(url, data=json.dumps(first.event).encode())
        with urllib.request.urlopen(asked, timeout=60) as answer:
            told = json.load(answer)
            assert told | first.answer == told
        return 1000 * (time.perf_counter() - began)


def runtime_in(folder: Path) -> Path:
    """Return a new folder with the runtime interface client alone, as Lambda has it outside of the package."""
    (environment,) = (TOOLS / "emulator" / "lib").glob("python3*/site-packages")
    runtime = folder / "runtime"
    runtime.mkdir()
    for name in ("awslambdaric", "runtime_client*", "simplejson", "snapshot_restore_py*"):
        for path in environment.glob(name):
            (runtime / path.name).symlink_to(path)
    return runtime


def measure(rounds: int) -> dict[str, float]:
    """Return medians of ``rounds`` cold starts each, in turn. Raises SystemExit if nothing is built."""
    if not BUILT.is_dir():
        raise SystemExit("nothing is built: make build")
    with tempfile.TemporaryDirectory() as folder:
        path = str(runtime_in(Path(folder)))
        built, source = (Path(folder) / name for name in ("built", "source"))
        shutil.copytree(BUILT, built)
        shutil.copytree(BUILT, source, ignore=shutil.ignore_patterns("__pycache__"))
        for package in (built, source):
            (package / "baseline.py").write_text(BASELINE)
        py_compile.compile(str(built / "baseline.py"))
        cases = {
            "ours": (built, "handler.app.lambda_handler"),
            "baseline": (built, "baseline.lambda_handler"),
            "ours_source": (source, "handler.app.lambda_handler"),
            "baseline_source": (source, "baseline.lambda_handler"),
        }
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, (package, handler) in cases.items():
                times[name].append(first_answer(package, handler, path, NO_MESSAGES))
    return {name: statistics.median(found) for name, found in times.items()}


def package_bytes() -> int:
    """Return the size of the built package, unzipped."""
    return sum(path.stat().st_size for path in BUILT.rglob("*") if path.is_file())


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5)))
