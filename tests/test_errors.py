"""Errors cross from one process to another with all they say."""

import pickle
from collections.abc import Iterator

import pytest

from pressmark import errors
from pressmark.warc.reader import Passed
from pressmark.warc.salvage import Gap

_MADE = [
    errors.PressmarkError("x"),
    errors.MessageError("reason", code="bad", body="b"),
    errors.UrlError("reason", url="http://x/"),
    errors.TransientError("code", "reason", "url", "192.0.2.1", 3.0, 4.0),
    errors.PermanentError("code", "reason"),
    errors.NotYet(3.5, "reason"),
    errors.ExtractionError("reason", url="http://x/"),
    errors.WarcError("reason", file="f", offset=3, url="http://x/"),
    Gap(errors.WarcError("reason", file="f", offset=3), 9, file="f", refused=2),
    Passed("dns", file="f", offset=1, url="dns:x"),
]


@pytest.mark.parametrize("error", _MADE, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_with_its_evidence(error: errors.PressmarkError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


def _all(kind: type[errors.PressmarkError]) -> Iterator[type[errors.PressmarkError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _all(each)


def test_no_error_of_the_tree_pickles_in_a_way_of_its_own() -> None:
    for kind in _all(errors.PressmarkError):
        assert kind.__reduce__ is errors.PressmarkError.__reduce__, kind
