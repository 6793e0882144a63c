"""Answers for errors: a page for people, JSON for programs, with the same sentence.

The page has no template: it must work even if the archive, or the code that makes pages, does not.
"""

import html
from http import HTTPStatus
from urllib.parse import quote

from pressmark.access.messages import Policy, Request, Response, json_response, text
from pressmark.access.refusals import HttpError


def phrase(status: int) -> str:
    """Return the name of a status code (RFC 9110 section 15)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header class="masthead">
{masthead}</header>
<main>
<h1>{name}</h1>
<p class="lead">{message}</p>
{more}</main>
</body>
</html>
"""


_MASTHEAD = """\
<p class="name"><a href="/">{title}</a></p>
<nav aria-label="Archive">
<a href="/">Front page</a> <a href="/results">Search</a> <a href="/save">Save a page</a>
</nav>
"""

_MASTHEAD_AWAY = """\
<p class="name">{title}</p>
"""


def error_response(
    request: Request, error: HttpError, *, title: str = "Web archive", away: bool = False
) -> Response:
    """Return an error's answer in the form that the client asked for.

    title: of the archive. away: whether it is for the origin where captures are shown, which has none of the archive's
    pages.
    """
    if request.is_browser:
        page = _PAGE.format(
            name=html.escape(phrase(error.status)),
            masthead=(_MASTHEAD_AWAY if away else _MASTHEAD).format(title=html.escape(title)),
            message=html.escape(error.message),
            more=_sign_in(request) if error.status == 401 else "",
        )
        response = text(page, status=error.status, media_type="text/html")
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
