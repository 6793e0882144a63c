"""The pages the project started from, archived from a loopback site and read back from the table."""

import gzip
import json
import re
from pathlib import Path

import pytest
from tests.conftest import Aws
from tests.site import RawSite, response
from tests.warc.validator import members
from tests.world import World

RT = Path(__file__).resolve().parents[2] / "shared" / "data" / "rt"
FIXTURES = Path(__file__).parent / "fixtures" / "pages"


def archive(aws: Aws, site: RawSite, path: str, html: bytes) -> tuple[dict[str, object], str]:
    """Archive one page through the pipeline; its row, and the text of its conversion record."""
    url = site.serve(path, response(gzip.compress(html), headers=[("Content-Encoding", "gzip")]))
    world = World(aws, site)
    assert world.one(url).outcome == "archived"
    (row,) = world.rows()
    records = members(aws.objects()[row["warc"]])
    return row, next(record for record in records if record.type == "conversion").block.decode()


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.slow
@pytest.mark.skipif(not RT.is_dir(), reason="the pages of ../shared/data are not here")
def test_the_row_of_the_rt_page_says_what_the_page_says(aws: Aws, site: RawSite) -> None:
    html = gzip.decompress((RT / "rt-2019-11-20.html.gz").read_bytes())
    row, text = archive(aws, site, "/news/473849-3-morales-supporters-killed-bolivia/", html)
    assert str(row["title"]).startswith("‘He died in my hands’: 3 pro-Morales demonstrators killed")
    assert str(row["title"]).endswith("barricaded fuel plant")
    assert row["published"] == "2019-11-20T05:47:00Z"
    assert str(row["section"]).casefold() == "world news"
    assert str(row["description"]).startswith("Three people have died during protests in Bolivia")
    assert row["image"] == "https://cdni.rt.com/files/2019.11/article/5dd4c7d220302725ad4f6fbb.JPG"
    assert row["site_name"] == "RT International"
    assert str(row["language"]).startswith("en")
    truth = json.loads((RT / "rt-2019-11-20.json").read_text())["text"]
    read, wanted = words(text), words(truth)
    assert len(set(read) & set(wanted)) >= 0.97 * len(set(wanted))
    assert len(read) <= 1.05 * len(wanted), "boilerplate in the text"
    for boilerplate in ("cookies", "Podcasts", "Top stories", "All rights reserved"):
        assert boilerplate not in text


def test_a_page_of_the_same_structure_says_what_a_reader_saw(aws: Aws, site: RawSite) -> None:
    row, text = archive(aws, site, "/news/harbour-ferry/", (FIXTURES / "harbour-ferry.html").read_bytes())
    assert row["title"] == "Island ferry returns after eleven years"
    assert row["published"] == "2024-07-10T06:28:00Z"
    assert row["section"]
    assert row["caption"]
    assert row["credit"]
    for boilerplate in ("cookies", "Podcasts", "Top stories", "READ MORE", "All rights reserved"):
        assert boilerplate not in text
