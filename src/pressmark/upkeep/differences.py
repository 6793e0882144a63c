"""Compares a row with the record that it points to, and with the row of another record of the same capture."""

from collections.abc import Iterator, Sequence

from pressmark.archive.rows import Item
from pressmark.warc.check import Checked
from pressmark.warc.records import METADATA_URI
from pressmark.warc.stated import capture_time


def is_copy(item: Item, there: Item) -> bool:
    """Whether the table has the row of another record of the same capture, which two files may hold."""
    names = ("url", "status", "digest", "revisit")
    place, places = (item.get("warc"), item.get("offset")), (there.get("warc"), there.get("offset"))
    return "warc" in there and place != places and all(item.get(name) == there.get(name) for name in names)


def differences(row: Item, found: Sequence[Checked]) -> Iterator[str]:
    """Name the attributes in which a row differs from the record that it points to."""
    if len(found) != 1:
        yield f"{len(found)} records where one should be"
        return
    record = found[0]
    expected = (
        "revisit"
        if "revisit" in row
        else row.get("record") or ("response" if "digest" in row else record.type)
    )
    about = METADATA_URI + row["url"] if record.type == "metadata" else row["url"]  # nothing was answered
    try:
        date = capture_time(record.date, record.url.removeprefix(METADATA_URI))
    except ValueError:
        date = record.date
    pairs = [
        ("record is a", record.type, expected),
        ("URL is", record.url, about),
        ("date is", date, row["captured"]),
    ]
    if record.type != "resource":  # for a resource record, the row may have its block's digest
        pairs.append(("digest is", str(record.digest), str(row.get("digest"))))
    if record.type == "response":
        pairs.append(("size is", str(record.size), str(row.get("size", 0))))
    for what, there, said in pairs:
        if there != said:
            yield f"the {what} {there}, the row says {said}"


def pointer_differences(line: Item, found: Sequence[Checked]) -> Iterator[str]:
    """Name the attributes in which a line of a page's requisites differs from the earlier record that it points to."""
    if len(found) != 1:
        yield f"{len(found)} records where one should be"
        return
    record = found[0]
    if record.problem:
        yield record.problem
    try:
        date = capture_time(record.date, record.url)
    except ValueError:
        date = record.date
    pairs = [("URL is", record.url, line["url"]), ("date is", date, line["captured"])]
    pairs += [("digest is", str(record.digest), line["digest"])] if "digest" in line else []
    for what, there, said in pairs:
        if there != said:
            yield f"the {what} {there}, the list says {said}"
