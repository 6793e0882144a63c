"""The pages' own files."""

from importlib.resources import files

from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response
from pressmark.access.refusals import HttpError

TYPES = {"style.css": "text/css", "progress.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""Names and media types of the files that are served; no others are."""


def file(archive: Archive, request: Request) -> Response:
    """Answer with one of our files. Raises HttpError 404."""
    del archive
    name = request.parts["name"]
    if name not in TYPES:
        raise HttpError(404, "no such file")
    data = files(__package__).joinpath("static", name).read_bytes()
    response = Response(200, [("Content-Type", f"{TYPES[name]}; charset=utf-8")], data)
    return response.add("Cache-Control", "public, max-age=3600")
