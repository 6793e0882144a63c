"""Requisites in the keeping of an archive: verify, rebuild, takedown, import, in a folder and in a table."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.access.test_replay import index, opened
from tests.cli.conftest import Run
from tests.conftest import Aws
from tests.requisites import sample as samples
from tests.requisites.conftest import NOW, SHOWN
from tests.requisites.sample import (
    LOGO,
    LOGO_BYTES,
    MOVED,
    ONE,
    PHOTO,
    PHOTO_BYTES,
    SECOND,
    STYLE,
    TWO,
    Sample,
)

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive import compacted, requisite_lists, requisites, tombstones
from pressmark.archive.folder import FolderReader
from pressmark.archive.items import Indexing
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.rows import Item
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.clock import Outside
from pressmark.settings import INDEX_TERMS
from pressmark.upkeep import takedown
from pressmark.upkeep.problems import Problem
from pressmark.upkeep.rebuild import rebuild
from pressmark.upkeep.verify import Verifier


class Stack:
    """The sample in a bucket, and its table."""

    def __init__(self, aws: Aws, sample: Sample) -> None:
        self.aws = aws
        self.objects = Objects(aws.client("s3"), aws.bucket)
        self.table = Table(aws.client("dynamodb"), aws.table)
        self.reader = TableReader(aws.client("dynamodb"), aws.table)
        for path in sample.files:
            with path.open("rb") as file:
                self.objects.put(path.relative_to(sample.folder).as_posix(), file)
        self.rebuild()

    def indexing(self) -> Indexing:
        found = Tombstones(tombstones.load(self.aws.client("s3"), self.aws.bucket))
        return Indexing(bucket=self.aws.bucket, terms=INDEX_TERMS, tombstones=found)

    def rebuild(self) -> None:
        rebuild(self.objects, self.table, self.indexing())

    def items(self) -> dict[tuple[str, str], Item]:
        return {(item["site"], item["capture"]): item for item in self.aws.rows()}

    def row(self, url: str) -> Item:
        return next(item for item in self.aws.rows() if item["url"] == url and "=" not in item["site"])

    def take_down(self, planned: takedown.Takedown) -> None:
        takedown.carry_out(planned, client=self.aws.client("s3"), bucket=self.aws.bucket, table=self.table)

    def verify(self) -> list[Problem]:
        found: list[Problem] = []
        verifier = Verifier(self.objects, self.reader, self.indexing(), on_problem=found.append)
        for key in sorted(self.aws.objects()):
            if key.endswith(".warc.gz"):
                verifier.file(key)
        return found

    def lines(self, url: str) -> list[str]:
        """The URLs of a page's requisites."""
        listing = requisite_lists.of_page(self.reader, self.objects, self.row(url))
        return [line["url"] for line in listing.lines] if listing else []

    def of_url(self, url: str) -> list[str]:
        """The times of a requisite."""
        found = requisite_lists.of_url(self.reader, self.objects, url)
        return [line["captured"][:10] for line in found]


@pytest.fixture
def stack(aws: Aws, sample: Sample) -> Iterator[Stack]:
    return Stack(aws, sample)


def plan(stack: Stack, row: Item) -> takedown.Takedown:
    return takedown.plan(stack.reader, stack.objects, row, reason="court order", now=SECOND)


def plan_requisite(stack: Stack, url: str) -> takedown.Takedown:
    line = next(requisite_lists.of_url(stack.reader, stack.objects, url, near=samples.FIRST))
    return takedown.plan_requisite(requisite_lists.as_row(line), reason="court order", now=SECOND)


def test_a_rebuild_makes_the_items_again_item_for_item(stack: Stack) -> None:
    before = stack.items()
    assert [site for site, _ in sorted(before) if site.startswith("requisites=")] == [
        *["requisites=example,news"] * 2,
    ]
    assert [(site, of) for site, of in before if site.startswith("requisites-on=")] == [
        ("requisites-on=org,example", "example,news")
    ]
    stack.table.delete(before.values())
    stack.rebuild()
    assert stack.items() == before


@pytest.mark.slow
def test_verify_finds_nothing_wrong_with_lists_that_lead_to_their_records(stack: Stack) -> None:
    assert stack.verify() == []


