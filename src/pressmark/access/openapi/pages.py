"""The JSON twins of the pages for people, and what pages lead to."""

from pressmark.access.openapi.parts import (
    AFTER,
    CAPTURES,
    LEVEL,
    NUMBER,
    NUMBER_OR_NONE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    URL,
    URL_ASKED,
    YES_OR_NO,
    Json,
    a_list,
    an_object,
    asks,
    form,
    get,
    given,
    operation,
    part,
    redirects,
    ref,
)

SITE = asks("site", "a domain and its subdomains")
ERROR = asks("error", "a code of docs/failures.md")
FROM = asks("from", "at or after: a year, month, day, instant, or 3d for three days ago")
TO = asks("to", "at or before: the same forms; 2026-11 includes all of November")
ON = asks("on", "a year, month or day: 2026, 2026-11, 2026-11-23")
AT = asks("at", "when it was captured; redirects to the closest capture", schema=TIME)
DAYS = asks(
    "days",
    "how many days the link works",
    schema={"type": "integer", "minimum": 1, "maximum": 366, "default": 7},
)

_CHANGE = an_object("from to", **{"from": {}, "to": {}})

_ASKED: Json = {"type": "object", "additionalProperties": TEXT}

_HISTORY = an_object(
    "url captures years year days after",
    url=TEXT,
    title=TEXT,
    language=TEXT,
    is_neighbour=YES_OR_NO,
    years=a_list(an_object("year captures", year=NUMBER, captures=NUMBER_OR_NONE)),
    year=NUMBER,
    on=TEXT,
    days={
        "type": "object",
        "additionalProperties": an_object("captures changed", captures=NUMBER, changed=NUMBER),
    },
    days_are_complete=YES_OR_NO,
    captures=CAPTURES,
    after=TEXT,
)

_JOB = asks("job", "its id, as /save gives it", required=True)

_PAGE: Json = {
    "description": "a page, or JSON if Accept asks for it",
    "content": {"text/html": {"schema": TEXT}, "application/json": {}},
}

_NEAREST = redirects("the closest capture")

