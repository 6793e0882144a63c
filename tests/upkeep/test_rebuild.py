"""The table made anew from the files alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.readers import InProcess
from tests.upkeep.conftest import Filled

from pressmark.article import extract
from pressmark.upkeep.rebuild import finish, rebuild

pytestmark = pytest.mark.slow


def test_a_lost_table_comes_back_item_for_item(filled: Filled) -> None:
    before = filled.items()
    filled.empty()
    done = rebuild(filled.objects, filled.table, filled.indexing())
    assert filled.items() == before
    assert done.items == len(before)
    assert done.files == 3


def test_a_rebuild_can_be_broken_off_and_gone_on_with(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    filled.empty()
    told: list[str] = []
    rebuild(
        filled.objects,
        filled.table,
        filled.indexing(),
        after=keys[0],
        on_file=lambda key, _: told.append(key),
    )
    assert told == keys[1:]
    assert 0 < len(filled.items()) < len(before)
    first = filled.rebuilder()(keys[0])
    assert first.after == keys[0]
    assert filled.items() == before


@pytest.mark.parametrize("authors", [["Ines Ferro"], ["Somebody Else"]])
def test_what_is_taken_down_while_a_rebuild_is_under_way_does_not_stay_back(
    filled: Filled, authors: list[str]
) -> None:
    """Read anew as well, with what is looked up by that."""

    def read(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
        return replace(extract(html, url, content_type, **options), authors=authors)

    rebuilder = filled.rebuilder(reads=InProcess(read))
    filled.take_down(filled.rows("/page")[0])
    for key in filled.files():
        rebuilder(key)
    assert "deleted" not in filled.rows("/page")[0], "the rebuild knew nothing of it"
    with ThreadPoolExecutor(1) as threads:
        finish(rebuilder, filled.indexing(), threads, workers=1)
    assert "deleted" in filled.rows("/page")[0]
    gone = filled.rows("/page")[0]["captured"]
    assert [site for site, capture in filled.items() if "=" in site and gone in capture] == []
    assert filled.verify() == []


def test_a_dry_run_writes_nothing_and_counts_what_is_wrong(filled: Filled) -> None:
    row, other = filled.rows("/page")[:2]
    filled.table.delete([row])
    filled.table.put([filled.whole(other) | {"title": "Something else"}])
    before = filled.items()
    done = [filled.rebuilder(dry_run=True)(key) for key in filled.files()]
    assert sum(each.missing for each in done) == 1
    assert sum(each.different for each in done) == 1
    assert filled.items() == before


def test_reading_anew_changes_rows_says_what_and_can_be_taken_back(filled: Filled) -> None:
    def better(html: bytes, url: str, content_type: str | None = None, **options: Any) -> Any:
        return replace(extract(html, url, content_type, **options), authors=["Somebody Else"])

    before = filled.items()
    done = [filled.rebuilder(reads=InProcess(better))(key) for key in filled.files()]
    assert [text for each in done for text in each.unread] == []
    assert sum(each.changed["authors"] for each in done) == 5  # each capture of the page, revisits too
    after = filled.items()
    assert [row["authors"] for row in filled.rows("/page")] == [["Somebody Else"]] * 5
    assert all(row["extracted_by"].startswith("Pressmark/") for row in filled.rows("/page"))
    assert any(site == "author=somebody else" for site, _ in after)
    assert not any(site == "author=ines ferro" for site, _ in after), "what pointed to the old author is gone"
    assert filled.verify() == [], "it is looked up by what was read anew"
    rebuild(filled.objects, filled.table, filled.indexing())
    restored = filled.items()
    assert {key: restored[key] for key in before} == before


def test_damage_in_one_file_leaves_the_others_alone(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    data = filled.aws.objects()[keys[1]]
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=keys[1], Body=data[: len(data) // 2])
    done = rebuild(filled.objects, filled.table, filled.indexing())
    assert [error.file for error in done.damaged] == [keys[1]]
    assert filled.items() == before, "half a capture does not replace the row of the whole one"
    filled.empty()
    rebuild(filled.objects, filled.table, filled.indexing())
    assert {item["warc"] for item in filled.items().values() if "warc" in item} >= {keys[0], keys[2]}


def test_damage_within_a_file_costs_the_capture_it_hits_and_no_other(filled: Filled) -> None:
    before, keys = filled.items(), filled.files()
    row = filled.rows("/page")[0]
    key, at = row["warc"], row["offset"] + 30
    data = filled.aws.objects()[key]
    filled.s3.put_object(Bucket=filled.aws.bucket, Key=key, Body=data[:at] + b"\0" * 40 + data[at + 40 :])
    done = rebuild(filled.objects, filled.table, filled.indexing())
    assert [(error.file, error.offset) for error in done.damaged] == [(key, row["offset"])]
    assert "reading resumes at" in str(done.damaged[0])
    assert filled.items() == before, "half a capture does not replace the row of the whole one"
    assert [(each.kind, each.offset) for each in filled.verify() if each.kind == "damaged-file"] == [
        ("damaged-file", row["offset"])
    ]
    filled.empty()
    rebuild(filled.objects, filled.table, filled.indexing())
    after = filled.items()
    lost = {name for name, item in before.items() if "warc" in item and after.get(name) != item}
    assert len(keys) == 3
    assert {before[name]["message_id"] for name in lost} == {row["message_id"]}
