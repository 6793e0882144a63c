"""Lists of requisites that were made to mislead: what such a list points at is not thereby its page's."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from tests.access.asking import ask
from tests.access.test_replay import at_replay, index, opened
from tests.cli.conftest import Run
from tests.requisites import sample as samples
from tests.requisites.conftest import NOW, SHOWN
from tests.requisites.sample import SECOND, STYLE, TWO, Sample
from tests.warc.captures import capture, exchange, http

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside, iso_utc
from pressmark.crawl.known import Known, Lists
from pressmark.warc.requisites import Line, Listed, PageOf, read

EVIL, PICTURE = "https://evil.example/", "https://evil.example/picture.png"

DAY = "20261123120000"

Serve = Callable[[list[Line]], Application]


def add(sample: Sample, pointers: list[Line]) -> list[Line]:
    """Add a page with one picture, whose list points at all this, and return the lines that are read of it."""
    page = capture(exchange(http(b"<title>x</title>"), EVIL, started=SECOND), started=SECOND)
    listed = Listed(
        PageOf(EVIL, iso_utc(SECOND)), "page", told={PICTURE: {"kind": "image"}}, pointers=pointers
    )
    picture = exchange(http(b"picture", kind="image/png"), PICTURE, started=SECOND)
    event = capture(picture, url=EVIL, purpose="requisites", requisites=listed, started=SECOND)
    stored = samples.write(sample.folder, "evil", SECOND, [page, event])[1]
    return read(stored.metadata, warc=stored.warc, offset=stored.meta_offset).lines


@pytest.fixture
def serve(sample: Sample) -> Iterator[Serve]:
    """Give the application over the archive with such a page in it."""
    readers = []

    def made(pointers: list[Line]) -> Application:
        add(sample, pointers)
        readers.append(reader := FolderReader(sample.folder))
        options = Options(local=True, replay_url=SHOWN, player="https://player.example/2")
        clock = Outside(now=lambda: NOW)
        return Application(Archive("sample", reader, reader.files, options=options, clock=clock))

    yield made
    for each in readers:
        each.close()


def pointer(sample: Sample, **other: Any) -> Line:
    """To the style sheet of the sample's first page, as a list of ours has it."""
    line = read(
        sample.second[1].metadata, warc=sample.second[1].warc, offset=sample.second[1].meta_offset
    ).lines[-1]
    assert line["url"] == STYLE
    return line | other


def of_page(sample: Sample, url: str) -> Line:
    """To the record of a page that nobody was given a link to."""
    hop = sample.second[0].hops[0]
    place = {"warc": sample.second[0].warc, "offset": hop.offset, "length": hop.length}
    return {"url": url, "captured": hop.captured, "status": 200} | place


def status(application: Application, line: Line) -> int:
    asked = f"bytes={line['offset']}-{line['offset'] + line['length'] - 1}"
    return at_replay(application, opened(application, DAY, EVIL) + line["warc"], range=asked).status


def test_a_link_to_a_page_gives_the_records_that_its_list_rightly_points_at(
    serve: Serve, sample: Sample
) -> None:
    application = serve([pointer(sample)])
    assert status(application, pointer(sample)) == 206
    for line in index(application, opened(application, DAY, EVIL)):
        place = {"warc": line["filename"], "offset": int(line["offset"]), "length": int(line["length"])}
        assert status(application, place) == 206


@pytest.mark.parametrize("wrong", [{"offset": 7}, {"length": 5}, {"warc": "warcs/none.warc.gz"}])
def test_a_requisite_whose_line_leads_to_no_record_is_not_there(
    serve: Serve, sample: Sample, wrong: dict[str, Any]
) -> None:
    url = "https://evil.example/of-a-line.css"
    application = serve([pointer(sample, url=url, **wrong)])
    moment = str(pointer(sample)["captured"])
    second = re.sub(r"\D", "", moment)[:14]
    assert ask(application, f"/web/{second}id_/{url}").status == 404


def test_a_link_to_a_page_does_not_give_another_page_because_its_list_points_there(
    serve: Serve, sample: Sample
) -> None:
    private, renamed = of_page(sample, TWO), of_page(sample, PICTURE + "?1")
    assert [status(serve([line]), line) for line in (private, renamed)] == [403, 403]


