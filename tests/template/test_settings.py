"""The function's environment in template.yaml and the Settings it is parsed into are one thing (D10)."""

import json
import re
from dataclasses import MISSING, fields
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pressmark.errors import SettingsError
from pressmark.local import stack as stacks
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

    def of(resource: str) -> dict[str, Any]:
        if resource.startswith("Archive"):
            existing = {"Ref": resource.replace("Archive", "Existing")}
            return {"Fn::If": ["MakesArchive", {"Ref": resource}, existing]}
        return {"Ref": resource}

    assert {name: declared[name] for name in FROM_RESOURCES} == {
        name: of(resource) for name, resource in FROM_RESOURCES.items()
    }


@pytest.mark.parametrize("name", FROM_PARAMETERS)
def test_a_setting_is_a_parameter_of_its_name_with_its_default(template: dict[str, Any], name: str) -> None:
    setting = FIELDS[name]
    parameter = "".join(word.capitalize() for word in setting.name.split("_"))

    assert variables(template)[name] == {"Ref": parameter}
    assert setting.default is not MISSING
    text = str(template["Parameters"][parameter]["Default"])
    assert (setting.metadata["form"].parse(text) if text else setting.default) == setting.default


def of(template: dict[str, Any], name: str) -> dict[str, Any]:
    """The parameter that feeds a variable."""
    parameter: dict[str, Any] = template["Parameters"][variables(template)[name]["Ref"]]
    return parameter


def deploys(parameter: dict[str, Any], value: str) -> bool:
    """Whether CloudFormation takes a value: all of it must match (its user guide, "Parameters")."""
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if len(value) > parameter.get("MaxLength", 4096):
        return False
    return bool(re.fullmatch(parameter["AllowedPattern"], value))


def starts(name: str, value: str) -> bool:
    """Whether the function starts with a value."""
    try:
        Settings.from_environment(
            {PREFIX + each: "x" for each in ("BUCKET", "TABLE", "STATE_TABLE")} | {name: value}
        )
    except SettingsError:
        return False
    return True


ODD = """0 7 10 14
 -1 -0 +5 1.5 2.50 .5 5. 1e3 0x10 inf nan 00 007 1_000 ٣ ３ 65535 65536 80,443 80,,443 80,80443 80; ,80 80,
 authors author author,tags AUTHOR author,digest none none,author all yes true maybe OBEY obey obey,note
 https://example.com example.com *.example.com .example.com example..com -a.example a-.example a_b.example
 example.com/ example.com:80 me@example.com [::1] 127.0.0.1 127.1 0x7f.1 1.2.3.256 a.1 xn--bcher-kva.example
 bücher.example
 @config/hosts.txt @config/ @config/../warcs/x @warcs/x config/hosts.txt @config/a,b.example a.example,@config/x
 mailto:a@example.com https:// javascript:alert(1) https://example.com/(bot) 9999999999 99999999999
 999 1000 1001""".split()
ODD += [
    " ",
    "5 ",
    " 5",
    "5\n",
    "80, 443",
    "80 ,443",
    "a.example, b.example",
    "a.example , ,b.example",
    " , a.example,, ",
    ",",
    " , ",
    "a b",
    "a\nb",
]
ODD += [
    "a" * 63 + ".example",
    "a" * 64 + ".example",
    "author," * 30 + "tag",
    "x" * 120,
    "x" * 121,
    "é\x85",
    "Société – Ω",
]
ODD += [",".join(f"{number}.example" for number in range(count)) for count in (40, 60)]


@pytest.mark.parametrize("name", FROM_PARAMETERS)
def test_what_deploys_starts_and_what_does_not_start_does_not_deploy(
    template: dict[str, Any], name: str
) -> None:
    parameter = of(template, name)
    agreed = {value: deploys(parameter, value) for value in ODD if value.strip()}

    assert {value: starts(name, value) for value in agreed} == agreed
    assert set(agreed.values()) == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("name", FROM_PARAMETERS)
@given(data=st.data())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_pattern_lets_through_starts(
    name: str, template: dict[str, Any], data: st.DataObject
) -> None:
    parameter = of(template, name)
    if "AllowedValues" in parameter:
        value = data.draw(st.sampled_from([str(each) for each in parameter["AllowedValues"]]))
    else:
        value = data.draw(st.from_regex(parameter["AllowedPattern"], fullmatch=True))
        assume(len(value) <= parameter.get("MaxLength", 4096))

    assert starts(name, value)


@pytest.mark.parametrize("name", FROM_PARAMETERS)
@given(value=st.text(max_size=12) | st.text("0123456789.,- @/*abz\n", max_size=12))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_other_text_passes_on_one_side_alone(name: str, template: dict[str, Any], value: str) -> None:
    assume(value.strip())

    assert starts(name, value) == deploys(of(template, name), value)


@pytest.mark.parametrize("name", ["PRESSMARK_ALLOW_HOSTS", "PRESSMARK_DENY_HOSTS"])
@pytest.mark.parametrize("value", [",", " , ", ",,", ", ,"])
def test_commas_alone_are_not_a_list_of_hosts_that_would_allow_all(
    name: str, value: str, template: dict[str, Any]
) -> None:
    assert not deploys(of(template, name), value)
    assert not starts(name, value)


def test_a_blank_list_of_hosts_does_not_deploy(template: dict[str, Any]) -> None:
    assert [deploys(of(template, "PRESSMARK_ALLOW_HOSTS"), value) for value in ("", " ")] == [True, False]


def test_a_parameter_says_what_its_setting_says(template: dict[str, Any]) -> None:
    for name in FROM_PARAMETERS:
        form, parameter = FIELDS[name].metadata["form"], of(template, name)
        if "AllowedValues" not in parameter:
            assert parameter["AllowedPattern"].removeprefix("|") == form.pattern
            assert parameter["ConstraintDescription"] == form.says
            assert parameter.get("MaxLength") == form.longest


def test_the_longest_values_fit_the_functions_environment(template: dict[str, Any]) -> None:
    """4 KB for all names and values (AWS Lambda quotas); what has no limit is told by CloudFormation, and is short."""
    taken = 0
    for name, value in templates.function_environment(template).items():
        parameter = template["Parameters"].get(value.get("Ref"), {}) if isinstance(value, dict) else {}
        chosen = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else []
        literal = chosen if all(isinstance(each, str) for each in chosen) else []
        allowed = [len(str(each)) for each in parameter.get("AllowedValues", literal)]
        # Names of a stack and its resources: a queue's URL has 64 characters and a name of up to 80.
        longest = max(allowed) if allowed else parameter.get("MaxLength", 20) if parameter else 150
        taken += len(name) + longest * (3 if name == "PRESSMARK_OPERATOR" else 1)

    assert taken <= 4096


def test_a_stack_without_parameters_gives_the_default_settings(template: dict[str, Any], aws: Any) -> None:
    names = {PREFIX + name: "x" for name in ("BUCKET", "TABLE", "STATE_TABLE")}
    defaults = Settings.from_environment(names)

    created = stacks.create(aws.server, "of-defaults", template=template).settings()

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