def test_verify_tells_of_a_line_that_leads_to_nothing(stack: Stack, sample: Sample) -> None:
    stack.aws.client("s3").delete_object(Bucket=stack.aws.bucket, Key=sample.first[0].warc)
    found = [problem for problem in stack.verify() if problem.kind == "no-bytes"]
    assert {problem.url for problem in found} == {STYLE, LOGO}
    assert {problem.offset for problem in found} == {sample.second[1].meta_offset}


def test_verify_tells_of_a_line_that_leads_to_another_record(stack: Stack, sample: Sample) -> None:
    key = sample.first[0].warc
    style, moved = sample.first[1].hops[:2]
    data = bytearray(sample.files[0].read_bytes())
    # In the place of the style sheet, its neighbours: the second file's pointer leads into the middle of them.
    del data[style.offset : style.offset + style.length]
    data += bytes(0)
    stack.aws.client("s3").put_object(Bucket=stack.aws.bucket, Key=key, Body=bytes(data))
    found = [problem for problem in stack.verify() if problem.warc == sample.second[1].warc]
    assert {problem.url for problem in found if problem.kind == "wrong-bytes"} == {STYLE, LOGO}
    assert moved.offset > style.offset


@pytest.mark.slow
def test_the_takedown_of_a_page_takes_its_requisites_away_but_not_those_of_other_pages(stack: Stack) -> None:
    stack.take_down(plan(stack, stack.row(TWO)))
    for _ in range(2):
        assert stack.of_url(PHOTO) == []
        assert stack.of_url(LOGO) == ["2026-11-20"]
        assert [site for site, _ in sorted(stack.items()) if site.startswith("requisites")] == [
            "requisites-on=org,example",
            "requisites=example,news",
        ]
        assert stack.lines(ONE) == [STYLE, MOVED, LOGO]
        assert stack.verify() == []
        stack.table.delete(stack.items().values())
        stack.rebuild()


@pytest.mark.slow
def test_an_item_of_a_list_that_came_back_after_a_takedown_is_told_of_and_taken_out(stack: Stack) -> None:
    places = [{"site": site, "capture": capture} for site, capture in stack.items()]
    before = stack.reader.rows(places)
    stack.take_down(plan(stack, stack.row(TWO)))
    late = [item for item in before if item["site"].startswith("requisites=") and item["url"] == TWO]
    stack.table.put(late)
    assert [problem.kind for problem in stack.verify()] == ["taken-down"]
    stack.rebuild()
    assert stack.verify() == []
    assert stack.of_url(PHOTO) == []


def test_verify_tells_of_a_link_that_is_missing_and_rebuild_writes_it(stack: Stack) -> None:
    link = {"site": "requisites-on=org,example", "capture": "example,news"}
    stack.table.delete([link])
    assert stack.of_url(LOGO) == []
    found = stack.verify()
    assert {(problem.kind, problem.detail) for problem in found} == {
        ("no-term", "requisites-on=org,example example,news")
    }
    stack.rebuild()
    assert stack.verify() == []
    assert stack.of_url(LOGO) == ["2026-11-23", "2026-11-20"]


@pytest.mark.slow
def test_an_archive_of_before_there_were_links_is_read_and_rebuilt(stack: Stack) -> None:
    """Each site that the requisites of a page are on had an item of the page, with the URLs on that site."""
    places = [{"site": site, "capture": at} for site, at in stack.items() if site.startswith("requisites=")]
    lists = stack.reader.rows(places)
    stack.table.delete([{"site": "requisites-on=org,example", "capture": "example,news"}])
    for item in lists:
        old = {name: value for name, value in item.items() if name != "hashes"}
        stack.table.put(
            [
                old | {"urls": requisites.packed([STYLE])["hashes"]},
                old | {"site": "requisites=org,example", "urls": requisites.packed([LOGO, PHOTO])["hashes"]},
            ]
        )
    for _ in range(2):
        assert stack.lines(TWO) == [LOGO, PHOTO, STYLE]
        assert stack.of_url(LOGO) == ["2026-11-23", "2026-11-20"]
        assert stack.of_url(STYLE) == ["2026-11-20"]
        stack.rebuild()
        assert stack.verify() == []
    stack.take_down(plan(stack, stack.row(TWO)))
    assert stack.of_url(PHOTO) == []
    assert len([site for site, _ in stack.items() if site.startswith("requisites=")]) == 2


