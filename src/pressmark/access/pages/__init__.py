"""Pages for people, each with its JSON twin: the front page, a URL, a capture, what changed, results."""

from pressmark.access.routes import Needs, OnDemand, Route

_JSON = r"(?P<json>\.json)?"

ROUTES: tuple[Route, ...] = (
    Route(r"/(?P<json>index\.json)?", OnDemand("pages.home", "page")),
    Route(r"/web/\*/(?P<url>.+)", OnDemand("pages.history", "page")),
    Route(rf"/page{_JSON}", OnDemand("pages.history", "page")),
    Route(rf"/capture{_JSON}", OnDemand("pages.capture", "page")),
    Route(r"/capture\.wacz", OnDemand("pages.bundle", "wacz")),
    Route(rf"/share{_JSON}", OnDemand("pages.sharing", "page")),
    Route(rf"/diff{_JSON}", OnDemand("pages.difference", "page")),
    Route(rf"/results{_JSON}", OnDemand("pages.results", "page")),
    Route(r"/find", OnDemand("pages.results", "find")),
    Route(rf"/failures{_JSON}", OnDemand("pages.results", "failures")),
    Route(r"/save(?:/|(?P<json>\.json))?", OnDemand("pages.saving", "form"), needs=Needs.EITHER),
    Route(r"/saving", OnDemand("pages.saving", "submitted"), ("POST",), Needs.WRITE),
    Route(rf"/saving{_JSON}", OnDemand("pages.saving", "job"), needs=Needs.EITHER),
    Route(r"/static/(?P<name>[a-z.]+)", OnDemand("pages.static", "file"), needs=Needs.NOTHING),
)
