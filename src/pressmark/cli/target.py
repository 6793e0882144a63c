"""Finds the archive that a command works on: a stack in AWS, or a folder on this machine.

The first of these that is there counts: ``--archive``, ``--stack``, the variables PRESSMARK_ARCHIVE, PRESSMARK_TABLE
with PRESSMARK_BUCKET (the function's own, for programs that may not read CloudFormation), PRESSMARK_STACK, then
stack_name in samconfig.toml, then a stack named ``pressmark``.
"""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressmark.cli.exits import NO_ACCESS, USAGE, Failure
from pressmark.cli.stack import (
    client_of,
    from_variables,
    outputs_of,
    samconfig,
    session_of,
    terms_of_variables,
    when_done,
)
from pressmark.clock import now
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.archive.content import Files
    from pressmark.archive.ranges import Reader

DEFAULT_STACK = "pressmark"

SHOWN = 20
"""How many damaged places of a folder every command names."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the archive is, as given; None if not given."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    archive: Path | None = None


@dataclass(slots=True)
class Archive:
    """An open archive.

    label: what a person would call it. folder: its path on this machine, None for AWS. session: the boto3
    session, None for a folder. outputs: the stack's outputs (TableName, BucketName, QueueUrl ...).
    """

    label: str
    reader: "Reader"
    files: "Files"
    folder: Path | None = None
    session: Any = None
    outputs: dict[str, str] | None = None
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def output(self, name: str) -> str:
        """Return an output of the stack. Raises Failure if it has none of this name."""
        value = (self.outputs or {}).get(name)
        if not value:
            raise Failure(f"{self.label} has no {name}", NO_ACCESS)
        return value

    def client(self, service: str) -> Any:
        """Return a boto3 client, the same for each call with a service. Raises Failure for a folder."""
        if self.session is None:
            raise Failure(
                f"{self.label}: this needs a stack in AWS",
                USAGE,
                "a folder runs nothing by itself; run pressmark push --archive from cron, for example",
            )
        if service not in self._clients:
            self._clients[service] = client_of(self.session, service)
        return self._clients[service]


class Named(click.ParamType[str]):
    """A name that is not empty: an empty one, as from a shell variable that is not set, would count as not given."""

    name = "NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Let pass what says something."""
        text = str(value)
        if not text.strip():
            self.fail("it is empty", param, ctx)
        return text


NAMED = Named()


class NamedPath(click.Path):
    """A path that is not empty: an empty one would mean the current folder."""

    def __init__(self, path: click.Path) -> None:
        self.__dict__.update(path.__dict__)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Let pass what says something."""
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


class Folder(click.Path):
    """A folder, which need not exist. Its path is not empty: an empty one would mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Let pass what says something."""
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


_OPTIONS = (
    click.option(
        "--stack",
        type=NAMED,
        metavar="NAME",
        help="Stack of the archive (default: samconfig.toml's, or 'pressmark').",
    ),
    click.option(
        "--profile", type=NAMED, metavar="NAME", help="AWS profile (as in the aws and sam commands)."
    ),
    click.option("--region", type=NAMED, metavar="NAME", help="AWS region (as in the aws and sam commands)."),
    click.option(
        "--archive",
        type=Folder(),
        metavar="DIR",
        help="Folder of the archive on this machine, in place of a stack.",
    ),
)


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which archive is meant."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def with_target(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options and their values as ``target``; they override those before the command's name."""

    @target_options
    @click.pass_context
    @functools.wraps(function)
    def wrapped(
        ctx: click.Context,
        /,
        stack: str | None,
        profile: str | None,
        region: str | None,
        archive: Path | None,
        **rest: Any,
    ) -> Any:
        given = Target(stack, profile, region, archive)
        outer = ctx.find_object(Target) or Target()
        said = {each.name: getattr(given, each.name) for each in fields(given)}
        if given.stack or given.archive:  # either replaces both of those before the command's name
            outer = replace(outer, stack=None, archive=None)
        target = replace(outer, **{name: value for name, value in said.items() if value is not None})
        return ctx.invoke(function, target=target, **rest)

    return wrapped


def folder_of(target: Target) -> Path | None:
    """Return the archive folder that is meant, which need not exist yet, or None for AWS. Raises Failure."""
    if target.archive and target.stack:
        raise Failure("--archive and --stack cannot be combined", USAGE)
    said = os.environ.get("PRESSMARK_ARCHIVE")
    folder = target.archive or (Path(said) if said and not target.stack else None)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise Failure(f"{folder} is a file, not an archive folder", NO_ACCESS)
    return folder


def open_archive(target: Target, *, tell_damage: bool = True) -> Archive:
    """Open the archive that is meant. Raises Failure if there is no access.

    tell_damage: whether to say which parts of a folder's files cannot be read.
    """
    folder = folder_of(target)
    if folder is not None:
        return open_folder(folder, tell_damage=tell_damage)
    return open_stack(target)


def no_folder(folder: Path) -> Failure:
    """Return the failure for an archive folder that does not exist."""
    return Failure(f"{folder}: no such archive folder", NO_ACCESS, "pressmark push --archive makes one")


def open_folder(folder: Path, *, tell_damage: bool = True) -> Archive:
    """Open an archive folder and bring its index up to date. Raises Failure if it is not one."""
    from pressmark.archive.folder import FolderReader
    from pressmark.archive.folder_files import is_archive
    from pressmark.cli.console import note
    from pressmark.cli.progress import Progress

    if not folder.is_dir():
        raise no_folder(folder)
    if not any(is_archive(path.name) for path in folder.rglob("*")):
        # Opening it would leave an index in what may be any folder.
        raise Failure(f"{folder} is not an archive folder: it holds no WARC files", NO_ACCESS)
    with Progress() as progress:
        reader = FolderReader(
            folder,
            tell=note,
            on_file=lambda done, total: progress(f"indexing: {done:,} of {counted(total, 'file')}"),
        )
    when_done(reader.close)
    for line in reader.news:
        note(f"pressmark: {line}")
    damaged = reader.damaged if tell_damage else []
    for damage in damaged[:SHOWN]:
        note(f"pressmark: damaged: {damage}")
    if len(damaged) > SHOWN:
        note(f"pressmark: damaged: {len(damaged) - SHOWN:,} more places; pressmark verify lists them all")
    return Archive(f"folder {folder}", reader, reader.files, folder=folder)


def open_stack(target: Target) -> Archive:
    """Open the archive of a stack. Raises Failure, or what botocore raises if there is no access."""
    from pressmark.archive.days import first_day
    from pressmark.archive.objects import Objects
    from pressmark.archive.ranges import TableReader, kept_terms

    sam = samconfig()
    session = session_of(target.profile, target.region, sam)
    named = from_variables() if target.stack is None else None
    stack = target.stack or os.environ.get("PRESSMARK_STACK") or sam.get("stack_name") or DEFAULT_STACK
    if named is not None:
        label, outputs = f"table {named['TableName']}", named
    else:
        label, outputs = f"stack {stack}", outputs_of(session, stack)
    archive = Archive(label, None, None, session=session, outputs=outputs)  # type: ignore[arg-type]  # set below
    s3, bucket = archive.client("s3"), archive.output("BucketName")
    archive.reader = TableReader(
        archive.client("dynamodb"),
        archive.output("TableName"),
        first_day=lambda: first_day(s3, bucket, today=now().date()),
        index_terms=kept_terms(outputs.get("IndexTerms")) if named is None else terms_of_variables(),
    )
    archive.files = Objects(s3, bucket)
    return archive
