"""Pages with requisites on a site of the tests' own, and the lists of what was captured of them."""

from typing import Any

from tests.site import Request, response
from tests.world import World

from pressmark.archive import requisite_lists
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.crawl.reports import Report
from pressmark.warc.requisites import Line

PAGE = """<!doctype html><html lang="en"><head><title>The lock is open</title>
<link rel="icon" href="data:,">{head}</head>
<body><article><h1>The lock is open</h1><p>Forty boats went out on Friday, and nobody had expected it.</p>
{body}</article></body></html>"""

PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 40
FOR_AN_HOUR = ("Cache-Control", "max-age=3600")


def page(world: World, path: str = "/story", *, head: str = "", body: str = "", **options: Any) -> str:
    return world.site.page(path, PAGE.format(head=head, body=body), **options)


def style(world: World, path: str, css: str, *headers: tuple[str, str]) -> str:
    return world.site.page(path, css, content_type="text/css", headers=headers)


def script(world: World, path: str, text: str, *headers: tuple[str, str]) -> str:
    return world.site.page(path, text, content_type="text/javascript", headers=headers)


def picture(world: World, path: str, data: bytes = PICTURE, *headers: tuple[str, str]) -> str:
    return world.site.page(path, data, content_type="image/png", headers=headers)


def captured(world: World, url: str, level: str = "page", **options: Any) -> Report:
    return world.one({"url": url, "requisites": level}, **options)


def listing(world: World, url: str) -> requisite_lists.Listing:
    """The list of the newest capture of a page, as every reader finds it."""
    reader = TableReader(world.aws.client("dynamodb"), world.aws.table)
    found = requisite_lists.of_page(
        reader, Objects(world.aws.client("s3"), world.aws.bucket), world.rows(url)[-1]
    )
    assert found is not None
    return found


def lines(world: World, url: str) -> dict[str, Line]:
    """By path, with places in files, as whoever points at them writes them."""
    return {
        line["url"].removeprefix(world.site.base): line
        for line in ({**each, "before": 0} for each in listing(world, url).lines)
    }


def left_out(world: World, url: str) -> dict[str, str]:
    return {
        each.url.removeprefix(world.site.base): each.reason for each in listing(world, url).content.left_out
    }


def with_etag(world: World, path: str, body: str) -> str:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match"):
            return response(status="304 Not Modified", content_type=None)
        return response(PAGE.format(head="", body=body).encode(), headers=[("ETag", '"1"')])

    return world.site.serve(path, answer)
