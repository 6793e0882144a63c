"""Pages that are exported bring their requisites, and the records of other files that these point at."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from tests import foreign
from tests.cli.conftest import Run
from tests.requisites.sample import LOGO, MOVED, ONE, PHOTO, STYLE, TWO, Sample

from pressmark.archive import requisite_lists
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import Range
from pressmark.warc.convert import write_member
from pressmark.warc.stream import read_records


def urls_of(data: bytes) -> list[tuple[str, str]]:
    """Type and URL of each response and revisit of a WARC file."""
    records = read_records(io.BytesIO(data), file="x")
    return [(record.type, record.url) for record in records if record.type in ("response", "revisit")]


def export(run: Run, sample: Sample, *arguments: str) -> str:
    """Export, and return what is said."""
    done = run("export", *arguments, "--archive", str(sample.folder))
    assert done.exit_code == 0, done.stderr
    return str(done.stderr)


def test_a_page_brings_its_requisites_into_a_warc_file_and_what_they_point_at(
    run: Run, sample: Sample
) -> None:
    assert (
        export(run, sample, TWO, "-o", "two.warc.gz")
        == "1 capture exported, with 4 requisites of the pages\n"
    )
    data = Path("two.warc.gz").read_bytes()
    assert sorted(urls_of(data)) == sorted(
        [("response", TWO), ("response", STYLE), ("response", LOGO), ("revisit", LOGO), ("response", PHOTO)]
    )
    # The list itself comes along, so whoever has the file alone has the page with its requisites.
    Path("alone").mkdir()
    Path("alone/two.warc.gz").write_bytes(data)
    reader = FolderReader(Path("alone"))
    (row,) = (row for row in reader.page(_site(), limit=50).items if row["url"] == TWO)
    listing = requisite_lists.of_page(reader, reader.files, row)
    assert listing
    own = [line for line in listing.lines if listing.is_own(line)]
    for line in own:
        part = data[line["offset"] : line["offset"] + line["length"]]
        (record,) = read_records(io.BytesIO(part), file="x")
        assert record.url == line["url"]
    assert [line["url"] for line in own] == [LOGO, PHOTO]
    reader.close()


def _site() -> Range:
    return Range("example,news")


def test_each_record_is_copied_once_however_many_pages_need_it(run: Run, sample: Sample) -> None:
    export(run, sample, "--format", "warc", "-o", "all.warc.gz")
    found = urls_of(Path("all.warc.gz").read_bytes())
    assert sorted(found) == sorted(
        [
            *[("response", url) for url in (ONE, TWO, STYLE, MOVED, LOGO, PHOTO)],
            ("revisit", LOGO),
        ]
    )


@pytest.mark.slow
def test_an_index_has_the_lines_of_the_requisites_as_other_tools_write_them(run: Run, sample: Sample) -> None:
    export(run, sample, "--format", "cdxj", "-o", "all.cdxj")
    lines = Path("all.cdxj").read_text("utf-8").splitlines()
    assert lines == sorted(lines)
    theirs = {}
    for path in sample.files:
        name = path.relative_to(sample.folder).as_posix()
        for line in foreign.run(foreign.require(foreign.CDXJ_INDEXER), path, env={}).splitlines():
            key, moment, fields = line.split(" ", 2)
            told = json.loads(fields)
            if told.get("mime") == "application/json" or not told["url"].startswith("http"):
                continue  # it lists metadata records, too
            theirs[name, told["offset"]] = (key, moment, told | {"filename": name})
    ours = {}
    for line in lines:
        key, moment, fields = line.split(" ", 2)
        told = json.loads(fields)
        ours[told["filename"], told["offset"]] = (key, moment, told)
    assert ours.keys() == theirs.keys()
    for place, (key, moment, told) in ours.items():
        other = theirs[place]
        assert (key, moment) == other[:2]
        assert told == {name: other[2][name] for name in told}


def test_a_wacz_lists_the_pages_alone(run: Run, sample: Sample) -> None:
    export(run, sample, "--site", "news.example", "-o", "news.wacz")
    with zipfile.ZipFile("news.wacz") as bundle:
        pages = [json.loads(line) for line in bundle.read("pages/pages.jsonl").splitlines()[1:]]
        assert {page["url"] for page in pages} == {ONE, TWO}
        found = {url for _, url in urls_of(bundle.read("archive/data.warc.gz"))}
        assert {ONE, TWO, STYLE, LOGO, PHOTO} <= found


@pytest.mark.slow
@pytest.mark.parametrize("url", [STYLE, MOVED], ids=["first", "in the middle"])
def test_what_was_taken_down_is_not_exported_with_its_neighbours(run: Run, sample: Sample, url: str) -> None:
    done = run("delete", url, "--at", "2026-11-20", "--reason", "x", "--yes", "--archive", str(sample.folder))
    assert done.exit_code == 0, done.stderr
    export(run, sample, "--format", "warc", "-o", "all.warc.gz")
    left = {ONE, TWO, STYLE, MOVED, LOGO, PHOTO} - {url}
    assert {each for _, each in urls_of(Path("all.warc.gz").read_bytes())} == left
    export(run, sample, "--format", "cdxj", "-o", "all.cdxj")
    assert url not in Path("all.cdxj").read_text("utf-8")


def test_facts_about_captures_are_of_pages_alone(run: Run, sample: Sample) -> None:
    export(run, sample, "--format", "jsonl", "-o", "all.jsonl")
    lines = Path("all.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["url"] for line in lines} == {ONE, TWO}


@pytest.mark.slow
def test_an_export_that_is_imported_shows_its_pages_with_all_their_requisites(
    run: Run, sample: Sample
) -> None:
    export(run, sample, TWO, "-o", "two.warc.gz")
    assert run("import", "two.warc.gz", "--archive", "other").exit_code == 0
    told = json.loads(run("show", TWO, "--json", "--archive", "other").stdout)["requisites"]
    assert [each["url"] for each in told["list"]] == [LOGO, PHOTO, STYLE]
    for each in told["list"]:
        data = Path("other", each["warc"]).read_bytes()[each["offset"] :][: each["length"]]
        (record,) = read_records(io.BytesIO(data), file="x")
        assert record.url == each["url"]
    verified = run("verify", "--archive", "other")
    assert verified.exit_code == 0, verified.stdout + verified.stderr


def test_another_tools_capture_of_a_page_has_a_row_for_each_response(run: Run, sample: Sample) -> None:
    # As wget writes it: responses, and nothing that says what belongs together.
    with sample.files[0].open("rb") as file, Path("theirs.warc.gz").open("wb") as out:
        for record in read_records(file, file="x"):
            if record.type == "response":
                write_member(record, out)
            else:
                record.finish()
    assert run("import", "theirs.warc.gz", "--archive", "other").exit_code == 0
    listed = run("list", "--json", "--archive", "other").stdout.splitlines()
    assert {json.loads(line)["url"] for line in listed} == {ONE, STYLE, MOVED, LOGO}
    assert "requisites" not in json.loads(run("show", ONE, "--json", "--archive", "other").stdout)


def test_a_page_is_given_without_those_requisites_whose_records_are_lost(run: Run, sample: Sample) -> None:
    sample.files[0].unlink()
    done = run("get", TWO, "--warc", "-o", "two.warc.gz", "--archive", str(sample.folder))
    assert done.exit_code == 0, done.stderr
    assert "left out: " in done.stderr
    assert sorted(urls_of(Path("two.warc.gz").read_bytes())) == sorted(
        [("response", TWO), ("revisit", LOGO), ("response", PHOTO)]
    )
    sample.files[1].write_bytes(sample.files[1].read_bytes()[: sample.second[0].hops[0].offset + 20])
    done = run("get", TWO, "--warc", "-o", "two.warc.gz", "--archive", str(sample.folder))
    assert done.exit_code != 0
