"""Save Page Now 2, as the Internet Archive's clients speak it: ``/save`` and ``/save/status``.

As there, an error in a page or an option is reported in JSON with status 200: clients look at ``status`` and
``status_ext``, and take any other HTTP status for a broken server.
"""

from pressmark.access.routes import Needs, OnDemand, Route

ROUTES: tuple[Route, ...] = (
    Route("/save/?", OnDemand("save.saving", "post"), ("POST",), Needs.WRITE),
    Route("/save/status/user", OnDemand("save.asking", "user"), ("GET",), Needs.WRITE),
    Route("/save/status/system", OnDemand("save.asking", "system"), ("GET",), Needs.NOTHING),
    Route("/save/status/?", OnDemand("save.asking", "several"), ("GET", "POST"), Needs.NOTHING),
    Route("/save/status/(?P<job>[^/]+)", OnDemand("save.asking", "one"), ("GET",), Needs.NOTHING),
    Route("/save/(?P<url>.+)", OnDemand("save.saving", "get"), ("GET",), Needs.WRITE),
)
