"""All addresses for programs, as an OpenAPI 3.1 document: ``/openapi.json``. A test compares it with the routes."""

from pressmark.access.routes import Needs, OnDemand, Route

ROUTES: tuple[Route, ...] = (
    Route(r"/openapi\.json", OnDemand("openapi.document", "answer"), needs=Needs.NOTHING),
)
