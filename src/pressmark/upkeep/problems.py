"""What a verification can find, and its summary when it is done."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = {
    "damaged-file": "a place in a WARC file that cannot be read, or holds something other than a capture",
    "wrong-digest": "a record whose bytes do not match its digest",
    "no-bytes": "a row, or a line of a page's requisites, that leads to nothing",
    "wrong-bytes": "a row, or a line of a page's requisites, that leads to a different record than it says",
    "lost-capture": "a capture that the folder once held and no file holds any more",
    "no-row": "a capture in a WARC file without its row; `pressmark rebuild` writes it",
    "no-term": "a row without one of its look-up items; `pressmark rebuild` writes it",
    "taken-down": "a look-up item of a capture that was taken down; `pressmark rebuild` deletes it",
    "different-row": "a row that does not say what its WARC file says; `pressmark rebuild` mends it",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be. kind: a key of KINDS. Empty or None if it does not apply."""

    kind: str
    detail: str
    warc: str = ""
    offset: int | None = None
    url: str = ""
    captured: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


@dataclass(slots=True)
class Verified:
    """How much was checked, and how many problems of each kind there were.

    passed: records that are not of web pages, by kind; they are not problems.
    """

    files: int = 0
    records: int = 0
    rows: int = 0
    bytes: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self) | {"passed": dict(self.passed), "problems": dict(self.problems)}
