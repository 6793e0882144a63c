"""What is told of a file that is damaged, or holds more than web pages."""

from collections import Counter

import pytest

from pressmark.archive.items import Faults, Gaps, passed_over
from pressmark.errors import WarcError
from pressmark.warc.reader import Passed
from pressmark.warc.salvage import Gap


@pytest.mark.parametrize("number", [0, 1, 2, 3, 9])
def test_of_many_faults_the_first_are_told_and_that_there_are_more(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr("pressmark.archive.items.MAX_GAPS", 2)
    gaps, faults = Gaps(), Faults()
    for offset in range(number):
        damage = WarcError("damaged", file="f", offset=offset)
        gaps(Gap(damage, None, file="f"))
        faults(damage)
    for told in (gaps.told, faults.told):
        assert [each.offset for each in told] == [*range(min(number, 3))]
        assert [("not listed" in str(each)) for each in told] == [False, False, True][:number]
    assert (gaps.count, faults.count) == (number, number)


def test_records_that_are_not_pages_are_counted_by_kind_but_for_kinds_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pressmark.archive.items.MAX_KINDS", 2)
    faults = Faults()
    for kind in ("dns", "urn", "dns", "made-up-1", "made-up-2", "urn", "dns", "made-up-1"):
        faults(Passed(kind, file="f", offset=0, url="u"))
    assert faults.passed == {"dns": 3, "urn": 2, "others": 3}
    assert (faults.count, faults.told) == (0, [])
    assert passed_over(faults.passed) == "8 records not of web pages: 3 dns, 3 others, 2 urn"
    assert passed_over(Counter({"dns": 1})) == "1 record not of web pages: 1 dns"
    assert passed_over(Counter()) == ""
