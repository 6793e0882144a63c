"""The function's environment in template.yaml and the Settings it is parsed into are one thing (D10)."""

import json
from dataclasses import MISSING, fields
from typing import Any

import pytest

from pressmark.local import template as templates
from pressmark.local.run import STACK
from pressmark.local.template import ROOT
from pressmark.settings import PREFIX, Settings

FIELDS = {PREFIX + field.name.upper(): field for field in fields(Settings) if field.name != "allow_loopback"}

FROM_RESOURCES = {
    "PRESSMARK_BUCKET": "ArchiveBucket",
    "PRESSMARK_TABLE": "ArchiveTable",
    "PRESSMARK_STATE_TABLE": "StateTable",
    "PRESSMARK_QUEUE_URL": "CaptureQueue",
    "PRESSMARK_DEAD_LETTER_QUEUE_URL": "DeadLetterQueue",
}

FROM_PARAMETERS = sorted(set(FIELDS) - set(FROM_RESOURCES))


def variables(template: dict[str, Any]) -> dict[str, Any]:
    declared = templates.function_environment(template)
    return {name: value for name, value in declared.items() if name.startswith(PREFIX)}


def test_the_function_gets_every_setting_and_no_other(template: dict[str, Any]) -> None:
    assert set(variables(template)) == set(FIELDS)


def test_no_deployment_can_allow_loopback(template: dict[str, Any]) -> None:
    assert "loopback" not in json.dumps(template).lower()


def test_names_of_resources_are_references_to_them(template: dict[str, Any]) -> None:
    declared = variables(template)

    assert {name: declared[name] for name in FROM_RESOURCES} == {
        name: {"Ref": resource} for name, resource in FROM_RESOURCES.items()
    }


@pytest.mark.parametrize("name", FROM_PARAMETERS)
def test_a_setting_is_a_parameter_of_its_name_with_its_default(template: dict[str, Any], name: str) -> None:
    setting = FIELDS[name]
    parameter = "".join(word.capitalize() for word in setting.name.split("_"))

    assert variables(template)[name] == {"Ref": parameter}
    assert setting.default is not MISSING
    text = str(template["Parameters"][parameter]["Default"])
    assert (setting.metadata["parse"](text) if text else setting.default) == setting.default


def test_the_stack_that_tests_use_gives_the_default_settings(template: dict[str, Any], aws: Any) -> None:
    names = {PREFIX + name: "x" for name in ("BUCKET", "TABLE", "STATE_TABLE")}
    defaults = Settings.from_environment(names)

    created = aws.stack.settings()

    for name in FROM_PARAMETERS:
        field = FIELDS[name].name
        assert getattr(created, field) == getattr(defaults, field)


def test_sam_local_is_told_the_names_that_make_serve_creates(template: dict[str, Any]) -> None:
    told = json.loads((ROOT / "events" / "env.json").read_text())[templates.FUNCTION]
    served = templates.data_stack(template, STACK, {})["Resources"]
    named = {
        variable: next(
            value
            for key, value in served[logical]["Properties"].items()
            if key in templates.NAMED_BY.values()
        )
        for variable, logical in FROM_RESOURCES.items()
    }

    assert set(told) == {*FROM_RESOURCES, "AWS_ENDPOINT_URL"}
    assert set(told) <= set(templates.function_environment(template))
    assert {variable: told[variable].rpartition("/")[2] for variable in FROM_RESOURCES} == named
