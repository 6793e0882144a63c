"""What a row's bytes are: of a revisit, those of the capture that it stands for."""

import gzip
from datetime import timedelta
from pathlib import Path

from tests.factories import NOON, article_html, earlier_for, make_capture, write_warc

from pressmark.archive.content import facts, original_of, response, text_of
from pressmark.archive.folder import FolderReader
from pressmark.archive.ranges import of_url
from pressmark.warc.writer import WarcFile

PAGE = "https://example.com/news/1"


def put(folder: Path, warc: WarcFile) -> None:
    path = folder / warc.key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(warc.open().read())
    warc.close()


def test_a_revisit_gives_the_response_and_the_text_of_the_capture_that_it_repeats(tmp_path: Path) -> None:
    first, (stored,) = write_warc([make_capture(PAGE)])
    again = make_capture(PAGE, at=NOON + timedelta(hours=1), earlier=earlier_for(stored))
    second, _ = write_warc([again], serial=1)
    put(tmp_path, first)
    put(tmp_path, second)
    reader = FolderReader(tmp_path)
    revisit, original = reader.page(of_url(PAGE), limit=2).items
    assert "revisit" in revisit

    found = response(reader.files, revisit)

    assert (found.url, found.captured) == (PAGE, original["captured"])
    assert found.body == found.decoded().data == article_html().encode()
    assert b"".join(found.decoding()) == found.body
    assert facts(reader.files, revisit)[1] is None
    assert text_of(reader, reader.files, revisit) == text_of(reader, reader.files, original)
    assert "The morning ferry" in (text_of(reader, reader.files, revisit) or "")
    reader.close()


def test_the_text_of_a_page_is_read_from_a_file_that_was_unpacked(tmp_path: Path) -> None:
    warc, _ = write_warc([make_capture(PAGE)])
    (tmp_path / "unpacked.warc").write_bytes(gzip.decompress(warc.open().read()))
    warc.close()
    reader = FolderReader(tmp_path)
    (row,) = reader.page(of_url(PAGE), limit=2).items
    assert "The morning ferry" in (text_of(reader, reader.files, row) or "")
    reader.close()


def test_a_revisit_whose_original_is_gone_is_not_given_the_text_of_another_page_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    gone, (stored,) = write_warc([make_capture(PAGE)])
    gone.close()
    again = make_capture(PAGE, at=NOON + timedelta(hours=1), earlier=earlier_for(stored))
    put(tmp_path, write_warc([again, make_capture("https://example.org/copy")], serial=1)[0])
    reader = FolderReader(tmp_path)
    (revisit,) = reader.page(of_url(PAGE), limit=2).items
    assert original_of(reader, revisit) is None
    assert text_of(reader, reader.files, revisit) is None
    reader.close()
