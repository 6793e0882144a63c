"""``pressmark local``: an AWS on this machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from pressmark.cli import exits
from pressmark.cli.console import note
from pressmark.cli.crawling import crawl_options, loopback, parameters, requisites_option
from pressmark.cli.target import Target, folder_of, with_target
from pressmark.cli.terminal import rich_console

SECTION = "Maintain"

FOLDER = Path("archive")
"""The default archive folder."""


class _Local(click.Group):
    """Serves if no subcommand is named: ``pressmark local --port 5001`` is ``pressmark local serve --port 5001``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        named = args and args[0] in (*self.commands, *ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["serve", *args])


class _Serve(click.Command):
    """Takes everything after ``--`` as a command to run, with that command's own options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[_THEN] = tuple(args[end + 1 :])
        return super().parse_args(ctx, args[:end])


_THEN = "pressmark.then"


@click.group(name="local", cls=_Local)
def command() -> None:
    """Run an embedded AWS on this machine, with an archive folder in it.

    pressmark local alone means pressmark local serve: it captures what is pushed to its queue. The folder is ./archive,
    or the one that --archive or PRESSMARK_ARCHIVE names. To look at an archive in a browser, use pressmark web.

    \b
    Examples:
      pressmark local --archive ./archive
      pressmark local serve --archive ./archive --port 5001 --no-capture
      pressmark local run https://example.com/
    """


def _folder(target: Target) -> Path:
    """Return the folder of the archive. Raises Failure for a stack: someone who names one expects it to be used."""
    if target.stack:
        raise exits.Failure(
            f"--stack {target.stack}: pressmark local keeps its archive in a folder",
            exits.USAGE,
            "name it with --archive DIR, or push to the stack with 'pressmark push'",
        )
    return folder_of(target) or FOLDER


@command.command(name="serve", cls=_Serve, options_metavar="[OPTIONS] [-- COMMAND...]")
@with_target
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    metavar="N",
    help="Port of the embedded AWS (0 = any free port).",
)
@click.option(
    "--pages-port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port of the sample pages (default: 8000, or another if it is taken).",
)
@click.option("--no-capture", is_flag=True, help="Leave messages on the queue.")
@crawl_options
@click.pass_context
def serve_command(
    ctx: click.Context,
    /,
    target: Target,
    host: str,
    port: int,
    pages_port: int | None,
    no_capture: bool,
    crawl: dict[str, object],
) -> None:
    """Capture what is pushed to the queue, until Ctrl-C.

    Saves the WARC files in ./archive, or in the folder that --archive names. Prints the environment variables that make
    other programs use this AWS: pressmark without --archive, aws, and sam local invoke. Ctrl-C finishes what is on the
    queue first. A second Ctrl-C stops at once, lists what is left, and keeps it for the next time.

    With a COMMAND after --, serves while the command runs, captures nothing, and ends with the command's exit code.

    \b
    Examples:
      pressmark local serve --archive ./archive
      pressmark local serve --port 5001 --no-capture
    """
    from pressmark.cli.serving import Narrator
    from pressmark.local.serve import Serving, serve

    folder = _folder(target)
    then: tuple[str, ...] = ctx.meta[_THEN]
    serving = Serving(
        host=host,
        port=port,
        pages_port=pages_port,
        capture=not (no_capture or then),
        loopback=loopback(crawl),
        then=then,
    )
    code = serve(folder, serving, parameters(crawl), Narrator(folder))
    if then:
        raise click.exceptions.Exit(exits.INTERRUPTED if code is None else code)


@command.command(name="run")
@with_target
@click.argument("urls", nargs=-1, metavar="[URL]...")
@requisites_option
@crawl_options
def run_command(
    target: Target, urls: tuple[str, ...], requisites: str | None, crawl: dict[str, object]
) -> None:
    """Archive URLs (default: the sample pages) in an embedded AWS, and exit.

    The WARC files go to ./archive, or to the folder that --archive names. Pages of this machine (localhost) are
    archived, too, unless --no-allow-loopback is given.

    \b
    Examples:
      pressmark local run
      pressmark local run https://example.com/ https://example.org/ --archive ./archive
    """
    from pressmark.local.site import PORT, Site
    from pressmark.local.template import load

    folder, settings = _folder(target), parameters(crawl)
    if requisites:
        settings["Requisites"] = requisites
    allowed = loopback(crawl, urls, otherwise=True)
    if urls:
        raise click.exceptions.Exit(_archive_named(folder, urls, settings, allowed))
    with Site(port=PORT) as site:
        if not site.urls:
            raise exits.Failure("no sample pages here", exits.USAGE, "name some URLs")
        if site.port != PORT:
            note(
                f"port {PORT} is taken, perhaps by make serve: in this run the sample pages are at {site.base}/, and "
                "the archive takes them for other pages"
            )
        ports = settings.get("AllowedPorts") or load()["Parameters"]["AllowedPorts"]["Default"]
        # Our own site needs no politeness, and may use a port that is unusual for web servers; its pages have pictures.
        settings = {
            "HostDelay": "0",
            "Requisites": "page",
            **settings,
            "AllowedPorts": f"{ports},{site.port}",
        }
        raise click.exceptions.Exit(_archive(folder, site.urls, settings, [f"127.0.0.1:{site.port}"]))


def _archive_named(
    folder: Path, urls: Sequence[str], settings: Mapping[str, str], allowed: Sequence[str]
) -> int:
    """Archive what is a URL, and refuse the rest as ``push`` does; return the exit code."""
    from pressmark.cli.summary import Tally, conclude
    from pressmark.queues.push import Line, Pushed, bodies

    done = Pushed()
    lines = (Line(number, url, "argument") for number, url in enumerate(urls, 1))
    messages = [body for _, body in bodies(lines, {}, Tally(done).refuse)]
    if not messages:
        conclude(done, "archived")
        return exits.USAGE
    code = _archive(folder, messages, settings, allowed)
    return exits.USAGE if done.refused else code


def _archive(folder: Path, urls: Sequence[str], settings: Mapping[str, str], allowed: Sequence[str]) -> int:
    """Archive the pages and show what became of them; return the exit code."""
    from pressmark.cli import display
    from pressmark.cli.live import Display
    from pressmark.cli.typed import resumable
    from pressmark.local.run import run

    with resumable(), Display(rich_console(err=True), len(urls)) as live:
        outcome = run(urls, folder, parameters=settings, watcher=live, loopback=allowed)
    display.show(outcome, folder)
    return 0 if outcome.is_whole else exits.NOTHING
