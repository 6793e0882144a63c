"""The pages say the same of an archive in AWS as of the same archive in a folder."""

import html
import json
import re
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW, fill_stack
from tests.access.test_pages import HTML
from tests.conftest import Aws
from tests.factories import NOON, PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.archive.folder import FolderReader
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader, of_day, row_key
from pressmark.clock import Outside


@pytest.fixture
def stack(folder: Path, aws: Aws) -> Application:
    """The sample in a bucket and a table."""
    fill_stack(aws, folder)
    objects = Objects(aws.client("s3"), aws.bucket)
    reader = TableReader(aws.client("dynamodb"), aws.table, first_day=lambda: NOON.date())
    options = Options(local=True)
    return Application(Archive("", reader, objects, options=options, clock=Outside(now=lambda: NOW)))


def kinds(folder: Path) -> dict[str, list[str]]:
    """The URLs of captures, by what a list says of them."""
    found: dict[str, list[str]] = {}
    reader = FolderReader(folder)
    for day in reader.days(date(2000, 1, 1), NOW.date()):
        for row in reader.rows([row_key(each) for each in reader.page(of_day(day), limit=500).items]):
            for name in ("error", "revisit", "truncated", "redirect", "status"):
                if name in row:
                    found.setdefault(name, []).append(row["url"])
    reader.close()
    return found


@pytest.mark.slow
def test_the_page_of_a_url_shows_the_same_though_a_table_gives_what_it_shows_alone(
    folder: Path, application: Application, stack: Application
) -> None:
    urls = kinds(folder)
    assert {"error", "revisit", "redirect", "status"} <= urls.keys()
    for url in {PAGE}.union(*urls.values()):
        here, there = (
            ask(each, f"/page?url={quote(url, safe='')}", accept=HTML).whole()
            for each in (application, stack)
        )
        assert here == there, url


@pytest.mark.slow
def test_every_page_has_the_same_facts(application: Application, stack: Application) -> None:
    for target in (
        "/index.json",
        f"/page.json?url={quote(PAGE)}",
        f"/capture.json?url={quote(PAGE)}&at=20261124120000",
        f"/diff.json?url={quote(PAGE)}",
        "/results.json?site=example.com",
        "/results.json?author=Jane%20Doe&from=2026-11-24",
        "/failures.json",
        f"/page.json?url={quote(PAGE)}&on=2026-11-24",
        "/results.json?words=ferry",
        "/results.json?words=ferry&author=jane%20doe&tag=ferries&from=2026-11-24",
        "/results.json?words=ferry&site=example.com",
    ):
        here, there = (json.loads(ask(each, target).whole()) for each in (application, stack))
        assert here == there, target
        assert "error" not in here


@pytest.fixture
def lean(folder: Path, aws: Aws) -> Application:
    """The sample in a stack that keeps look-up items of authors alone, as is the default."""
    fill_stack(aws, folder)
    table = TableReader(aws.client("dynamodb"), aws.table, index_terms=("author",))
    objects = Objects(aws.client("s3"), aws.bucket)
    return Application(
        Archive("", table, objects, options=Options(local=True), clock=Outside(now=lambda: NOW))
    )


@pytest.mark.slow
def test_a_tag_leads_to_the_captures_of_its_site_where_no_key_leads_to_all(lean: Application) -> None:
    shown = ask(lean, f"/capture?url={quote(PAGE)}&at=20261124120000", accept=HTML).whole().decode()
    links = [html.unescape(link) for link in re.findall(r'href="(/results\?[^"]*)"', shown)]
    (link,) = {link for link in links if "tag=" in link}
    assert "site=example.com" in link
    assert ask(lean, link, accept=HTML).status == 200
    listed = json.loads(ask(lean, link.replace("/results?", "/results.json?")).whole())["captures"]
    assert PAGE in [each["url"] for each in listed]
    assert {link for link in links if "author=" in link and "site=" not in link}, "a key leads to authors"


@pytest.mark.slow
def test_a_tag_alone_is_refused_with_what_to_do(lean: Application) -> None:
    for query in ("tag=ferries", "tag=ferries&words=ferry"):
        answer = ask(lean, f"/results?{query}", accept=HTML)
        assert answer.status == 400
        assert "choose a site as well" in answer.whole().decode()
        assert "pressmark list --tag" in answer.whole().decode()
