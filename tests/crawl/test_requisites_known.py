"""What is known of a page's requisites is not asked for again."""

import pytest
from tests.crawl.whole_page import (
    FOR_AN_HOUR,
    PICTURE,
    captured,
    lines,
    listing,
    page,
    picture,
    script,
    style,
    with_etag,
)
from tests.site import Request, response
from tests.warc.validator import members
from tests.world import World

from pressmark.archive import requisite_lists
from pressmark.archive.table import Table
from pressmark.archive.tombstones import told_in_range
from pressmark.clock import REAL
from pressmark.upkeep.takedown import plan_requisite


@pytest.mark.slow
def test_what_is_fresh_is_pointed_at_by_the_next_page_and_not_asked_for(world: World) -> None:
    style(world, "/main.css", "@import 'more.css';", FOR_AN_HOUR)
    style(world, "/more.css", "body { background: url(back.png) }", FOR_AN_HOUR)
    picture(world, "/back.png", PICTURE, FOR_AN_HOUR)
    first = page(world, "/1", head='<link rel="stylesheet" href="main.css">')
    second = page(world, "/2", head='<link rel="stylesheet" href="main.css">', body='<img src="/2.png">')
    picture(world, "/2.png", PICTURE + b"2")
    captured(world, first)
    asked = len(world.site.requests)

    report = captured(world, second)

    assert [each.path for each in world.site.requests[asked:]] == ["/2", "/2.png"]
    assert (report.facts["requisites"], report.facts["requisites_known"]) == (1, 3)
    before, now = lines(world, first), lines(world, second)
    assert now.keys() == {"/main.css", "/more.css", "/back.png", "/2.png"}
    for path in ("/main.css", "/more.css", "/back.png"):
        assert now[path] == before[path]


@pytest.mark.slow
def test_the_modules_of_a_module_that_is_fresh_or_unchanged_are_looked_after(world: World) -> None:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match"):
            return response(status="304 Not Modified", content_type=None)
        return response(b"import './part.js'", content_type="text/javascript", headers=[("ETag", '"7"')])

    script(world, "/fresh.js", "import './shared.js'", FOR_AN_HOUR)
    world.site.serve("/unchanged.js", answer)
    script(world, "/shared.js", "")
    script(world, "/part.js", "")
    head = '<script type="module" src="fresh.js"></script><script type="module" src="unchanged.js"></script>'
    urls = [page(world, f"/{number}", head=head) for number in range(3)]
    for url in urls:
        captured(world, url, "all")

    for path in ("/shared.js", "/part.js"):
        assert len(world.site.asked(path)) == 3
        assert [lines(world, url)[path]["found"] for url in urls] == ["script"] * 3
    assert [len(world.site.asked(path)) for path in ("/fresh.js", "/unchanged.js")] == [1, 3]


def test_pages_of_one_batch_point_at_what_its_warc_file_holds(world: World) -> None:
    style(world, "/main.css", "p {}", FOR_AN_HOUR)
    urls = [page(world, f"/{number}", head='<link rel="stylesheet" href="main.css">') for number in range(2)]
    service = world.another(concurrency=1)  # one after the other
    world.run(*({"url": url, "requisites": "page"} for url in urls), on=service)

    assert len(world.site.asked("/main.css")) == 1
    assert lines(world, urls[0])["/main.css"] == lines(world, urls[1])["/main.css"]


@pytest.mark.slow
def test_what_has_validators_is_asked_for_only_if_it_has_changed(world: World) -> None:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match") == '"7"':
            return response(status="304 Not Modified", content_type=None)
        return response(b"p { background: url(b.png) }", content_type="text/css", headers=[("ETag", '"7"')])

    world.site.serve("/main.css", answer)
    picture(world, "/b.png")
    urls = [page(world, f"/{number}", head='<link rel="stylesheet" href="main.css">') for number in range(3)]
    for url in urls:
        captured(world, url)

    first, *later = (lines(world, url) for url in urls)
    assert len(world.site.asked("/main.css")) == 3
    for found in later:
        line = found["/main.css"]
        assert line["revisit"] == "server-not-modified"
        assert line["etag"] == '"7"'
        assert (line["original_warc"], line["original_offset"]) == (
            first["/main.css"]["warc"],
            first["/main.css"]["offset"],
        )
        assert "/b.png" in found, "what it names is needed, though nothing was read"


