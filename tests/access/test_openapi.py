"""The OpenAPI document has every address that programs may ask, and the application answers as it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.access.asking import ORIGIN, ask
from tests.access.gallery import Desk
from tests.access.serving import serving

from pressmark.access.app import ROUTES, Application
from pressmark.access.context import Archive, Saving
from pressmark.access.messages import Request
from pressmark.access.refusals import HttpError
from pressmark.access.routes import Route, Router, Where
from pressmark.access.words import Words

BIN = foreign.TOOLS / "openapi" / "bin"

FOR_PEOPLE = {r"/signin", r"/signout", r"/static/(?P<name>[a-z.]+)"}
"""Routes that are no program's: forms, and the pages' own files."""

NAMED = {
    "url": "http://example.com/",
    "timestamp": "20261123120000",
    "form": "link",
    "job": f"spn2-{'0' * 40}",
}


@pytest.fixture
def document(application: Application) -> Any:
    response = ask(application, "/openapi.json")
    assert (response.status, response.header("Content-Type")) == (200, "application/json")
    return json.loads(response.whole())


def documented(document: Any) -> Iterator[tuple[str, Route]]:
    """Each operation as it is written, and the route that answers it."""
    router = Router(ROUTES)
    for path, operations in document["paths"].items():
        for method in operations:
            target = re.sub(r"\{(\w+)\}", lambda named: NAMED[named[1]], path)
            yield f"{method.upper()} {path}", router.find(Request(method.upper(), target, ORIGIN))[0]


def test_every_route_is_in_the_document_and_every_operation_has_a_route(document: Any) -> None:
    found = {id(route) for _, route in documented(document)}
    missing = [
        route.pattern
        for route in ROUTES
        if route.where is Where.MAIN and route.pattern not in FOR_PEOPLE and id(route) not in found
    ]
    assert missing == []


def test_every_method_of_a_route_is_in_the_document(document: Any) -> None:
    told: dict[str, set[str]] = {}
    for operation, route in documented(document):
        told.setdefault(route.pattern, set()).add(operation.split(" ")[0])
    assert {route.pattern: set(route.methods) for route in ROUTES if route.pattern in told} == told


def test_a_path_that_no_route_answers_would_be_seen(document: Any) -> None:
    document["paths"]["/nowhere"] = {"get": {}}
    with pytest.raises(HttpError):
        dict(documented(document))


def test_the_document_names_the_origin_that_was_asked(document: Any) -> None:
    assert document["servers"] == [{"url": ORIGIN}]
    assert document["openapi"] == "3.1.0"


def test_every_parameter_of_a_page_is_one_that_it_reads(document: Any) -> None:
    from pressmark.access.pages import results

    told = {each["name"] for each in document["paths"]["/results.json"]["get"]["parameters"]}
    assert told == {*results.NAMES, "after"}
    told = {each["name"] for each in document["paths"]["/failures.json"]["get"]["parameters"]}
    assert told == {*results.FAILURES, "after"}


@pytest.mark.e2e
def test_a_validator_finds_nothing_wrong_with_it(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))
    foreign.run(foreign.require(BIN / "openapi-spec-validator"), path)


CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
)
"""All but those that compare what is taken with the schema of a parameter: what is an address or a time, no schema
says, and of options of the Wayback Machine whatever it does not know means no, as there."""


EACH = """
import gc, sys
gc.set_threshold(20_000)
from schemathesis.cli import schemathesis
for each in sys.argv[1:]:
    try:
        schemathesis(each.split())
    except SystemExit as end:
        if end.code:
            raise
"""
"""Runs it again and again in one process, which takes a second to begin."""


@pytest.mark.e2e
def test_schemathesis_finds_nothing(archive: Archive, tmp_path: Path) -> None:
    """All addresses of an archive that saves pages, shares captures and has words; some of one without."""
    desk: Any = Desk()
    words = Words(tmp_path / "search.sqlite", archive.reader, archive.files)
    options = replace(archive.options, replay_url="https://replay.example")
    whole = replace(archive, options=options, saving=Saving(desk, desk, desk), words=words)
    how = (
        f"--checks {CHECKS} --phases examples,coverage,fuzzing --max-examples 10 --seed 7 --request-timeout 60"
        " --no-color --generation-database none"
    )
    with serving(Application(whole)) as first, serving(Application(archive)) as second:
        foreign.run(
            foreign.require(BIN / "python"),
            "-c",
            EACH,
            f"run http://localhost:{first}/openapi.json --include-path-regex . {how}",
            f"run http://localhost:{second}/openapi.json --include-path-regex ^/(results|save) {how}",
            env={"HYPOTHESIS_STORAGE_DIRECTORY": str(BIN.parent / ".hypothesis")},  # of Unicode's tables
            cwd=tmp_path,  # it leaves a folder behind
        )
    words.close()
