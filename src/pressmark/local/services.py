"""Loads the emulator's CloudFormation with only the services that template.yaml's data resources need.

moto's CloudFormation imports every service that it supports, from EC2 to Step Functions: more than a second of
processor time at each start, for modules that are never used here.
"""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import moto

USED = ("s3", "sqs", "dynamodb")
"""Services whose resources CloudFormation can create here."""


def load_cloudformation() -> None:
    """Import moto's CloudFormation and the services in USED. moto imports any other service when it gets a request."""
    if "moto.cloudformation" in sys.modules:
        return
    for service in USED:
        importlib.import_module(f"moto.{service}.models")
    with _without_others():
        stacks = importlib.import_module("moto.cloudformation.models").Stack
    stacks.parse_template = staticmethod(_json_first(stacks.parse_template))


def _json_first(parse: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    """Return a parser that tries JSON, as templates are here; moto's YAML parser takes a hundred times as long."""

    def parsed(template: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(template)
        except ValueError:
            found = parse(template)
        return found

    return parsed


@contextmanager
def _without_others() -> Iterator[None]:
    """Make imports of services that are not loaded yet find empty modules, which are forgotten afterwards."""
    others = _Others()
    sys.meta_path.insert(0, others)
    try:
        yield
    finally:
        sys.meta_path.remove(others)
        for name in others.names:
            del sys.modules[name]
            vars(moto).pop(name.removeprefix("moto."), None)


class _Others(MetaPathFinder, Loader):
    """Finds an empty module for each service. names: of the modules that were imported so."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, service = name.partition(".")
        if top != "moto" or service.partition(".")[0] in ("core", "utilities", "cloudformation"):
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        self.names.append(spec.name)
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Empty(ModuleType):
    """A module with every attribute that is asked for: an empty class, which nothing instantiates."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
