"""Who may read and write. Nothing is decided here yet: everybody who reaches the server may, on their own machine.

``guard`` is called before every handler with the route (``route.needs``) and the request; it raises HttpError 401, 403
or 429.
"""

from pressmark.access.context import Archive
from pressmark.access.messages import Request
from pressmark.access.refusals import HttpError
from pressmark.access.routes import Needs, Route

ROUTES: tuple[Route, ...] = ()


def guard(archive: Archive, route: Route, request: Request) -> None:
    """Let pass who may ask this. Raises HttpError."""
    del request
    if route.needs is Needs.WRITE and not archive.options.local:
        raise HttpError(401, "a key is needed to write")
