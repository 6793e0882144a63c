"""Memento (RFC 7089): TimeGate, TimeMaps and mementos below ``/web/``."""

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.routes import Route


def _timegate(archive: Archive, request: Request) -> Response:
    from pressmark.access.memento import negotiation

    return negotiation.timegate(archive, request)


def _memento(archive: Archive, request: Request) -> Response:
    from pressmark.access.memento import negotiation

    return negotiation.memento(archive, request)


def _timemap(archive: Archive, request: Request) -> Response:
    from pressmark.access.memento import links

    return links.timemap(archive, request)


_URL = r"(?P<url>[^*/].*)"

ROUTES: tuple[Route, ...] = (
    Route(rf"(?:/web)?/timemap/(?P<form>link|json)/(?:(?P<start>\d{{14,20}})/)?{_URL}", _timemap),
    Route(rf"/timegate/{_URL}", _timegate),
    Route(rf"/web/(?P<time>\d{{1,14}})(?P<modifier>id_|)/{_URL}", _memento),
    Route(rf"/web/(?!\d+[a-z_*]*/|\*/|timemap/){_URL}", _timegate),
)
