"""The Wayback Machine's dialect of the CDX server API: ``/cdx/search/cdx``.

Source: the README of internetarchive/wayback's wayback-cdx-server, and that server's code where the two differ. Filters
are anchored regular expressions, JSON is an array of arrays with a row of names, a resume key comes after an empty
line.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from pressmark.access.cdx import question as asked
from pressmark.access.cdx.patterns import compiled
from pressmark.access.cdx.question import MAX_LINES, Question, is_true
from pressmark.access.cdx.rows import Effort, Pages, closest, rows
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, text
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item
from pressmark.archive.times import parse_span_of_time
from pressmark.archive.walk import PAGE
from pressmark.export.cdx import columns
from pressmark.json_text import dumps

FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
"""The fields of a line unless ``fl`` says otherwise; clients rely on these seven and their order."""

ALIASES = {"status": "statuscode", "url": "original", "mime": "mimetype"}
"""pywb's names of fields; cdx_toolkit writes them into filters for every server but the Internet Archive's."""

ORIGINAL = ("orig.length", "orig.offset", "orig.filename")
"""What ``resolveRevisits`` adds: where the record is that a revisit repeats."""

BLOCKED = (
    "org.archive.util.io.RuntimeIOException: org.archive.wayback.exception.AdministrativeAccessControlException: "
    "Blocked Site Error\n"
)
"""What clients of the Wayback Machine understand as "was taken down"."""

Line = dict[str, str]
Keep = Callable[[Line], bool]

_pages = Pages()


@dataclass(slots=True)
class _Hit:
    """A line that may go into the answer. capture: the sort key of its row."""

    fields: Line
    capture: str


def answer(archive: Archive, request: Request) -> Response:
    """Answer ``/cdx/search/cdx``. Raises HttpError, UrlError, ArchiveError."""
    values = asked.values_of(request.args)
    many = {name: [value for key, value in request.args if key == name] for name in ("filter", "collapse")}
    question = _question(values)
    if is_true(values.get("showNumPages", "")):
        return text(f"{_pages.count(archive, question)}\n")
    effort = Effort.of(archive)
    if question.page is not None:
        start = _pages.start(archive, question)
        if start is None or (question.page == 0 and not _pages.count(archive, question)):
            return text("")
        question = replace(question, resume=start)
    stages = _Stages(
        keep=[_filter(each) for each in many["filter"] if each],
        collapse=[_collapse(each) for each in (*many["collapse"], *_collapse_time(values)) if each],
        counting=is_true(values.get("showDupeCount", "")),
        skips=is_true(values.get("showSkipCount", "")) or is_true(values.get("lastSkipTimestamp", "")),
        revisits=is_true(values.get("resolveRevisits", "")),
    )
    names = _names(values, stages)
    hits = _hits(archive, question, values, stages, effort)
    first = next(hits, None)
    if first is None and effort.taken_down and question.match == "exact":
        return text(BLOCKED, status=403)
    writer = _Writer(
        names,
        json=values.get("output", "").lower() == "json",
        show_resume=is_true(values.get("showResumeKey", "")),
        leap_key=any(each == ("urlkey", None) for each in stages.collapse),
    )
    every = _chain(first, hits)
    limit = abs(question.limit) if question.limit is not None else None
    pieces = writer.write(every, limit, effort, archive.options.max_response)
    body = pieces if archive.options.streams else b"".join(pieces)
    media_type = "application/json" if writer.json else "text/plain; charset=utf-8"
    return Response(200, [("Content-Type", media_type)], body)


def _chain(first: _Hit | None, rest: Iterator[_Hit]) -> Iterator[_Hit]:
    if first is not None:
        yield first
        yield from rest


def _question(values: dict[str, str]) -> Question:
    url, match = asked.named(values.get("url", ""), values.get("matchType", ""))
    sort = values.get("sort", "")
    if sort not in ("", "default", "regular", "closest", "reverse"):
        raise HttpError(400, f"sort: {sort[:40]!r} is not one of closest and reverse")
    limit = asked.number(values.get("limit", ""), "limit")
    if (limit or 0) < -MAX_LINES:
        raise HttpError(400, f"limit: at most the last {MAX_LINES:,}")
    page, page_lines = asked.page_of(values)
    resume = asked.read_resume_key(values["resumeKey"]) if values.get("resumeKey") else ""
    return Question(
        url=url,
        match=match,
        start=asked.digits(values.get("from", ""), "from"),
        end=asked.digits(values.get("to", ""), "to"),
        reverse=sort == "reverse",
        resume=resume,
        limit=limit,
        page=page,
        page_lines=page_lines,
    )


def _names(values: dict[str, str], stages: "_Stages") -> list[str]:
    if values.get("fl"):
        return [name.strip() for name in values["fl"].split(",") if name.strip()][:50]
    names = list(FIELDS)
    if stages.revisits:
        names += ORIGINAL
    if stages.counting:
        names.append("dupecount")
    if stages.skips:
        names += ["skipcount", "endtimestamp"]
    return names


# --- what is done with the rows -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Stages:
    keep: list[Keep]
    collapse: list[tuple[str, int | None]]
    counting: bool
    skips: bool
    revisits: bool


def _hits(
    archive: Archive, question: Question, values: dict[str, str], stages: _Stages, effort: Effort
) -> Iterator[_Hit]:
    limit = question.limit
    last = limit is not None and limit < 0 and not question.reverse
    expect = PAGE if stages.keep or stages.collapse or limit is None else abs(limit) + 1
    if values.get("sort") == "closest":
        found = _closest(archive, question, values.get("closest", ""), effort)
    else:
        turned = replace(question, reverse=True) if last else question
        found = rows(turned, effort, expect=expect)
        if question.page is not None:
            found = islice(found, question.page_lines)
    hits = (_Hit(_fields(row, stages.revisits), row["capture"]) for row in found)
    kept: Iterator[_Hit] = (hit for hit in hits if all(wanted(hit.fields) for wanted in stages.keep))
    for how in stages.collapse:
        kept = _collapsed(kept, how, from_behind=last)
    if stages.counting:
        kept = _counted(kept)
    if last and limit is not None:
        kept = iter(list(islice(kept, -limit))[::-1])
    return islice(kept, max(0, asked.number(values.get("offset", ""), "offset") or 0), None)


def _closest(archive: Archive, question: Question, moment: str, effort: Effort) -> Iterator[Item]:
    if question.match != "exact":
        raise HttpError(400, "sort=closest needs matchType=exact")
    try:
        near = parse_span_of_time(asked.digits(moment, "closest"), now=archive.clock.now()).start
    except ValueError as error:
        raise HttpError(400, "closest: write a timestamp such as 20261123120000") from error
    yield from closest(question, effort, near, PAGE)


def _fields(row: Item, revisits: bool) -> Line:
    fields = columns(row)
    if revisits:
        there = "revisit" in row and "original_warc" in row
        for name, of in zip(ORIGINAL, ("length", "offset", "warc"), strict=True):
            fields[name] = str(row[f"original_{of}"]) if there else "-"
    return fields


def _filter(text: str) -> Keep:
    """Read ``[!][~]field:pattern``: ``!`` not, ``~`` within the value; else the whole value must match.

    A field may be its number, from 0. Without a field the whole line is meant.
    """
    negated = within = False
    while text[:1] in ("!", "~"):
        negated |= text[0] == "!"
        within |= text[0] == "~"
        text = text[1:]
    name, colon, pattern = text.partition(":")
    if not colon:
        name, pattern = "", text
    if name.isdecimal() and name.isascii() and len(name) < 3:
        name = FIELDS[int(name)] if int(name) < len(FIELDS) else "-"
    name = ALIASES.get(name, name)
    found = compiled(pattern)
    matches = found.search if within else found.fullmatch

    def wanted(fields: Line) -> bool:
        value = fields.get(name, "-") if name else " ".join(fields.get(each, "-") for each in FIELDS)
        return (matches(value) is not None) != negated

    return wanted


def _collapse(text: str) -> tuple[str, int | None]:
    """Read ``field`` or ``field:N``: of neighbours whose field is equal (in its first N characters) the first stays."""
    name, colon, length = text.partition(":")
    if colon and not (length.isdecimal() and length.isascii() and len(length) < 5):
        raise HttpError(400, f"collapse: {text[:60]!r}: write field or field:N")
    return ALIASES.get(name, name), int(length) if colon else None


def _collapse_time(values: dict[str, str]) -> list[str]:
    return [f"timestamp:{values['collapseTime']}"] if values.get("collapseTime") else []


def _collapsed(hits: Iterator[_Hit], how: tuple[str, int | None], *, from_behind: bool) -> Iterator[_Hit]:
    """Yield the first of each run of lines that are equal in a field; with the number of lines in it.

    from_behind: the lines come in reverse order, so the first of a run is its last.
    """
    name, length = how
    held: _Hit | None = None
    value, skipped, end = "", 0, ""
    for hit in hits:
        its = hit.fields.get(name, "-")[:length]
        if held is not None and its == value:
            skipped += 1
            if from_behind:
                held = hit
            else:
                end = hit.fields["timestamp"]
            continue
        if held is not None:
            yield _skipping(held, skipped, end)
        held, value, skipped, end = hit, its, 0, hit.fields["timestamp"]
    if held is not None:
        yield _skipping(held, skipped, end)


def _skipping(hit: _Hit, skipped: int, end: str) -> _Hit:
    hit.fields["skipcount"] = str(skipped + int(hit.fields.get("skipcount", "0")))
    hit.fields["endtimestamp"] = end
    return hit


def _counted(hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Number the lines of a URL that have one digest, from 0."""
    key, seen = "", dict[str, int]()
    for hit in hits:
        if hit.fields["urlkey"] != key:
            key, seen = hit.fields["urlkey"], {}
        digest = hit.fields["digest"]
        hit.fields["dupecount"] = str(seen.get(digest, 0))
        seen[digest] = seen.get(digest, 0) + 1
        yield hit


