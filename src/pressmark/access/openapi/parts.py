"""The building blocks of operations: parameters, answers, schemas."""

from typing import Any

Json = dict[str, Any]

URL: Json = {"type": "string", "description": "of a page", "examples": ["https://example.com/"]}
TIME: Json = {
    "type": "string",
    "description": "1 to 14 digits, YYYYMMDDhhmmss",
    "examples": ["20261123120000"],
}
TEXT: Json = {"type": "string"}
LEVEL: Json = {"enum": ["none", "page", "all"]}


def ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def asks(name: str, about: str, *, schema: Json = TEXT, required: bool = False) -> Json:
    """Return a parameter of the query."""
    found: Json = {"name": name, "in": "query", "description": about, "schema": schema}
    return found | ({"required": True} if required else {})


def part(name: str, schema: Json) -> Json:
    """Return a parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


URL_ASKED = asks("url", "the page", schema=URL, required=True)
AFTER = asks("after", "token of the next page, from the last answer")

FAILED: Json = {
    "description": "why the request failed",
    "content": {"application/json": {"schema": ref("Error")}, "text/html": {"schema": TEXT}},
}
ERRORS: Json = {
    "4XX": FAILED,
    "451": FAILED | {"description": "the capture was taken down; the message says why"},
    "5XX": FAILED,
}


def given(about: str, media_type: str = "application/json", schema: Json | None = None) -> Json:
    """Return an answer of one media type."""
    return {"description": about, "content": {media_type: {"schema": schema or {}}}}


def redirects(about: str) -> Json:
    """Return an answer that is a redirect."""
    return {"description": about, "headers": {"Location": {"schema": TEXT}}}


def get(tag: str, about: str, parameters: list[Json], answers: Json) -> Json:
    """Return a path that is asked with GET."""
    return {"get": operation(tag, about, parameters, answers)}


def operation(tag: str, about: str, parameters: list[Json], answers: Json) -> Json:
    """Return one operation; every one may fail."""
    return {"tags": [tag], "summary": about, "parameters": parameters, "responses": answers | ERRORS}


def form(required: list[str], **fields: Json) -> Json:
    """Return the body of a form."""
    schema = {"type": "object", "properties": fields, "required": required}
    return {"required": bool(required), "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def an_object(required: str = "", /, **properties: Json) -> Json:
    """Return a schema of an object. required: names, separated by blanks; there may be more than those named."""
    found: Json = {"type": "object", "properties": properties}
    return found | ({"required": required.split()} if required else {})


def a_list(of: Json) -> Json:
    """Return a schema of an array."""
    return {"type": "array", "items": of}


NUMBER: Json = {"type": "integer"}
NUMBER_OR_NONE: Json = {"type": ["integer", "null"]}
TEXT_OR_NONE: Json = {"type": ["string", "null"]}
YES_OR_NO: Json = {"type": "boolean"}
CAPTURES = a_list(ref("Capture"))

SCHEMAS: Json = {
    "Error": an_object(
        "message",
        message=TEXT,
        error=TEXT,
        status={"type": ["integer", "string"], "description": "HTTP status; with Save Page Now, `error`"},
        status_ext=TEXT,
    ),
    "Capture": an_object(
        "url captured",
        url=TEXT,
        captured={"type": "string", "description": "ISO 8601, UTC"},
        status=NUMBER,
        mime=TEXT,
        size=NUMBER,
        digest=TEXT,
        title=TEXT,
        description=TEXT,
        language=TEXT,
        authors=a_list(TEXT),
        tags=a_list(TEXT),
        section=TEXT,
        published=TEXT,
        modified=TEXT,
        warc=TEXT,
        offset=NUMBER,
        length=NUMBER,
        revisit=TEXT,
        error={"type": "string", "description": "code of a failure (docs/failures.md)"},
        reason=TEXT,
        deleted={"type": "string", "description": "when it was taken down"},
        change={"enum": ["first", "changed", "same", "none"]},
        differs=a_list(TEXT),
        snippet=a_list(an_object("text found", text=TEXT, found=YES_OR_NO)),
    ),
    "Piece": an_object("text changed", text=TEXT, changed=YES_OR_NO),
    "Meaning": an_object("happened advice", happened=TEXT, advice=TEXT),
    "Job": an_object(
        "status job_id",
        status={"enum": ["pending", "success", "error"]},
        job_id=TEXT,
        original_url=TEXT,
        timestamp=TIME,
        resources=a_list(TEXT),
        outlinks=a_list(TEXT),
        duration_sec={"type": "number"},
        first_archive=YES_OR_NO,
        http_status=NUMBER,
        status_ext=TEXT,
        exception=TEXT,
        message=TEXT,
    ),
}
