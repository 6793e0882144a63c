"""A sample of an archive of any size: what it costs to draw, and that every part of it may be drawn."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from bench.sampling import SAMPLE, sampled
from tests.conftest import Aws

from bench import sampling
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import Page, Range
from pressmark.upkeep import sweep


@pytest.mark.slow
@pytest.mark.parametrize(
    ("days", "files", "most"),
    [(1, 100, 24), (365, 100_000, 60), (1096, 2_800_000, 110), (3652, 100_000_000, 200)],
)
def test_drawing_a_sample_takes_a_request_for_each_month_and_three_for_each_file(
    days: int, files: int, most: int
) -> None:
    bucket = sampled(days, files)
    assert bucket.asked <= most
    assert len(set(bucket.read)) == len(bucket.read) == SAMPLE


@pytest.mark.slow
def test_a_day_of_a_million_files_is_drawn_from_at_any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sampling, sweep):  # a thousand files take long to make up
        monkeypatch.setattr(module, "PAGE", 50)
    hours = {
        int(key.split("-")[1][8:10]) for seed in range(12) for key in sampled(1, 1_000_000, seed=seed).read
    }
    assert hours == set(range(24))


@pytest.mark.slow
def test_every_day_is_as_likely_as_any_other() -> None:
    drawn = Counter(key.split("/")[3] for seed in range(30) for key in sampled(10, 1000, seed=seed).read)
    assert len(drawn) == 10
    assert min(drawn.values()) > 30, "600 drawn, 60 of each day"


def keys(aws: Aws, *names: str) -> Objects:
    for name in names:
        aws.client("s3").put_object(Bucket=aws.bucket, Key=f"warcs/{name}", Body=b"")
    return Objects(aws.client("s3"), aws.bucket)


class Noting:
    """Stands for the Verifier, and for a table without rows: what it was given to check."""

    def __init__(self, files: Objects) -> None:
        self.files, self.reader = files, self
        self.read: list[str] = []

    def days(self, start: date, end: date) -> list[str]:
        return []

    def page(self, asked: Range, **_: Any) -> Page:
        return Page([])

    def file(self, key: str) -> None:
        self.read.append(key)


def drawn(files: Objects, *, seed: int = 1, count: int = 1000) -> list[str]:
    """The files of a sample, in the order in which they were drawn."""
    verifier: Any = Noting(files)
    sweep.sample(verifier, count, choose=random.Random(seed), today=date(2026, 11, 28))
    return list(verifier.read)


@pytest.mark.slow
def test_what_other_tools_filed_otherwise_is_drawn_too_and_everything_once(aws: Aws) -> None:
    names = [
        "2026/11/23/pressmark-20261123120000000-00000-a.warc.gz",
        "2026/11/24/pressmark-20261124120000000-00000-a.warc.gz",
        "2026/11/loose.warc.gz",
        "2026/13/41/no-such-day.warc.gz",
        "heritrix/2019/IAH-20190101000000-00000.warc.gz",
        "old.warc",
    ]
    files = keys(aws, *names, "2026/11/23/readme.txt", "notes/readme.txt")
    assert sorted(drawn(files)) == sorted(f"warcs/{name}" for name in names)


@pytest.mark.slow
def test_a_large_folder_of_another_tools_is_drawn_from_by_the_time_in_its_names(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 5)
    stamps = [f"{year}{month:02d}0112000{month % 10}" for year in range(2017, 2027) for month in (1, 7)]
    files = keys(aws, *(f"heritrix/IAH-{stamp}-00000.warc.gz" for stamp in stamps))
    years = {drawn(files, seed=seed, count=1)[0].split("-")[1][:4] for seed in range(40)}
    assert len(years) > 6, "not the first five files alone"


@pytest.mark.parametrize("name", ["x", "IAH-20199999000000", "IAH-2019"])
def test_names_without_a_time_are_drawn_from_the_first_of_their_folder(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 3)
    files = keys(aws, *(f"import/{name}-{number}.warc.gz" for number in range(5)))
    assert len(drawn(files)) == 3


def test_an_empty_bucket_gives_nothing(aws: Aws) -> None:
    assert drawn(keys(aws)) == []


class Days(Noting):
    """Notes from when on rows are looked for."""

    def days(self, start: date, end: date) -> list[str]:
        self.start = start
        return []


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (["crawl/IAH-20190402000000-00000.warc.gz", "rec-20190401120000-x.warc.gz"], date(2019, 4, 1)),
        (["crawl/IAH-20190402000000-00000.warc.gz", "old.warc"], date(1996, 1, 1)),
        (["crawl/IAH-20199999000000-00000.warc.gz"], date(1996, 1, 1)),
        ([f"crawl/IAH-2019040{day}000000-00000.warc.gz" for day in range(1, 6)], date(1996, 1, 1)),
    ],
    ids=["times in all names", "a name without a time", "no such day", "more files than are listed"],
)
def test_rows_of_files_that_no_day_is_known_of_are_looked_for_from_the_first_files_day(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, names: list[str], first: date
) -> None:
    monkeypatch.setattr(sweep, "PAGE", 5)
    verifier: Any = Days(keys(aws, *names))
    sweep.sample(verifier, 1, choose=random.Random(1), today=date(2026, 11, 28))
    assert verifier.start == first
