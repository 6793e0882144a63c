"""README.md: the front door names everything that is behind it."""

import re

import click
from tests.docs.pages import ROOT

from pressmark.cli.root import cli

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_commands_has_every_command_and_no_other() -> None:
    table = PAGE.partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == cli.list_commands(
        click.Context(cli)
    )


def test_the_table_of_events_has_every_event() -> None:
    events = {path.name for path in (ROOT / "events").glob("*.json")} - {"env.json"}
    table = PAGE.partition("\n| event |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([\w-]+\.json)`", table)) == events
