"""What all tests of this folder have: tables that do not get slower as a test fills them."""

from collections.abc import Iterator

import pytest
from tests import partitions


@pytest.fixture(autouse=True)
def _partitions_looked_up() -> Iterator[None]:
    with partitions.looked_up():
        yield
