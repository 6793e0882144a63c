"""The capture function in this process."""

import contextlib
import importlib
import io
import logging
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from tests.conftest import Aws
from tests.site import RawSite


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """What the function writes to stdout: log lines and metrics."""
    with io.StringIO() as stream:
        yield stream


@pytest.fixture
def app(
    aws: Aws, site: RawSite, monkeypatch: pytest.MonkeyPatch, printed: io.StringIO
) -> Iterator[ModuleType]:
    """The module as a new process of the function would import it."""
    logging.Logger.manager.loggerDict.pop("pressmark", None)
    for name, value in aws.stack.process_environment([str(site.port)]).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PRESSMARK_ALLOWED_PORTS", str(site.port))
    monkeypatch.setenv("PRESSMARK_ROBOTS", "ignore")
    monkeypatch.setenv("PRESSMARK_HOST_DELAY", "0")
    monkeypatch.setenv("METRICS", "all")
    sys.modules.pop("handler.app", None)
    with contextlib.redirect_stdout(printed):
        module = importlib.import_module("handler.app")
    real = module.lambda_handler

    def handle(event: Any, context: Any) -> Any:
        with contextlib.redirect_stdout(printed):
            return real(event, context)

    module.lambda_handler = handle  # type: ignore[attr-defined]
    yield module
    sys.modules.pop("handler.app")
    if module.service is not None:
        module.service.close()
        module.service.clients.close()
