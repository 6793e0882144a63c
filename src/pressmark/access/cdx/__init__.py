"""CDX server API: the Wayback Machine's dialect, pywb's, and ``/wayback/available``.

Each dialect has an address of its own: they differ in filters and JSON, and cannot be told apart by what is asked.
"""

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.routes import Route


def _wayback(archive: Archive, request: Request) -> Response:
    from pressmark.access.cdx import wayback

    return wayback.answer(archive, request)


def _pywb(archive: Archive, request: Request) -> Response:
    from pressmark.access.cdx import pywb

    return pywb.answer(archive, request)


def _available(archive: Archive, request: Request) -> Response:
    from pressmark.access.cdx import available

    return available.answer(archive, request)


ROUTES: tuple[Route, ...] = (
    Route("/cdx/search/cdx/?", _wayback),
    Route("/cdx/?", _pywb),
    Route("/wayback/available/?", _available),
)
