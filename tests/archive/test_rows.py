"""Rows: what a capture puts into the table, within DynamoDB's limits whatever a page says."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pressmark.archive.keys import capture_key, fold_term, split_capture, term_key, term_partition
from pressmark.archive.rows import (
    MAX_ITEM_BYTES,
    MAX_LABELS,
    article_fields,
    article_of_row,
    check,
    items,
    terms,
    utc,
)
from pressmark.archive.table import to_item
from pressmark.errors import UrlError
from pressmark.urls import MAX_URL_CHARACTERS, clean
from pressmark.warc.stored import IDENTICAL_PAYLOAD, NOT_MODIFIED, StoredCapture, StoredHop

unhurried = settings(deadline=None)  # how long an example takes says nothing on a busy machine

URL = "https://www.example.com/story"
AT = "2026-11-23T20:52:20.123456Z"
ALL_TERMS = ("author", "section", "tag", "digest")
DIGEST = "sha1:EH2SPSI2J7IA53E7X7MLVOIBNGZPXYIP"


def hop(**changes: Any) -> StoredHop:
    said: dict[str, Any] = {
        "url": URL, "captured": AT, "record_id": "<urn:uuid:1>", "record": "response", "offset": 400, "length": 900,
        "status": 200, "mime": "text/html", "digest": DIGEST, "size": 12,
    }  # fmt: skip
    return StoredHop(**{**said, **changes})


def stored(*hops: StoredHop, **facts: Any) -> StoredCapture:
    hops = hops or (hop(),)
    metadata: dict[str, Any] = {
        "pressmark": 1,
        "purpose": "page",
        "request": {"url": hops[0].url},
        "message_id": "message-1",
        "token": "token-1",
        "exchanges": [{"url": each.url, "status": each.status} for each in hops if each.status],
    }
    return StoredCapture(list(hops), metadata | facts, 2000, 300, "warcs/2026/11/23/x.warc.gz")


def rows_of(capture: StoredCapture, index_terms: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return items(capture, bucket="b", index_terms=index_terms)


def test_the_row_of_a_page_says_what_was_kept_and_where_it_stands() -> None:
    article = {
        "title": "A title", "authors": ["Jane Doe"], "published": "2026-11-23T21:00:00+01:00", "section": "World",
        "tags": ["One"], "image": {"url": "https://i.example/1.jpg", "caption": "c", "credit": None, "alt": "x"},
        "kind": "article", "word_count": 7, "is_paywalled": False, "canonical_url": URL, "language": "en",
        "text": "not in the row",
    }  # fmt: skip
    request = {"url": URL, "tags": ["Election"], "note": "n"}
    exchanges = [{"url": URL, "status": 200, "etag": '"1"', "last_modified": "Mon"}]
    (row, *_) = rows_of(stored(article=article, request=request, exchanges=exchanges))
    assert row == {
        "site": "com,example", "capture": f"com,example)/story {AT}", "url": URL, "captured": AT, "day": "2026-11-23",
        "bucket": "b", "warc": "warcs/2026/11/23/x.warc.gz", "offset": 400, "length": 900, "meta_offset": 2000,
        "meta_length": 300, "status": 200, "mime": "text/html", "size": 12, "digest": DIGEST,
        "message_id": "message-1", "token": "token-1", "labels": ["Election"], "note": "n", "etag": '"1"',
        "last_modified": "Mon", "title": "A title", "authors": ["Jane Doe"], "published": "2026-11-23T20:00:00Z",
        "section": "World", "tags": ["One"], "image": "https://i.example/1.jpg", "caption": "c", "kind": "article",
        "words": 7, "language": "en", "terms": "none",
    }  # fmt: skip


def test_a_redirect_chain_has_a_row_a_hop_the_asked_for_one_first() -> None:
    chain = stored(
        hop(url="http://example.com/a", status=301, location="/b", captured="2026-11-23T20:52:20.000001Z", size=0),
        hop(
            url="http://example.com/b",
            status=302,
            location="https://other.example/c",
            captured="2026-11-23T20:52:20.000002Z",
        ),
        hop(url="https://other.example/c", captured="2026-11-23T20:52:20.000003Z"),
        article={"title": "End"},
    )  # fmt: skip
    first, second, last = rows_of(chain)
    assert (first["redirect"], first["final"]) == ("http://example.com/b", "https://other.example/c")
    assert (second["redirect"], second["requested"]) == ("https://other.example/c", "http://example.com/a")
    assert (last["title"], last["requested"], last["site"]) == (
        "End",
        "http://example.com/a",
        "example,other",
    )
    assert "final" not in last
    assert "title" not in first
    assert "requested" not in first


def test_a_redirect_to_no_url_is_kept_as_it_was_written_in_plain_characters() -> None:
    (row,) = rows_of(stored(hop(status=302, location="mailto:a@b\x1b[31m" + "x" * 3000, size=0)))
    assert row["redirect"].startswith("mailto:a@b\\x1b[31mxxx")
    assert len(row["redirect"]) == 1000


def test_a_failure_leaves_its_code_on_the_row_of_what_was_asked_for() -> None:
    error = {"code": "not-found", "reason": "r" * 400, "url": URL}
    row, code, status = rows_of(stored(hop(status=404), error=error))
    assert (row["error"], len(row["reason"])) == ("not-found", 300)
    assert (code["site"], status["site"]) == ("error=not-found", "status=404")
    assert code["capture"] == f"{AT} com,example)/story"


def test_a_page_that_never_answered_points_to_its_metadata_record() -> None:
    nothing = StoredHop(URL, AT, "<urn:uuid:1>", "metadata", 2000, 300)
    (row, term) = rows_of(stored(nothing, error={"code": "read-timeout", "reason": "", "url": URL}))
    assert (row["offset"], row["length"]) == (2000, 300)
    assert "status" not in row
    assert "mime" not in row
    assert term["site"] == "error=read-timeout"


def test_a_revisit_names_where_its_body_stands() -> None:
    original = {"url": URL, "captured": "2026-11-20T00:00:00.000000Z", "warc": "w", "offset": 5, "length": 6}
    same = {"record": "revisit", "refers_to_url": URL, "refers_to_date": original["captured"]}
    (row,) = rows_of(stored(hop(**same, profile=IDENTICAL_PAYLOAD, size=0), revisit_of=original))
    assert (row["revisit"], row["status"]) == ("identical-payload-digest", 200)
    assert (row["original_warc"], row["original_offset"], row["original_length"]) == ("w", 5, 6)
    assert row["original_captured"] == original["captured"]
    assert "original_url" not in row
    exchanges = [{"url": URL, "status": 304}]
    unchanged = hop(**same, profile=NOT_MODIFIED, status=0, mime="", size=0)
    (row,) = rows_of(stored(unchanged, revisit_of=original, exchanges=exchanges))
    assert (row["revisit"], row["status"]) == ("server-not-modified", 304)


def test_terms_are_small_and_only_those_asked_for() -> None:
    article = {
        "title": "T",
        "authors": ["Jane  Doe", "JANE DOE", "\u200b"],
        "tags": ["a", " ", "A"],
        "section": "World",
    }
    capture = stored(article=article, request={"url": URL, "tags": ["Label"]})
    assert [item["site"] for item in rows_of(capture)[1:]] == ["label=label"]
    named = rows_of(capture, ALL_TERMS)[1:]
    assert [item["site"] for item in named] == [
        "label=label", "author=jane doe", "section=world", "tag=a", f"digest={DIGEST}"
    ]  # fmt: skip
    assert all(item.keys() == {"site", "capture", "url", "captured", "title", "status"} for item in named)


def test_an_empty_body_is_not_indexed_by_its_digest() -> None:
    assert rows_of(stored(hop(size=0)), ("digest",))[1:] == []


WIDEST = "\U00010ffe"
LIGATURE = "\ufdfa"  # NFKC makes eighteen characters of it


@pytest.mark.slow
@pytest.mark.parametrize("filler", [WIDEST, LIGATURE, "İ", "x"])
def test_no_page_makes_an_item_or_a_key_too_large(filler: str) -> None:
    long = filler * 100_000
    url = "https://" + ".".join(["a" * 60] * 4) + "/" + "a" * (MAX_URL_CHARACTERS - 260)
    assert clean(url) == url
    article = dict.fromkeys(
        ("title", "description", "section", "site_name", "language", "canonical_url"), long
    )
    article |= {"authors": [f"{n}{long}" for n in range(200)], "tags": [f"{n}{long}" for n in range(200)]}  # type: ignore[dict-item]
    article |= {"published": long, "modified": long, "image": {"url": long, "caption": long, "credit": long}}  # type: ignore[dict-item]
    capture = stored(
        hop(url=url, status=302, location=url[:-1] + "b", mime="\xff" * 200_000),
        hop(url=url[:-1] + "b", mime="\xff" * 200_000, captured=AT.replace("20.", "21.")),
        article=article,
        error={"code": "not-found", "reason": long, "url": url},
        request={"url": url[:-1] + "c", "tags": [filler * 100] * 20, "note": filler * 1000},
        exchanges=[
            {"status": 302, "etag": long, "last_modified": filler * 100},
            {"status": 200, "etag": long},
        ],
        message_id=filler * 100,
    )
    for item in rows_of(capture, ALL_TERMS):
        assert 0 < len(item["site"].encode()) <= 2048
        assert 0 < len(item["capture"].encode()) <= 1024
        assert len(item.get("published", "").encode()) <= 1024
        assert len(json.dumps(to_item(item), ensure_ascii=False).encode()) < 100_000
        assert "etag" not in item


@pytest.mark.slow
@unhurried
@example("0 \x1b 0")
@example("e\u200d\u0301")
@given(st.text())
def test_a_term_folds_to_one_line_once_and_for_all(text: str) -> None:
    folded = fold_term(text)
    assert fold_term(folded) == folded
    assert len(folded.encode("utf-8", "replace")) <= 800
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in folded)


def test_a_term_is_found_however_it_is_spelled() -> None:
    spellings = [
        "José  Álvarez",
        "JOSÉ ÁLVAREZ",
        "Jose\u0301 A\u0301lvarez",
        " josé\u00a0álvarez\n",
        "jo\u200bsé álvarez",
    ]
    assert {fold_term(spelling) for spelling in spellings} == {"josé álvarez"}
    assert term_partition("digest", DIGEST) == f"digest={DIGEST}"


def test_keys_come_apart_again() -> None:
    key = capture_key(URL, AT)
    assert split_capture(key["capture"]) == ("com,example)/story", AT)
    assert term_key("tag", "A", key) == {"site": "tag=a", "capture": f"{AT} com,example)/story"}


def test_no_host_can_pass_for_a_term() -> None:
    """A term's partition has an equals sign, which no host name has."""
    for host in ("author=jane", "a=b.example", "error=not-found"):
        with pytest.raises(UrlError, match="not a host name"):
            clean(f"https://{host}/")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T20:00:00", "2026-11-23T20:00:00"),
        ("2026-11-23T20:00:00+05:30", "2026-11-23T14:30:00Z"),
        ("2026-11-23T20:00:00Z", "2026-11-23T20:00:00Z"),
        ("2026-11-23T20:00:00.5-08:00", "2026-11-24T04:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("some day" * 100, ("some day" * 5)),
    ],
)
def test_instants_are_in_utc_so_that_they_sort(value: str | None, expected: str | None) -> None:
    assert utc(value) == expected
    assert utc(expected) == expected


