"""Whatever a test opened is closed behind it."""

from collections.abc import Iterator

import pytest
from tests.warc.captures import close_all


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()
