"""``pressmark completion``: shell completion of commands and options."""

import click

SECTION = "Maintain"


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a shell completion script.

    \b
    Examples:
      pressmark completion bash
      pressmark completion zsh
      pressmark completion fish
    """
    from click.shell_completion import get_completion_class

    from pressmark.cli.root import cli

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows all three
    click.echo(found(cli, {}, "pressmark", "_PRESSMARK_COMPLETE").source())
