"""A capture's page tells all that is known of it, a capture can be taken away as a file, and a failure is explained."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from tests import foreign
from tests.access.asking import ask
from tests.access.gallery import ARABIC, ENDS, FERRY, JAPANESE, fill_gallery
from tests.access.test_pages import AT, HTML, facts, html
from tests.factories import PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.pages.meanings import MEANINGS
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The sample pages over three years."""
    folder = tmp_path_factory.mktemp("gallery")
    fill_gallery(folder)
    reader = FolderReader(folder)
    yield Application(
        Archive("gallery", reader, reader.files, options=Options(local=True), clock=Outside(now=lambda: ENDS))
    )
    reader.close()


@pytest.mark.slow
def test_a_captures_page_has_every_form_of_its_headline_and_every_time_with_its_source(
    gallery: Application,
) -> None:
    target = f"/capture?url={quote(FERRY)}&at=20240710064000"
    page = html(gallery, target)
    for each in (
        "opengraph og.title, meta twitter.title",
        "The ferry Morgenrot",
        "Tidemark / MIRA",
        "231 p",
        "2019–2024",
    ):
        assert (each in page.text) is (each != "231 p"), each
    told = facts(gallery, target.replace("/capture", "/capture.json"))
    assert told["article"]["titles"]["html h1"] == "Island ferry returns after eleven years"
    instants = {each["name"]: each["source"] for each in told["instants"]}
    assert instants == {"Published": "json-ld", "Changed": "json-ld", "Captured": "this archive"}
    assert [each["name"] for each in told["records"]] == ["Response record", "Metadata and text records"]


def test_a_digest_is_told_as_sha1sum_prints_it(application: Application) -> None:
    import hashlib

    told = facts(application, f"/capture.json?url={quote(PAGE)}&at={AT}")
    body = ask(application, told["links"]["bytes"]).whole()
    assert told["digest"]["hex"] == hashlib.sha1(body, usedforsecurity=False).hexdigest()


def test_what_a_revisit_repeats_is_named_by_file_and_place(application: Application) -> None:
    told = facts(application, f"/capture.json?url={quote(PAGE)}&at=20261124120000")
    assert told["records"][-1]["name"] == "Record that it repeats"
    assert told["records"][-1]["warc"] != told["records"][0]["warc"]


@pytest.mark.parametrize("at", [AT, "20261124120000"])
def test_a_capture_is_given_as_a_wacz_that_holds_all_of_it(application: Application, at: str) -> None:
    response = ask(application, f"/capture.wacz?url={quote(PAGE)}&at={at}")
    assert (response.status, response.header("Content-Type")) == (200, "application/wacz")
    assert response.header("Content-Disposition") == f'attachment; filename="example.com-{at}.wacz"'
    data = response.whole()
    assert response.header("Content-Length") == str(len(data))
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert bundle.testzip() is None
        pages = bundle.read("pages/pages.jsonl").decode().splitlines()
        warc = bundle.read("archive/data.warc.gz")
    assert {json.loads(each)["url"] for each in pages[1:]} == {PAGE}
    assert b"forty minutes late" in b"".join(each for each in _members(warc))


def _members(data: bytes) -> Iterator[bytes]:
    from fastwarc.warc import ArchiveIterator

    for record in ArchiveIterator(io.BytesIO(data)):
        yield record.reader.read()


def test_a_wacz_too_large_for_one_answer_says_what_to_do(archive: Archive) -> None:
    small = Application(replace(archive, options=Options(max_response=10_000)))
    response = ask(small, f"/capture.wacz?url={quote(PAGE)}&at={AT}")
    assert response.status == 501
    assert b"pressmark export --format wacz" in response.whole()


def test_a_wacz_of_what_was_never_captured_or_gave_nothing_is_404(application: Application) -> None:
    assert ask(application, "/capture.wacz?url=https://example.org/never").status == 404
    assert ask(application, "/capture.wacz?url=https://example.net/&at=20261123120000").status == 404


def test_another_time_leads_to_the_nearest_captures_wacz(application: Application) -> None:
    response = ask(application, f"/capture.wacz?url={quote(PAGE)}&at=2027")
    assert response.header("Location") == f"/capture.wacz?url={quote(PAGE, safe='')}&at=20261126120000"


@pytest.mark.e2e
def test_the_wacz_tools_find_nothing_wrong_with_it(application: Application, tmp_path: Path) -> None:
    path = tmp_path / "capture.wacz"
    path.write_bytes(ask(application, f"/capture.wacz?url={quote(PAGE)}&at={AT}").whole())
    foreign.run(foreign.require(foreign.TOOLS / "replay" / "bin" / "wacz"), "validate", "-f", path)


# --- failures ------------------------------------------------------------------------------------------------


def test_every_code_of_the_docs_is_explained_and_no_other() -> None:
    tables = (DOCS / "failures.md").read_text().partition("## Failures as a metric")[0]
    codes = set(re.findall(r"^\|(?: [^|`]+ \|)? `([a-z0-9-]+)` (?:\(|\|)", tables, re.MULTILINE))
    assert set(MEANINGS) == codes


def test_a_failure_says_what_its_code_means_and_what_to_do(application: Application) -> None:
    known = MEANINGS["invalid-host-resolution"]
    for target in ("/failures", "/capture?url=https://example.net/&at=20261123120000"):
        assert known.happened in html(application, target).text
    assert known.advice in html(application, "/capture?url=https://example.net/&at=20261123120000").text
    told = facts(application, "/failures.json")
    assert told["meanings"] == {"invalid-host-resolution": known._asdict()}


# --- the front page, languages --------------------------------------------------------------------------------


def test_the_front_page_begins_with_the_newest_article_that_has_a_picture(gallery: Application) -> None:
    told = facts(gallery, "/index.json")
    assert told["lead"]["capture"]["title"].startswith("EN IMAGES")
    assert told["lead"]["picture"]["captured"]
    assert html(gallery, "/").of("img")[0]["src"].endswith("/images/orchard.svg")
    assert not any(each["url"].endswith(".svg") for each in told["newest"])


def test_other_scripts_and_directions_are_marked_as_what_they_are(gallery: Application) -> None:
    for url, language, words in ((ARABIC, "ar", "الضباب الكثيف"), (JAPANESE, "ja", "路面電車")):
        page = html(gallery, (ask(gallery, f"/capture?url={quote(url)}").header("Location") or ""))
        assert words in page.text
        texts = [each for tag, each in page.elements if tag == "div" and each.get("class") == "text"]
        assert texts == [{"class": "text", "dir": "auto", "lang": language}]
        assert page.of("html")[0] == {"lang": "en"}


def test_pages_are_answered_to_head_without_a_body(gallery: Application) -> None:
    for target in ("/", f"/capture?url={quote(FERRY)}&at=20240710064000", "/failures"):
        whole = ask(gallery, target, accept=HTML)
        head = ask(gallery, target, method="HEAD", accept=HTML)
        assert (head.status, head.whole()) == (200, b"")
        assert head.header("Content-Length") == str(len(whole.whole()))
