"""Sessions of people who signed in with a key: a signed cookie that names the key and an end (RFC 2104, RFC 6265).

Sessions are not stored. The key is looked up again for each request, so that revoking it ends its sessions.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta

from pressmark.access.messages import Request

LASTS = timedelta(hours=8)
"""How long a session lasts: a day's work."""

NAME = "pressmark-session"

SECURE_NAME = f"__Host-{NAME}"
"""Over TLS. Browsers accept a cookie of such a name only from this host, and only with Secure (RFC 6265bis section
4.1.3)."""


def cookie(request: Request, identity: str, *, secret: bytes, at: datetime) -> str:
    """Return the value of Set-Cookie that begins a session. identity: of the key. at: now, aware UTC."""
    said = f"{identity}.{int((at + LASTS).timestamp())}"
    return _line(request, f"{said}.{_mac(said, secret)}", round(LASTS.total_seconds()))


def ending(request: Request) -> str:
    """Return the value of Set-Cookie that ends a session."""
    return _line(request, "", 0)


def key_id(request: Request, *, secret: bytes, at: datetime) -> str | None:
    """Return the access key of a request's session; None without one, or if it is not ours or has ended."""
    for value in _values(request):
        said, _, mac = value.rpartition(".")
        identity, _, until = said.partition(".")
        if hmac.compare_digest(mac.encode(), _mac(said, secret).encode()) and at.timestamp() < int(until):
            return identity
    return None


def _values(request: Request) -> Iterator[str]:
    for each in request.headers.get("cookie", "").split(";"):
        name, _, value = each.strip().partition("=")
        if name == _name(request):
            yield value


def _name(request: Request) -> str:
    return SECURE_NAME if request.origin.startswith("https://") else NAME


def _line(request: Request, value: str, seconds: int) -> str:
    secure = "; Secure" if _name(request) == SECURE_NAME else ""
    return f"{_name(request)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _mac(said: str, secret: bytes) -> str:
    key = hashlib.sha256(b"pressmark session\0" + secret).digest()
    return hmac.new(key, said.encode(), "sha256").hexdigest()
