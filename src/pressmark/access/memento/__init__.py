"""Memento (RFC 7089): TimeGate, TimeMaps and mementos below ``/web/``."""

from pressmark.access.routes import OnDemand, Route

_URL = r"(?P<url>[^*/].*)"

ROUTES: tuple[Route, ...] = (
    Route(
        rf"(?:/web)?/timemap/(?P<form>link|json)/(?:(?P<start>\d{{14,20}})/)?{_URL}",
        OnDemand("memento.links", "timemap"),
    ),
    Route(rf"/timegate/{_URL}", OnDemand("memento.negotiation", "timegate")),
    Route(rf"/web/(?P<time>\d{{1,14}})(?P<modifier>id_|)/{_URL}", OnDemand("memento.negotiation", "memento")),
    Route(rf"/web/(?!\d+[a-z_*]*/|\*/|timemap/){_URL}", OnDemand("memento.negotiation", "timegate")),
)
