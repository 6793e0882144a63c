"""``python -m pressmark.local``: what ``make run``, ``make serve`` and ``make invoke`` start."""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pressmark.cli import exits
from pressmark.cli.terminal import guard_streams, rich_console
from pressmark.errors import PressmarkError, UrlError
from pressmark.local import folder, show, stack
from pressmark.local.run import STACK, Interrupted, load_archive, run, undisturbed
from pressmark.local.server import CREDENTIALS, EmbeddedAws
from pressmark.local.site import Site
from pressmark.local.template import load
from pressmark.urls import clean, loopback_address

ARCHIVE = Path("archive")

BATCH_WINDOW = "1"
"""Seconds: nobody else's messages are worth waiting for here."""

EXPORTED = (
    "PRESSMARK_TABLE",
    "PRESSMARK_BUCKET",
    "PRESSMARK_QUEUE_URL",
    "PRESSMARK_DEAD_LETTER_QUEUE_URL",
    "PRESSMARK_STATE_TABLE",
)
"""Variables of the function that lead the command line to the archive, too (pressmark.cli.target)."""


_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Whichever of them ends ``serve``: what is in its memory alone is saved first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code, see docs/local.md."""
    parser = argparse.ArgumentParser(prog="python -m pressmark.local", description=__doc__)
    parser.add_argument("--archive", type=Path, default=ARCHIVE, help="folder of WARC files (./archive)")
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="archive URLs, or the sample pages, in an embedded AWS")
    runs.add_argument("urls", nargs="*", metavar="URL")
    serves = commands.add_parser("serve", help="keep an embedded AWS and the sample pages up, for sam local")
    serves.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serves.add_argument("--port", type=int, default=5000, help="port of the embedded AWS (5000)")
    serves.add_argument(
        "then", nargs="*", metavar="COMMAND", help="end with this, after --, instead of at Ctrl-C"
    )
    guard_streams()
    options = parser.parse_args(arguments)
    try:
        if options.command == "serve":
            return _serve(options.archive, options.host, options.port, options.then)
        return _run(options.archive, options.urls)
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr)
        return exits.INTERRUPTED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # before the first page, or behind the last
        return exits.INTERRUPTED
    except PressmarkError as error:
        print(f"pressmark: {error}", file=sys.stderr)
        return exits.STORE


def _run(archive: Path, urls: list[str]) -> int:
    parameters = {"BatchWindow": BATCH_WINDOW}
    if urls:
        return _archive(archive, urls, parameters)
    with Site() as site:
        if not site.urls:
            print("there are no sample pages in tests/fixtures/pages; name some URLs", file=sys.stderr)
            return 2
        allowed = load()["Parameters"]["AllowedPorts"]["Default"]
        # Our own site needs no politeness, and may be at a port that is not commonly a web server's.
        parameters |= {"HostDelay": "0", "AllowedPorts": f"{allowed},{site.port}"}
        return _archive(archive, site.urls, parameters)


def _archive(archive: Path, urls: list[str], parameters: dict[str, str]) -> int:
    progress = rich_console(err=True)
    with show.Display(progress, len(urls)) as display:
        outcome = run(
            urls,
            archive,
            parameters=parameters,
            loopback=named_loopback(urls),
            on_page=display.page,
            on_wait=display.waiting,
        )
    console = rich_console(width=120)
    console.print(show.captures(outcome, console.width))
    for line in (*show.failures(outcome), *show.files(outcome, archive), "", *show.after(outcome, archive)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    failed = bool(show.failures(outcome))
    return 1 if failed or outcome.dead or outcome.left or outcome.tally.errors else 0


def named_loopback(urls: Sequence[str]) -> list[str]:
    """The addresses of this machine among URLs that a person named; what is not a URL is refused later."""
    found: dict[str, None] = {}
    for url in urls:
        with suppress(UrlError):
            if address := loopback_address(clean(url)):
                found[address] = None
    return list(found)


def _serve(archive: Path, host: str, port: int, then: Sequence[str] = ()) -> int:
    """Keep the embedded AWS up until a signal comes, or while a command runs; return its exit code, or 0."""
    code = exits.INTERRUPTED if then else 0
    folder.prepare(archive)
    for number in _ENDS:
        signal.signal(number, _interrupt)
    with EmbeddedAws(host, port) as aws, Site(host=host) as site:
        created = stack.create(aws, STACK)
        known = load_archive(aws, created, archive)
        for damage in known.damaged:
            print(show.damage_line(damage, archive), file=sys.stderr)
        settings = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": aws.endpoint,
            **{name: created.environment[name] for name in EXPORTED},
            "PRESSMARK_QUEUE_ARN": created.event_source.queue_arn,
        }
        with suppress(KeyboardInterrupt):
            if then:
                code = subprocess.run(then, check=False).returncode  # noqa: S603 - what its caller typed
            else:
                for name, value in settings.items():
                    print(f"export {name}={value}")
                print(f"# queue   {created.queue_url}")
                print(f"# bucket  {created.bucket}")
                print(f"# table   {created.table}")
                print(f"# pages   {site.base}/", flush=True)
                while True:
                    time.sleep(1)
        with undisturbed():
            for path in folder.save(aws.client("s3"), created.bucket, archive):
                print(path)
        return code


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
