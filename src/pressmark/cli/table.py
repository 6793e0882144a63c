"""Tables for people: times and numbers are never cut; if there is too little room, other columns are, codes last."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

GAP = 2
"""Spaces between columns."""

URL_ROOM, TITLE_ROOM = 34, 24
"""Width to which a URL or a title is kept as long as another column can be left out."""

URL_LEAST, TITLE_LEAST = 12, 10
"""Width that they keep as long as a code can be cut or the title left out."""

CODE_LEAST = 12
"""Width to which a failure's code is cut if nothing else can be cut any further."""

TITLE_ENOUGH = 44
"""When a title has this width, further room goes to the URL first."""

_WIDE = ("title", "authors", "url", "reason", "snippet")
"""Columns that can be cut; the others would then say something else."""

_SPARE = ("in WARC", "where", "published", "size", "section", "time")
"""Columns that a narrow table leaves out, in this order. A table that begins with ``published`` keeps it."""

_NUMBERS = ("size", "words", "pages", "bytes", "count")

Cells = Mapping[str, str]
"""A row: the text of each column."""


def cut(text: str, width: int) -> str:
    """Cut a URL in its middle: the host stays, and the end, which tells two pages of a site apart.

    width: cells of a terminal; wide characters (CJK, emoji) take two (Unicode UAX 11).
    """
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head, end = set_cell_size(text, width // 3), text
    while cell_len(end) > width - 1 - cell_len(head):
        end = end[1:]
    while end and cell_len(end[0]) == 0:  # a combining character whose letter is gone
        end = end[1:]
    return f"{head}…{end}"


def _bare(url: str) -> str:
    """Return a URL without its scheme, which is left out on a narrow terminal."""
    return url.partition("://")[2] or url


def fit(names: Sequence[str], rows: Sequence[Cells], room: int) -> dict[str, int]:
    """Return the columns that a terminal of ``room`` characters gets, in their order, and how wide each is.

    If there is no room for ``reason``, it gets no column and is printed below the URL.
    """
    from rich.cells import cell_len

    natural = {name: max(cell_len(name), *(cell_len(row[name]) for row in rows)) for name in names}
    wanted = natural | {name: min(natural[name], TITLE_ROOM) for name in names if name in _WIDE}
    if "url" in wanted:
        wanted["url"] = min(URL_ROOM, max(3, *(cell_len(_bare(row["url"])) for row in rows)))
    if "reason" in wanted:
        wanted["reason"] = natural["reason"]
    kept = list(names)
    for spare in ("reason", *_SPARE):
        if _width(kept, wanted) <= room:
            break
        kept = [name for name in kept if name != spare or name == names[0] == "published"]
    if "reason" in names and "reason" not in kept:
        natural["url"] = max(natural["url"], natural["reason"])
    widths = {name: wanted[name] for name in kept}
    left = room - _width(kept, wanted)
    title = {"title": min(natural.get("title", 0), TITLE_ENOUGH)}
    for name, width in (*title.items(), ("url", natural.get("url", 0)), *natural.items()):
        if name in widths and left > 0:
            more = min(left, max(0, width - widths[name]))
            widths[name], left = widths[name] + more, left - more
    for name in (*(each for each in _WIDE if each != "url"), "url"):
        if name in widths and left < 0:
            less = min(-left, max(0, widths[name] - (URL_LEAST if name == "url" else TITLE_LEAST)))
            widths[name], left = widths[name] - less, left + less
    return _squeezed(widths, left)


def _squeezed(widths: dict[str, int], left: int) -> dict[str, int]:
    """Save ``-left`` more characters when the widest columns are cut to their least: cut codes, leave out the title."""
    for name in ("status", "error"):
        if name in widths and left < 0:
            less = min(-left, max(0, widths[name] - CODE_LEAST))
            widths[name], left = widths[name] - less, left + less
    if left < 0 and "title" in widths and "url" in widths:
        left += widths.pop("title") + GAP
        widths["url"] = max(LEAST, widths["url"] + left)
    return widths


LEAST = 8
"""Width to which :func:`any_table` cuts a column; if that is not enough, each row gets a table of its own."""


def any_table(
    names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool], room: int
) -> "Iterator[Table]":
    """Lay out rows with any columns: the widest columns are cut first, so that each row is a line.

    numbers: which columns hold numbers; these are not cut. If there are too many columns for the room, each row
    becomes a table of its own, with a line for each column.
    """
    from rich.cells import cell_len

    widths = [max(cell_len(each) for each in column) for column in zip(names, *rows, strict=True)]
    least = [width if number else min(width, LEAST) for width, number in zip(widths, numbers, strict=True)]
    left = room - GAP * (len(names) - 1)
    if sum(least) > left:
        for row in rows:
            yield _upright(names, row, room)
        return
    while sum(widths) > left:
        spare = [width - fewest for width, fewest in zip(widths, least, strict=True)]
        widest = max((number for number in range(len(widths)) if spare[number]), key=lambda at: widths[at])
        widths[widest] -= 1
    yield _even(names, rows, widths, numbers)


