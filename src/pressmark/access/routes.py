"""Which handler answers which request. Each module of this room has its ROUTES, a tuple of :class:`Route`."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib import import_module

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.refusals import HttpError

Handler = Callable[[Archive, Request], Response]


@dataclass(frozen=True, slots=True)
class OnDemand:
    """A handler that is imported at its first request: a cold start loads only what its answer needs.

    module: below ``pressmark.access``, as in ``"pages.home"``. name: the function.
    """

    module: str
    name: str

    def load(self) -> Handler:
        """Import the module and return the function."""
        handler: Handler = getattr(import_module(f".{self.module}", __package__), self.name)
        return handler

    def __call__(self, archive: Archive, request: Request) -> Response:
        """Answer the request."""
        return self.load()(archive, request)


class Where(StrEnum):
    """Under which origin a route answers: the archive's own, or the one where archived pages run their scripts."""

    MAIN = "main"
    REPLAY = "replay"


class Needs(StrEnum):
    """What a caller must be allowed. NOTHING: anybody may ask. EITHER: to read or to save."""

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of request.

    pattern: a regular expression of the whole path, percent-encoded as it came; the groups it names are the request's
    ``parts``. methods: HEAD comes with GET. needs: what the caller must be allowed. where: under which origin.
    """

    pattern: str
    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    needs: Needs = Needs.READ
    where: Where = Where.MAIN
    compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern))


class Router:
    """Finds the route of a request; the first that fits."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)

    def find(self, request: Request, where: Where = Where.MAIN) -> tuple[Route, Request]:
        """Return the route, and the request with its parts. Raises HttpError 404, or 405 with Allow."""
        allowed: dict[str, None] = {}
        method = "GET" if request.method == "HEAD" else request.method
        for route in self.routes:
            if route.where is not where or (match := route.compiled.fullmatch(request.path)) is None:
                continue
            if method in route.methods:
                parts = {name: value or "" for name, value in match.groupdict().items()}
                return route, replace(request, parts=parts)
            allowed |= dict.fromkeys(route.methods)
        if not allowed:
            raise HttpError(404, "no such page")
        methods = [*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"]
        headers = [("Allow", ", ".join(methods))]
        raise HttpError(405, f"{request.method} is not allowed here", headers)
