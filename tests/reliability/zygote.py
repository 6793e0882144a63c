"""A process that has loaded the handler and forks one child an invocation, which may be killed half way.

Run as a program: one JSON job a line on standard input, one JSON answer a line on the descriptor given.
A child counts its boundaries: each request to AWS before it is sent and after it is answered, each write to
a file, and the moment before the handler's answer. At the one asked for it sends itself SIGKILL.
"""

import json
import os
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from typing import Any


class Boundaries:
    """Counts them, and kills this process at number ``fatal`` (0: never)."""

    def __init__(self, fatal: int) -> None:
        self.fatal = fatal
        self.names: list[str] = []
        self._lock = threading.Lock()

    def cross(self, name: str) -> None:
        with self._lock:
            self.names.append(name)
            if len(self.names) == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Stand between the process and everything that outlives it, or could."""
        from botocore.httpsession import URLLib3Session

        send = URLLib3Session.send

        def counted_send(session: Any, request: Any) -> Any:
            target = request.headers.get("X-Amz-Target")
            name = (target.decode() if isinstance(target, bytes) else target) or f"{request.method} S3"
            self.cross(f"before {name}")
            response = send(session, request)
            self.cross(f"after {name}")
            return response

        URLLib3Session.send = counted_send
        write = tempfile.SpooledTemporaryFile.write

        def counted_write(file: Any, *data: Any) -> Any:
            self.cross("write")
            return write(file, *data)

        tempfile.SpooledTemporaryFile.write = counted_write


def invoke(job: dict[str, Any], answers: int) -> None:
    """Run in the child: one invocation, and what it answers."""
    from tests.reliability import poisoned

    import handler.app as app
    from pressmark.clock import Outside
    from pressmark.crawl.service import Service
    from pressmark.local.context import Context

    ahead = timedelta(seconds=job.get("ahead", 0))
    app.service = Service(
        app.service.settings,
        app.service.clients,
        outside=Outside(now=lambda: datetime.now(UTC) + ahead),
        reader=poisoned.Deadly(),
    )
    boundaries = Boundaries(job.get("kill_at", 0))
    boundaries.install()
    context = Context("capture", job.get("timeout", 120.0))
    result = app.lambda_handler(job["event"], context)
    boundaries.cross("answer")
    os.write(answers, json.dumps({"result": result, "boundaries": boundaries.names}).encode() + b"\n")


def main(answers: int) -> None:
    """Serve jobs until standard input ends."""
    from tests.reliability import poisoned

    import handler.app
    import pressmark.article
    import pressmark.local.context

    # Clients, their service descriptions and whatever a child would import are there once; each child opens
    # connections of its own.
    assert handler.app.service
    assert poisoned
    assert pressmark.article
    assert pressmark.local.context
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                invoke(job, answers)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if status:
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            os.write(answers, json.dumps({"killed": killed, "status": status}).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
