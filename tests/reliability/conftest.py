"""What all tests of this folder have: tables that do not get slower as a test fills them."""

from collections.abc import Iterator

import pytest
from tests import quick_moto


@pytest.fixture(autouse=True)
def _quick_moto() -> Iterator[None]:
    with quick_moto.quick():
        yield
