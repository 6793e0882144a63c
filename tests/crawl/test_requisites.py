"""What a page needs to be seen is captured with it, and what goes wrong with that costs the page nothing."""

import json
from typing import Any

import pytest
from tests.crawl.whole_page import PAGE, PICTURE, captured, lines, page, picture, script, style, with_etag
from tests.warc.validator import members
from tests.world import World, error

from pressmark.clock import REAL
from pressmark.crawl.telemetry import Telemetry
from pressmark.queues.jobs import Jobs


@pytest.mark.slow
def test_a_page_comes_with_its_style_sheets_what_they_name_and_its_pictures(world: World) -> None:
    style(world, "/main.css", '@import "more.css"; body { background: url(/back.png) }')
    style(world, "/more.css", "@font-face { font-family: x; src: url(x.woff2) }")
    picture(world, "/back.png")
    picture(world, "/boat.png", PICTURE + b"!")
    world.site.page("/x.woff2", b"wOF2....", content_type="font/woff2")
    url = page(world, head='<link rel="stylesheet" href="/main.css">', body='<img src="/boat.png">')

    report = captured(world, url)

    assert (report.outcome, report.facts["requisites"]) == ("archived", 5)
    found = lines(world, url)
    assert {path: line["kind"] for path, line in found.items()} == {
        "/main.css": "style",
        "/more.css": "style",
        "/back.png": "image",
        "/boat.png": "image",
        "/x.woff2": "font",
    }
    objects = world.aws.objects()
    for path, line in found.items():
        record = next(r for r in members(objects[line["warc"]]) if r.offset == line["offset"])
        assert (record.get("WARC-Type"), record.get("WARC-Target-URI")) == ("response", world.site.url(path))


def test_at_all_a_page_comes_with_the_modules_that_its_scripts_import(world: World) -> None:
    script(world, "/main.js", "import { a } from './parts/a.js'")
    script(world, "/parts/a.js", "export { b } from '../b.js'")
    script(world, "/b.js", "import('/c.js'); import 'bare'")
    script(world, "/c.js", "import './main.js'")
    script(world, "/inline.js", "")
    head = '<script type="module" src="/main.js"></script><script type="module">import "./inline.js"</script>'
    url = page(world, head=head)

    captured(world, url, "all")

    assert {path: (line["kind"], line["found"]) for path, line in lines(world, url).items()} == {
        "/main.js": ("script", "html"),
        "/inline.js": ("script", "html"),
        "/parts/a.js": ("script", "script"),
        "/b.js": ("script", "script"),
        "/c.js": ("script", "script"),
    }
    captured(world, page(world, "/other", head=head))
    assert len(world.site.asked("/b.js")) == 1, "scripts are wanted at all only"


def test_without_the_option_nothing_but_the_page_is_asked_for(world: World) -> None:
    url = page(world, body='<img src="/boat.png">')
    assert world.one(url).outcome == "archived"
    assert [each.path for each in world.site.requests] == ["/story"]


def test_the_deployments_setting_holds_where_a_message_says_nothing(world: World) -> None:
    picture(world, "/boat.png")
    url = page(world, body='<img src="/boat.png">')
    service = world.another(requisites="page")
    assert world.one(url, on=service).facts["requisites"] == 1
    assert "requisites" not in world.one({"url": url, "requisites": "none"}, on=service).facts


# --- what is not asked again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["query", "batch_get_item"])
def test_where_the_table_does_not_answer_all_is_asked_for(world: World, operation: str) -> None:
    real = getattr(world.dynamodb, operation)

    def fail(**asked: Any) -> Any:
        return error("InternalServerError")() if "requisites=" in str(asked) else real(**asked)

    world.dynamodb.instead[operation] = fail
    picture(world, "/a.png")
    url = with_etag(world, "/story", '<img src="/a.png">')
    for outcome in ("archived", "unchanged"):
        report = captured(world, url)
        assert (report.outcome, report.facts["requisites"]) == (outcome, 1)


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    "broken",
    ["crawl.bodies.Shelf.put", "crawl.naming.in_css", "crawl.known.Known.fresh", "warc.requisites.facts"],
)
def test_a_full_disk_or_a_defect_costs_the_requisites_and_not_the_page(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(f"pressmark.{broken}", full)
    style(world, "/main.css", "p {}")
    url = page(world, head='<link rel="stylesheet" href="/main.css">')
    report = captured(world, url)
    assert report.outcome == "archived"
    assert "No space left" in report.facts["requisites_error"]
    assert [row["url"] for row in world.rows()] == [url]


def test_a_page_that_failed_or_is_not_html_has_no_requisites(world: World) -> None:
    urls = [
        world.site.page("/gone", PAGE.format(head="", body='<img src="/a.png">'), status="404 Not Found"),
        world.site.page("/text", '<img src="/a.png">', content_type="text/plain"),
        picture(world, "/b.png"),
    ]
    for url in urls:
        assert "requisites" not in captured(world, url).facts
    assert "requisites" not in world.one({"url": urls[0], "requisites": "page", "capture_all": True}).facts
    assert world.site.asked("/a.png") == []


def test_a_second_delivery_of_a_message_captures_nothing_again(world: World) -> None:
    picture(world, "/a.png")
    url = page(world, body='<img src="/a.png">')
    delivery = world.delivery({"url": url, "requisites": "page"})
    assert [world.one(delivery).outcome, world.one(delivery).outcome] == ["archived", "skipped"]
    assert len(world.site.asked("/a.png")) == 1


# --- who is told ------------------------------------------------------------------------------------------------


def test_a_job_names_what_was_captured_with_its_page(world: World) -> None:
    jobs = Jobs(world.aws.client("dynamodb"), world.aws.state_table, REAL.now)
    picture(world, "/a.png")
    url = page(world, body='<img src="/a.png">')
    job = f"spn2-{'0' * 40}"
    world.one({"url": url, "requisites": "page", "job": job})
    answer = jobs.find([job])[job].answer
    assert (answer["url"], answer["resources"]) == (url, [url, world.site.url("/a.png")])


def test_a_log_line_and_the_metrics_count_them(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    picture(world, "/a.png")
    url = page(world, body='<img src="/a.png"><img src="/b.png"><img src="http://10.0.0.1/c.png">')
    report = captured(world, url)
    assert report.line()["requisites"] == 2
    assert report.line()["requisites_left_out"] == 1

    Telemetry("a-stack").report([report])
    metrics = next(line for line in map(json.loads, capfd.readouterr().out.splitlines()) if "_aws" in line)
    assert metrics["RequisitesArchived"] == [2.0]
    assert metrics["RequisitesLeftOut"] == [1.0]
    assert metrics["RequisiteBytes"] == [float(len(PICTURE) + len("not here"))]
