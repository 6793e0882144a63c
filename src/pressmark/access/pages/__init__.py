"""Pages for people, each with its JSON twin: what the archive holds, a URL, a capture, what changed, results."""

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.routes import Needs, Route


def _home(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import home

    return home.page(archive, request)


def _history(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import history

    return history.page(archive, request)


def _capture(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import capture

    return capture.page(archive, request)


def _difference(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import difference

    return difference.page(archive, request)


def _results(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import results

    return results.page(archive, request)


def _failures(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import results

    return results.failures(archive, request)


def _static(archive: Archive, request: Request) -> Response:
    from pressmark.access.pages import static

    return static.file(archive, request)


_JSON = r"(?P<json>\.json)?"

ROUTES: tuple[Route, ...] = (
    Route(r"/(?P<json>index\.json)?", _home),
    Route(r"/web/\*/(?P<url>.+)", _history),
    Route(rf"/page{_JSON}", _history),
    Route(rf"/capture{_JSON}", _capture),
    Route(rf"/diff{_JSON}", _difference),
    Route(rf"/results{_JSON}", _results),
    Route(rf"/failures{_JSON}", _failures),
    Route(r"/static/(?P<name>[a-z.]+)", _static, needs=Needs.NOTHING),
)
