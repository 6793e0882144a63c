"""Memento TimeMap (RFC 7089 section 5) of a URL, in the link format (RFC 6690)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from pressmark.archive.rows import Item
from pressmark.archive.times import timestamp14
from pressmark.export.cdx import is_indexed

MEDIA_TYPE = "application/link-format"


def timemap(url: str, rows: Iterable[Item], *, base: str) -> Iterator[str]:
    """Yield the lines of a TimeMap: the original, where the TimeMap and the TimeGate are, and each memento.

    rows: captures of the URL, oldest first. base: the URL under which they are replayed, such as
    ``http://127.0.0.1:8080/pressmark/``; pywb and the Wayback Machine have a capture at ``TIMESTAMP/URL`` below it.
    """
    base = base.rstrip("/") + "/"
    yield f'<{url}>; rel="original",'
    yield f'<{base}timemap/link/{url}>; rel="self"; type="{MEDIA_TYPE}",'
    links = [f'<{base}{url}>; rel="timegate"']
    mementos = [row for row in rows if is_indexed(row)]
    for number, row in enumerate(mementos):
        relation = " ".join(
            word
            for word, holds in (
                ("first", number == 0),
                ("last", number == len(mementos) - 1),
                ("memento", True),
            )
            if holds
        )
        moment = datetime.fromisoformat(row["captured"]).astimezone(UTC).replace(microsecond=0)
        date = format_datetime(moment, usegmt=True)
        links.append(
            f'<{base}{timestamp14(row["captured"])}/{row["url"]}>; rel="{relation}"; datetime="{date}"'
        )
    yield ",\n".join(links)