@pytest.mark.slow
def test_a_requisite_that_was_taken_down_is_in_no_list_any_more(stack: Stack) -> None:
    stack.take_down(plan_requisite(stack, STYLE))
    for _ in range(2):
        assert stack.lines(ONE) == [MOVED, LOGO]
        assert stack.lines(TWO) == [LOGO, PHOTO]
        assert stack.of_url(STYLE) == []
        assert stack.row(STYLE)["reason"] == "court order"
        assert [site for site, _ in stack.items() if site.startswith("gone=")] == ["gone=example,news"]
        assert stack.verify() == []
        stack.table.delete(stack.items().values())
        stack.rebuild()


def test_a_folder_hides_a_requisite_that_was_taken_down_and_those_of_a_page(run: Run, sample: Sample) -> None:
    done = run(
        "delete", LOGO, "--at", "2026-11-20", "--reason", "x", "--yes", "--archive", str(sample.folder)
    )
    assert done.exit_code == 0, done.stderr
    assert "which also holds other captures" in done.stderr
    done = run("delete", TWO, "--at", "2026-11-23", "--reason", "x", "--yes", "--archive", str(sample.folder))
    assert done.exit_code == 0, done.stderr
    reader = FolderReader(sample.folder)

    def found(url: str) -> list[str]:
        return [line["captured"][:10] for line in requisite_lists.of_url(reader, reader.files, url)]

    assert (found(LOGO), found(PHOTO), found(STYLE)) == ([], [], ["2026-11-20"])
    reader.close()
    assert run("verify", "--archive", str(sample.folder)).exit_code == 0


def test_a_folder_whose_pages_have_requisites_of_other_sites_is_rebuilt(run: Run, sample: Sample) -> None:
    (sample.folder / "index.sqlite").unlink(missing_ok=True)
    done = run("rebuild", "--archive", str(sample.folder))
    assert (done.exit_code, done.exception) == (0, None)
    assert run("verify", "--archive", str(sample.folder)).exit_code == 0


def test_listings_show_pages_alone_and_show_tells_of_the_requisites(run: Run, sample: Sample) -> None:
    where = ("--archive", str(sample.folder))
    listed = [json.loads(line) for line in run("list", "--json", *where).stdout.splitlines()]
    assert {row["url"] for row in listed} == {ONE, TWO}
    assert json.loads(run("stats", "--json", *where).stdout.splitlines()[0])
    told: dict[str, Any] = json.loads(run("show", ONE, "--json", *where).stdout)["requisites"]
    assert (told["count"], told["kinds"], told["left_out_count"]) == (3, {"image": 2, "style": 1}, 1)
    shown = run("show", ONE, "--format", "table", *where).stdout
    assert "3 files: 2 image, 1 style" in shown
    assert "https://news.example/secret.png: robots.txt does not allow it" in shown


def test_show_tells_of_a_requisite_by_its_own_url(run: Run, sample: Sample) -> None:
    where = ("--archive", str(sample.folder))
    told = json.loads(run("show", LOGO, "--json", *where).stdout)
    assert (told["captured"][:10], told["purpose"], told["mime"]) == ("2026-11-23", "requisites", "image/png")
    assert [each["captured"][:10] for each in told["history"]] == ["2026-11-23", "2026-11-20"]
    assert (
        json.loads(run("show", LOGO, "--json", "--at", "2026-11-20", *where).stdout)["captured"][:10]
        == "2026-11-20"
    )
    assert "image/png" in run("show", LOGO, "--format", "table", *where).stdout
    assert run("show", LOGO + "x", *where).exit_code == 1


def test_delete_says_where_the_bytes_of_a_pages_requisites_are(run: Run, sample: Sample) -> None:
    done = run(
        *("delete", TWO, "--at", "2026-11-23", "--reason", "x", "--dry-run", "--archive", str(sample.folder))
    )
    event = sample.second[1]
    last = event.meta_offset + event.meta_length - 1
    assert "2 requisites (pictures, style sheets …) captured with it leave with the page" in done.stderr
    assert f"their bytes stay, too: {event.warc}" in done.stderr
    assert f"bytes {event.hops[0].offset} to {last}." in done.stderr.replace("\n", " ")


