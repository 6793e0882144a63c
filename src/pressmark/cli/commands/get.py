"""``pressmark get``: a capture's bytes, text or headers."""

import sys
from codecs import iterdecode
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import note
from pressmark.cli.finding import Wanted, find, followed, lost, requisite
from pressmark.cli.selecting import TIME
from pressmark.cli.target import Archive, Target, open_archive, with_target
from pressmark.cli.terminal import is_terminal
from pressmark.files import whole_file
from pressmark.text import safe_lines

if TYPE_CHECKING:
    from pressmark.archive.times import Span

SECTION = "Read and export"


@click.command(name="get")
@with_target
@click.argument("url")
@click.option("--at", type=TIME, help="Use the capture closest to TIME, even if it failed.")
@click.option("--body", is_flag=True, help="Print the page as a browser would get it (the default).")
@click.option("--raw", is_flag=True, help="Print the body as the server sent it, with its content encoding.")
@click.option("--text", is_flag=True, help="Print the article's text.")
@click.option("--headers", is_flag=True, help="Print status line and header lines as the server sent them.")
@click.option("--metadata", is_flag=True, help="Print the capture's metadata as JSON.")
@click.option("--warc", is_flag=True, help="Print a WARC file of this capture and the capture it repeats.")
@click.option("--no-follow", is_flag=True, help="Do not follow a redirect; print the redirect itself.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(
    target: Target, url: str, at: "Span | None", no_follow: bool, output: Path | None, **asked: bool
) -> None:
    """Read a page back: its body, text, headers or WARC records.

    Reads the newest successful capture, or with --at the one closest to a time, and says if later ones failed. Fetches
    only this capture's bytes of the WARC file. Follows redirects.

    \b
    Examples:
      pressmark get https://example.com/ --text
      pressmark get https://example.com/ --at 2026-11-23 > page.html
      pressmark get https://example.com/ --warc -o page.warc.gz
      pressmark get https://example.com/photo.jpg -o photo.jpg
    """
    named = [name for name in _READERS if asked[name]]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(f'--{name}' for name in named)} cannot be combined")
    what = named[0] if named else "body"
    archive = open_archive(target)
    pieces, is_text, damaged = _read(archive, url, at, what, follow=not no_follow)
    first = next(pieces, b"")
    pieces = chain([first], pieces)
    if output is not None:
        with whole_file(output) as file:
            file.writelines(pieces)
    elif is_terminal():
        if not is_text and not _looks_like_text(first):
            raise exits.Failure("this is not text; write it to a file with -o FILE", exits.USAGE)
        for text in iterdecode(pieces, "utf-8", "replace"):
            click.echo(safe_lines(text), nl=False)
        click.echo()
    else:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    if damaged:
        raise click.exceptions.Exit(exits.DAMAGE)


def _read(
    archive: Archive, url: str, at: "Span | None", what: str, *, follow: bool
) -> tuple[Iterator[bytes], bool, bool]:
    """Return what was asked for, whether it is text, and whether better captures were passed over as damaged."""
    from pressmark.errors import NotFoundError, TakenDownError, WarcError

    damage: exits.Failure | None = None
    damaged: list[str] = []
    while True:
        try:
            row = find(archive, url, at, Wanted(whole=what in _OF_PAGE, without=damaged)).row
        except exits.Failure as failure:
            if not damage and what in _OF_RESPONSE and (found := requisite(archive, url, at)) is not None:
                return *_of_requisite(archive, found, what), False
            raise damage or failure from None
        key = row["capture"]
        if follow and what in _OF_PAGE:
            row = _followed(archive, row)
        try:
            return *_READERS[what](archive, row), bool(damaged)
        except TakenDownError:
            raise
        except (
            NotFoundError,
            WarcError,
        ) as error:  # the row states an answer, so its bytes should be there
            damage = damage or exits.Failure(str(error), exits.DAMAGE)
            if at is not None:  # a person who names a time wants no other capture
                raise damage from error
            note(f"{row['url']} at {row['captured']} is damaged: {error}")
            damaged.append(key)


def _of_requisite(archive: Archive, row: dict[str, Any], what: str) -> tuple[Iterator[bytes], bool]:
    from pressmark.archive.content import response
    from pressmark.archive.requisite_lists import check_record
    from pressmark.errors import NotFoundError, TakenDownError, WarcError

    try:
        check_record(row, response(archive.files, row, archive.reader))
        return _READERS[what](archive, row)
    except TakenDownError:
        raise
    except (NotFoundError, WarcError) as error:
        raise exits.Failure(str(error), exits.DAMAGE) from error


def _followed(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    there = followed(archive, row, hint=" (--no-follow for the redirect itself)")
    if there is not row and (why := lost(archive, there)):
        raise exits.nothing(why)
    return there


def _body(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    from pressmark.archive.content import response

    there = response(archive.files, row, archive.reader)

    def pieces() -> Iterator[bytes]:
        decoding, given = there.decoding(), False
        for piece in decoding:
            given = True
            yield piece
        if decoding.problem and there.kept.size and not given:
            raise exits.nothing(
                f"{decoding.problem}, and nothing of it could be decoded; --raw has the body as it came"
            )
        if decoding.problem:
            note(f"{decoding.problem}; this is what could be decoded (--raw has the body as it came)")

    return pieces(), False


def _raw(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    from pressmark.archive.content import response

    return response(archive.files, row, archive.reader).kept.chunks(), False


def _headers(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    from pressmark.archive.content import response

    head = response(archive.files, row, archive.reader).head
    return iter([(head.rstrip(b"\r\n") + b"\n" if is_terminal() else head)]), True


def _text(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    from pressmark.archive.content import text_of

    text = text_of(archive.reader, archive.files, row)
    if text is None:
        raise exits.nothing(f"{row['url']} at {row['captured']}: no article text was found on this page")
    return iter([text.encode() + b"\n"]), True


def _metadata(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    from pressmark import json_text
    from pressmark.archive.content import facts

    recorded, _ = facts(archive.files, row)
    return iter([json_text.dumps(recorded, ensure_ascii=False, indent=2).encode() + b"\n"]), True


def _warc(archive: Archive, row: dict[str, Any]) -> tuple[Iterator[bytes], bool]:
    """Return the capture's records, what it repeats, and its requisites, as an export of this one capture."""
    from pressmark.archive.parts import spool
    from pressmark.export.merge import merge_page

    def left_out(error: Exception) -> None:
        note(f"left out: {error}")

    out = spool()
    for copied in merge_page(archive.reader, archive.files, row, out, on_damage=left_out):
        if copied.alone:
            note(f"{row['url']} at {row['captured']}: a revisit; {copied.alone}, and is not in the file")
    out.seek(0)
    return iter(lambda: out.read(1 << 20), b""), False


_OF_PAGE = ("body", "raw", "headers", "text")
"""Choices about the page itself. The others cover redirect and page together, and a revisit as it is."""

_OF_RESPONSE = ("body", "raw", "headers")
"""Choices that a requisite of pages has, too, by its own URL."""

_READERS = {
    "body": _body,
    "raw": _raw,
    "headers": _headers,
    "text": _text,
    "metadata": _metadata,
    "warc": _warc,
}


def _looks_like_text(data: bytes) -> bool:
    if b"\0" in data[:4096]:
        return False
    try:
        data[:4096].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(data[:4096]) - 4  # cut inside a character
    return True
