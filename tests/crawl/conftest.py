"""The stack and the site that the tests of the pipeline share."""

from collections.abc import Iterator

import pytest
from tests.conftest import Aws
from tests.crawl.world import World, check
from tests.site import RawSite


@pytest.fixture
def world(aws: Aws, site: RawSite) -> Iterator[World]:
    made = World(aws, site)
    yield made
    check(made)