def test_delete_says_where_the_bytes_of_requisites_are_in_a_compacted_file(run: Run, sample: Sample) -> None:
    event = sample.second[1]
    small = sample.folder / event.warc
    data = small.read_bytes()
    small.unlink()
    parts = [(event.warc, len(data), hashlib.sha256(data).hexdigest())]
    key, head = compacted.compose(parts, "2026-12-24T00:00:00Z")
    (sample.folder / key).write_bytes(head + data)
    done = run(
        *("delete", TWO, "--at", "2026-11-23", "--reason", "x", "--dry-run", "--archive", str(sample.folder))
    )
    first = len(head) + event.hops[0].offset
    last = len(head) + event.meta_offset + event.meta_length - 1
    assert f"their bytes stay, too: {key}, bytes {first} to {last}." in done.stderr.replace("\n", " ")


def test_import_export_and_rebuild_count_the_same_captures(
    run: Run, sample: Sample, stack: Stack, tmp_path: Path
) -> None:
    """Two pages, whatever was captured with them."""
    into = tmp_path / "into"
    into.mkdir()
    files = [str(path) for path in sample.files]
    told = [
        json.loads(line)
        for line in run("import", *files, "--json", "--archive", str(into)).stdout.splitlines()
    ]
    assert [(each["captures"], each["requisites"]) for each in told] == [(1, 3), (1, 2)]
    assert rebuild(stack.objects, stack.table, stack.indexing()).captures == 2
    out = str(tmp_path / "x.warc.gz")
    done = run("export", "--archive", str(sample.folder), "--output", out)
    assert "2 captures exported, with 5 requisites of the pages\n" in done.stderr


def test_an_export_says_how_many_requisites_it_has_of_the_pages(
    run: Run, sample: Sample, tmp_path: Path
) -> None:
    for name in ("x.cdxj", "x.cdx", "x.warc.gz", "x.wacz"):
        done = run("export", "--archive", str(sample.folder), "--output", str(tmp_path / name))
        assert done.stderr == "2 captures exported, with 5 requisites of the pages\n", name
    lines = (tmp_path / "x.cdxj").read_text("utf-8").splitlines()
    assert len(lines) == 2 + 5
    done = run("export", "--archive", str(sample.folder), "--output", str(tmp_path / "x.csv"))
    assert done.stderr == "2 captures exported\n"


def test_the_captures_that_share_a_file_with_one_to_be_deleted_are_counted_without_requisites(
    run: Run, sample: Sample
) -> None:
    done = run(
        "delete",
        ONE,
        "--at",
        "2026-11-20",
        "--reason",
        "x",
        "--dry-run",
        "--archive",
        str(sample.folder),
    )
    assert "which also holds 0 other captures" in done.stderr


def test_the_player_is_given_the_requisites_for_a_few_requests_to_aws(stack: Stack) -> None:
    """As docs/requisites.md says, for a page whose requisites are in two files."""
    application = Application(
        Archive(
            "",
            stack.reader,
            stack.objects,
            options=Options(replay_url=SHOWN, player="https://player.example/2"),
            clock=Outside(now=lambda: NOW),
        )
    )
    place = opened(application, "20261123120000", TWO)
    asked: list[str] = []

    def note(model: Any, **_rest: Any) -> None:
        asked.append(model.name)

    for service in ("dynamodb", "s3"):
        stack.aws.client(service).meta.events.register("before-call", note)
    try:
        lines = index(application, place)
    finally:
        for service in ("dynamodb", "s3"):
            stack.aws.client(service).meta.events.unregister("before-call", note)
    assert {line["url"] for line in lines} == {TWO, STYLE, LOGO, PHOTO}
    # The page's row, the item of its list, and which of its lines, and of what they repeat, were taken down.
    assert asked == ["BatchGetItem", "BatchGetItem", "GetObject", "BatchGetItem", "BatchGetItem"]


def test_a_requisite_is_read_back_by_its_own_url(run: Run, sample: Sample) -> None:
    where = ("--archive", str(sample.folder))
    assert run("get", PHOTO, "--raw", *where).stdout_bytes == PHOTO_BYTES
    assert run("get", LOGO, "--raw", "--at", "2026-11-23", *where).stdout_bytes == LOGO_BYTES
    assert "image/jpeg" in run("get", PHOTO, "--headers", *where).stdout
    assert run("get", PHOTO + "x", "--raw", *where).exit_code != 0
    assert run("get", PHOTO, "--text", *where).exit_code != 0
