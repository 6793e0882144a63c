"""How a capture ended, according to its row: decides which capture answers somebody who asks for a page without a time.

A page that vanishes must not hide what was archived of it. So the newest capture that succeeded comes first, then one
that is cut off, then an error page, and last a capture that got nothing at all.
"""

from enum import IntEnum

from pressmark.archive.rows import Item


class Worth(IntEnum):
    """How much of its page a capture gives; smaller is better."""

    WHOLE = 0
    CUT = 1
    ERROR_PAGE = 2
    NOTHING = 3


def is_answer(row: Item) -> bool:
    """Whether a row stands for a document, or for a revisit of one; a capture that got no answer has none.

    Its row points to its metadata record. That of another tool's file points to no metadata record.
    """
    return "warc" in row and (
        bool(row.keys() & {"digest", "revisit", "status", "record"}) or not row.get("meta_length")
    )


def worth(row: Item) -> Worth:
    """Return how much a whole row's capture gives.

    A redirect is complete if the page that it led to was captured with it. Only a chain's first row has the chain's
    error, so a later hop's row does not tell how the chain ended.
    """
    status = row.get("status", 0)
    if "deleted" in row or not is_answer(row):
        return Worth.NOTHING
    if "revisit" in row:
        return Worth.WHOLE
    if status == 304:  # not a revisit, so it has no earlier capture
        return Worth.NOTHING
    if status >= 400 or ("error" in row and not 200 <= status < 300):
        return Worth.ERROR_PAGE
    if "error" in row:
        return Worth.CUT
    return Worth.CUT if "truncated" in row else Worth.WHOLE


def is_archived(row: Item) -> bool:
    """Whether a row says that its URL was archived: requested and captured without an error, or a page in any case.

    A hop of a chain that began at another URL has no error of its own; for it, what counts is whether it is a page.
    """
    if "error" in row or "deleted" in row:
        return False
    return "requested" not in row or "revisit" in row or 200 <= row.get("status", 0) < 300


def is_capture_of(row: Item, message_id: str, url: str) -> bool:
    """Whether a row says that a message made its capture of the URL it asked for.

    That row is written last, so everything else is there. A redirect from http to https leaves two rows under one
    urlkey. A row with an error does not count: whoever puts a dead letter back wants another try.
    """
    return row.get("message_id") == message_id and row["url"] == url and "error" not in row


def told(row: Item) -> str:
    """Say in a few words how a capture ended."""
    if "deleted" in row:
        return "taken down"
    parts = [str(row[name]) for name in ("error", "status") if name in row]
    return ", ".join([*parts, *(["cut off"] if "truncated" in row and "error" not in row else [])])
