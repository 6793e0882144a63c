"""Rows: a pure function of a capture's records in its WARC file (D1).

The pipeline calls it with what it has just written, a rebuild with what it has just read; both must give
the same items, letter for letter. docs/table.md describes each attribute.
"""

import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pressmark.archive.keys import capture_key, term_key
from pressmark.errors import UrlError
from pressmark.forms import INDEX_TERMS
from pressmark.urls import join

if TYPE_CHECKING:  # code that only reads rows need not load the code that reads pages
    from pressmark.warc.stored import StoredCapture, StoredHop

# No row comes near DynamoDB's 400 KB item limit, whatever a page says; most stay under 2 KB, which is two
# write units. The whole values are in the WARC's metadata record.
LIMITS = {"title": 500, "description": 600, "section": 100, "site_name": 100, "language": 40, "image": 1000}
MAX_LIST = 20
MAX_LIST_TEXT = 100
MAX_LABELS = 100
"""Look-up items of a capture's labels. A message has 20 at most; other programs' records may have any number."""
MAX_FORMS = 6
MAX_FORM = 300
MAX_ETAG = 300
MAX_MIME = 100
MAX_REASON = 300

TERMS = "terms"
"""The kinds of look-up items that a row was written with, if not all: IndexTerms may change later."""

Item = dict[str, Any]


MAX_ITEM_BYTES = 380_000
"""DynamoDB takes items of 400 KB (names and values, in UTF-8); this is measured in JSON, which is longer."""

_NUMBERS = {"offset", "length", "meta_offset", "meta_length", "status", "size", "words"}
_NUMBERS |= {"original_offset", "original_length", "count", "bytes", "left_out"}
_LISTS = {"labels", "authors", "tags"}
_MAPS = {"titles"}


def check(item: Item) -> None:
    """Raise ValueError if an item is not as docs/table.md describes it; readers or the table could not handle it."""
    for name, value in item.items():
        if name in _LISTS:
            is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
        elif name in _MAPS:
            is_right = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        elif name in _NUMBERS:
            is_right = type(value) in (int, float)
        else:
            is_right = isinstance(value, str) or (name == "paywalled" and value is True)
        if not is_right:
            raise ValueError(f"{name} is {str(value)[:40]!r}, which is not a possible value")
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        for each in parts if isinstance(parts, list) else (parts,):
            _check(name, each)
    for name in ("site", "capture", "day", "captured", "published"):
        value = item.get(name)
        is_key = isinstance(value, str) and 0 < len(value.encode()) <= 1024
        if not is_key and (name in item or name in ("site", "capture")):
            raise ValueError(f"{name} is {str(value)[:40]!r}, which cannot be a key")
    if (size := len(json.dumps(item, ensure_ascii=False).encode())) > MAX_ITEM_BYTES:
        raise ValueError(f"its metadata takes {size:,} bytes; an item holds at most {MAX_ITEM_BYTES:,}")


def _check(name: str, value: Any) -> None:
    if isinstance(value, str):
        value.encode("utf-8")  # a lone surrogate has no UTF-8 form
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}, which is not a number")
    elif abs(value) >= 10**38:  # DynamoDB's numbers have 38 digits
        raise ValueError(f"{name} has more than 38 digits")


def items(stored: "StoredCapture", *, bucket: str, index_terms: Sequence[str]) -> list[Item]:
    """Return every item that a capture event puts into the table: a row for each hop, and the term items.

    An event of requisites has other items (:mod:`pressmark.archive.requisites`).
    """
    if stored.is_list:
        # Imported here: few pages have any, and a cold start need not load the module.
        from pressmark.archive import requisites

        return requisites.items(stored)
    rows = list(_rows(stored, bucket))
    if left_out := set(INDEX_TERMS) - set(index_terms):
        for row in rows:
            row[TERMS] = ",".join(kind for kind in INDEX_TERMS if kind not in left_out) or "none"
    return rows + [term for row in rows for term in terms(row, index_terms)]