PATHS: Json = {
    "/index.json": get(
        "pages",
        "The newest captures, and what the archive holds",
        [],
        {
            "200": given(
                "the front page",
                schema=an_object(
                    "title newest sites looked_at",
                    title=TEXT,
                    newest=CAPTURES,
                    sites=a_list(an_object("site pages", site=TEXT, pages=NUMBER)),
                    looked_at=an_object(
                        "captures failures all", captures=NUMBER, failures=NUMBER, all=YES_OR_NO
                    ),
                ),
            )
        },
    ),
    "/page.json": get(
        "pages",
        "The captures of a URL in a year, month or day, newest first",
        [URL_ASKED, ON, AFTER],
        {"200": given("its captures", schema=_HISTORY)},
    ),
    "/web/*/{url}": get(
        "pages",
        "The same as a page, or as JSON if Accept asks for it",
        [part("url", URL)],
        {
            "200": {
                "description": "its captures",
                "content": {"text/html": {}, "application/json": {"schema": _HISTORY}},
            }
        },
    ),
    "/capture.json": get(
        "pages",
        "One capture, with its article and the places of its records",
        [URL_ASKED, AT],
        {
            "200": given(
                "the capture",
                schema=an_object(
                    "capture article sources instants records text neighbours links",
                    capture=ref("Capture"),
                    article={"type": "object"},
                    sources={"type": "object"},
                    instants=a_list(an_object("name at source", name=TEXT, at=TEXT, source=TEXT)),
                    records=a_list(
                        an_object(
                            "name warc offset length", name=TEXT, warc=TEXT, offset=NUMBER, length=NUMBER
                        )
                    ),
                    digest=an_object(warc=TEXT, hex=TEXT),
                    text=TEXT,
                    text_is_cut=YES_OR_NO,
                    lost=TEXT,
                    neighbours=an_object(prev=ref("Capture"), next=ref("Capture")),
                    links={"type": "object", "additionalProperties": TEXT},
                    requisites={
                        "type": ["object", "null"],
                        "description": "the pictures, style sheets and fonts that were captured with the page: "
                        "level, count, kinds, pointed_at, bytes, list, left_out and left_out_count",
                    },
                ),
            ),
            "302": _NEAREST,
        },
    ),
    "/capture.wacz": get(
        "pages",
        "One capture as a WACZ file",
        [URL_ASKED, AT],
        {"200": given("the file", "application/wacz"), "302": _NEAREST},
    ),
    "/share.json": get(
        "pages",
        "A link that opens one capture until a time, without a key",
        [URL_ASKED, AT, DAYS],
        {
            "200": given(
                "the link",
                schema=an_object(
                    "url until days capture", url=TEXT, until=TEXT, days=NUMBER, capture=ref("Capture")
                ),
            ),
            "302": _NEAREST,
        },
    ),
    "/diff.json": get(
        "pages",
        "What changed between two captures",
        [URL_ASKED, asks("start", "the older one", schema=TIME), asks("end", "the newer one", schema=TIME)],
        {
            "200": given(
                "the difference",
                schema=an_object(
                    "url from to changed fields facts text paragraphs old new",
                    url=TEXT,
                    to=TEXT,
                    changed=YES_OR_NO,
                    fields={"type": "object", "additionalProperties": _CHANGE},
                    facts={"type": "object", "additionalProperties": _CHANGE},
                    text=a_list(TEXT),
                    paragraphs=a_list(
                        an_object(
                            "kind",
                            kind={"enum": ["same", "changed", "gone", "come", "gap"]},
                            old=a_list(ref("Piece")),
                            new=a_list(ref("Piece")),
                        )
                    ),
                    old=ref("Capture"),
                    new=ref("Capture"),
                ),
            )
        },
    ),
    "/results.json": get(
        "pages",
        "Captures that meet all conditions",
        [
            asks("words", "words of title or text, as in pressmark search"),
            SITE,
            asks("author", "one of its authors"),
            asks("tag", "one of its tags"),
            asks("section", "its section"),
            asks("status", "HTTP status"),
            ERROR,
            FROM,
            TO,
            AFTER,
        ],
        {
            "200": given(
                "the captures",
                schema=an_object(
                    "asked captures after",
                    asked=_ASKED,
                    captures=CAPTURES,
                    words=an_object(
                        "by texts", by={"enum": ["index", "reading"]}, texts=NUMBER, pages=NUMBER_OR_NONE
                    ),
                    after=TEXT,
                ),
            )
        },
    ),
    "/failures.json": get(
        "pages",
        "What could not be archived, and why",
        [SITE, ERROR, FROM, TO, AFTER],
        {
            "200": given(
                "the failures",
                schema=an_object(
                    "asked since captures meanings after",
                    asked=_ASKED,
                    since=TEXT_OR_NONE,
                    captures=CAPTURES,
                    meanings={"type": "object", "additionalProperties": ref("Meaning")},
                    after=TEXT,
                ),
            )
        },
    ),
    "/find": get(
        "pages",
        "Redirects to the captures of a URL, or to the pages with some words",
        [asks("q", "words or a URL", required=True)],
        {"200": given("where it leads", "text/html"), "302": redirects("there")},
    ),
    "/save.json": get(
        "pages",
        "Whether the caller may save pages here, and why not",
        [asks("url", "value for the form")],
        {
            "200": given(
                "whether",
                schema=an_object("may_save why_not url", may_save=YES_OR_NO, why_not=TEXT, url=TEXT),
            )
        },
    ),
    "/save": get("pages", "The form that saves a page", [asks("url", "value for the form")], {"200": _PAGE}),
    "/saving": {
        "get": operation("pages", "State of a page that is being saved", [_JOB], {"200": _PAGE}),
        "post": operation(
            "pages",
            "Submits the form; programs post to /save instead",
            [],
            {"303": redirects("its job")},
        )
        | {"requestBody": form(["url"], url=URL, capture_all=TEXT, requisites=LEVEL)},
    },
    "/saving.json": get(
        "pages",
        "State of a page that is being saved",
        [_JOB],
        {
            "200": given(
                "the job",
                schema=an_object(
                    "job url status started seconds",
                    job=TEXT,
                    url=TEXT,
                    status={"enum": ["pending", "success", "error"]},
                    started=TEXT,
                    seconds=NUMBER,
                    capture=an_object("url captured", url=TEXT, captured=TEXT),
                    error=TEXT,
                    reason=TEXT,
                    meaning={"oneOf": [ref("Meaning"), {"type": "null"}]},
                ),
            )
        },
    ),
    "/openapi.json": get("pages", "This document", [], {"200": given("an OpenAPI 3.1 document")}),
}
