"""A server for every test of this folder, and the watch of :mod:`tests.hostile.replaying` over it."""

from collections.abc import Iterator

import pytest
from tests.hostile.replaying import Watch
from tests.hostile.server import HostileServer


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _watched(watch: Watch) -> None:
    """Whatever the test fetches and writes is checked and replayed when it is done."""
