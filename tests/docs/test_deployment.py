"""docs/deployment.md explains every parameter of template.yaml, and no others."""

import re
from typing import Any

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")

TABLES = PAGE.partition("\n## All parameters\n")[2].partition("\n## ")[0]

ROWS = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", TABLES, re.MULTILINE)
"""Name, default and meaning of each parameter."""


def test_the_tables_have_every_parameter_of_the_template_with_its_default(template: dict[str, Any]) -> None:
    defaults = {name: str(each.get("Default", "")) for name, each in template["Parameters"].items()}
    assert {name: default for name, default, _ in ROWS} == defaults
    assert len(ROWS) == len(defaults), "a parameter has two rows"


def test_the_tables_group_the_parameters_as_the_template_does(template: dict[str, Any]) -> None:
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    said = [
        (heading, re.findall(r"^\| `(\w+)`", rows, re.MULTILINE))
        for heading, rows in re.findall(r"^\*\*(.+)\*\*\n\n((?:\|.*\n)+)", TABLES, re.MULTILINE)
    ]
    assert said == [(group["Label"]["default"], group["Parameters"]) for group in groups]
