"""Puts every test of this folder under the watch of :mod:`tests.hostile.replaying`."""

import pytest
from tests.hostile.replaying import Watch


@pytest.fixture(autouse=True)
def _watched(watch: Watch) -> None:
    """Whatever the test fetches and writes is checked and replayed when it is done."""
