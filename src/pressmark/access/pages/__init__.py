"""Pages for people, each with its JSON twin. Nothing is here yet: a module a page, its routes joined in ROUTES."""

from pressmark.access.routes import Route

ROUTES: tuple[Route, ...] = ()
