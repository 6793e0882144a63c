"""The access function: its cold start, next to that of a handler with the same clients, and the CPU of its answers.

usage: python -m bench.access [ROUNDS], after `make build` and `make tools`; prints one JSON object. Cold starts are
measured in turn, as bench.cold does; the first request asks for the style sheet, so that AWS has no part in it.
Processor time is that of the thread that answers; the embedded AWS works in others.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from tests.access.asking import event
from tests.factories import NOON, article_html, fill, make_capture

from bench.cold import BUILT, First, first_answer, runtime_in
from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Scope, make
from pressmark.access.keys.keyfile import BucketKeyFile
from pressmark.local import stack as stacks
from pressmark.local.account import CREDENTIALS
from pressmark.local.context import Context
from pressmark.local.server import EmbeddedAws

LIBRARIES = BUILT.with_name("AccessLibraries") / "python"

PAGE = "https://example.com/news/1"

BODY_BYTES = 70_000

BASELINE = """
from botocore.config import Config
import botocore.session
config = Config(connect_timeout=2, read_timeout=10)
session = botocore.session.get_session()
clients = [session.create_client(name, config=config) for name in ("s3", "dynamodb", "sqs")]
def lambda_handler(event, context):
    return {"statusCode": 200}
"""


def cold(rounds: int) -> dict[str, float]:
    """Return medians of cold starts, in turn, and the median of their ratios. Raises SystemExit if nothing is built."""
    if not LIBRARIES.is_dir():
        raise SystemExit("nothing is built: make build")
    asked = First(
        event=event("/static/style.css"), answer={"statusCode": 200}, environment={"ACCESS_SECRET": "s" * 32}
    )
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package"
        shutil.copytree(BUILT, package)
        (package / "baseline.py").write_text(BASELINE)
        path = f"{runtime_in(Path(folder))}:{LIBRARIES}"
        pairs = [
            (
                first_answer(package, "handler.access.lambda_handler", path, asked),
                first_answer(package, "baseline.lambda_handler", path, asked),
            )
            for _ in range(rounds)
        ]
    return {
        "access": statistics.median(ours for ours, _ in pairs),
        "baseline": statistics.median(theirs for _, theirs in pairs),
        "ratio": statistics.median(ours / theirs for ours, theirs in pairs),
    }


def processor(rounds: int) -> dict[str, float]:
    """Return medians of the milliseconds of processor time of warm answers."""
    text = "\n".join(f"The ferry left at {number} and came back in the fog." for number in range(1_300))
    html = article_html("The ferry is late", text=text)[:BODY_BYTES]
    with EmbeddedAws() as aws:
        stack = stacks.create(aws)
        captures = [make_capture(PAGE, at=NOON + timedelta(hours=hour), html=html) for hour in range(100)]
        fill(_Filled(aws, stack), captures)
        os.environ |= {
            **stack.process_environment(),
            **CREDENTIALS,
            "ACCESS_READ": "public",
            "ACCESS_SECRET": "s" * 32,
        }
        from handler.access import lambda_handler

        made = make("bench", scopes=Scope, daily_limit=100_000, at=NOON)
        keyfile.add(BucketKeyFile(aws.client("s3"), stack.bucket), made)
        low = {"authorization": f"LOW {made.key.id}:{made.secret}"}
        numbers = count()

        def save() -> dict[str, Any]:
            url = f"url=https://example.com/new/{next(numbers)}"
            return event("/save", method="POST", body=url, headers=low)

        asked: dict[str, Callable[[], dict[str, Any]]] = {
            "cdx_100_lines": lambda: event("/cdx/search/cdx", f"url={PAGE}"),
            "url_page": lambda: event("/page", f"url={PAGE}", headers={"accept": "text/html"}),
            "memento_70_kb": lambda: event(f"/web/20261123200000id_/{PAGE}"),
            "save": save,
        }
        context = Context("access", 60.0)
        return {
            name: _median(lambda each=each: lambda_handler(each(), context), rounds)  # type: ignore[misc]
            for name, each in asked.items()
        }


def _median(answer: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds + 3):
        began = time.thread_time()
        assert answer()["statusCode"] in (200, 302)
        times.append(1000 * (time.thread_time() - began))
    return statistics.median(times[3:])


class _Filled:
    """What :func:`tests.factories.fill` needs of a stack."""

    def __init__(self, aws: EmbeddedAws, stack: stacks.Stack) -> None:
        self.client = aws.client
        self.bucket, self.table = stack.bucket, stack.table


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    print(json.dumps({"cold": cold(wanted), "cpu_ms": processor(5 * wanted)}))
