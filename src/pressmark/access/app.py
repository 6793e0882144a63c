"""The application: a request in, a response out. The servers know nothing of what it answers.

Routes are found by the path as it came, still percent-encoded, so that nothing is decoded twice. Every answer gets the
header lines of its policy; what a handler raises becomes an error page.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from pressmark.access import cdx, memento, openapi, pages, replay, save
from pressmark.access.caller import By, Caller
from pressmark.access.compression import compress
from pressmark.access.context import Archive, Mode
from pressmark.access.errorpages import error_response
from pressmark.access.keys import guard
from pressmark.access.keys.routes import ROUTES as KEY_ROUTES
from pressmark.access.messages import MAX_BODY, MAX_TARGET, Request, Response
from pressmark.access.policies import header_lines
from pressmark.access.refusals import HttpError
from pressmark.access.routes import Needs, Route, Router, Where
from pressmark.errors import ArchiveError, NotFoundError, TakenDownError, UrlError, WarcError

logger = logging.getLogger(__name__)

ROUTES = (
    *cdx.ROUTES,
    *memento.ROUTES,
    *save.ROUTES,
    *KEY_ROUTES,
    *replay.ROUTES,
    *openapi.ROUTES,
    *pages.ROUTES,
)

REFRESH_SECONDS = 2.0
"""How old an archive folder's index may be: its files are listed to bring it up to date."""

_TARGET = re.compile(r"/[!-~]*")
"""What a request line can hold: no blank, control character or anything beyond ASCII (RFC 9112 section 3.2)."""

_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)

Guard = Callable[[Archive, Route, Request], Caller]
"""Returns who asks, and raises HttpError 401 or 403 if they may not."""


class Application:
    """One archive over HTTP."""

    def __init__(
        self, archive: Archive, *, guard: Guard = guard.guard, routes: tuple[Route, ...] = ROUTES
    ) -> None:
        self.archive = archive
        self._guard = guard
        self._refreshed = float("-inf")
        self._router = Router(routes)

    def __call__(self, request: Request) -> Response:
        """Answer a request; raises nothing."""
        try:
            response = self._answer(request)
        except Exception as error:  # noqa: BLE001 - every error is an answer
            title = self.archive.options.title
            away = self._where(request) is Where.REPLAY
            response = error_response(request, _as_answered(error), title=title, away=away)
        own = {name.lower() for name, _ in response.headers}
        response.headers += [
            line
            for line in header_lines(response.policy, origin=request.origin)
            if line[0].lower() not in own
        ]
        compress(request, response)
        if request.method == "HEAD":
            if isinstance(response.body, bytes) and response.header("Content-Length") is None:
                response.add("Content-Length", str(len(response.body)))
            response.body = b""
        return response

    def _answer(self, request: Request) -> Response:
        if len(request.target) > MAX_TARGET:
            raise HttpError(414, f"the address has more than {MAX_TARGET:,} characters")
        if not _TARGET.fullmatch(request.target) or not _ORIGIN.fullmatch(request.origin):
            raise HttpError(400, "this request cannot be read")
        if len(request.body) > MAX_BODY:
            raise HttpError(413, f"more than {MAX_BODY:,} bytes were sent")
        where = self._where(request)
        if request.method == "OPTIONS":
            return self._options(request, where)
        route, request = self._router.find(request, where)
        self._refresh()
        request = replace(request, caller=self._guard(self.archive, route, request))
        response = route.handler(self.archive, request)
        if where is Where.MAIN and route.needs is not Needs.NOTHING:
            self._keep_private(response, request.caller)
        return response

    def _where(self, request: Request) -> Where:
        shown_at = self.archive.options.replay_url
        is_replay = self.archive.options.replay_only or (shown_at and request.origin == shown_at)
        return Where.REPLAY if is_replay else Where.MAIN

    def _keep_private(self, response: Response, caller: Caller) -> None:
        """Keep shared caches from storing answers that depend on who asked."""
        if self.archive.options.read is Mode.PUBLIC and caller.by in (By.NOBODY, By.HOST):
            return
        kept = response.header("Cache-Control") or ""
        if "private" not in kept and "no-store" not in kept:
            response.headers = [line for line in response.headers if line[0].lower() != "cache-control"]
            response.add("Cache-Control", "private, no-cache")

    def _refresh(self) -> None:
        now = self.archive.clock.monotonic()
        if self.archive.refresh is not None and now - self._refreshed >= REFRESH_SECONDS:
            self._refreshed = now
            self.archive.refresh()

    def _options(self, request: Request, where: Where) -> Response:
        try:
            self._router.find(request, where)
        except HttpError as error:
            if error.status != 405:
                raise
            return Response(204, list(error.headers))
        return Response(204)


def _as_answered(error: Exception) -> HttpError:
    """Return the answer to an error; an unexpected one goes into the log."""
    match error:
        case HttpError():
            return error
        case TakenDownError():  # RFC 7725
            return HttpError(451, str(error))
        case NotFoundError():
            return HttpError(404, str(error))
        case UrlError():
            return HttpError(400, error.reason)
        case ArchiveError() | WarcError():
            logger.error("the archive could not be read", exc_info=error)
            return HttpError(502, "the archive could not be read; try again later")
        case _:
            logger.error("a request failed", exc_info=error)
            return HttpError(500, "this request failed; it is in the log")
