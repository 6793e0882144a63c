"""``pressmark`` itself: finds the commands, and handles errors for all of them."""

import functools
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from pressmark import __version__
from pressmark.cli import commands as commands_package
from pressmark.cli import exits
from pressmark.cli.target import NAMED, NamedPath, Target, target_options

SECTIONS = ("Add", "Look up", "Read and export", "Maintain")
"""Headings of the help page; a command's module names its own as SECTION."""


class Commands(click.Group):
    """Finds each command in a module of its own, and turns errors into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every module of pressmark.cli.commands is a command."""
        del ctx
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, by its name."""
        del ctx
        if cmd_name not in _modules():
            return None
        module = _module(cmd_name)
        command: click.Command = module.command
        below = command.commands.values() if isinstance(command, click.Group) else ()
        for each in (command, *below):
            for parameter in each.params:
                _refuse_empty(parameter)
                _name_numbers(parameter)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands of the help page under their headings."""
        found: dict[str, list[tuple[str, str]]] = {section: [] for section in SECTIONS}
        for name in self.list_commands(ctx):
            module = _module(name)
            section = getattr(module, "SECTION", SECTIONS[-1])
            found.setdefault(section, []).append((name, module.command.get_short_help_str(80)))
        for section, listed in found.items():
            if listed:
                with formatter.section(section):
                    formatter.write_dl(listed)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt as interrupted:  # a local run says how many pages were saved
            click.echo(f"pressmark: {str(interrupted) or 'interrupted'}", err=True)
            raise click.exceptions.Exit(exits.INTERRUPTED) from None
        except BrokenPipeError:
            # `pressmark list | head`: the reader has what it wanted.
            _silence_stdout()
            raise click.exceptions.Exit(0) from None
        except Exception as error:
            failure = exits.translate(error)
            if failure is None:
                raise
            if isinstance(error, OSError) and error.filename is None:
                _silence_stdout()  # what is left in its buffer cannot be written either
            raise failure from error


@functools.cache
def _modules() -> dict[str, str]:
    """The module of each command, by the command's name."""
    found = (module.name for module in pkgutil.iter_modules(commands_package.__path__))
    return {name.rstrip("_"): f"{commands_package.__name__}.{name}" for name in found}


def _module(name: str) -> Any:
    return importlib.import_module(_modules()[name])


def _refuse_empty(parameter: click.Parameter) -> None:
    """Make an option or argument refuse an empty value, as from a shell variable that is not set."""
    if parameter.type is click.STRING:
        parameter.type = NAMED
    elif type(parameter.type) is click.Path:
        parameter.type = NamedPath(parameter.type)


def _name_numbers(parameter: click.Parameter) -> None:
    """Have click say "not a valid whole number", not "integer range"."""
    if isinstance(parameter.type, click.IntRange):
        parameter.type.name = "whole number"
    elif isinstance(parameter.type, click.FloatRange):
        parameter.type.name = "number"


def _silence_stdout() -> None:
    import os

    with suppress(OSError):  # a test's standard output has no file descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="For help on a command: pressmark push --help",
)
@click.version_option(__version__, "-V", "--version", prog_name="pressmark")
@target_options
@click.pass_context
def cli(ctx: click.Context, /, **target: Any) -> None:
    """Keep web pages as they were, and find them again.

    The archive is a folder on this machine, as in these examples, or a stack in your AWS account, which is found with
    the credentials and the region of the aws and sam commands:

    \b
        pressmark push https://example.com/ --archive ./archive
        pressmark list --archive ./archive
        pressmark get https://example.com/ --text --archive ./archive

    Set PRESSMARK_ARCHIVE=./archive or PRESSMARK_STACK=NAME to make it the default.
    """
    ctx.obj = Target(**target)


def run(arguments: Sequence[str]) -> int:
    """Run the command line in this process and return the exit code."""
    try:
        result: Any = cli.main(list(arguments), prog_name="pressmark", standalone_mode=True)
    except SystemExit as error:
        return int(error.code or 0)
    return int(result or 0)
