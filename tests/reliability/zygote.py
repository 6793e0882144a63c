"""A process that has loaded the handler and forks the processes of the function, which may be killed half way.

Run as a program: one JSON job a line on standard input, one JSON answer a line on the descriptor given.
A child takes the jobs until it is killed or gets ``null``, as Lambda keeps a process warm. It counts its boundaries:
each request to AWS before it is sent and after it is answered, each write to a file, and the moment before the
handler's answer. At the one asked for it sends itself SIGKILL.

A job may be a rehearsal: this process does it itself, so that what botocore, lxml and others work out once a process is
worked out in all that are forked later. They share nothing else with it: each makes a service of its own.
"""

import gc
import itertools
import json
import os
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

WRITE = tempfile.SpooledTemporaryFile.write


class Boundaries:
    """Counts those of an invocation, and kills this process at number ``fatal`` (0: never)."""

    def __init__(self) -> None:
        self.fatal = 0
        self.names: list[str] = []
        self._lock = threading.Lock()

    def cross(self, name: str) -> None:
        with self._lock:
            self.names.append(name)
            if len(self.names) == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self, aws: str) -> None:
        """Stand between the process and everything that outlives it, or could. aws: where AWS is asked."""
        from botocore.httpsession import URLLib3Session
        from tests.short_way import Asking

        asking = Asking(aws)

        def counted_send(_session: Any, request: Any) -> Any:
            target = request.headers.get("X-Amz-Target")
            name = (target.decode() if isinstance(target, bytes) else target) or f"{request.method} S3"
            self.cross(f"before {name}")
            response = asking.send(request)
            self.cross(f"after {name}")
            return response

        URLLib3Session.send = counted_send

        def counted_write(file: Any, *data: Any) -> Any:
            self.cross("write")
            return WRITE(file, *data)

        tempfile.SpooledTemporaryFile.write = counted_write


class Process:
    """In the child: the function of a deployment, with a clock that each job sets ahead."""

    def __init__(self, answers: int, aws: str, variables: dict[str, str]) -> None:
        from tests.reliability import poisoned

        import handler.app as app
        from pressmark.clock import Outside
        from pressmark.crawl.service import Service
        from pressmark.settings import Settings

        os.environ.update(variables)  # the handler reads some of them by itself
        self._answers, self._ahead = answers, timedelta()
        app.service = Service(
            Settings.from_environment(variables),
            app.service.clients,
            outside=Outside(now=lambda: datetime.now(UTC) + self._ahead),
            reader=poisoned.Deadly(),
        )
        self._boundaries = Boundaries()
        self._boundaries.install(aws)

    def invoke(self, job: dict[str, Any]) -> None:
        """One invocation, and what it answers."""
        import handler.app as app
        from pressmark.local.context import Context

        self._ahead = timedelta(seconds=job.get("ahead", 0))
        boundaries = self._boundaries
        boundaries.names, boundaries.fatal = [], job.get("kill_at", 0)
        result = app.lambda_handler(job["event"], Context("capture", job.get("timeout", 120.0)))
        boundaries.cross("answer")
        answer = {"result": result, "boundaries": boundaries.names, "process": os.getpid()}
        os.write(self._answers, json.dumps(answer).encode() + b"\n")


def main(answers: int, aws: str) -> None:
    """Serve jobs until standard input ends."""
    from tests import quick_botocore, short_way
    from tests.reliability import poisoned

    with quick_botocore.quick():
        import handler.app
    import pressmark.article
    import pressmark.local.context

    # Clients, their service descriptions and whatever a child would import are there once; each child opens
    # connections of its own.
    assert handler.app.service
    assert poisoned
    assert short_way
    assert pressmark.article
    assert pressmark.local.context
    gc.collect()
    gc.freeze()  # or a child's first collection would copy all of it
    jobs = map(json.loads, sys.stdin)
    for job in filter(None, jobs):
        if job.get("rehearsal"):
            Process(answers, aws, job["variables"]).invoke(job)
            gc.freeze()
            continue
        child = os.fork()
        if child == 0:
            code = 1
            try:
                process = Process(answers, aws, job["variables"])
                for each in itertools.takewhile(bool, itertools.chain((job,), jobs)):
                    process.invoke(each)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        os.write(answers, json.dumps({"killed": killed, "status": status}).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
