"""The requisites of a page in the archive: one event in the WARC file, a list, an item that leads to it, and links."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.warc.captures import capture, earlier, exchange, http, valid, written
from tests.warc.validator import sha1

from pressmark.archive import requisite_lists, requisites, rows
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import of_url
from pressmark.archive.rows import Item
from pressmark.clock import iso_utc
from pressmark.errors import WarcError
from pressmark.export.cdx import cdxj_line
from pressmark.http.exchange import Exchange
from pressmark.warc.event import Capture
from pressmark.warc.reader import read_captures
from pressmark.warc.requisites import LeftOut, Line, Listed, PageOf, read

PAGE = "https://news.example/story"
STYLE = "https://news.example/main.css"
PICTURE = "https://pictures.example.org/a.jpg"
MOVED = "https://pictures.example.org/old.jpg"
FONT = "https://news.example/body.woff2"
SHARED = "https://fonts.example.net/a.woff2"
AT = "2026-11-23T20:52:20.123456Z"

POINTER: Line = {
    "url": FONT,
    "captured": "2026-11-20T01:02:03.000004Z",
    "warc": "warcs/2026/11/20/x.warc.gz",
    "offset": 777,
    "length": 888,
    "status": 200,
    "mime": "font/woff2",
    "digest": "sha1:" + "B" * 32,
}


def event(**changes: Any) -> Capture:
    """A style sheet, a picture behind a redirect, a font from an earlier capture, and a picture that was left out."""
    listed = Listed(
        PageOf(PAGE, AT),
        "page",
        told={STYLE: {"kind": "style", "fresh_until": "2026-12-01T00:00:00Z"}, PICTURE: {"kind": "image"}},
        pointers=[POINTER],
        left_out=[LeftOut("https://news.example/secret.png", "robots.txt does not allow it")],
    )
    exchanges = [
        exchange(http(b"p{}", 'ETag: "7"', kind="text/css"), STYLE),
        exchange(http(b"", f"Location: {PICTURE}", status="302 Found"), MOVED),
        exchange(http(bytes(range(256)) * 9, kind="image/jpeg"), PICTURE),
    ]
    made = capture(*exchanges, url=PAGE, purpose="requisites", requisites=listed)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def page_event() -> Capture:
    return capture(exchange(http(b"<p>story</p>"), PAGE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data, _, file = written(page_event(), event())
    path = tmp_path / file.key
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return tmp_path


def test_an_event_of_requisites_is_a_valid_part_of_a_warc_file() -> None:
    kinds = [record.type for record in valid(page_event(), event())]
    assert kinds == [
        "warcinfo",
        *("response", "request"),
        "metadata",
        *("response", "request") * 3,
        "metadata",
    ]


def test_the_list_says_of_each_record_where_it_stands_and_what_the_response_was() -> None:
    _, (_, stored), file = written(page_event(), event())
    found = read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
    own = [line for line in found.lines if line["warc"] == file.key]
    assert [(line["url"], line["offset"], line["length"], line["status"]) for line in own] == [
        (hop.url, hop.offset, hop.length, hop.status) for hop in stored.hops
    ]
    style, moved, _ = own
    assert (style["kind"], style["etag"], style["fresh_until"]) == ("style", '"7"', "2026-12-01T00:00:00Z")
    assert (style["mime"], style["size"], style["digest"]) == ("text/css", 3, sha1(b"p{}"))
    assert moved["redirect"] == PICTURE
    assert (found.page, found.level) == (PageOf(PAGE, AT), "page")


def test_a_line_stands_for_a_record_of_an_earlier_event() -> None:
    _, (stored,), _ = written(event())
    found = read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
    assert found.lines[-1] == POINTER


def test_what_was_left_out_is_named_with_its_reason_up_to_a_number_and_all_of_it_is_counted() -> None:
    many = [LeftOut(f"https://news.example/{number}.png", "too many") for number in range(300)]
    made = event()
    assert made.requisites
    made.requisites.left_out = many
    _, (stored,), _ = written(made)
    found = read(stored.metadata, warc=stored.warc, offset=stored.meta_offset)
    assert (found.left_out, found.left_out_count) == (many[:200], 300)


def test_a_picture_that_repeats_an_earlier_one_is_a_revisit_whose_line_leads_to_it() -> None:
    body = bytes(range(256)) * 9
    made = event(earlier={PICTURE: earlier(sha1(body), PICTURE)})
    _, (stored,), _ = written(made)
    line = read(stored.metadata, warc=stored.warc, offset=stored.meta_offset).lines[2]
    assert line["revisit"] == "identical-payload-digest"
    assert (line["original_captured"], line["original_warc"]) == (
        "2026-11-20T01:02:03.000004Z",
        "warcs/2026/11/20/x.warc.gz",
    )
    assert (line["original_offset"], line["original_length"]) == (321, 4321)


def test_a_reader_of_the_file_gets_the_event_as_the_writer_left_it() -> None:
    data, stored, file = written(page_event(), event())

    assert list(read_captures(io.BytesIO(data), file=file.key)) == stored


def test_a_page_of_which_nothing_was_asked_keeps_the_list_of_what_stands_for_it() -> None:
    made = event(exchanges=[])
    data, stored, file = written(page_event(), made)

    assert list(read_captures(io.BytesIO(data), file=file.key)) == stored
    assert [line["url"] for line in read(stored[1].metadata, warc="x", offset=0).lines] == [FONT]
    assert [item["site"] for item in requisites.items(stored[1])] == ["requisites=example,news"]


def many(number: int, host: str = "news.example") -> list[Line]:
    return [{**POINTER, "url": f"https://{host}/{each}.png"} for each in range(number)]


def items_of(pointers: list[Line]) -> list[rows.Item]:
    listed = Listed(PageOf(PAGE, AT), "page", pointers=pointers)
    _, (stored,), _ = written(event(exchanges=[], requisites=listed))
    return requisites.items(stored)


def test_the_table_gets_one_item_for_a_page_and_a_link_from_each_other_site_and_no_row() -> None:
    _, (_, stored), _ = written(page_event(), event())
    items = rows.items(stored, bucket="b", index_terms=("author", "tag"))
    for item in items:
        rows.check(item)
    item, link = items
    assert (item["site"], item["capture"]) == ("requisites=example,news", f"{AT} example,news)/story")
    assert (item["count"], item["offset"], "day" in item) == (4, stored.meta_offset, False)
    assert link == {"site": "requisites-on=org,example", "capture": "example,news"}


@pytest.mark.parametrize(("number", "most"), [(40, 600), (120, 1024), (300, 1400), (450, 1700), (451, 700)])
def test_an_item_has_every_url_of_a_list_and_stays_small(number: int, most: int) -> None:
    (item,) = items_of(many(number))
    assert sum(len(name) + len(str(value)) for name, value in item.items()) <= most
    assert all(requisites.may_have(item, line["url"]) for line in many(number))


@pytest.mark.slow
def test_whoever_looks_for_a_url_opens_few_lists_in_vain() -> None:
    (item,) = items_of(many(300))
    tried = [f"https://news.example/{number}.jpg" for number in range(3000)]
    assert sum(requisites.may_have(item, url) for url in tried) < 3000 / 50


def test_a_page_on_any_number_of_sites_is_linked_from_fifty_those_with_most_of_it() -> None:
    elsewhere = [line for number in range(300) for line in many(1, f"a{number}.example")]
    _, *links = items_of(elsewhere + many(9, "pictures.example"))
    assert len(links) == 50
    assert links[0] == {"site": "requisites-on=example,pictures", "capture": "example,news"}


def test_the_items_are_the_same_whether_made_of_what_was_written_or_of_the_file() -> None:

    data, stored, file = written(page_event(), event())
    again = list(read_captures(io.BytesIO(data), file=file.key))
    assert requisites.items(again[1]) == requisites.items(stored[1])


def test_an_item_knows_its_urls_in_every_scheme_and_no_others() -> None:
    item, _ = requisites.items(written(event())[1][0])
    assert requisites.may_have(item, STYLE)
    assert requisites.may_have(item, STYLE.replace("https", "http"))
    assert requisites.may_have(item, MOVED)
    assert not any(requisites.may_have(item, f"{PICTURE}{number}") for number in range(100))


def test_items_of_before_there_were_links_lead_to_their_lists() -> None:
    """There was one for each site, which had the URLs of that site."""
    own = {"urls": requisites.packed([STYLE])["hashes"], "count": 1}
    other = {"urls": requisites.packed([MOVED, PICTURE])["hashes"], "count": 2}
    assert requisites.may_have(own, STYLE)
    assert not requisites.may_have(own, PICTURE)
    assert requisites.may_have(other, PICTURE)
    assert not requisites.may_have({}, PICTURE), "none of its list was on the page's own site"


def test_the_list_of_a_page_is_found_from_its_row(folder: Path) -> None:
    reader = FolderReader(folder)
    found = requisite_lists.of_page(reader, reader.files, {"url": PAGE, "captured": AT})
    assert found
    assert [line["url"] for line in found.lines] == [STYLE, MOVED, PICTURE, FONT]
    assert found.gone == frozenset()
    assert requisite_lists.of_page(reader, reader.files, {"url": STYLE, "captured": AT}) is None
    reader.close()


def test_an_item_that_leads_to_no_list_is_damage_at_a_place(folder: Path) -> None:
    reader = FolderReader(folder)
    (row,) = reader.page(of_url(PAGE), limit=2).items
    place = {"warc": row["warc"], "offset": row["meta_offset"], "length": row["meta_length"]}
    with pytest.raises(WarcError) as not_a_list:
        requisite_lists.open_list(reader.files, place)
    assert (not_a_list.value.file, not_a_list.value.offset) == (row["warc"], row["meta_offset"])
    assert not_a_list.value.reason == str(not_a_list.value.__cause__)
    response = {"warc": row["warc"], "offset": row["offset"], "length": row["length"]}
    with pytest.raises(WarcError, match="no metadata record there") as no_record:
        requisite_lists.open_list(reader.files, response)
    assert (no_record.value.file, no_record.value.offset) == (row["warc"], row["offset"])
    reader.close()


def test_of_the_rows_that_records_of_a_list_have_only_tombstones_say_that_they_are_gone(folder: Path) -> None:
    class WithRows(FolderReader):
        def rows(self, keys: Any) -> list[Item]:
            copied = {"url": FONT, "captured": POINTER["captured"], "warc": "copy", "offset": 1, "length": 2}
            taken_down = {"url": STYLE, "captured": AT, "deleted": "2026-11-24T00:00:00Z"}
            return super().rows(keys) or [{**copied, "digest": POINTER["digest"]}, taken_down]

    reader = WithRows(folder)
    found = requisite_lists.of_page(reader, reader.files, {"url": PAGE, "captured": AT})
    assert found
    assert found.gone == {(STYLE, AT)}
    assert [(line["url"], line["warc"]) for line in found.lines][-1] == (FONT, "copy")
    reader.close()


def test_lines_are_written_into_an_index_as_rows_are(folder: Path) -> None:
    reader = FolderReader(folder)
    found = requisite_lists.of_page(reader, reader.files, {"url": PAGE, "captured": AT})
    assert found
    line = cdxj_line(found.lines[0])
    assert line.startswith("example,news)/main.css 20261123205220 {")
    assert json.loads(line.split(" ", 2)[2])["filename"] == found.lines[0]["warc"]
    reader.close()


def test_a_requisite_is_found_by_its_own_url_the_nearest_first(tmp_path: Path) -> None:
    for day in (1, 5, 9):
        made = event()
        assert made.requisites
        at = datetime(2026, 11, day, 12, tzinfo=UTC)
        made.requisites.page = PageOf(PAGE, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        for each in made.exchanges:
            each.started = at
        data, _, _ = written(made)
        (tmp_path / f"{day}.warc.gz").write_bytes(data)
    reader = FolderReader(tmp_path)

    def days(url: str, near: datetime | None) -> list[int]:
        found = requisite_lists.of_url(reader, reader.files, url, near=near)
        return [int(line["captured"][8:10]) for line in found]

    assert days(PICTURE, None) == [9, 5, 1]
    assert days(PICTURE, datetime(2026, 11, 6, tzinfo=UTC)) == [5, 9, 1]
    assert days(PICTURE.replace("https", "http"), datetime(2026, 11, 1, tzinfo=UTC)) == [1, 5, 9]
    assert days(FONT, None) == [20]  # pointed at three times, captured once
    assert days("https://news.example/never.css", None) == []
    reader.close()


def write_page(folder: Path, page: str, at: datetime, exchanges: list[Exchange]) -> None:
    listed = Listed(PageOf(page, iso_utc(at)), "page")
    for each in exchanges:
        each.started = at
    of_page = capture(*exchanges, url=page, purpose="requisites", requisites=listed, started=at)
    html = capture(exchange(http(b"<p>story</p>"), page, started=at), started=at)
    data, _, _ = written(html, of_page)
    (folder / f"{iso_utc(at)[:13]}.warc.gz").write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("sites", [3, 60])
def test_a_requisite_on_a_host_of_many_sites_is_found_at_its_time(tmp_path: Path, sites: int) -> None:
    """Of sixty sites not all are looked at; at the time of a page, those that were captured then are."""
    first = datetime(2026, 11, 1, tzinfo=UTC)
    times = [first + timedelta(hours=number) for number in range(sites)]
    for number, at in enumerate(times):
        write_page(tmp_path, f"https://news{number:02}.example/story", at, [exchange(http(b"font"), SHARED)])
    reader = FolderReader(tmp_path)
    for at in times:
        found = requisite_lists.of_url(reader, reader.files, SHARED, near=at)
        assert next(found)["captured"] == iso_utc(at)
        shared = list(requisite_lists.of_url(reader, reader.files, SHARED, near=at))
        assert len(shared) == min(sites, requisite_lists.OPENED)
    reader.close()


def test_a_link_stays_while_any_file_may_need_it(tmp_path: Path) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for number in range(2):
        page = f"https://news.example/story{number}"
        write_page(tmp_path, page, at + timedelta(days=number), [exchange(http(b"font"), SHARED)])
    reader = FolderReader(tmp_path)
    max(tmp_path.glob("*.warc.gz")).unlink()
    reader.refresh()
    assert len(list(requisite_lists.of_url(reader, reader.files, SHARED))) == 1
    reader.close()


@pytest.mark.parametrize(
    "line",
    [
        "text",
        {"url": STYLE},
        {"url": "ftp://x/", "captured": AT, "before": 1, "length": 1},
        {"url": STYLE, "captured": "once", "before": 1, "length": 1},
        {"url": STYLE, "captured": AT, "before": 1000, "length": 1},
        {"url": STYLE, "captured": AT, "before": "1", "length": 1},
        {"url": STYLE, "captured": AT, "before": 1, "length": -1},
        {"url": STYLE, "captured": AT, "warc": 5, "offset": 1, "length": 1},
        {"url": STYLE, "captured": AT, "warc": "w", "offset": True, "length": 1},
    ],
)
def test_a_line_that_makes_no_sense_is_left_out_and_the_others_stay(line: Any) -> None:
    facts = {"purpose": "requisites", "page": {"url": PAGE, "captured": AT}, "requisites": [line, POINTER]}
    assert read(facts, warc="w", offset=100).lines == [POINTER]


@pytest.mark.parametrize("page", [None, {}, {"url": PAGE}, {"url": "x", "captured": AT}])
def test_a_list_of_no_page_is_not_a_list(page: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        read({"purpose": "requisites", "page": page, "requisites": []}, warc="w", offset=1)
