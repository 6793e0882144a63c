"""What changed between two captures of a page: the article's fields, and its text paragraph by paragraph."""

import difflib
from dataclasses import dataclass, field
from typing import Any

from pressmark.archive import content
from pressmark.archive.content import Files
from pressmark.archive.ranges import Reader
from pressmark.archive.rows import Item, article_of_row
from pressmark.errors import NotFoundError, TakenDownError, WarcError

FIELDS = (
    "title authors published modified description section tags image kind language canonical_url is_paywalled "
    "copyright licence comments_url"
).split()
"""The article's fields that are compared."""


@dataclass(frozen=True, slots=True)
class Version:
    """One capture, read back. article: its fields as recorded; text: its text, empty if there is none.

    lost: why the text is not known, otherwise empty: the capture that a revisit repeats was taken down, or bytes are
    missing or damaged. damaged: whether it is the latter.
    """

    row: Item
    article: dict[str, Any]
    text: str
    lost: str = ""
    damaged: bool = False


@dataclass(slots=True)
class Difference:
    """What changed from ``old`` to ``new``.

    fields: for each field that changed, its value before and after (None: it had none). text: a unified diff of the
    paragraphs, without file headers. facts: status, error, redirect and payload, if they changed.
    """

    old: Item
    new: Item
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    facts: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_visible(self) -> bool:
        """Whether anything changed that a reader would see; other bytes alone (a token, an advertisement) do not
        count."""
        return bool(self.fields or self.text or self.facts.keys() - {"digest", "size"})

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as a JSON object."""
        return {
            "url": self.new["url"],
            "from": self.old["captured"],
            "to": self.new["captured"],
            "changed": self.is_visible,
            "fields": {name: {"from": old, "to": new} for name, (old, new) in self.fields.items()},
            "text": self.text,
            "facts": {name: {"from": old, "to": new} for name, (old, new) in self.facts.items()},
        }


def read(reader: Reader, files: Files, row: Item) -> Version:
    """Read a capture back; if its bytes are lost, only what its row says of it. Raises ArchiveError."""
    try:  # an unchanged page has its complete metadata with its first capture
        source = content.original_of(reader, row)
    except TakenDownError as error:
        return Version(row, article_of_row(row), "", str(error))
    if source is None and "original_captured" in row:
        lost = f"the capture of {row['original_captured']} that it repeats is not in the readable part of this archive"
        return Version(
            row, article_of_row(row), "", f"{row['url']} at {row['captured']}: {lost}", damaged=True
        )
    try:
        recorded, text = content.facts(files, source or row)
    except (NotFoundError, WarcError) as error:
        return Version(
            row, article_of_row(row), "", f"{row['url']} at {row['captured']}: {error}", damaged=True
        )
    return Version(row, recorded.get("article") or article_of_row(row), text or "")


def compare(old: Version, new: Version) -> Difference:
    """Compare two captures. A page found unchanged (a revisit) has no difference; a lost text is not compared."""
    found = Difference(old.row, new.row)
    for name in ("status", "error", "redirect", "digest", "size"):
        before, after = old.row.get(name), new.row.get(name)
        # A revisit's own status may be 304, and it has no payload of its own.
        stands_for_another = name in ("status", "size") and ("revisit" in old.row or "revisit" in new.row)
        if before != after and not stands_for_another:
            found.facts[name] = (before, after)
    if "revisit" in new.row and found.facts.keys() <= {"size"}:
        return found
    known = [each.article for each in (old, new)]
    if old.lost or new.lost:  # a row holds less than the metadata record; compare like with like
        known = [article_of_row(each.row) for each in (old, new)]
    for name in FIELDS:
        before, after = (_plain(article.get(name)) for article in known)
        if before != after:
            found.fields[name] = (before, after)
    if old.lost or new.lost:
        return found
    lines = list(difflib.unified_diff(old.text.splitlines(), new.text.splitlines(), n=1, lineterm=""))
    found.text = lines[2:]  # after the two lines that name files
    return found


def _plain(value: Any) -> Any:
    """Return a field's value for comparison: an image's URL, None for an empty value."""
    if isinstance(value, dict):
        return value.get("url")
    return value if value not in ("", []) else None
