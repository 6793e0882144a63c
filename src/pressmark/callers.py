"""Decides who may use a server that a person runs on their own machine: programs, and pages of that server itself.

A browser lets any page of the web send requests to localhost, some of them without a preflight (Fetch standard,
"CORS-safelisted request-header"). The page's own host name may also resolve to 127.0.0.1 after a while (DNS
rebinding); then the browser takes the server for the page's own. Origin and Sec-Fetch-Site show the first kind of
request, Host the second.
"""

from collections.abc import Collection
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from urllib.parse import urlsplit

OWN_NAMES = ("localhost", "internal")
"""Names that nobody can register, nor names below them: localhost (RFC 6761 section 6.3), and internal (reserved by
ICANN in 2024), where containers know their host as host.docker.internal."""


def refusal(
    host: str | None,
    origin: str | None,
    fetch_site: str | None = None,
    *,
    names: Collection[str] = (),
    how_to_add: str = "",
) -> str | None:
    """Return why a request is refused, None for one that may pass.

    host, origin, fetch_site: its header lines Host, Origin and Sec-Fetch-Site (W3C Fetch Metadata), None if it has
    none. names: more names of the server, as the person who started it gave them. IP addresses are always its own:
    no name is resolved for them. how_to_add: how that person adds a name, such as ``start it with --name``.
    """
    if host is not None and not _is_own(host, names):
        add = f"; or {how_to_add} {host[:100]}" if how_to_add else ""
        return f"the Host is {host[:100]!r}, which is not a name of this machine; use localhost or its IP address{add}"
    if origin is not None and origin != f"http://{host}":
        return f"requests from pages of {origin[:100]!r} are refused"
    if fetch_site not in (None, "none", "same-origin"):
        return "requests from other sites' pages are refused"
    return None


def _is_own(host: str, names: Collection[str]) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        name = (parts.hostname or "").rstrip(".")
        if parts.netloc != host or "@" in host:
            return False
    except ValueError:
        return False
    try:
        ip_address(name)
    except ValueError:
        return any(name == own or name.endswith(f".{own}") for own in (*OWN_NAMES, *names))
    return True


class OwnCallersOnly(BaseHTTPRequestHandler):
    """Answers 403 to requests for a foreign name or from another site's script; links from elsewhere still work.

    names: as for :func:`refusal`.
    """

    names: Collection[str] = ()

    def parse_request(self) -> bool:
        """Read the request's head; return whether it is to be answered."""
        if not super().parse_request():
            return False
        why = refusal(self.headers.get("Host"), self.headers.get("Origin"), names=self.names)
        if why is not None:
            self.send_error(403, explain=why)
        return why is None