def terms(row: Item, index_terms: Sequence[str]) -> list[Item]:
    """Return the term items of a row. Failures are always indexed: they are few, and they are asked for."""
    wanted: dict[tuple[str, str], Item] = {}

    def add(kind: str, value: str) -> None:
        key = term_key(kind, value, row)
        if key["site"] != f"{kind}=":
            wanted[key["site"], key["capture"]] = key

    if "error" in row:
        add("error", row["error"])
    if row.get("status", 0) >= 400:
        add("status", str(row["status"]))
    for label in row.get("labels", ())[:MAX_LABELS]:
        add("label", label)
    if "author" in index_terms:
        for author in row.get("authors", ()):
            add("author", author)
    if "section" in index_terms and "section" in row:
        add("section", row["section"])
    if "tag" in index_terms:
        for tag in row.get("tags", ()):
            add("tag", tag)
    # Not of revisits, which hold no bytes: a digest leads to a URL, and its captures include them. Revisits in
    # other tools' files may name their original by its digest alone, so what was imported is always found by it.
    if ("digest" in index_terms or "imported" in row) and "digest" in row and row.get("size"):
        add("digest", row["digest"])
    shared: Item = {name: row[name] for name in ("url", "captured", "title", "status") if name in row}
    if "published" in row:
        # Under another name: with by_published's key in it, every term item would be copied to that index, which
        # nobody asks for terms, at the price of one more write each.
        shared["dated"] = row["published"]
    return [shared | key for key in wanted.values()]


def is_due(term: Item, written: str) -> bool:
    """Whether a row that was ``written`` with only some kinds of term items (TERMS) should have this one."""
    kind = term["site"].partition("=")[0]
    return kind not in INDEX_TERMS or kind in written.split(",")


def _rows(stored: "StoredCapture", bucket: str) -> Iterator[Item]:
    last = len(stored.hops) - 1
    for index, hop in enumerate(stored.hops):
        row = _hop_row(stored, hop, index, bucket)
        if index == 0:  # the URL that was asked for gets the error
            _add_error(row, stored)
        if index == last:
            _add_article(row, stored, hop)
        else:
            row["final"] = stored.hops[last].url
        yield {name: value for name, value in row.items() if value not in (None, "", [])}


def _hop_row(stored: "StoredCapture", hop: "StoredHop", index: int, bucket: str) -> Item:
    facts = stored.metadata
    exchange = _exchange_facts(facts, index)
    requested = facts.get("request", {})
    etag = str(exchange.get("etag") or "")
    row: Item = {
        **capture_key(hop.url, hop.captured),
        "url": hop.url,
        "captured": hop.captured,
        "day": hop.captured[:10],
        "bucket": bucket,
        "warc": stored.warc,
        "offset": hop.offset,
        "length": hop.length,
        "meta_offset": stored.meta_offset,
        "meta_length": stored.meta_length,
        "status": hop.status or exchange.get("status") or None,
        "mime": hop.mime[:MAX_MIME],
        "size": hop.size,
        "digest": hop.digest,
        "truncated": hop.truncated,
        "message_id": facts.get("message_id"),
        "token": facts.get("token"),
        "labels": requested.get("tags"),
        "note": requested.get("note"),
        "requested": requested.get("url") if requested.get("url") != hop.url else None,
        "purpose": facts.get("purpose") if facts.get("purpose") != "page" else None,
        "etag": etag if len(etag) <= MAX_ETAG else None,  # a cut one would never match
        "last_modified": exchange.get("last_modified"),
        "imported": _cut(facts.get("imported", {}).get("file"), LIMITS["description"]),
    }
    if hop.record == "resource":
        row["record"] = "resource"
    if hop.location is not None:
        row["redirect"] = _redirect(hop)
    if hop.record == "revisit":
        original = facts.get("revisit_of", {})
        row["revisit"] = (hop.profile or "").rsplit("/", 1)[-1]
        row["original_url"] = hop.refers_to_url if hop.refers_to_url != hop.url else None
        row["original_captured"] = hop.refers_to_date
        row["original_warc"] = original.get("warc")
        row["original_offset"] = original.get("offset")
        row["original_length"] = original.get("length")
    return row