@pytest.mark.slow
def test_a_payload_that_is_known_under_another_url_is_a_revisit_of_that_record(world: World) -> None:
    for number in range(4):
        picture(world, f"/{number}.png", PICTURE)
    first = page(world, "/1", body='<img src="/0.png"><img src="/1.png">')
    second = page(world, "/2", body='<img src="/2.png"><img src="/3.png">')
    captured(world, first)
    captured(world, second)

    own, other = sorted(lines(world, first).values(), key=lambda line: "revisit" in line)
    assert (own.get("revisit"), other["revisit"]) == (None, "identical-payload-digest")
    for line in (other, *lines(world, second).values()):
        assert line["revisit"] == "identical-payload-digest"
        assert line["original_url"] == own["url"]
        places = [line[f"original_{name}"] for name in ("captured", "warc", "offset", "length")]
        assert places == [own[name] for name in ("captured", "warc", "offset", "length")]
        record = next(r for r in members(world.aws.objects()[line["warc"]]) if r.offset == line["offset"])
        assert record.get("WARC-Refers-To-Target-URI") == own["url"]
        assert record.get("WARC-Refers-To-Date") == own["captured"]


def test_of_a_page_that_has_not_changed_what_its_earlier_list_names_is_captured_again(world: World) -> None:
    picture(world, "/a.png")
    url = with_etag(world, "/story", '<img src="/a.png">')
    captured(world, url)
    report = captured(world, url)

    assert (report.outcome, report.facts["requisites"]) == ("unchanged", 1)
    assert len(world.site.asked("/a.png")) == 2
    assert lines(world, url)["/a.png"]["revisit"] == "identical-payload-digest"


@pytest.mark.slow
@pytest.mark.parametrize(("before", "now"), [("none", "page"), ("page", "all")])
def test_a_page_is_asked_for_whole_where_no_earlier_list_says_enough(
    world: World, before: str, now: str
) -> None:
    picture(world, "/a.png")
    url = with_etag(world, "/story", '<img src="/a.png">')
    captured(world, url, before)
    report = captured(world, url, now)

    assert world.site.asked("/story")[-1].header("If-None-Match") is None
    assert (report.outcome, report.facts["requisites"]) == ("unchanged", 1)
    assert listing(world, url).content.level == now


def test_a_page_without_any_has_a_list_that_says_so_and_is_asked_for_conditionally(world: World) -> None:
    url = with_etag(world, "/story", "")
    captured(world, url)
    assert listing(world, url).lines == []
    assert captured(world, url).outcome == "unchanged"
    assert world.site.asked("/story")[-1].header("If-None-Match") == '"1"'


# --- politeness, and what is left out --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers", [(FOR_AN_HOUR,), (("ETag", '"1"'),), ()], ids=["fresh", "validator", "bytes"]
)
def test_what_was_taken_down_is_captured_again_and_not_relied_on(
    world: World, headers: tuple[tuple[str, str], ...]
) -> None:
    picture(world, "/gone.png", PICTURE, *headers)
    picture(world, "/kept.png", PICTURE + b"!", FOR_AN_HOUR)
    first, second = (
        page(world, path, body='<img src="/gone.png"><img src="/kept.png">') for path in ("/1", "/2")
    )
    captured(world, first)
    taken = lines(world, first)["/gone.png"]
    planned = plan_requisite(requisite_lists.as_row(taken), reason="by order", now=REAL.now())
    table = Table(world.aws.client("dynamodb"), world.aws.table)
    stones = planned.tombstone.rows()
    stones += told_in_range(stones)
    table.put(stones)

    captured(world, second)
    table.delete(stones)  # all else of the table is compared with the files

    found = lines(world, second)
    assert found["/kept.png"]["captured"] == lines(world, first)["/kept.png"]["captured"]
    assert found["/gone.png"]["captured"] > taken["captured"]
    assert "revisit" not in found["/gone.png"]