# --- how it is written --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Writer:
    """names: the fields of a line. leap_key: a resume key continues after all captures of the line's URL."""

    names: list[str]
    json: bool
    show_resume: bool
    leap_key: bool

    def write(
        self, hits: Iterator[_Hit], limit: int | None, effort: Effort, max_bytes: int
    ) -> Iterator[bytes]:
        """Yield the answer.

        If it does not fit, it ends with a resume key, if one was asked for. Otherwise raises HttpError: half an answer
        that looks like a whole one would be a lie.
        """
        room = max_bytes - 4096
        resume, count, last = "", 0, ""
        for hit in hits:
            line = self._line(hit)
            room -= len(line)
            if room < 0:
                resume = last
                break
            yield line if count else self._head() + line
            count += 1
            last = self._resume_of(hit)
            if limit is not None and count >= limit:
                resume = last
                break
        if effort.spent and not resume:
            resume = effort.at
        if resume and not self.show_resume and (limit is None or count < limit):
            raise HttpError(
                400, "this is too much for one answer; add showResumeKey=true and a limit, or from and to"
            )
        yield self._tail(asked.resume_key(resume) if resume and self.show_resume else "", count)

    def _resume_of(self, hit: _Hit) -> str:
        return f"{hit.capture.rpartition(' ')[0]} \x7f" if self.leap_key else hit.capture

    def _line(self, hit: _Hit) -> bytes:
        values = [hit.fields.get(ALIASES.get(name, name), "-") for name in self.names]
        if self.json:
            return b",\n" + dumps(values, separators=(",", ":"), ensure_ascii=False).encode(
                "utf-8", "replace"
            )
        return " ".join(values).encode("utf-8", "replace") + b"\n"

    def _head(self) -> bytes:
        return b"[" + dumps(self.names, separators=(",", ":")).encode() if self.json else b""

    def _tail(self, resume: str, count: int) -> bytes:
        if not self.json:
            return f"\n{resume}\n".encode() if resume else b""
        head = b"" if count else (self._head() if resume else b"[")
        return head + (f',\n[],\n["{resume}"]'.encode() if resume else b"") + b"]\n"
