"""Captures in a browser: ReplayWeb.page's component over a small index and ranges of the WARC files.

The pages that it shows run their scripts, so they are shown under an origin of their own, which has no cookies, no
pages of ours, and nothing to save or read with. What may be read there is in the address: a token for one capture,
which ends at a fixed time (:mod:`.tokens`). It is also used for shared links.
"""

from pressmark.access.routes import Needs, OnDemand, Route, Where


def _route(pattern: str, module: str, name: str) -> Route:
    return Route(pattern, OnDemand(module, name), needs=Needs.NOTHING, where=Where.REPLAY)


_TOKEN = r"/replay/(?P<token>[A-Za-z0-9_.-]{20,4000})"  # noqa: S105 - a pattern

ROUTES: tuple[Route, ...] = (
    _route(f"{_TOKEN}/", "replay.player", "page"),
    _route(f"{_TOKEN}/index.cdxj", "replay.records", "index"),
    _route(rf"{_TOKEN}/(?P<key>.+)", "replay.records", "part"),
    _route(r"/player/(?P<name>[a-z.]*)", "replay.player", "file"),
    _route(
        r"/static/(?P<name>[a-z.]+)", "pages.static", "file"
    ),  # of the page that says why a link leads to nothing
)
