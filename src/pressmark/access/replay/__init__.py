"""Captures in a browser: ReplayWeb.page's component over a small index and ranges of the WARC files.

The pages that it shows run their scripts, so they are shown under an origin of their own, which has no cookies, no
pages of ours, and nothing to save or read with. What may be read there is in the address: a token for one capture and a
time (:mod:`.tokens`), which is also the link that is shared.
"""

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.routes import Needs, Route, Where


def _page(archive: Archive, request: Request) -> Response:
    from pressmark.access.replay import player

    return player.page(archive, request)


def _index(archive: Archive, request: Request) -> Response:
    from pressmark.access.replay import records

    return records.index(archive, request)


def _part(archive: Archive, request: Request) -> Response:
    from pressmark.access.replay import records

    return records.part(archive, request)


def _file(archive: Archive, request: Request) -> Response:
    from pressmark.access.replay import player

    return player.file(archive, request)


def _route(pattern: str, handler: object) -> Route:
    return Route(pattern, handler, needs=Needs.NOTHING, where=Where.REPLAY)  # type: ignore[arg-type]


_TOKEN = r"/replay/(?P<token>[A-Za-z0-9_.-]{20,4000})"  # noqa: S105 - a pattern

ROUTES: tuple[Route, ...] = (
    _route(f"{_TOKEN}/", _page),
    _route(f"{_TOKEN}/index.cdxj", _index),
    _route(rf"{_TOKEN}/(?P<key>.+)", _part),
    _route(r"/player/(?P<name>[a-z.]*)", _file),
)
