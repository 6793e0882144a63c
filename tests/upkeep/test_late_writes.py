"""A write that DynamoDB carries out late: the function had given up waiting for it, sent it again, and gone on."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from tests.reliability.faults import done_all_the_same
from tests.reliability.inside import Process, no_waiting
from tests.upkeep.conftest import Filled
from tests.world import ARTICLE

from pressmark.upkeep.rebuild import rebuild


class Late:
    """Holds one BatchWriteItem back, as if no answer had come in time. number: which one, from 1."""

    def __init__(self, number: int) -> None:
        self._before = number
        self.request: Any = None

    def __call__(self, operation: str) -> Any:
        if operation.endswith("BatchWriteItem"):
            self._before -= 1
            return None if self._before else self._hold
        return None

    def _hold(self, request: Any, _operation: str) -> None:
        self.request = request
        raise ReadTimeoutError(endpoint_url=request.url)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "found"), [(1, "taken-down"), (2, "different-row")])
def test_what_a_late_write_brings_back_after_a_takedown_is_found_and_goes_again(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, number: int, found: str
) -> None:
    """The look-up items are written first, and then the row."""
    no_waiting(monkeypatch)
    filled.world.push(filled.site.page("/late", ARTICLE.format("The river was higher. " * 40)))
    with Process(filled.world) as running:
        running.faults.rule = late = Late(number)
        (report,) = running.deliver()
    assert report.outcome == "archived"
    filled.take_down(filled.rows("/late")[0])
    after = filled.items()
    done_all_the_same(late.request)
    assert filled.items() != after, "DynamoDB has no way to know"
    assert {problem.kind for problem in filled.verify()} == {found}
    rebuild(filled.objects, filled.table, filled.indexing())
    assert filled.items() == after
    assert filled.verify() == []
