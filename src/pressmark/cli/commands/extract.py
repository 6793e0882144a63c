"""``pressmark extract``: what an article says about itself."""

import sys
from pathlib import Path
from typing import Any

import click

from pressmark.cli import exits
from pressmark.cli.console import chosen, json_line, note, whole_format_options
from pressmark.cli.crawling import contact_option
from pressmark.cli.terminal import rich_console
from pressmark.text import safe

SECTION = "Read and export"

MAX_BYTES = 64 * 1024 * 1024
"""Maximum number of bytes that are read of a page's body."""


@click.command(name="extract")
@click.argument("source", metavar="FILE_OR_URL")
@click.option("--url", metavar="URL", help="URL that the file came from, to resolve relative links.")
@click.option("--text", is_flag=True, help="Print only the article's text.")
@contact_option
@whole_format_options
def command(source: str, url: str | None, text: bool, output: str | None) -> None:
    """Print the article on a page: title, authors, dates, tags, text.

    Reads a file, standard input (-), or a URL. The URL is fetched but not archived.

    \b
    Examples:
      pressmark extract page.html --url https://example.com/news/1
      pressmark extract page.html --text
      pressmark extract page.html --json | python -m json.tool
    """
    from pressmark.article import extract
    from pressmark.errors import ExtractionError
    from pressmark.reading.copy import cut

    body, where, content_type = _read(source, url)
    try:
        html = cut(body)
        read = extract(html, where, content_type)
    except ExtractionError as error:
        raise exits.nothing(str(error)) from error
    if not (html is body and read.whole):
        note(
            "The page is too long, or has too much markup, to be read completely: this is the article of its beginning."
        )
    article = read.to_dict()
    if text:
        click.echo(article["text"])
    elif chosen(output) == "table":
        _print(article)
    else:
        click.echo(json_line(article))


def _read(source: str, url: str | None) -> tuple[bytes, str, str | None]:
    if source.lower().startswith(("http://", "https://")):
        from pressmark.cli.fetching import fetch

        return fetch(source)
    if source == "-":
        return sys.stdin.buffer.read(MAX_BYTES), url or "http://localhost/", None
    try:
        return Path(source).read_bytes()[:MAX_BYTES], url or Path(source).absolute().as_uri(), None
    except OSError as error:
        raise exits.Failure(f"{source}: {error.strerror}", exits.USAGE) from error


def _print(article: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(style="dim", no_wrap=True)
    sources = article.pop("sources")
    confidence = article.pop("confidence")
    text = article.pop("text")
    for name, value in article.items():
        if value not in (None, "", [], {}):
            believed = f" {confidence[name]:.2f}" if name in confidence else ""
            table.add_row(name, Text(_value(value)), Text(safe(sources.get(name, "")) + believed))
    console = rich_console()
    console.print(table)
    if text:
        console.print()
        for paragraph in text.split("\n"):
            console.print(Text(safe(paragraph)))


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, dict):
        return " ".join(safe(each) for each in value.values() if each)
    return safe(value)
