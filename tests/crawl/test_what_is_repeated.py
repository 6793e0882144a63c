"""What the hops of a redirect chain are compared with, and asked with."""

from typing import Any

from tests.site import response
from tests.world import World

from pressmark.crawl.revisits import Repeats
from pressmark.http.exchange import Conditions

URL = "https://example.com/story"


def row(captured: str, **said: Any) -> dict[str, Any]:
    where = {"warc": "warcs/a.warc.gz", "offset": 0, "length": 100}
    return {
        "url": URL,
        "captured": captured,
        "status": 200,
        "etag": '"v1"',
        "digest": "sha1:A",
        **where,
        **said,
    }


def test_a_url_is_asked_with_the_validators_of_its_own_capture() -> None:
    repeats = Repeats(URL, [row("2026-11-24T00:00:00Z")], lambda _url: [])
    assert repeats.conditions(URL) == Conditions('"v1"', None)


def test_a_url_is_not_asked_conditionally_for_what_stands_under_another() -> None:
    """As another tool's revisits may have it: the server's 304 could not be told from one that nobody asked for."""
    original = {"original_warc": "warcs/b.warc.gz", "original_offset": 0, "original_length": 100}
    first = row("2026-11-23T00:00:00Z", url="http://example.com/story")
    revisit = row(
        "2026-11-24T00:00:00Z",
        revisit="identical-payload-digest",
        original_url=first["url"],
        original_captured=first["captured"],
        **original,
    )
    repeats = Repeats(URL, [revisit, first], lambda _url: [])
    assert repeats.conditions(URL) is None
    assert repeats.found[URL].url == first["url"], "it may still turn out to have the same payload"


def test_a_url_filed_elsewhere_is_looked_up() -> None:
    there = "https://example.org/story"
    repeats = Repeats(URL, [], lambda url: [row("2026-11-24T00:00:00Z", url=url)])
    assert repeats.conditions(URL) is None
    assert repeats.conditions(there) == Conditions('"v1"', None)


def test_the_list_of_requisites_is_that_of_the_urls_own_captures() -> None:
    asked: list[list[str]] = []
    rows = [row("2026-11-24T00:00:00Z", url="http://example.com/story"), row("2026-11-23T00:00:00Z")]
    repeats = Repeats(
        URL, rows, lambda _url: [], list_of=lambda given: asked.append([each["url"] for each in given])
    )
    assert repeats.conditions(URL) is None, "there is no list, so the page is asked for whole"
    assert asked == [[URL]]


def test_what_is_known_of_where_a_redirect_leads_is_read_at_half_the_price(world: World) -> None:
    reads: list[bool] = []
    query = world.aws.client("dynamodb").query
    world.dynamodb.instead["query"] = lambda **said: [reads.append(said["ConsistentRead"]), query(**said)][1]
    world.site.page("/there", "<p>here</p>")
    there = ("Location", f"http://localhost:{world.site.port}/there")
    url = world.site.serve("/here", response(status="302 Found", headers=[there]))
    assert world.one(url).outcome == "archived"
    assert reads
    assert not any(reads)
