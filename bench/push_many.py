"""A file of 100,000 URLs pushed to the queue: time, requests, memory; in one go, and interrupted and pushed again.

usage: python -m bench.push_many [--urls 100000] [--runs whole,interrupted,killed]

The queue is ministack's (make tools), `pressmark push --file` runs as a process of its own. What is on the queue in the
end is compared with the file, message by message.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from bench.memory import Memory
from bench.servers import free_port, running
from bench.tables import table
from pressmark.local.account import CREDENTIALS

MINISTACK = Path(__file__).resolve().parent.parent / ".tools" / "emulator" / "bin" / "ministack"
SIGNALS = {"whole": None, "interrupted": signal.SIGINT, "killed": signal.SIGKILL}
QUEUES = tuple(SIGNALS)


@contextlib.contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run ministack, which writes its state into a folder when it ends; yield its endpoint."""
    port = free_port()
    environment = {
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ["PATH"],
    }
    with (
        (folder / "log").open("wb") as log,
        running([MINISTACK], port, cwd=folder, env=environment, stdout=log, stderr=log),
    ):
        yield f"http://127.0.0.1:{port}"


def sent(client: Any, queue: str) -> int:
    """Return how many messages are on a queue."""
    answer = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def push(file: Path, environment: dict[str, str], stop: tuple[Any, signal.Signals] | None) -> dict[str, Any]:
    """Run the command on a file; return what it took. stop: a function that says when to stop it, and the signal."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pressmark.cli", "push", "--file", str(file)],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    memory = Memory(process.pid)
    memory.start()
    while stop and process.poll() is None:
        if stop[0]():
            process.send_signal(stop[1])
            break
        time.sleep(0.2)
    assert process.stderr
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": time.monotonic() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": memory.bytes,
        "code": process.returncode,
        "said": said.strip(),
    }


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=100_000)
    parser.add_argument("--runs", default=",".join(QUEUES), help="which of them")
    given = parser.parse_args()
    count, names = given.urls, given.runs.split(",")
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # in the background it is ignored, and children inherit that
    runs = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        file = folder / "urls.txt"
        file.write_text(
            "".join(
                f"https://www.example.com/news/{n % 300:03d}/article-{n:07d}.html\n" for n in range(count)
            )
        )
        with emulator(folder) as endpoint:
            client = boto3.client(
                "sqs",
                endpoint_url=endpoint,
                region_name=CREDENTIALS["AWS_REGION"],
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )
            for name in names:
                signal_ = SIGNALS[name]
                queue = client.create_queue(QueueName=name)["QueueUrl"]
                environment = {
                    **CREDENTIALS,
                    "AWS_ENDPOINT_URL": endpoint,
                    "PRESSMARK_TABLE": "none",
                    "PRESSMARK_BUCKET": "none",
                    "PRESSMARK_QUEUE_URL": queue,
                }
                half = (lambda queue=queue: sent(client, queue) >= count // 2, signal_) if signal_ else None
                for run in (name, "pushed again") if signal_ else (name,):
                    took = push(file, environment, half if run == name else None)
                    runs.append({"run": run, **took, "messages": sent(client, queue)})
                    print(runs[-1], file=sys.stderr)
        wanted = set(file.read_text().split())
        for name, on_queue in messages(folder).items():
            found = Counter(on_queue)
            print(
                f"{name}: {len(found):,} URLs on the queue, {sum(found.values()) - len(found):,} of them twice, "
                f"{len(wanted - found.keys()):,} not there, {len(found.keys() - wanted):,} that were not in the file"
            )
    head = ("push", "time", "CPU", "memory", "exit code", "messages on the queue")
    print()
    print(
        table(
            head,
            [
                (
                    run["run"],
                    f"{run['seconds']:.0f} s",
                    f"{run['cpu']:.0f} s",
                    f"{run['memory'] / 1e6:.0f} MB",
                    str(run["code"]),
                    f"{run['messages']:,}",
                )
                for run in runs
            ],
        )
    )


def messages(folder: Path) -> dict[str, list[str]]:
    """Return the bodies of the messages on each queue, from the files that the emulator left."""
    state = json.loads((folder / "sqs.json").read_text())["payload"]
    found: dict[str, list[str]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("messages"), list) and value.get("name") in QUEUES:
                found[value["name"]] = [message["body"] for message in value["messages"]]
                return
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    look(state)
    return found


if __name__ == "__main__":
    main()