def _even(
    names: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], numbers: Sequence[bool]
) -> "Table":
    from rich.table import Table
    from rich.text import Text

    found = Table(header_style="bold", box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for name, width, number in zip(names, widths, numbers, strict=True):
        found.add_column(
            Text(name), width=width, no_wrap=True, overflow="ellipsis", justify="right" if number else "left"
        )
    for row in rows:
        found.add_row(*map(Text, row))
    return found


def _upright(names: Sequence[str], row: Sequence[str], room: int) -> "Table":
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    found = Table(show_header=False, box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    found.add_column(
        width=min(max(map(cell_len, names)), room // 3), no_wrap=True, overflow="ellipsis", style="bold"
    )
    found.add_column(overflow="fold")
    for name, value in zip(names, row, strict=True):
        if value:
            found.add_row(Text(name), Text(value))
    found.add_row("", "")
    return found


def _width(names: Sequence[str], widths: Mapping[str, int]) -> int:
    return GAP * (len(names) - 1) + sum(widths[name] for name in names)


def table(
    names: Sequence[str], rows: Sequence[Cells], room: int, *, title: str = "", failed: Collection[int] = ()
) -> "Table":
    """Lay out rows. title: a line above the columns. failed: numbers of the rows that say what failed."""
    widths = fit(names, rows, room)
    found = _columns(widths, title=title)
    whole = _is_whole(rows, widths)
    below = "reason" in names and "reason" not in widths
    for number, row in enumerate(rows):
        style = _status_style(row, failed=number in failed)
        found.add_row(*_cells(row, widths, style=style, whole=whole, below=below))
    return found


def row_by_row(names: Sequence[str], rows: Sequence[Cells], room: int) -> "Iterator[Table]":
    """Lay out rows as one table, and yield them one by one, so that more can be printed below each."""
    widths = fit(names, rows, room) if rows else {}
    whole = _is_whole(rows, widths)
    for number, row in enumerate(rows):
        found = _columns(widths, header=number == 0)
        found.add_row(*_cells(row, widths, whole=whole))
        yield found


def _columns(widths: Mapping[str, int], *, title: str = "", header: bool = True) -> "Table":
    from rich.table import Table

    found = Table(
        title=title or None,
        show_header=header,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, GAP, 0, 0),
    )
    for name, width in widths.items():
        found.add_column(
            name,
            width=width,
            no_wrap=name != "url",
            overflow="fold" if name == "url" else "ellipsis",
            justify="right" if name in _NUMBERS else "left",
        )
    return found


def _is_whole(rows: Sequence[Cells], widths: Mapping[str, int]) -> bool:
    """Whether every URL fits as it is."""
    from rich.cells import cell_len

    return "url" in widths and all(cell_len(row["url"]) <= widths["url"] for row in rows)


def _cells(
    row: Cells, widths: Mapping[str, int], *, whole: bool, style: str = "", below: bool = False
) -> "list[Text]":
    """Return a row's cells. style: of status and error. whole: do not cut URLs. below: put the reason below the URL."""
    from rich.text import Text

    cells = [Text(row[name], style=style if name in ("status", "error") else "") for name in widths]
    if "url" in widths:
        url = row["url"] if whole else cut(_bare(row["url"]), widths["url"])
        reason = f"\n{row['reason']}" if below and row["reason"] else ""
        cells[list(widths).index("url")] = Text.assemble(url, (reason, "dim"))
    return cells


def _status_style(row: Cells, *, failed: bool) -> str:
    if failed:
        return "red"
    return "dim" if "unchanged" in row.get("status", "") else ""
