"""Where people sign in and out."""

from pressmark.access.routes import Needs, OnDemand, Route

ROUTES: tuple[Route, ...] = (
    Route("/signin", OnDemand("keys.signin", "show"), needs=Needs.NOTHING),
    Route("/signin", OnDemand("keys.signin", "sign_in"), ("POST",), Needs.NOTHING),
    Route("/signout", OnDemand("keys.signin", "sign_out"), ("POST",), Needs.NOTHING),
)
