"""Parts of template.yaml as CloudFormation would work them out for given parameters."""

import re
from collections.abc import Mapping
from typing import Any

REGION, ACCOUNT = "eu-central-1", "123456789012"

PARTS = {"AWS::SQS::Queue": "sqs", "AWS::DynamoDB::Table": "dynamodb"}


class Resolver:
    """Resolves Ref, GetAtt, Sub, If and conditions; a resource is its logical id, in ARNs, too."""

    def __init__(self, template: Mapping[str, Any], stack: str, parameters: Mapping[str, str]) -> None:
        self._template = template
        self._stack = stack
        self._given = parameters

    def value(self, node: Any) -> Any:
        """A value; None for AWS::NoValue, which is left out of lists and dictionaries."""
        if isinstance(node, list):
            return [each for each in map(self.value, node) if each is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                return getattr(self, "_" + name.removeprefix("Fn::").lower())(argument)
        return {name: each for name, node in node.items() if (each := self.value(node)) is not None}

    def condition(self, node: Any) -> bool:
        """Whether a condition, or one of its functions, holds."""
        if isinstance(node, str):
            return self.condition(self._template["Conditions"][node])
        ((name, argument),) = node.items()
        match name:
            case "Condition":
                return self.condition(argument)
            case "Fn::Not":
                return not self.condition(argument[0])
            case "Fn::And":
                return all(map(self.condition, argument))
            case "Fn::Or":
                return any(map(self.condition, argument))
            case "Fn::Equals":
                left, right = map(self.value, argument)
                return bool(left == right)
        raise ValueError(name)

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::NoValue": None,
            "AWS::StackName": self._stack,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self._stack}/1",
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
        }
        if name in pseudo:
            return pseudo[name]
        if (parameter := self._template["Parameters"].get(name)) is not None:
            value = self._given.get(name, str(parameter["Default"]))
            return value.split(",") if parameter["Type"] == "CommaDelimitedList" else value
        assert name in self._template["Resources"], name
        return name

    def _getatt(self, argument: Any) -> str:
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        kind = self._template["Resources"][name]["Type"]
        if attribute == "Arn" and kind in PARTS:
            place = f"table/{name}" if PARTS[kind] == "dynamodb" else name
            return f"arn:aws:{PARTS[kind]}:{REGION}:{ACCOUNT}:{place}"
        return f"{name}.{attribute}"

    def _sub(self, argument: Any) -> str:
        text, names = argument if isinstance(argument, list) else (argument, {})

        def put(found: re.Match[str]) -> str:
            name = found[1]
            if name in names:
                return str(self.value(names[name]))
            return self._getatt(name) if "." in name else str(self._ref(name))

        return re.sub(r"\$\{([^!}]+)}", put, text)

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return self.value(then if self.condition(name) else otherwise)

    def _join(self, argument: Any) -> str:
        separator, parts = argument
        return str(separator.join(self.value(parts)))

    def _findinmap(self, argument: Any) -> Any:
        name, first, second = map(self.value, argument)
        return self._template["Mappings"][name][first][second]


def resolved_resources(template: Mapping[str, Any], **parameters: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource; those whose condition does not hold, too."""
    resolver = Resolver(template, "stack", parameters)
    return {
        name: resolver.value(resource.get("Properties", {}))
        for name, resource in template["Resources"].items()
    }
