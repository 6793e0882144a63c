"""Finds the capture that a person means by naming a page: the newest successful one of exactly that URL.

A capture that differs from what was named is never returned without a note. It may be of http although https was named,
of a neighbour that shares the urlkey (:mod:`pressmark.archive.same`), or of a time before the page failed
(:mod:`pressmark.archive.outcome`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pressmark.cli import exits
from pressmark.cli.console import note
from pressmark.cli.selecting import has_scheme, with_scheme
from pressmark.clock import now
from pressmark.text import counted

if TYPE_CHECKING:
    from pressmark.archive.outcome import Worth
    from pressmark.archive.same import Kin, Named
    from pressmark.archive.selection import Found
    from pressmark.archive.times import Span
    from pressmark.cli.target import Archive

Row = dict[str, Any]

LOOK = 20
"""How many captures before a redirect are searched for the page itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A capture, and how it differs from what was asked for.

    asked: the URL that was named, if the capture is of another one. later: the newest of the captures that were passed
    over because they failed; failed: how many these are.
    """

    row: Row
    asked: str | None = None
    later: Row | None = None
    failed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the differences as JSON members; none if there is no difference."""
        told: dict[str, Any] = {}
        if self.asked is not None:
            told["asked"] = self.asked
        if self.later is not None:
            wanted = ("captured", "status", "error", "reason", "truncated", "redirect")
            told["later"] = {name: self.later[name] for name in wanted if name in self.later}
            told["later"]["count"] = self.failed
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which captures a command can use.

    answered: only those that got an answer. whole: no revisits of what was taken down. very: only those of exactly the
    named URL, for what cannot be undone. without: sort keys of captures that are passed over.
    """

    answered: bool = True
    whole: bool = False
    very: bool = False
    without: Collection[str] = ()


ANY = Wanted()


def find(
    archive: "Archive",
    url: str,
    at: "Span | None",
    wanted: Wanted = ANY,
) -> Answer:
    """Return the capture of a page that a person means: the closest to a time, or the best. Notes how it differs.

    url: as it was typed. at: the time, None for the best. Raises Failure if there is none.
    """
    from pressmark.archive.same import Kin, Named
    from pressmark.archive.selection import Selection, select

    named = Named(with_scheme(url), any_scheme=not has_scheme(url))
    selection = Selection(url=named.url, near=at.start if at else None)
    looking = _Looking(archive, named, at is not None, wanted)
    found = select(archive.reader, selection, now=now(), expect=1)
    for each in found:
        if each.item["capture"] in wanted.without or (
            wanted.very and named.kin(each.item["url"]) is not Kin.SAME
        ):
            looking.others[each.item["url"]] = None
        elif looking.take(each.item):
            break
    answer = looking.answer()
    _tell(answer, named)
    if at is None:
        _tell_of_page(answer.row, found, named)
    return answer


class _Looking:
    """The captures that were found so far, and the first of each kinship and worth."""

    def __init__(self, archive: "Archive", named: "Named", at: bool, wanted: Wanted) -> None:
        self._archive, self.named, self._at = archive, named, at
        self._answered, self._whole = wanted.answered, wanted.whole
        self.rows: list[tuple[Kin, Worth, Row]] = []
        self.met: dict[tuple[Kin, Worth], int] = {}
        self.others: dict[str, None] = {}
        self._lost: dict[str, str] = {}  # by original, as a thousand revisits may have the same one

    def take(self, row: Row) -> bool:
        """Add a capture; return whether none can be better."""
        from pressmark.archive.outcome import Worth
        from pressmark.archive.same import Kin

        value, why = self._judge(row)
        if why and not self.rows:
            note(why)
        kin = self.named.kin(row["url"])
        self.met.setdefault((kin, value), len(self.rows))
        self.rows.append((kin, value, row))
        return (kin, value) == (Kin.SAME, Worth.WHOLE)

    def _judge(self, row: Row) -> "tuple[Worth, str]":
        from pressmark.archive.content import taken_down
        from pressmark.archive.outcome import Worth, worth
        from pressmark.archive.selection import led_to

        if "deleted" in row:
            return (Worth.NOTHING if self._answered else Worth.WHOLE), taken_down(row)
        if self._whole and "original_captured" in row:
            original = str(row["original_captured"])
            if original not in self._lost:
                self._lost[original] = lost(self._archive, row)
            if self._lost[original]:
                return Worth.NOTHING, self._lost[original]
        value = worth(row)
        if self._at:  # a person who names a time wants the capture of that time, even a failed one
            return (value if self._answered and value is Worth.NOTHING else Worth.WHOLE), ""
        if value is Worth.WHOLE and "final" in row and (there := led_to(self._archive.reader, row)):
            value = worth(there)
        return value, ""

    def answer(self) -> Answer:
        """Return the best of them. Raises Failure."""
        from pressmark.archive.outcome import Worth
        from pressmark.archive.same import Kin

        ranked = sorted(self.met, key=lambda each: (0 if each[1] <= Worth.CUT else each[1], *each))
        if not ranked or (self._answered and ranked[0][1] is Worth.NOTHING):
            raise self._nothing()
        kin, value = ranked[0]
        place = self.met[ranked[0]]
        failed = [
            row
            for _, worse, row in self.rows[:place]
            if worse > value and "deleted" not in row and "revisit" not in row
        ]
        later = None if self._at or not failed else failed[0]
        asked = None if kin is Kin.SAME else self.named.url
        return Answer(self.rows[place][2], asked, later, len(failed) if later else 0)

    def _nothing(self) -> exits.Failure:
        url, label = self.named.url, self._archive.label
        first = self.rows[0][2] if self.rows else None
        if first is not None and ("deleted" in first or "revisit" in first):
            return exits.nothing(f"{url}: no other capture is left")
        if first is not None:
            return exits.nothing(
                f"{url}: no capture holds an answer from the server; the newest failed: {first.get('error')}"
            )
        if getattr(self._archive.reader, "damaged", ()):
            return exits.Failure(f"{url}: not in the readable part of {label}", exits.DAMAGE)
        failure = exits.nothing(f"{url}: not in {label}")
        similar = f"captured under a similar URL: {', '.join(islice(self.others, 5))}"
        failure.hint = similar if self.others else "pressmark list shows what is"
        return failure


def requisite(archive: "Archive", url: str, at: "Span | None") -> Row | None:
    """Return the capture of a requisite by its own URL, as a row: the closest to a time, or else the newest.

    A requisite is a picture, style sheet or the like of a page. Returns None if there is none.
    """
    from pressmark.archive import requisite_lists
    from pressmark.archive.same import Kin, Named

    named = Named(with_scheme(url), any_scheme=not has_scheme(url))
    near = at.start if at is not None else None
    found = requisite_lists.of_url(archive.reader, archive.files, named.url, near=near)
    line = next((line for line in found if named.kin(line["url"]) is Kin.SAME), None)
    return None if line is None else requisite_lists.as_row(line)


def _tell(answer: Answer, named: "Named") -> None:
    from pressmark.archive.outcome import Worth, told, worth

    row = answer.row
    if answer.asked is not None:
        note(other_url(named, row["url"]))
    if answer.later is not None:
        since = (
            f"the {counted(answer.failed, 'capture')} after it failed"
            if answer.failed > 1
            else "a later one failed"
        )
        note(
            f"this is the capture of {row['captured']}; {since}, the newest at {answer.later['captured']}: "
            f"{told(answer.later)} (--at {answer.later['captured']} shows it)"
        )
    if worth(row) in (Worth.ERROR_PAGE, Worth.CUT):
        kind = "an error page" if worth(row) is Worth.ERROR_PAGE else "incomplete"
        note(f"{row['url']} at {row['captured']} is {kind}: {told(row)}")


def other_url(named: "Named", url: str) -> str:
    """Say that a capture is of another URL than the one that was named."""
    from pressmark.archive.same import Kin

    if named.kin(url) is Kin.SCHEME:
        return f"{named.url} is not in the archive; this is {url}"
    return f"{named.url} is not in the archive; this is {url}, another URL that is filed under the same key"


def _tell_of_page(row: Row, found: "Iterator[Found]", named: "Named") -> None:
    """If a page has become a redirect elsewhere, say when it was a page of its own."""
    from pressmark.archive.outcome import Worth, worth
    from pressmark.archive.same import Kin, page

    if "redirect" not in row or page(str(row["redirect"])) == page(row["url"]):
        return
    for each in islice(found, LOOK):
        before = each.item
        if named.kin(before["url"]) is Kin.SAME and "redirect" not in before and worth(before) is Worth.WHOLE:
            note(
                f"{row['url']} redirects to {row['redirect']}; at {before['captured']} it was still a page "
                f"(--at {before['captured']} shows it)"
            )
            return


def lost(archive: "Archive", row: Row) -> str:
    """Return why the page that a revisit refers to is gone; empty if it is not."""
    from pressmark.archive.content import original_of
    from pressmark.errors import TakenDownError

    try:
        original_of(archive.reader, row)
    except TakenDownError as error:
        return str(error)
    return ""


def followed(archive: "Archive", row: Row, *, hint: str = "") -> Row:
    """Return the row of the page that a redirect led to, or the row itself; note which. hint: end of the note."""
    from pressmark.archive.selection import led_to

    if "redirect" not in row:
        return row
    if "final" not in row:
        note(f"a redirect to {row['redirect']}, which was not followed")
        return row
    there = led_to(archive.reader, row)
    if there is None:
        note(f"a redirect to {row['final']}, which is not in the archive")
        return row
    note(f"a redirect; this is {row['final']}{hint}")
    return there
