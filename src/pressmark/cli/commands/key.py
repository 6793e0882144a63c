"""``pressmark key``: who may read the archive over HTTP, and save pages."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pressmark.access.keys.key import MAX_DAILY_LIMIT, KeyRefusedError, Scope
from pressmark.cli.console import Column, chosen, format_options, note, print_items
from pressmark.cli.target import NAMED, Target, folder_of, no_folder, open_stack, with_target
from pressmark.text import listed

if TYPE_CHECKING:
    from pressmark.access.keys.keyfile import KeyFile

SECTION = "Maintain"

DAILY_LIMIT = 1_000


@click.group(name="key")
def command() -> None:
    """Create, list and revoke keys for the archive over HTTP.

    Keys are for people and programs on other machines, which reach the archive through the access function of a stack
    or pressmark web --host (docs/access.md). Only a digest of each key's secret is stored.

    \b
    Examples:
      pressmark key add "City desk" --daily-limit 500
      pressmark key add "Library" --read --archive ./archive
      pressmark key list
    """


@command.command(name="add")
@with_target
@click.argument("name", type=NAMED)
@click.option(
    "--read", "scopes", flag_value=Scope.READ.value, multiple=True, help="Only for reading (default: both)."
)
@click.option(
    "--write", "scopes", flag_value=Scope.WRITE.value, multiple=True, help="Only for saving (default: both)."
)
@click.option(
    "--daily-limit",
    type=click.IntRange(1, MAX_DAILY_LIMIT),
    default=DAILY_LIMIT,
    show_default=True,
    metavar="N",
    help="Maximum number of pages saved with it in a day (UTC).",
)
def add_command(target: Target, name: str, scopes: tuple[str, ...], daily_limit: int) -> None:
    """Create a key for NAME and show its secret, once.

    \b
    Example:
      pressmark key add "City desk" --daily-limit 500
    """
    from pressmark.access.keys import keyfile
    from pressmark.access.keys.key import make

    made = make(
        name, scopes=map(Scope, scopes) if scopes else Scope, daily_limit=daily_limit, at=datetime.now(UTC)
    )
    keyfile.add(_file(target), made)
    click.echo(f"{made.key.id}:{made.secret}")
    note(
        f"This is the key of {made.key.name}. It is shown only once. Programs send it in the header "
        "'Authorization: LOW ' followed by this line; people sign in with the two parts, before and after the colon."
    )


@command.command(name="list")
@with_target
@format_options
def list_command(target: Target, output: str | None) -> None:
    """List all keys, including revoked ones.

    \b
    Example:
      pressmark key list
    """
    from pressmark.access.keys import keyfile

    items = (_shown(each.to_json()) for each in keyfile.every(_file(target)))
    if print_items(items, _COLUMNS, chosen(output)) == 0:
        note("no keys; pressmark key add NAME creates one")


@command.command(name="revoke")
@with_target
@click.argument("ids", nargs=-1, required=True, type=NAMED, metavar="ID...")
def revoke_command(target: Target, ids: tuple[str, ...]) -> None:
    """Revoke keys.

    ID is the part of a key before the colon. A revoked key, and the sessions of people who signed in with it, stop
    working within 30 seconds.

    \b
    Example:
      pressmark key revoke abcdefgh23456789
    """
    from pressmark.access.keys import keyfile
    from pressmark.cli.exits import USAGE, Failure

    file = _file(target)
    unknown = []
    for each in ids:
        try:
            key = keyfile.revoke(file, each, datetime.now(UTC))
        except KeyRefusedError:
            unknown.append(each[:100])
        else:
            note(f"{key.id} ({key.name}) is revoked")
    if unknown:
        are = "is not a key" if len(unknown) == 1 else "are not keys"
        raise Failure(f"{listed(unknown)} {are} of this archive", USAGE, "pressmark key list names them")


def _shown(said: dict[str, Any]) -> dict[str, Any]:
    del said["sha256"]
    return said


def _file(target: Target) -> "KeyFile":
    from pressmark.access.keys.keyfile import BucketKeyFile, FolderKeyFile

    folder = folder_of(target)
    if folder is None:
        archive = open_stack(target)
        return BucketKeyFile(archive.client("s3"), archive.output("BucketName"))
    if not folder.is_dir():
        raise no_folder(folder)
    return FolderKeyFile(folder)


_COLUMNS = (
    Column("id", lambda item: item["id"]),
    Column("name", lambda item: item["name"]),
    Column("for", lambda item: item["scopes"], listed),
    Column("a day", lambda item: item["daily_limit"]),
    Column("created", lambda item: item["created"][:10]),
    Column("ends in", lambda item: item["last4"]),
    Column("revoked", lambda item: (item["revoked"] or "")[:10]),
)
