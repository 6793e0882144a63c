"""Converts Lambda events to requests, and responses to Lambda's answers (payload format 2.0: function URLs, HTTP APIs).

A function URL hands over path and query as they came. An HTTP API decodes the path first and ends it at a decoded ``?``
(docs/decisions/access.md), so a URL within a path can lose its query there; characters that a path cannot have are
encoded again.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pressmark.access.messages import Request, Response

MAX_BYTES = 4_400_000
"""Maximum length of a response's body: Lambda accepts 6 MB of JSON (AWS Lambda quotas), and Base64 makes bytes a third
longer."""

_PATH_SAFE = "/:@!$&'()*+,;=-._~%[]|\\^`{}\"<>"
_HOST = re.compile(r"[a-z0-9.-]+(?::\d{1,5})?", re.IGNORECASE)


def to_request(event: Mapping[str, Any], *, public_url: str = "", replay_url: str = "") -> Request:
    """Read an event. public_url: the archive's own origin, if it has one; else the event's domain name.

    replay_url: the origin where archived pages are shown: a domain name of its own, which the event names.
    """
    context = event.get("requestContext", {})
    http = context.get("http", {})
    path = str(event.get("rawPath") or "/")
    stage = context.get("stage", "$default")
    if stage != "$default" and path.startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]
    query = str(event.get("rawQueryString") or "")
    target = quote(path, safe=_PATH_SAFE) + (f"?{quote(query, safe=_PATH_SAFE + '?')}" if query else "")
    headers = {name.lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    if event.get("cookies"):
        headers["cookie"] = "; ".join(event["cookies"])
    body = event.get("body") or ""
    data = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace")
    iam = (context.get("authorizer") or {}).get("iam") or {}
    domain = str(context.get("domainName") or "")
    own = f"https://{domain}" if _HOST.fullmatch(domain) else "https://invalid"
    return Request(
        method=str(http.get("method") or "GET").upper(),
        target=target,
        origin=own if own == replay_url else public_url or own,
        headers=headers,
        body=data,
        client=str(http.get("sourceIp") or ""),
        iam=str(iam.get("userArn") or ""),
    )


def to_answer(response: Response) -> dict[str, Any]:
    """Write a response, with its body always in Base64, so that bytes arrive as they are."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in response.headers:
        if name.lower() == "set-cookie":
            cookies.append(value)
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    body = response.whole()
    answer: dict[str, Any] = {"statusCode": response.status, "headers": headers}
    if cookies:
        answer["cookies"] = cookies
    return answer | {"isBase64Encoded": True, "body": base64.b64encode(body).decode("ascii")}
