"""CDX server API: the Wayback Machine's dialect, pywb's, and ``/wayback/available``.

Each dialect has an address of its own: they differ in filters and JSON, and a request does not show which one is meant.
"""

from pressmark.access.routes import OnDemand, Route

ROUTES: tuple[Route, ...] = (
    Route("/cdx/search/cdx/?", OnDemand("cdx.wayback", "answer")),
    Route("/cdx/?", OnDemand("cdx.pywb", "answer")),
    Route("/wayback/available/?", OnDemand("cdx.available", "answer")),
)
