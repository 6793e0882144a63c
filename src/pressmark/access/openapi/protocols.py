"""CDX, Memento and Save Page Now, whose shapes others have defined."""

from pressmark.access.openapi.parts import (
    LEVEL,
    NUMBER,
    TEXT,
    TIME,
    URL,
    URL_ASKED,
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

_MATCH = asks("matchType", "exact, prefix, host or domain")
_LIMIT = asks("limit", "maximum number of lines; in the Wayback dialect, -N means the last N")
_OUTPUT = asks("output", "json")
_RANGE = [
    asks("from", "1 to 14 digits, included", schema=TIME),
    asks("to", "1 to 14 digits, included", schema=TIME),
]

_WAYBACK = [
    asks(name, about)
    for name, about in {
        "filter": "[!][~]field:pattern, RE2; may be repeated",
        "collapse": "field[:N]; may be repeated",
        "fl": "fields, separated by commas",
        "showResumeKey": "true",
        "resumeKey": "from the last answer",
        "page": "page number, from 0",
        "pageSize": "blocks of a page",
        "showNumPages": "true",
        "sort": "reverse or closest",
        "offset": "number of lines to skip",
        "resolveRevisits": "true",
        "showDupeCount": "true",
        "showSkipCount": "true",
    }.items()
]
_CLOSEST = asks("closest", "time to be close to", schema=TIME)
_PYWB = [
    asks("filter", "[!][=~]field:value; may be repeated"),
    asks("sort", "reverse or closest"),
    asks("fields", "separated by commas"),
    asks("collapseTime", "digits of the timestamp; lines that share them become one"),
]
_LINES: Json = {
    "description": "lines, or JSON",
    "content": {
        "text/plain": {"schema": TEXT},
        "application/json": {},
        "text/x-ndjson": {},
        "text/x-cdxj": {},
    },
}

_ARCHIVED: Json = {
    "description": "what was captured, with its original status",
    "content": {"*/*": {}},
    "headers": {"Memento-Datetime": {"schema": TEXT}, "Link": {"schema": TEXT}},
}
_MEMENTO: Json = {
    "200": _ARCHIVED,
    "206": _ARCHIVED,
    "2XX": _ARCHIVED,
    "3XX": redirects("a captured redirect, or the closest memento"),
}
_GATE: Json = {"302": redirects("the memento"), "2XX": _ARCHIVED}

_SAVED = an_object(url=TEXT, job_id=TEXT, message=TEXT, status=TEXT, status_ext=TEXT)

PATHS: Json = {
    "/cdx/search/cdx": get(
        "cdx",
        "The Wayback Machine's dialect",
        [URL_ASKED, _MATCH, *_RANGE, _LIMIT, _OUTPUT, _CLOSEST, *_WAYBACK],
        {"200": _LINES},
    ),
    "/cdx": get(
        "cdx",
        "pywb's dialect",
        [URL_ASKED, _MATCH, *_RANGE, _LIMIT, _OUTPUT, _CLOSEST, *_PYWB],
        {"200": _LINES},
    ),
    "/wayback/available": get(
        "cdx",
        "The successful capture closest to a time",
        [asks("url", "the page", schema=URL), asks("timestamp", "the time", schema=TIME)],
        {
            "200": given(
                "it, or nothing",
                schema=an_object("url archived_snapshots", url=TEXT, archived_snapshots={"type": "object"}),
            )
        },
    ),
    "/web/{url}": get(
        "memento", "TimeGate: redirects to the memento closest to Accept-Datetime", [part("url", URL)], _GATE
    ),
    "/timegate/{url}": get("memento", "The same", [part("url", URL)], _GATE),
    "/web/{timestamp}/{url}": get(
        "memento",
        "Memento; browsers are redirected to its replay",
        [part("timestamp", TIME), part("url", URL)],
        _MEMENTO,
    ),
    "/web/{timestamp}id_/{url}": get(
        "memento", "Memento: the original bytes", [part("timestamp", TIME), part("url", URL)], _MEMENTO
    ),
    "/web/timemap/{form}/{url}": get(
        "memento",
        "TimeMap, 1,000 mementos per page",
        [part("form", {"enum": ["link", "json"]}), part("url", URL)],
        {
            "200": {
                "description": "the TimeMap",
                "content": {"application/link-format": {}, "application/json": {}},
            }
        },
    ),
    "/save": {
        "post": operation(
            "save",
            "Save a page; errors, too, come with status 200",
            [],
            {"200": given("its job", schema=_SAVED)},
        )
        | {
            "requestBody": form(
                ["url"], url=URL, capture_all=TEXT, if_not_archived_within=TEXT, requisites=LEVEL
            )
        }
    },
    "/save/{url}": get(
        "save",
        "Save a page and wait for it",
        [part("url", URL)],
        {"302": redirects("the memento"), "2XX": _ARCHIVED},
    ),
    "/save/status/{job}": get(
        "save", "State of a job", [part("job", TEXT)], {"200": given("the job", schema=ref("Job"))}
    ),
    "/save/status": {
        "get": operation(
            "save",
            "State of one or more jobs",
            [asks("job_id", "one of them"), asks("job_ids", "several, separated by commas")],
            {"200": given("it or them", schema={"oneOf": [ref("Job"), a_list(ref("Job"))]})},
        ),
        "post": operation(
            "save",
            "The same",
            [],
            {"200": given("it or them", schema={"oneOf": [ref("Job"), a_list(ref("Job"))]})},
        )
        | {"requestBody": form([], job_id=TEXT, job_ids=TEXT, job_id_outlinks=TEXT)},
    },
    "/save/status/user": get(
        "save",
        "How many pages the caller may still save today",
        [],
        {
            "200": given(
                "numbers",
                schema=an_object(
                    "available daily_captures daily_captures_limit processing",
                    available=NUMBER,
                    daily_captures=NUMBER,
                    daily_captures_limit=NUMBER,
                    processing=NUMBER,
                ),
            )
        },
    ),
    "/save/status/system": get(
        "save",
        "Whether captures take longer than usual",
        [],
        {"200": given("a sentence", schema=an_object("status", status=TEXT))},
    ),
}
