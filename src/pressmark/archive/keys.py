"""Every key of the archive table, and which questions it answers. docs/table.md shows the queries.

Partition key ``site``, sort key ``capture``. Three kinds of item share the table:

- a capture row: ``site`` is the registered domain (``com,example``), ``capture`` is urlkey and time. In SURT
  order, so that a URL, a prefix, a host and a domain are each one range.
- a term item: ``site`` is ``author=jane doe``, ``tag=...``, ``section=...``, ``label=...``, ``digest=...``,
  ``error=...`` or ``status=...``; ``capture`` is time, then urlkey. Small, and only a pointer to its row.
- nothing else: what may be forgotten (claims, turns, robots.txt) has a table of its own.
"""

import re
import unicodedata
from typing import Any

from pressmark import surt

BY_DAY = "by_day"
"""Index: everything captured in a period, across sites. Partition ``day``, sort ``captured``."""

BY_PUBLISHED = "by_published"
"""Index: articles of a site by publication time. Partition ``site``, sort ``published``."""

MAX_TERM_CHARACTERS = 200

TERMS = ("author", "section", "tag", "label", "digest", "error", "status")


def capture_key(url: str, captured: str) -> dict[str, str]:
    """Return the primary key of a capture row."""
    key = surt.urlkey(url)
    return {"site": surt.site(key), "capture": f"{key} {captured}"}


def original_key(row: dict[str, Any]) -> dict[str, str]:
    """Return the primary key of the capture that a revisit's row repeats."""
    return capture_key(str(row.get("original_url", row["url"])), str(row["original_captured"]))


def split_capture(capture: str) -> tuple[str, str]:
    """Split a row's sort key into urlkey and capture time."""
    key, _, captured = capture.rpartition(" ")
    return key, captured


def fold_term(value: str) -> str:
    """Fold a name, tag or section, so that differences in case, in the form of accents and in spaces do not matter.

    Control and format characters are removed, too: nobody can type them, and a terminal may obey them.
    """
    text = re.sub(r"\s+", " ", value)  # before they are removed: a line feed is a control character, too
    # Before the rest: an invisible character may separate two spaces, or a letter from its accent.
    text = "".join(character for character in text if unicodedata.category(character) not in ("Cc", "Cf"))
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"\s+", " ", text).strip()[:MAX_TERM_CHARACTERS].rstrip()


def term_partition(kind: str, value: str) -> str:
    """Return the partition of a term item; digests are compared letter for letter."""
    return f"{kind}={value if kind == 'digest' else fold_term(value)}"


def term_key(kind: str, value: str, row: dict[str, Any]) -> dict[str, str]:
    """Return the primary key of a term item: newest captures are at the partition's end."""
    key, captured = split_capture(row["capture"])
    return {"site": term_partition(kind, value), "capture": f"{captured} {key}"}
