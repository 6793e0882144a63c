"""pywb's dialect of the CDX server API: ``/cdx``. pywb itself can use it as its index (``cdx+https://…/cdx``).

Source: pywb's warcserver/index. Lines are CDXJ; JSON is an object a line; a filter is ``=`` exact, ``~`` a pattern that
the value begins with, and otherwise a part of it. A page that is not archived is 404.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from pressmark.access.cdx import question as asked
from pressmark.access.cdx.patterns import compiled
from pressmark.access.cdx.question import Question, is_true
from pressmark.access.cdx.rows import Effort, Pages, closest, rows
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, json_response
from pressmark.access.refusals import HttpError
from pressmark.archive.outcome import Worth, worth
from pressmark.archive.rows import Item
from pressmark.archive.times import parse_span_of_time, timestamp14
from pressmark.archive.walk import PAGE
from pressmark.clock import iso_utc
from pressmark.export.cdx import cdxj_fields, key_of
from pressmark.json_text import dumps

NAMES = {
    "original": "url",
    "u": "url",
    "statuscode": "status",
    "mimetype": "mime",
    "m": "mime",
    "l": "length",
    "s": "length",
    "o": "offset",
    "d": "digest",
    "t": "timestamp",
    "k": "urlkey",
    "f": "filename",
}
"""Other names of fields that pywb knows. One is wrong: ``s`` is a status in CDX files, but a length in pywb."""

CLOSEST_LINES = 1000
"""Maximum number of lines of an answer that is sorted by nearness."""

Line = dict[str, str]

_pages = Pages()


def answer(archive: Archive, request: Request) -> Response:
    """Answer ``/cdx``. Raises HttpError, UrlError, ArchiveError."""
    values = asked.values_of(request.args)
    question = _question(values)
    if is_true(values.get("showNumPages", "")):
        count = _pages.count(archive, question)
        return json_response(
            {"pages": count, "pageSize": question.page_lines // asked.PAGE_LINES, "blocks": count}
        )
    effort = Effort.of(archive)
    if question.page is not None:
        start = _pages.start(archive, question)
        if start is None:
            raise HttpError(400, f"page: no page {question.page}")
        question = replace(question, resume=start)
    keep = [_filter(value) for name, value in request.args if name == "filter" and value]
    names = [name for name in (values.get("fields") or values.get("fl") or "").split(",") if name][:50]
    lines = _lines(archive, question, values, keep, effort)
    first = next(lines, None)
    if first is None:
        raise HttpError(404, f"No Captures found for: {values.get('url', '')[:200]}")
    output = values.get("output", "").lower()
    body = _written(
        first, lines, effort, (lambda line: _write(line, names, output)), archive.options.max_response
    )
    media_type = {"json": "text/x-ndjson", "text": "text/plain"}.get(output, "text/x-cdxj")
    return Response(
        200,
        [("Content-Type", f"{media_type}; charset=utf-8")],
        body if archive.options.streams else b"".join(body),
    )


def _question(values: dict[str, str]) -> Question:
    url, match = asked.named(values.get("url", ""), values.get("matchType", ""))
    limit = asked.number(values.get("limit", "")[:9], "limit")
    page, page_lines = asked.page_of(values)
    return Question(
        url=url,
        match=match,
        start=asked.digits(values.get("from") or values.get("from_ts") or "", "from"),
        end=asked.digits(values.get("to", ""), "to"),
        reverse=is_true(values.get("reverse", "")) or values.get("sort") == "reverse",
        limit=limit,
        page=page,
        page_lines=page_lines,
    )


def _lines(
    archive: Archive,
    question: Question,
    values: dict[str, str],
    keep: list[Callable[[Line], bool]],
    effort: Effort,
) -> Iterator[Line]:
    limit = question.limit if question.limit is not None and question.limit > 0 else None
    expect = PAGE if keep or limit is None else limit
    if values.get("closest") and question.match == "exact":
        found = _closest(
            archive, question, values["closest"], effort, min(limit or CLOSEST_LINES, CLOSEST_LINES)
        )
    else:
        found = rows(question, effort, expect=expect)
        if question.page is not None:
            found = islice(found, question.page_lines)
    lines = (_line(row, is_true(values.get("resolveRevisits", ""))) for row in found)
    kept: Iterator[Line] = (line for line in lines if all(wanted(line) for wanted in keep))
    if (length := asked.number(values.get("collapseTime", ""), "collapseTime")) is not None:
        kept = _collapsed(kept, max(0, length))
    return islice(kept, limit)


def _closest(archive: Archive, question: Question, moment: str, effort: Effort, most: int) -> Iterator[Item]:
    now = archive.clock.now()
    try:
        near = parse_span_of_time(asked.digits(moment, "closest"), now=now).start
    except ValueError as error:
        raise HttpError(400, "closest: write a timestamp such as 20261123120000") from error
    answers = closest(question, effort, near, most)
    return iter(newest_first_that_succeeded(list(islice(answers, most)), near))


def newest_first_that_succeeded(rows: list[Item], near: datetime) -> list[Item]:
    """Leave out failures since the last capture that succeeded, if the page is asked for as it is now.

    A player asks for the newest capture by the present time. A failure is still found by its own time.
    """
    if any(row["captured"] >= iso_utc(near) for row in rows):
        return rows
    first = next((number for number, row in enumerate(rows) if worth(row) is Worth.WHOLE), 0)
    return rows[first:]


def _line(row: Item, revisits: bool) -> Line:
    line = {"urlkey": key_of(row["url"]), "timestamp": timestamp14(row["captured"])}
    line |= cdxj_fields(row) | {"filename": row["warc"]}
    if revisits:
        there = "revisit" in row and "original_warc" in row
        for name, of in (("orig.length", "length"), ("orig.offset", "offset"), ("orig.filename", "warc")):
            line[name] = str(row[f"original_{of}"]) if there else "-"
    return line


def _filter(text: str) -> Callable[[Line], bool]:
    negated = text.startswith("!")
    text = text[negated:]
    sign = text[:1] if text[:1] in ("=", "~") else ""
    text = text[len(sign) :]
    name, colon, value = text.partition(":")
    if not colon:
        name, value = "", text
    name = NAMES.get(name, name)
    pattern = compiled(value) if sign == "~" else None

    def wanted(line: Line) -> bool:
        its = line.get(name, "") if name else _cdxj(line)
        if pattern is not None:
            return (pattern.match(its) is not None) != negated
        return (its == value if sign else value in its) != negated

    return wanted


def _collapsed(lines: Iterator[Line], length: int) -> Iterator[Line]:
    last = None
    for line in lines:
        its = (line["timestamp"][:length], line.get("status", ""))
        if its != last:
            last = its
            yield line


def _write(line: Line, names: list[str], output: str) -> str:
    if output == "text" and names:
        return " ".join(line.get(name, line.get(NAMES.get(name, ""), "-")) for name in names)
    if output == "json":
        return dumps({name: line[name] for name in names if name in line} if names else line)
    return _cdxj(line, names)


def _cdxj(line: Line, names: list[str] | None = None) -> str:
    fields = {
        name: line[name] for name in names or line if name in line and name not in ("urlkey", "timestamp")
    }
    return f"{line['urlkey']} {line['timestamp']} {dumps(fields)}"


def _written(
    first: Line, rest: Iterator[Line], effort: Effort, write: Callable[[Line], str], max_bytes: int
) -> Iterator[bytes]:
    room = max_bytes - 4096
    line: Line | None = first
    while line is not None:
        piece = f"{write(line)}\n".encode("utf-8", "replace")
        room -= len(piece)
        if room < 0:
            raise HttpError(400, "this is too much for one answer; add a limit, a page, or from and to")
        yield piece
        line = next(rest, None)
    if effort.spent:
        raise HttpError(400, "this is too much for one answer; add a limit, a page, or from and to")
