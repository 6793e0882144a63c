"""Exports read back by other people's tools."""

import io
import json
from pathlib import Path

import pytest
from tests import foreign
from tests.export.conftest import NOW, Archive
from tests.factories import PAGE
from tests.hostile.replaying import Judge

from pressmark.archive.content import response
from pressmark.export import cdx, merge, wacz

pytestmark = pytest.mark.e2e

WACZ = foreign.TOOLS / "replay" / "bin" / "wacz"


def test_cdxj_is_line_by_line_what_cdxj_indexer_writes(archive: Archive) -> None:
    theirs = foreign.run(
        foreign.require(foreign.CDXJ_INDEXER), "--sort", "--dir-root", archive.folder, *archive.warcs
    )
    # It indexes our metadata records, too; those are no captures.
    expected = [line for line in theirs.splitlines() if '"mime": "application/json"' not in line]
    assert list(cdx.cdxj(archive.rows())) == expected


def test_cdx11_is_line_by_line_what_cdxj_indexer_writes(archive: Archive) -> None:
    theirs = foreign.run(
        foreign.require(foreign.CDXJ_INDEXER), "-11", "--sort", "--dir-root", archive.folder, *archive.warcs
    )
    expected = [line for line in dict.fromkeys(theirs.splitlines()) if " application/json " not in line]
    assert list(cdx.cdx11(archive.rows())) == expected


def test_a_merged_warc_passes_every_checker(archive: Archive, judge: Judge) -> None:
    out = io.BytesIO()
    copied = list(merge.merge(archive.reader, archive.reader.files, archive.rows(), out))
    index = [entry for entry in judge.read([out.getvalue()]) if entry["mime"] != "application/json"]
    ours = {(each.row["url"], each.row["offset"]) for each in copied if cdx.is_indexed(each.row)}
    assert {(entry["url"], int(entry["offset"])) for entry in index} == ours


def test_wacz_validates(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with path.open("wb") as out:
        wacz.write_wacz(out, archive.copy, created=NOW, title="Ferries")
    verdict = foreign.run(foreign.require(WACZ), "validate", "-f", path, env={"HOME": str(tmp_path)})
    assert "Validation succeeded" in verdict


def test_pywb_replays_the_archive_with_our_index_as_it_is(archive: Archive, judge: Judge) -> None:
    """Every capture, revisits and redirects too, byte for byte."""
    files = {str(path.relative_to(archive.folder)): path.read_bytes() for path in archive.warcs}
    judge.show(files, cdx.cdxj(archive.rows()))
    replayed = 0
    for row in archive.rows():
        if not cdx.is_indexed(row):
            continue
        stored = response(archive.reader.files, row)
        answer = judge.get(row["url"], row["captured"][:19].translate({ord(c): None for c in "-T:"}))
        status = int(stored.head.split(b" ", 2)[1])
        assert (answer.status, answer.body) == (status, stored.body), json.dumps(row)
        replayed += 1
    assert replayed == 11
    assert judge.get(PAGE).body == response(archive.reader.files, archive.rows(url=PAGE)[0]).body
