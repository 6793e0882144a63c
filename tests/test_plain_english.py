"""Help is in plain English: turns of phrase that read like a translation do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.sources import nodes

from pressmark.cli.root import cli

SOURCES = Path(__file__).parents[1] / "src"

BANNED = re.compile(
    r"""
      (?<!there\ )\bis\ no\ (?!longer|one\b|more\b)\w+    # is not a
    | (?<!there\ )\bwas\ no\ (?!longer|one\b|more\b)\w+
    | \banew\b                                # again
    | \bbeside\b                              # next to, in addition to
    | \bcould\ (not\ )?be\ had\b              # could (not) be fetched, decoded
    | \bmay\ be\ had\b
    | \bat\ most\ so\ (many|much)\b           # maximum number of
    | \bso\ many\ \w+s\ by\b
    | \b(begins?|for)\ so(\.|\ long\b)        # starts with this; within this time span
    | \bthen\ or\ (later|earlier)\b           # at or after
    | \bthere\ is\ no\ such\b                 # no such
    | \bgive\ one\ of\b                       # cannot be combined
    | \bno\ \w+\ and\ no\ \w+:                # neither nor
    | \b(it|index|file)\ lies\b               # is
    | \bnearest\ to\ this\ time\b             # closest to
    | \bwhat\ is\ (no|not)\b
    | \bas\ of\ (aws\b|:\w+:`)               # like, as … does
    | \bfor\ want\ of\b                      # because there is no
    | \bbroken\ off\b                          # interrupted
    | \bhad\ of\ it\b                          # decoded, read
    | \bfor\ this\ once\b                      # this time
    | \bended\ by\ itself\b                    # stopped unexpectedly
    | \bplaces\ more\b                         # more places
    | \bname\ that\ to\ mean\ it\b
    | \bhas\ no\ business\b                   # is refused
    | \b(none|raises\s\w+)\s+where\b          # if
    | \bread\ off\b                          # read from
    | \bof\ anybody's\ making\b              # anybody may have made it
    | \bin\ the\ place\ of\b                 # replaces, in place of
    | \bof\ (whatever|whichever)\ \w+        # of any
    | (?<!there\ )\bare\ no\ (?!longer|one\b|more\b)\w+   # are not
    | \btells?\ of\b                         # mentions, describes
    | \bstands?\ behind\b                    # follows
    | \bwritten\ small\b                     # in lower case
    | (?<=:\ )told\b | \Atold\ \w           # on_file: called with …
    | \bgives?\ (back\ )?(the\ )?memory\b     # releases
    | \bgives?\ (the\ )?file\ back\b         # closes
    | \bin\ the\ making\b                   # being written
    | \banother's\ making\b                 # another program made it
    | \bhas\ its\ say\b                     # is checked
    | \btake\ the\ \w+\ with\ it\b          # fail the batch
    | \#\ here:                             # imported here, because
    """,
    re.IGNORECASE | re.VERBOSE,
)

COMMENT = re.compile(r"^[ \t]*\#.*(?:\n[ \t]*\#.*)*|(?<=\s)\#\s.*$", re.MULTILINE)
"""Lines of comment that follow each other, or a comment after code. (Texts that look like one are read, too.)"""

ROOMS = sorted(each.name for each in (SOURCES / "pressmark").iterdir() if each.name != "__pycache__")
"""Rooms and files whose docstrings and comments are held to it, too."""


def texts(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Every text of a module: its line, the text with … for values, and whether it documents something."""
    bare = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    inner = {id(part) for node in nodes(path) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes(path):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(parts), False
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value, id(node) in bare


def turn_in(text: str) -> re.Match[str] | None:
    """Return the first banned turn of a text, also one that runs from one line into the next."""
    return BANNED.search(" ".join(text.split()))


def found(path: Path, *, documents: bool) -> list[str]:
    return [
        f"{path.relative_to(SOURCES)}:{line}: {turn[0]!r}"
        for line, text, is_document in texts(path)
        if is_document == documents and (turn := turn_in(text))
    ]


def comments(source: str) -> list[str]:
    """Where a comment has a banned turn: the line that the comment begins on, and the turn."""
    return [
        f"{source.count('\n', 0, comment.start()) + 1}: {turn[0]!r}"
        for comment in COMMENT.finditer(source)
        if (turn := turn_in(re.sub(r"\n\s*#", " ", comment[0])))
    ]


def in_comments(path: Path) -> list[str]:
    return [f"{path.relative_to(SOURCES)}:{each}" for each in comments(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("place", ROOMS)
def test_no_docstring_or_comment_has_a_banned_turn(place: str) -> None:
    top = SOURCES / "pressmark" / place
    paths = sorted(top.rglob("*.py")) if top.is_dir() else [top]
    assert [each for path in paths for each in (*found(path, documents=True), *in_comments(path))] == []


def test_a_turn_is_found_from_one_line_into_the_next() -> None:
    assert turn_in("The table has it. What\n    is not in it is\n    no loss.")
    assert comments("a = 1\n\nif a:\n    # The table is\n    # no archive.\n    b = 2  # read anew\n") == [
        "4: 'is no archive'",
        "6: 'anew'",
    ]


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            if (below := command.get_command(click.Context(command), name)) is not None:
                yield from commands(below)


@pytest.mark.parametrize("command", list(commands(cli)), ids=lambda command: str(command.name))
def test_no_help_has_a_banned_turn(command: click.Command) -> None:
    said = [command.help or "", *(str(getattr(each, "help", "")) for each in command.params)]
    assert [turn[0] for text in said if (turn := turn_in(text))] == []


def test_no_message_has_a_banned_turn() -> None:
    assert [each for path in sorted(SOURCES.rglob("*.py")) for each in found(path, documents=False)] == []
