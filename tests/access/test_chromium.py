"""Captures opened in a real browser, from a folder and from a private bucket: by links alone, nothing packaged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import chromium, foreign
from tests.access.captures import fill
from tests.access.serving import showing
from tests.chromium import Chromium
from tests.conftest import Aws
from tests.factories import PAGE

from pressmark.access.context import Archive
from pressmark.archive.folder import FolderReader
from pressmark.archive.items import Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.settings import INDEX_TERMS

REPLAYWEB = foreign.TOOLS / "replayweb" / "package"
PROGRAM = chromium.find()

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
    pytest.mark.skipif(
        not (REPLAYWEB / "sw.js").is_file(),
        reason="needs ReplayWeb.page's ui.js and sw.js (make judges)",
    ),
]


FORGE = """
(async () => {
  for (const {name} of await indexedDB.databases()) {
    const opened = indexedDB.open(name);
    await new Promise(done => opened.onsuccess = done);
    for (const store of opened.result.objectStoreNames) {
      if (store !== 'payload') continue;
      const all = opened.result.transaction(store, 'readwrite').objectStore(store);
      const found = all.getAll();
      await new Promise(done => found.onsuccess = done);
      for (const each of found.result)
        all.put({...each, payload: new TextEncoder().encode('<p>The ferry has sunk, says another page</p>')});
      await new Promise(done => all.transaction.oncomplete = done);
      document.body.append(`forged: ${found.result.length}`);
    }
    opened.result.close();
  }
})();
0
"""
"""What a script of any archived page could do: change what the player has kept in the browser of other captures."""


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, aws: Aws) -> Iterator[Archive]:
    """The sample in a folder, and in a bucket that nobody but its owner may read."""
    fill(tmp_path / "archive")
    if request.param == "folder":
        reader = FolderReader(tmp_path / "archive")
        yield Archive("", reader, reader.files)
        reader.close()
        return
    indexing = Indexing(bucket=aws.bucket, terms=INDEX_TERMS, tombstones=Tombstones())
    objects, table = Objects(aws.client("s3"), aws.bucket), Table(aws.client("dynamodb"), aws.table)
    for path in sorted((tmp_path / "archive").rglob("*.warc.gz")):
        key = path.relative_to(tmp_path / "archive").as_posix()
        with path.open("rb") as file:
            objects.put(key, file)
        with path.open("rb") as file:
            for _, items in items_of_file(file, key, indexing):
                table.put(items)
    yield Archive("", TableReader(aws.client("dynamodb"), aws.table), objects)


@pytest.mark.parametrize(
    ("moment", "url", "text"),
    [
        ("20261123120000", PAGE, "The ferry is late again"),
        ("20261124120000", PAGE, "The ferry is late again"),
        ("20261125120000", PAGE, "The ferry is late again"),
        ("2027", PAGE, "The ferry sails again"),
        ("20261124120000", "http://example.com/a", "The ferry is late again"),
    ],
    ids=["capture", "revisit", "not modified", "nearest to a time", "redirects"],
)
def test_a_link_opens_the_capture(archive: Archive, tmp_path: Path, moment: str, url: str, text: str) -> None:
    assert PROGRAM
    with (
        showing(archive, str(REPLAYWEB)) as address,
        Chromium(PROGRAM, tmp_path / "profile", rules="EXCLUDE 127.0.0.1, ") as browser,
    ):
        browser.open(f"{address}/web/{moment}/{url}")
        shown = "https://www.example.com/b" if url.endswith("/a") else url
        frame = browser.wait_for_text(text, address=f"mp_/{shown}")
        hosts = {each.split("/")[2].split(":")[0] for each in browser.requested if each.startswith("http")}

    assert "/player/" in frame.address
    assert hosts == {"localhost", "127.0.0.1"}


@pytest.mark.parametrize("archive", ["folder"], indirect=True)
def test_no_archived_page_changes_what_another_shows_later(archive: Archive, tmp_path: Path) -> None:
    assert PROGRAM
    with (
        showing(archive, str(REPLAYWEB)) as address,
        Chromium(PROGRAM, tmp_path / "profile", rules="EXCLUDE 127.0.0.1, ") as browser,
    ):
        browser.open(f"{address}/web/20261123120000/{PAGE}")
        browser.wait_for_text("The ferry is late again", address=f"mp_/{PAGE}")
        link = browser.evaluate("location.href")
        browser.evaluate(FORGE)
        browser.wait_for_text("forged: 1", address=link)

        for again in (link, f"{address}/web/20261123120000/{PAGE}"):
            browser.open(again)
            frame = browser.wait_for_text("ferry", address=f"mp_/{PAGE}")
            assert "The ferry is late again" in frame.text
