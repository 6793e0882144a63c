"""The application served on one machine, by waitress (WSGI, PEP 3333)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pressmark.access.app import Application
from pressmark.access.errorpages import error_response, phrase
from pressmark.access.messages import MAX_BODY, MAX_TARGET, Request, Response
from pressmark.access.refusals import HttpError
from pressmark.callers import refusal

CONNECTIONS = 1_000
"""Connections open at a time. With waitress's 100, that many clients that send half a request and wait would keep
everybody else out."""

THREADS = 8
"""Requests answered at a time."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def wsgi(application: Application, *, names: tuple[str, ...] = ()) -> Callable[..., Iterable[bytes]]:
    """Return the application as WSGI. names: more names of this machine (:func:`pressmark.callers.refusal`)."""

    public_url = application.archive.options.public_url
    names = (*names, *filter(None, [urlsplit(public_url).hostname]))

    def serve(environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        request = to_request(environ, public_url=public_url)
        origin = request.headers.get("origin")
        why = refusal(
            environ.get("HTTP_HOST"),
            None if public_url and origin == public_url else origin,
            _fetch_site(request),
            names=names,
            how_to_add="start pressmark web with --name",
        )
        if why is not None:
            response = error_response(request, HttpError(403, why))
        else:
            response = application(request)
        return _send(response, start)

    return serve


def _fetch_site(request: Request) -> str | None:
    # A link from another site's page may be followed (a navigation); other requests from such a page are refused.
    site = request.headers.get("sec-fetch-site")
    if request.method in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate":
        return None
    return site


def to_request(environ: Mapping[str, Any], *, public_url: str = "") -> Request:
    """Read a WSGI environment. REQUEST_URI, path and query as they came, is waitress's own addition.

    public_url: the archive's own origin, if clients see a proxy in front of it.
    """
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = str(environ["CONTENT_TYPE"])
    uri = str(environ["REQUEST_URI"])
    if not uri.startswith("/"):  # in absolute form (RFC 9112 section 3.2.2), or an asterisk
        uri = "/" + uri.partition("://")[2].partition("/")[2]
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        target=uri,
        origin=public_url or f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}",
        headers=headers,
        body=environ["wsgi.input"].read(MAX_BODY + 1),
        client=str(environ.get("REMOTE_ADDR", "")),
    )


def _send(response: Response, start: StartResponse) -> Iterable[bytes]:
    headers = list(response.headers)
    if isinstance(response.body, bytes):
        if response.header("Content-Length") is None and response.status not in (204, 304):
            headers.append(("Content-Length", str(len(response.body))))
        start(f"{response.status} {phrase(response.status)}", headers)
        return [response.body]
    start(f"{response.status} {phrase(response.status)}", headers)
    return _pieces(response.body)


def _pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    yield from body


class Server:
    """The application at an address of this machine. url: where, for a person."""

    def __init__(
        self,
        application: Application,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        names: tuple[str, ...] = (),
    ) -> None:
        """host: the address to listen at. port: 0 for any free one. Raises OSError if it is taken."""
        from waitress import create_server

        self._open: dict[int, Any] = {}
        self._server = create_server(
            wsgi(application, names=names),
            map=self._open,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            max_request_body_size=MAX_BODY,
            max_request_header_size=MAX_TARGET + 65_536,
            channel_timeout=60,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,  # select() ends at 1,024
            clear_untrusted_proxy_headers=True,
        )
        self.port = next(int(each.effective_port) for each in self._listeners())
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{'localhost' if host == '127.0.0.1' else shown}:{self.port}/"

    def _listeners(self) -> list[Any]:  # a name may have two addresses
        return [each for each in self._open.values() if hasattr(each, "effective_port")]

    def run(self) -> None:
        """Serve until :meth:`stop`, or until the process is interrupted."""
        self._server.run()

    def stop(self) -> None:
        """End :meth:`run`, from another thread: connections are closed in the loop's own thread."""
        self._listeners()[0].trigger.pull_trigger(self.close)

    def close(self) -> None:
        """Close the address; nothing may be running."""
        self._server.task_dispatcher.shutdown()
        for listener in self._listeners():
            for connection in list(listener.active_channels.values()):
                connection.handle_close()  # unlike close(), with the files that long answers have gone through
        for each in list(self._open.values()):
            each.close()