def _exchange_facts(facts: dict[str, Any], index: int) -> dict[str, Any]:
    answered = [exchange for exchange in facts.get("exchanges", ()) if exchange.get("status")]
    return answered[index] if index < len(answered) else {}


def _redirect(hop: "StoredHop") -> str:
    try:
        return join(hop.url, hop.location or "")
    except UrlError:
        return ascii(hop.location)[1:-1][:1000]


def _add_error(row: Item, stored: "StoredCapture") -> None:
    error = stored.metadata.get("error")
    if error:
        row["error"] = error.get("code")
        row["reason"] = str(error.get("reason") or "")[:MAX_REASON]
        # For whoever asks for the page again; of a page that came, its list of requisites says more.
        row["requisites"] = stored.metadata.get("request", {}).get("requisites")


def _add_article(row: Item, stored: "StoredCapture", hop: "StoredHop") -> None:
    article = stored.metadata.get("article")
    if article:
        row.update(article_fields(article))
        row["read"] = stored.metadata.get("read")
        if article.get("canonical_url") != hop.url:  # most pages name themselves
            row["canonical"] = _cut(article.get("canonical_url"), LIMITS["image"])


def article_fields(article: dict[str, Any]) -> Item:
    """Return the part of an article that goes into its row; ``Article.to_dict()`` in, attributes out."""
    image = article.get("image") or {}
    kind = article.get("kind")
    published = utc(article.get("published"))
    fields: Item = {
        name: _cut(article.get(name), LIMITS[name])
        for name in ("title", "description", "section", "site_name", "language")
    }
    fields |= {
        "titles": _forms(article.get("titles"), article.get("title")),
        "authors": _list(article.get("authors")),
        "tags": _list(article.get("tags")),
        "published": published,
        "modified": utc(article.get("modified")),
        "image": _cut(image.get("url"), LIMITS["image"]),
        "caption": _cut(image.get("caption"), LIMITS["description"]),
        "credit": _cut(image.get("credit"), MAX_LIST_TEXT),
        "kind": kind,
        "words": article.get("word_count") or None,
        "paywalled": True if article.get("is_paywalled") else None,
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def article_of_row(fields: Item) -> dict[str, Any]:
    """Return row attributes in the shape of ``Article.to_dict()``, the reverse of :func:`article_fields`.

    A page that has not changed (304) has no body to read; what its earlier capture said still holds.
    """
    article = {name: fields[name] for name in LIMITS.keys() - {"image"} if name in fields}
    article |= {
        name: fields[name]
        for name in ("titles", "authors", "tags", "published", "modified", "kind")
        if name in fields
    }
    image = {"url": fields.get("image"), "caption": fields.get("caption"), "credit": fields.get("credit")}
    if any(image.values()):
        article["image"] = {name: value for name, value in image.items() if value}
    if "words" in fields:
        article["word_count"] = fields["words"]
    if "paywalled" in fields:
        article["is_paywalled"] = fields["paywalled"]
    if "canonical" in fields:
        article["canonical_url"] = fields["canonical"]
    return article


def utc(value: str | None) -> str | None:
    """Write an ISO 8601 instant in UTC, so that times sort as text; one without an offset stays as it is."""
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value[:40]
    if moment.tzinfo is None:
        return value
    try:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OverflowError:  # 0001-01-01 east of Greenwich
        return value


def _cut(value: Any, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def _forms(forms: Any, title: Any) -> dict[str, str]:
    """The forms of a headline that differ from the title, by where each was found."""
    found: dict[str, str] = {}
    for where, form in forms.items() if isinstance(forms, dict) else ():
        cut = _cut(form, MAX_FORM)
        if cut and form != title and cut != _cut(title, LIMITS["title"]) and len(found) < MAX_FORMS:
            found[str(where)[:MAX_LIST_TEXT]] = cut
    return found


def _list(values: Any) -> list[str]:
    kept = [str(value)[:MAX_LIST_TEXT] for value in values or () if value]
    return list(dict.fromkeys(kept))[:MAX_LIST]
