"""What the lists of earlier captures say of a page's requisites, and how often they are read."""

from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from unittest.mock import Mock

import pytest
from tests.warc.captures import capture, close_all, exchange, http, written

from pressmark.archive import requisites
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import of_url
from pressmark.crawl.known import Known, Lists
from pressmark.http.exchange import Exchange
from pressmark.warc.records import digest_text
from pressmark.warc.requisites import Line, Listed, PageOf

PAGE = "https://news.example/story"
LOGO = "https://news.example/logo.png"
AT = "2026-11-23T20:52:20.123456Z"
BYTES = b"logo" * 9


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


def line(**changes: object) -> Line:
    """A line for a picture that came whole."""
    place = {"warc": "warcs/2026/11/23/x.warc.gz", "offset": 7, "length": 8}
    return {
        "url": LOGO,
        "captured": AT,
        "status": 200,
        "size": len(BYTES),
        "digest": digest_text(sha1(BYTES).digest()),
        **place,
        **changes,
    }


ORIGINAL = {"original_captured": "2026-11-01T00:00:00Z", "original_warc": "o", "original_offset": 1}
REVISIT = {"revisit": "identical-payload-digest", **ORIGINAL, "original_length": 2}


def came() -> Exchange:
    return exchange(http(BYTES, kind="image/png"), "https://news.example/copy.png")


def test_a_revisit_counts_only_if_its_line_says_where_the_bytes_are() -> None:
    lost = line(captured="2026-11-24T00:00:00Z", revisit="identical-payload-digest")
    assert Known([[lost], [line()]]).line(LOGO) == line()
    assert Known([[lost]]).line(LOGO) is None
    assert Known([[lost]]).same_payload(came()) is None
    assert Known([[line(**REVISIT)], [line()]]).line(LOGO) == line(**REVISIT)


def test_a_redirect_and_a_cut_response_never_stand_for_a_url() -> None:
    assert Known([[line(redirect="/b.png")]]).line(LOGO) is None
    assert Known([[line(truncated="length")]]).line(LOGO) is None


def test_a_payload_is_recognised_by_a_revisit_whose_line_has_no_size_too() -> None:
    revisit = line(**REVISIT)
    del revisit["size"]
    found = Known([[revisit]]).same_payload(came())
    assert found is not None
    assert (found.warc, found.offset, found.length, found.elsewhere) == ("o", 1, 2, True)
    assert Known([[line(size=0)]]).same_payload(came()) is None, "nothing repeats an empty body"


def test_a_list_is_read_once_for_all_pages_of_its_site(tmp_path: Path) -> None:
    listed = Listed(PageOf(PAGE, AT), "page", told={LOGO: {"kind": "image"}})
    event = capture(
        exchange(http(BYTES, kind="image/png"), LOGO), url=PAGE, purpose="requisites", requisites=listed
    )
    data, _, file = written(capture(exchange(http(b"<p>story</p>"), PAGE)), event)
    path = tmp_path / file.key
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    reader = FolderReader(tmp_path)
    files = Mock(wraps=reader.files)
    lists = Lists(reader, files)
    rows = reader.page(of_url(PAGE), limit=1).items
    assert rows
    assert [requisites.key_of(row)["site"] for row in rows] == ["requisites=example,news"]
    for _ in range(3):
        found = lists.of_page(rows)
        assert found is not None
        assert [each["url"] for each in found.lines] == [LOGO]
    assert files.get.call_count == 1
    reader.close()
