"""Save Page Now 2, as the Internet Archive's clients speak it: ``/save`` and ``/save/status``.

What is wrong with a page or an option is said in JSON with status 200, as there: clients look at ``status`` and
``status_ext`` and take another HTTP status for a broken server.
"""

from pressmark.access.routes import Needs, Route
from pressmark.access.save import asking, saving

ROUTES: tuple[Route, ...] = (
    Route("/save/?", saving.post, ("POST",), Needs.WRITE),
    Route("/save/status/user", asking.user, ("GET",), Needs.WRITE),
    Route("/save/status/system", asking.system, ("GET",), Needs.NOTHING),
    Route("/save/status/?", asking.several, ("GET", "POST"), Needs.NOTHING),
    Route("/save/status/(?P<job>[^/]+)", asking.one, ("GET",), Needs.NOTHING),
    Route("/save/(?P<url>.+)", saving.get, ("GET",), Needs.WRITE),
)