@pytest.mark.slow
def test_a_link_to_a_page_does_not_give_what_follows_a_record_that_its_list_makes_longer(
    serve: Serve, sample: Sample
) -> None:
    for longer in (1, 400, 1 << 40):
        line = pointer(sample, length=pointer(sample)["length"] + longer)
        assert status(serve([line]), line) == 403


@pytest.mark.parametrize(
    "key",
    [
        *("index.sqlite", "access/keys.json", "../../../etc/passwd", "/etc/passwd", "../other.warc.gz", "."),
        *("", "warcs", "a\0.warc.gz", "a\n.warc.gz"),
    ],
)
def test_a_line_leads_to_warc_files_of_the_archive_and_nowhere_else(sample: Sample, key: str) -> None:
    lines = add(
        sample,
        [
            pointer(sample, warc=key),
            pointer(sample, revisit="identical-payload-digest", original_warc=key, original_offset=0)
            | {"original_length": 9},
        ],
    )
    assert [line["url"] for line in lines] == [PICTURE, STYLE]
    assert not any(name.startswith("original_") for name in lines[1])


def test_numbers_that_no_file_has_are_not_read(sample: Sample) -> None:
    beyond = [pointer(sample, **{name: 1 << 60}) for name in ("offset", "length", "size")]
    lines = add(sample, beyond)
    assert [line.get("size") for line in lines if line["url"] == STYLE] == [None]


def test_a_line_that_says_half_of_what_it_repeats_stands_for_nothing_in_later_captures(
    sample: Sample,
) -> None:
    half = pointer(sample, revisit="server-not-modified", original_warc=sample.first[0].warc, etag='"7"')
    lines = add(sample, [half])
    known = Known([lines])
    assert (known.fresh(STYLE, SECOND), known.conditions(STYLE), known.confirmed(STYLE)) == (None, None, None)


def test_whatever_a_line_says_it_stands_for_its_url_for_a_month_at_most(sample: Sample) -> None:
    known = Known([add(sample, [pointer(sample, fresh_until="9999")])])
    assert known.fresh(STYLE, samples.FIRST + timedelta(days=29)) is not None
    assert known.fresh(STYLE, samples.FIRST + timedelta(days=30)) is None
    assert known.fresh(STYLE, samples.FIRST - timedelta(seconds=1)) is None


@pytest.mark.parametrize("name", ["warc", "offset", "length"])
def test_a_line_that_leads_to_nothing_stops_neither_verify_nor_an_export(
    sample: Sample, run: Run, name: str
) -> None:
    wrong = {"warc": "warcs/2026/other.warc.gz", "offset": 1 << 42, "length": 10}[name]
    add(sample, [pointer(sample, **{name: wrong})])
    verified = run("--archive", str(sample.folder), "verify")
    assert verified.exit_code == 5
    assert f"1 {'wrong-bytes' if name == 'length' else 'no-bytes'}" in verified.output
    exported = run("--archive", str(sample.folder), "export", "--format", "warc", "-o", "out.warc.gz", EVIL)
    assert exported.exit_code == 5
    assert "left out" in exported.output
    assert "1 capture exported" in exported.output


@pytest.mark.parametrize(
    ("name", "trusted"), [("pressmark-1", True), ("imported-0123456789abcdef-00000-x", False)]
)
def test_a_later_capture_relies_on_lists_of_our_own_files_only(
    sample: Sample, name: str, trusted: bool
) -> None:
    for number, path in enumerate(sample.files):
        path.rename(path.with_name(f"{name}{number}.warc.gz"))
    with closing(FolderReader(sample.folder)) as reader:
        lists = Lists(reader, reader.files)
        assert bool(lists.of_site(TWO, NOW)) is trusted
        assert (lists.of_page([{"url": TWO, "captured": iso_utc(SECOND)}]) is not None) is trusted


def test_a_later_capture_relies_on_no_list_from_the_future(sample: Sample) -> None:
    with closing(FolderReader(sample.folder)) as reader:
        lists = Lists(reader, reader.files)
        assert len(lists.of_site(TWO, SECOND)) == 2
        assert len(lists.of_site(TWO, SECOND - timedelta(seconds=1))) == 1
