"""Reads template.yaml, and reduces it to the resources that an embedded AWS can create."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader
else:  # libyaml, if PyYAML was built with it, takes a tenth of the time
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ROOT = Path(__file__).parents[3]
"""The checkout: local runs are started from it, with template.yaml at its top."""

INSTALLED = Path(__file__).with_name("template.yaml")
"""The template's place in an installed wheel."""

TEMPLATE = ROOT / "template.yaml" if (ROOT / "template.yaml").is_file() else INSTALLED

FUNCTION = "CaptureFunction"

NAMED_BY = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
}
"""Resources that hold data, and the property that names one of them."""


class _Loader(SafeLoader):
    """YAML with CloudFormation's short forms (``!Ref``, ``!GetAtt`` ...) read as their long ones."""


def _intrinsic(loader: SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(f"template: {node!r}")
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return a template as a dictionary, intrinsic functions in their long (JSON) form."""
    with path.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.load(file, _Loader)  # noqa: S506 - a SafeLoader with tags of its own
    return loaded


def function_environment(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the environment variables that the template declares for the function, values unresolved."""
    variables: dict[str, Any] = template["Resources"][FUNCTION]["Properties"]["Environment"]["Variables"]
    return variables


def event_source(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of the function's one SQS event source, values unresolved."""
    (event,) = template["Resources"][FUNCTION]["Properties"]["Events"].values()
    properties: dict[str, Any] = event["Properties"]
    return properties


def data_stack(template: Mapping[str, Any], name: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template reduced to its queues, bucket and tables, with ``outputs`` added (key to unresolved value).

    Parameters, mappings and conditions stay, so every property has the value it has in a deployment. The template's
    own outputs stay, too, except those that refer to resources not created here.
    Resources are named after the stack and their logical id, so that an event file can name them.
    Number parameters become strings: the emulator does not find numbers in mappings.
    """
    parameters = {
        key: {"Type": "String", "Default": str(parameter["Default"])}
        for key, parameter in template["Parameters"].items()
    }
    resources = {
        key: {
            **resource,
            "Properties": {**resource["Properties"], NAMED_BY[resource["Type"]]: f"{name}-{key}".lower()},
        }
        for key, resource in template["Resources"].items()
        if resource["Type"] in NAMED_BY
    }
    known = {*resources, *parameters, "AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::StackName"}
    own = {
        key: output["Value"]
        for key, output in template["Outputs"].items()
        if _names(output["Value"]) <= known
    }
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        "Parameters": parameters,
        "Mappings": template["Mappings"],
        "Conditions": template["Conditions"],
        "Resources": resources,
        "Outputs": {key: {"Value": value} for key, value in {**own, **outputs}.items()},
    }


def _names(value: Any) -> set[str]:
    """Return the parameters and resources that an unresolved value refers to."""
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    if "Ref" in value:
        return {value["Ref"]}
    if "Fn::GetAtt" in value:
        return {value["Fn::GetAtt"][0]}
    if isinstance(text := value.get("Fn::Sub"), str):
        return {name.split(".", 1)[0] for name in re.findall(r"\$\{([^!{}]+)}", text)}
    return set().union(*map(_names, value.values()))
