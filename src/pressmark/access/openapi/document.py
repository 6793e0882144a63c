"""The document: all addresses, with their parameters and answers."""

from typing import Any

from pressmark import __version__
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, json_response
from pressmark.access.openapi import pages, protocols
from pressmark.access.openapi.parts import SCHEMAS

ABOUT = """\
Captures of a web archive. Each page for people is also there as JSON, at the same address with `.json`. HEAD works
wherever GET does. Clients that do not accept `text/html` get errors as JSON. Keys are sent as
`Authorization: LOW accesskey:secret`, as for Save Page Now.
"""

TAGS = {
    "pages": "What people see, as JSON",
    "cdx": "CDX server API, in the Wayback Machine's dialect and in pywb's",
    "memento": "Memento (RFC 7089), with the Wayback Machine's addresses",
    "save": "Save Page Now 2",
}


def document(archive: Archive, request: Request) -> dict[str, Any]:
    """Return the document, for the origin that was asked."""
    paths = dict.fromkeys([*pages.PATHS, *protocols.PATHS])  # /save is a page and a protocol
    return {
        "openapi": "3.1.0",
        "info": {"title": archive.options.title, "version": __version__, "description": ABOUT},
        "servers": [{"url": request.origin}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{}, {"key": []}],
        "paths": {path: pages.PATHS.get(path, {}) | protocols.PATHS.get(path, {}) for path in paths},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`LOW accesskey:secret`; the archive decides what needs a key",
                }
            },
        },
    }


def answer(archive: Archive, request: Request) -> Response:
    """Answer with the document."""
    return json_response(document(archive, request)).add("Cache-Control", "no-cache")
