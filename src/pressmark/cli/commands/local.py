"""``pressmark local``: an AWS of one's own, on this machine."""

from pathlib import Path

import click

from pressmark.cli.crawling import crawl_options, loopback, parameters
from pressmark.cli.target import Target, folder_of, with_target

SECTION = "Look after"


@click.command(name="local")
@with_target
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    metavar="N",
    help="Port of the embedded AWS (0: any that is free).",
)
@click.option(
    "--pages-port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port of the sample pages (default: 8000, or another if it is taken).",
)
@click.option("--no-capture", is_flag=True, help="Leave what is pushed on the queue.")
@crawl_options
def command(
    target: Target, host: str, port: int, pages_port: int | None, no_capture: bool, crawl: dict[str, object]
) -> None:
    """Run an AWS on this machine with the archive of a folder in it.

    It captures what is pushed to it and saves the WARC files into the folder, and prints the variables that lead other
    programs there: pressmark without --archive, aws, sam local invoke. Ctrl-C finishes what is on the queue; a second
    Ctrl-C ends it at once, says what was left, and keeps that for the next time.

    \b
    Examples:
      pressmark local --archive ./archive
      pressmark local --archive ./archive --port 5001 --no-capture
    """
    from pressmark.local.serve import Where, serve

    serve(
        folder_of(target) or Path("archive"),
        Where(host=host, port=port, pages_port=pages_port),
        {"BatchWindow": "1", **parameters(crawl)},
        capture=not no_capture,
        loopback=loopback(crawl),
    )
