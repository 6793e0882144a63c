"""An empty value says nothing, and is never taken for "everything", "here" or "not said": it is refused."""

import click
import pytest
from tests.cli.conftest import Run

from pressmark.cli.root import cli

TEXTS = (click.types.StringParamType, click.Path)


def _commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found = [(name, cli.get_command(context, name)) for name in cli.list_commands(context)]
    return [(name, command) for name, command in found if command is not None]


OPTIONS = [
    (name, max(parameter.opts, key=len))
    for name, command in _commands()
    for parameter in command.params
    if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
]

ARGUMENTS = [
    name
    for name, command in _commands()
    if any(isinstance(parameter, click.Argument) for parameter in command.params)
]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_an_empty_option_is_refused(run: Run, name: str, option: str) -> None:
    result = run(name, option, "")
    assert result.exit_code == 2
    assert option in result.stderr, result.stderr


@pytest.mark.parametrize("name", ARGUMENTS)
def test_an_empty_argument_is_refused(run: Run, name: str) -> None:
    result = run(name, "")
    assert result.exit_code == 2
    assert "empty" in result.stderr or "''" in result.stderr, result.stderr