TEXT = st.none() | st.text(max_size=700)


@pytest.mark.slow
@unhurried
@given(
    st.fixed_dictionaries(
        dict.fromkeys(("title", "description", "section", "site_name", "language", "kind", "published"), TEXT)
        | {
            "authors": st.lists(st.text(max_size=150), max_size=25),
            "tags": st.none() | st.lists(st.text(max_size=3), max_size=25),
            "image": st.none() | st.fixed_dictionaries({"url": st.text(), "caption": TEXT, "credit": TEXT}),
            "word_count": st.integers(0, 10**9),
            "is_paywalled": st.none() | st.booleans(),
        }
    )
)
def test_an_unchanged_page_keeps_the_fields_of_its_earlier_row(article: dict[str, Any]) -> None:
    fields = article_fields(article)
    assert article_fields(article_of_row(fields)) == fields
    assert all(value not in (None, "", []) for value in fields.values())


def test_a_record_with_a_hundred_thousand_labels_makes_a_bounded_number_of_terms() -> None:
    row = capture_key("https://example.com/", "2026-11-23T00:00:00Z") | {
        "labels": list(map(str, range(100_000)))
    }
    found = terms(row, ())
    assert len(found) == MAX_LABELS
    assert found[0]["site"] == "label=0"


def test_terms_of_a_row_do_not_repeat() -> None:
    row = {**capture_key(URL, AT), "url": URL, "captured": AT, "tags": ["a", "A", "a "]}
    assert len(terms(row, ALL_TERMS)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"published": 5},
        {"captured": "x" * 1025},
        {"site": None},
        {"words": float("nan")},
        {"words": 10**38},
        {"words": True},
        {"authors": "Ann Lee"},
        {"title": ["Ann Lee"]},
        {"title": "\ud800"},
        {"note": "x" * MAX_ITEM_BYTES},
    ],
)
def test_an_item_that_readers_or_the_table_could_not_handle_is_refused(wrong: dict[str, Any]) -> None:
    item = {
        "site": "com,example",
        "capture": "com,example)/ 2026",
        "day": "2026-11-23",
        "words": 1.5,
        "title": "T",
    }
    check(item)
    with pytest.raises(ValueError):  # noqa: PT011 - the lone surrogate's is Python's own
        check(item | wrong)
