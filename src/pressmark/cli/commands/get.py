"""``pressmark get``: a capture's bytes, text or headers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli import exits
from pressmark.cli.console import is_terminal, note, safe_lines
from pressmark.cli.selecting import TIME, with_scheme
from pressmark.cli.target import Archive, Target, open_archive, with_target

if TYPE_CHECKING:
    from pressmark.archive.times import Span

SECTION = "Take out"


@click.command(name="get")
@with_target
@click.argument("url")
@click.option("--at", type=TIME, help="The capture nearest to this time instead of the newest.")
@click.option("--body", is_flag=True, help="The page as a browser gets it (the default).")
@click.option("--raw", is_flag=True, help="The body as it came, its content encoding untouched.")
@click.option("--text", is_flag=True, help="The article's text.")
@click.option("--headers", is_flag=True, help="Status line and header lines as they came.")
@click.option("--metadata", is_flag=True, help="What was recorded of the capture, as JSON.")
@click.option("--warc", is_flag=True, help="A WARC file of this capture, and what it repeats.")
@click.option("--no-follow", is_flag=True, help="Of a redirect: itself, not the page it led to.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def command(
    target: Target, url: str, at: "Span | None", no_follow: bool, output: Path | None, **asked: bool
) -> None:
    """Read a page back: its body, text, headers or WARC records.

    The newest capture that holds an answer, or with --at the one nearest to a time. It is read from the WARC
    file, by a GET of just its bytes. Of a redirect, the page that it led to.

    \b
    Examples:
      pressmark get https://example.com/ --text
      pressmark get https://example.com/ --at 2026-11-23 > page.html
      pressmark get https://example.com/ --warc -o page.warc.gz
      pressmark get https://example.com/photo.jpg -o photo.jpg
    """
    from pressmark.errors import NotFoundError, TakenDownError

    named = [name for name in _READERS if asked[name]]
    if len(named) > 1:
        raise click.UsageError(f"give one of {' and '.join(f'--{name}' for name in named)}")
    what = named[0] if named else "body"
    archive = open_archive(target)
    row = find(archive, with_scheme(url), at, whole=what in _OF_PAGE)
    if not no_follow and what in _OF_PAGE:
        row = _followed(archive, row)
    try:
        data, is_text = _READERS[what](archive, row)
    except TakenDownError:
        raise
    except NotFoundError as error:  # there is a row, with an answer: its bytes ought to be there
        raise exits.Failure(str(error), exits.DAMAGE) from error
    if output is not None:
        output.write_bytes(data)
    elif is_terminal():
        if not is_text and not _looks_like_text(data):
            raise exits.Failure("this is no text; write it to a file with -o FILE", exits.USAGE)
        click.echo(safe_lines(data.decode("utf-8", "replace")))
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def find(
    archive: Archive, url: str, at: "Span | None", *, answered: bool = True, whole: bool = False
) -> dict[str, Any]:
    """Return the row of a URL nearest to a time, or the newest. Raises Failure where there is none.

    answered: pass over captures that hold no answer (there was none). whole: pass over revisits, too, of what was taken
    down. That the one looked for was taken down is said.
    """
    from pressmark.archive.content import is_answer, taken_down
    from pressmark.archive.selection import Selection, select
    from pressmark.cli.selecting import now

    selection = Selection(url=url, near=at.start if at else None)
    repeated: dict[str, str] = {}  # a page may have been found unchanged a thousand times
    first = None
    for found in select(archive.reader, selection, now=now(), expect=1):
        row, why = found.item, ""
        if "deleted" in row:
            why = taken_down(row)
        elif whole and "original_captured" in row:
            original = str(row["original_captured"])
            if original not in repeated:
                repeated[original] = _lost(archive, row)
            why = repeated[original]
        if why and first is None:
            note(why)
        first = first or row
        if not answered or (is_answer(row) and not why):
            return row
    if first is not None and ("deleted" in first or "revisit" in first):
        raise exits.nothing(f"{url}: no other capture is left")
    if first is not None:
        raise exits.nothing(f"{url}: no capture holds an answer; the newest failed: {first.get('error')}")
    if getattr(archive.reader, "damaged", ()):
        raise exits.Failure(f"{url}: not in what can be read of {archive.label}", exits.DAMAGE)
    raise exits.nothing(f"{url}: not in {archive.label}")


def _lost(archive: Archive, row: dict[str, Any]) -> str:
    """Say why a revisit gives no page any more; empty where it does."""
    from pressmark.archive.content import original_of
    from pressmark.errors import TakenDownError

    try:
        original_of(archive.reader, row)
    except TakenDownError as error:
        return str(error)
    return ""


def _followed(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of the page that a redirect led to, or the row itself."""
    from pressmark.archive.selection import led_to

    if "redirect" not in row:
        return row
    if "final" not in row:
        note(f"a redirect to {row['redirect']}, which was not followed")
        return row
    there = led_to(archive.reader, row)
    if there is None:
        note(f"a redirect to {row['final']}, which is not in the archive")
        return row
    note(f"a redirect; this is {row['final']} (--no-follow for the redirect itself)")
    if why := _lost(archive, there):
        raise exits.nothing(why)
    return there


def _body(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    from pressmark.archive.content import response

    there = response(archive.files, row, archive.reader)
    decoded = there.decoded()
    if decoded.problem and there.body and not decoded.data:
        raise exits.nothing(
            f"{decoded.problem}, and nothing could be had of it; --raw has the body as it came"
        )
    if decoded.problem:
        note(f"{decoded.problem}; this is what could be had of it (--raw has the body as it came)")
    return decoded.data, False


def _raw(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    from pressmark.archive.content import response

    return response(archive.files, row, archive.reader).body, False


def _headers(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    from pressmark.archive.content import response

    head = response(archive.files, row, archive.reader).head
    return (head.rstrip(b"\r\n") + b"\n" if is_terminal() else head), True


def _text(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    from pressmark.archive.content import text_of

    text = text_of(archive.reader, archive.files, row)
    if text is None:
        raise exits.nothing(f"{row['url']} at {row['captured']}: no text was read off this page")
    return text.encode() + b"\n", True


def _metadata(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    import json

    from pressmark.archive.content import facts

    recorded, _ = facts(archive.files, row)
    return json.dumps(recorded, ensure_ascii=False, indent=2).encode() + b"\n", True


def _warc(archive: Archive, row: dict[str, Any]) -> tuple[bytes, bool]:
    """The capture's records, and what it repeats, as an export of this one capture."""
    import io

    from pressmark.export.merge import merge

    out = io.BytesIO()
    for copied in merge(archive.reader, archive.files, [row], out):
        if copied.alone:
            note(f"{row['url']} at {row['captured']}: a revisit; {copied.alone}, and is not in the file")
    return out.getvalue(), False


_OF_PAGE = ("body", "raw", "headers", "text")
"""The others tell of redirect and page together, and of a revisit what stands with itself."""

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
