"""Asks the application without a server."""

from typing import Any

from pressmark.access.app import Application
from pressmark.access.messages import Request, Response

ORIGIN = "https://archive.example"


def ask(
    application: Application, target: str, *, method: str = "GET", body: bytes = b"", **headers: str
) -> Response:
    """Return the answer. headers: with underscores for hyphens."""
    lines = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return application(Request(method, target, ORIGIN, lines, body, "192.0.2.9"))


def event(
    path: str, query: str = "", *, method: str = "GET", body: str | None = None, **more: Any
) -> dict[str, Any]:
    """An event of a function URL (AWS Lambda developer guide, "Request and response payloads")."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": more.pop("headers", {}),
        "requestContext": {
            "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.9"},
            "stage": more.pop("stage", "$default"),
        },
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": False,
        **more,
    }
