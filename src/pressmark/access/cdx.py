"""CDX server API: the Wayback Machine's dialect, pywb's, and ``/wayback/available``."""

from pressmark.access.routes import Route

ROUTES: tuple[Route, ...] = ()
