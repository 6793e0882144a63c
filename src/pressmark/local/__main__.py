"""``python -m pressmark.local``: what ``make run``, ``make serve`` and ``make invoke`` start."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pressmark.cli import display, exits
from pressmark.cli.live import Display
from pressmark.cli.terminal import guard_streams, rich_console
from pressmark.errors import PressmarkError, SettingsError
from pressmark.local import configured
from pressmark.local.run import Interrupted, run
from pressmark.local.serve import Where, serve
from pressmark.local.site import Site
from pressmark.local.template import load

ARCHIVE = Path("archive")

BATCH_WINDOW = "1"
"""Seconds: nobody else's messages are worth waiting for here."""

SAID = ("contact_url", "operator", "robots", "host_delay")
"""Settings of a run that are options, too; PRESSMARK_ variables name all of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; return the exit code, see docs/local.md."""
    guard_streams()
    parser = argparse.ArgumentParser(prog="python -m pressmark.local", description=__doc__)
    parser.add_argument("--archive", type=Path, default=ARCHIVE, help="folder of WARC files (./archive)")
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="archive URLs, or the sample pages, in an embedded AWS")
    runs.add_argument("urls", nargs="*", metavar="URL")
    serves = commands.add_parser("serve", help="keep an embedded AWS and the sample pages up, and capture")
    serves.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serves.add_argument("--port", type=int, default=5000, help="port of the embedded AWS, 0 for any (5000)")
    serves.add_argument("--pages-port", type=int, help="port of the sample pages, 0 for any (8000)")
    serves.add_argument(
        "--no-capture", dest="capture", action="store_false", help="leave what is pushed on the queue"
    )
    serves.add_argument(
        "then",
        nargs="*",
        metavar="COMMAND",
        help="end with this, after --, instead of at Ctrl-C; capture nothing",
    )
    for each in (runs, serves):
        _add_settings(each)
    options = parser.parse_args(arguments)
    try:
        said = {name: value for name, value in vars(options).items() if name in SAID and value is not None}
        parameters = {"BatchWindow": BATCH_WINDOW, **configured.parameters(said, os.environ)}
        named = [] if options.command == "serve" else options.urls
        loopback = configured.loopback(options.allow_loopback, os.environ, named, otherwise=True)
        if options.command == "serve":
            where = Where(host=options.host, port=options.port, pages_port=options.pages_port)
            capture = options.capture and not options.then
            return serve(
                options.archive, where, parameters, capture=capture, loopback=loopback, then=options.then
            )
        return _run(options.archive, options.urls, parameters, loopback)
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr)
        return exits.INTERRUPTED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # before the first page, or behind the last
        return exits.INTERRUPTED
    except SettingsError as error:
        print(f"pressmark: {error}", file=sys.stderr)
        return exits.USAGE
    except PressmarkError as error:
        print(f"pressmark: {error}", file=sys.stderr)
        return exits.STORE


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--contact-url", help="page or mailto: that tells site owners whom to ask; in the User-Agent"
    )
    parser.add_argument("--operator", help="who runs the archive; in every WARC file")
    parser.add_argument(
        "--robots", choices=("obey", "ignore", "note"), help="what to do with robots.txt (obey)"
    )
    parser.add_argument("--host-delay", help="seconds between two requests to one host (1)")
    parser.add_argument(
        "--allow-loopback",
        action=argparse.BooleanOptionalAction,
        help="let pages of this machine be archived (yes)",
    )


def _run(archive: Path, urls: list[str], parameters: dict[str, str], loopback: Sequence[str]) -> int:
    if urls:
        return _archive(archive, urls, parameters, loopback)
    with Site() as site:
        if not site.urls:
            print("there are no sample pages in tests/fixtures/pages; name some URLs", file=sys.stderr)
            return 2
        allowed = parameters.get("AllowedPorts") or load()["Parameters"]["AllowedPorts"]["Default"]
        # Our own site needs no politeness, and may be at a port that is not commonly a web server's.
        parameters = {"HostDelay": "0", **parameters, "AllowedPorts": f"{allowed},{site.port}"}
        return _archive(archive, site.urls, parameters, [f"127.0.0.1:{site.port}"])


def _archive(archive: Path, urls: list[str], parameters: dict[str, str], loopback: Sequence[str]) -> int:
    progress = rich_console(err=True)
    with Display(progress, len(urls)) as live:
        outcome = run(
            urls,
            archive,
            parameters=parameters,
            on_page=live.page,
            on_wait=live.waiting,
            loopback=loopback,
        )
    console = rich_console(width=120)
    console.print(display.captures(outcome, console.width))
    for line in (
        *display.failures(outcome),
        *display.files(outcome, archive),
        "",
        *display.after(outcome, archive),
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    failed = bool(display.failures(outcome))
    return 1 if failed or outcome.dead or outcome.left or outcome.tally.errors else 0


if __name__ == "__main__":
    sys.exit(main())
