"""Save Page Now 2: ``/save`` and its status. Nothing is here yet: routes with ``needs=Needs.WRITE`` go into ROUTES."""

from pressmark.access.routes import Route

ROUTES: tuple[Route, ...] = ()
