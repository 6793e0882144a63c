"""Tokens: whoever has one may see one capture, for a limited time. They are signed (RFC 2104), not stored."""

import base64
import hashlib
import hmac
import zlib
from datetime import datetime, timedelta

from pressmark.access.context import Archive
from pressmark.access.refusals import HttpError
from pressmark.archive.rows import Item

LASTS = timedelta(hours=12)
"""How long a page that is shown to a reader can be used."""

LONGEST = timedelta(days=366)
"""How long a shared link may work."""

_MAC_BYTES = 16

_MAX_PAYLOAD = 4096


def write(archive: Archive, row: Item, *, until: datetime | None = None) -> str:
    """Return a token for the capture of a row. until: its last second, at most LONGEST from now; by default LASTS."""
    now = archive.clock.now()
    ends = min(until or now + LASTS, now + LONGEST)
    payload = zlib.compress(f"{int(ends.timestamp())}\n{row['site']}\n{row['capture']}".encode(), 9)
    return f"{_text(payload)}.{_text(_mac(archive, payload))}"


def read(archive: Archive, token: str) -> Item:
    """Return the row of the capture that a token is for.

    Raises HttpError: 403 for one that is not ours, 410 for one whose time is over, 404 if the capture is gone.
    """
    head, _, tail = token.partition(".")
    try:
        payload, mac = _bytes(head), _bytes(tail)
    except ValueError as error:
        raise HttpError(403, "this link is incomplete") from error
    if not hmac.compare_digest(mac, _mac(archive, payload)):
        raise HttpError(403, "this link is incomplete, or it belongs to another archive")
    inflate = zlib.decompressobj()
    until, site, capture = inflate.decompress(payload, _MAX_PAYLOAD).decode().split("\n")
    if archive.clock.now().timestamp() > int(until):
        raise HttpError(410, "this link has expired; ask for a new one, or open the capture again")
    rows = archive.reader.rows([{"site": site, "capture": capture}])
    if not rows:
        raise HttpError(404, "this capture is no longer in the archive")
    return rows[0]


def _mac(archive: Archive, payload: bytes) -> bytes:
    key = hashlib.sha256(b"pressmark replay token\0" + archive.options.secret).digest()
    return hmac.digest(key, payload, "sha256")[:_MAC_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
