"""Looks up captures by author, tag and the like, if the table has no items for that (the parameter IndexTerms)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pressmark.archive.keys import fold_term
from pressmark.archive.rows import MAX_LIST_TEXT
from pressmark.archive.selection import Selection

if TYPE_CHECKING:
    from pressmark.catalog.asking import Asking

_VALUES = {
    "author": "unnest(authors)",
    "tag": "unnest(tags)",
    "label": "unnest(labels)",
    "section": "section",
}
_HAS = {
    "author": "list_has_any(authors, ?)",
    "tag": "list_has_any(tags, ?)",
    "label": "list_has_any(labels, ?)",
    "section": "list_contains(?, section)",
}


def keys(
    database: "Asking", selection: Selection, before: tuple[str, str] | None
) -> Iterator[tuple[str, str]]:
    """Yield ``site`` and ``capture`` of the rows that have a selection's terms, newest first, each once.

    Values are folded as for look-up items; the open table also has values that were cut from rows. before: time and key
    of a capture; only captures after it in this order are yielded. Raises DamagedTableError, ArchiveError.
    """
    conditions: list[str] = []
    values: list[object] = []
    for kind, value in selection.terms:
        if kind in _HAS:
            conditions.append(_HAS[kind])
            values.append(_spellings(database, kind, value))
        else:
            # A digest finds captures that have the bytes, not revisits of them.
            conditions.append("digest = ? AND size > 0" if kind == "digest" else f"{kind}::VARCHAR = ?")
            values.append(value)
    if before is not None:
        conditions.append("(captured, capture) < (?::TIMESTAMP, ?)")
        values += [before[0].removesuffix("Z"), before[1]]
    sql = (
        f"SELECT DISTINCT captured, capture, site FROM captures WHERE {' AND '.join(conditions)} "  # noqa: S608 - ours
        "ORDER BY captured DESC, capture DESC"
    )
    for batch in database.ask(sql, values).batches:
        yield from ((site, capture) for _, capture, site in batch)


def _spellings(database: "Asking", kind: str, value: str) -> list[str]:
    """Return every spelling of a value in the files: DuckDB has no NFKC, so they are folded and compared here."""
    wanted = fold_term(value)
    found = database.ask(f"SELECT DISTINCT {_VALUES[kind]} FROM captures").batches  # noqa: S608 - ours
    every = (each for batch in found for (each,) in batch if each)
    return [each for each in every if wanted in (fold_term(each), fold_term(each[:MAX_LIST_TEXT]))]
