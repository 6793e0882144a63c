"""Errors as they are answered: a page for people, JSON for programs, the same sentence in both."""

import html
from http import HTTPStatus
from urllib.parse import quote

from pressmark.access.messages import Policy, Request, Response, json_response, text
from pressmark.access.refusals import HttpError


def phrase(status: int) -> str:
    """Return what a status code is called (RFC 9110 section 15)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def error_response(request: Request, error: HttpError) -> Response:
    """Return an error's answer in the form that the client asked for."""
    if request.is_browser:
        name = html.escape(phrase(error.status))
        response = text(
            f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{name}</title>\n'
            f'<link rel="stylesheet" href="/static/style.css">\n<main>\n<h1>{name}</h1>\n'
            f"<p>{html.escape(error.message)}</p>\n"
            f"{_sign_in(request) if error.status == 401 else ''}"
            '<p><a href="/">The archive’s front page</a></p>\n</main>\n</html>\n',
            status=error.status,
            media_type="text/html",
        )
        response.policy = Policy.PAGE
    else:
        said: dict[str, object] = {"error": phrase(error.status), "status": error.status}
        if error.known_as:
            said = {"status": "error", "status_ext": f"error:{error.known_as}"}
        response = json_response(said | {"message": error.message}, status=error.status)
    for name, value in error.headers:
        response.add(name, value)
    response.add("Cache-Control", "no-store")
    return response.add("Vary", "Accept")


def _sign_in(request: Request) -> str:
    back = request.target if request.method == "GET" else "/"
    return f'<p><a href="/signin?next={quote(back, safe="/")}">Sign in</a></p>\n'
