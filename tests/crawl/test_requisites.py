"""What a page needs to be seen is captured with it: what is asked, what is not, and what each bound leaves out."""

import contextlib
import gzip
import json
import socketserver
import threading
import time
from typing import Any

import pytest
from tests.site import Request, response
from tests.warc.validator import members
from tests.world import World, error

from pressmark.archive import requisite_lists
from pressmark.archive.objects import Objects
from pressmark.archive.ranges import TableReader
from pressmark.clock import REAL
from pressmark.crawl.reports import Report
from pressmark.crawl.telemetry import Telemetry
from pressmark.queues.jobs import Jobs
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


def test_pages_of_one_batch_point_at_what_its_warc_file_holds(world: World) -> None:
    style(world, "/main.css", "p {}", FOR_AN_HOUR)
    urls = [page(world, f"/{number}", head='<link rel="stylesheet" href="main.css">') for number in range(2)]
    service = world.another(concurrency=1)  # one after the other
    world.run(*({"url": url, "requisites": "page"} for url in urls), on=service)

    assert len(world.site.asked("/main.css")) == 1
    assert lines(world, urls[0])["/main.css"] == lines(world, urls[1])["/main.css"]


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


def with_etag(world: World, path: str, body: str) -> str:
    def answer(request: Request) -> bytes:
        if request.header("If-None-Match"):
            return response(status="304 Not Modified", content_type=None)
        return response(PAGE.format(head="", body=body).encode(), headers=[("ETag", '"1"')])

    return world.site.serve(path, answer)


def test_of_a_page_that_has_not_changed_what_its_earlier_list_names_is_captured_again(world: World) -> None:
    picture(world, "/a.png")
    url = with_etag(world, "/story", '<img src="/a.png">')
    captured(world, url)
    report = captured(world, url)

    assert (report.outcome, report.facts["requisites"]) == ("unchanged", 1)
    assert len(world.site.asked("/a.png")) == 2
    assert lines(world, url)["/a.png"]["revisit"] == "identical-payload-digest"


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


def test_at_most_six_requests_at_a_time_go_to_one_host(world: World) -> None:
    together, seventh = threading.Barrier(6, timeout=20), threading.Event()
    lock, under_way, most = threading.Lock(), [0], [0]

    def answer(_: Request) -> bytes:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            if under_way[0] > 6:
                seventh.set()
        together.wait()  # six come together
        seventh.wait(0.2)  # and while they are answered, no other comes
        with lock:
            under_way[0] -= 1
        return response(PICTURE, content_type="image/png")

    for number in range(18):
        world.site.serve(f"/{number}.png", answer)
    url = page(world, body="".join(f'<img src="/{number}.png">' for number in range(18)))
    assert captured(world, url).facts["requisites"] == 18
    assert most == [6]


def test_robots_txt_has_its_say_and_is_archived_and_no_turn_is_taken(world: World) -> None:
    world.site.page(
        "/robots.txt", "User-agent: *\nCrawl-delay: 30\nDisallow: /private/\n", content_type="text/plain"
    )
    picture(world, "/a.png")
    picture(world, "/private/b.png")
    url = page(world, body='<img src="/a.png"><img src="/private/b.png">')
    report = captured(world, url, on=world.another(robots="obey", host_delay=1.0))

    assert (report.facts["requisites"], report.facts["requisites_left_out"]) == (1, 1)
    assert left_out(world, url) == {"/private/b.png": "robots"}
    assert world.site.asked("/private/b.png") == []
    assert len(world.site.asked("/robots.txt")) == 1
    assert "turn" not in report.ms


def test_the_robots_txt_of_another_host_is_asked_once_and_archived(world: World) -> None:
    there = world.site.base.replace("127.0.0.1", "localhost")
    world.site.page("/robots.txt", "User-agent: *\nDisallow: /no", content_type="text/plain")
    for name in "abc":
        picture(world, f"/{name}.png")
    images = "".join(f'<img src="{there}/{name}.png">' for name in "abc") + f'<img src="{there}/no.png">'
    url = page(world, body=images)
    report = captured(world, url, on=world.another(robots="obey", host_delay=0.01))

    assert report.facts["requisites"] == 3
    assert sorted(row["url"] for row in world.rows() if row.get("purpose") == "robots") == sorted(
        [f"{there}/robots.txt", world.site.url("/robots.txt")]
    )


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_host_that_has_too_much_to_do_is_not_asked_again(world: World, status: str) -> None:
    world.site.serve("/main.css", response(b"", status=status))
    there = world.site.base.replace("127.0.0.1", "localhost")
    picture(world, "/a.png")
    url = page(
        world,
        head='<link rel="stylesheet" href="main.css">',
        body=f'<img src="/b.png"><img src="{there}/a.png">' * 9,
    )
    # One request at a time, so that the others are still to be sent.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pressmark.crawl.requisites.AT_A_TIME", 1)
        report = captured(world, url)

    code = "too-many-requests" if status.startswith("429") else "service-unavailable"
    assert left_out(world, url) == {"/main.css": code, "/b.png": "refused"}
    assert report.facts["requisites"] == 1
    assert report.outcome == "archived"


def test_an_error_page_is_what_the_server_said_and_a_fault_is_not(world: World) -> None:
    world.site.serve("/500.png", response(b"oh", status="500 Internal Server Error"))
    world.site.serve("/cut.png", response(PICTURE, content_type="image/png")[:-9])
    world.site.serve("/304.png", response(status="304 Not Modified", content_type=None))
    url = page(world, body="".join(f'<img src="/{name}.png">' for name in ("404", "500", "cut", "304")))
    captured(world, url)
    assert {path: line["status"] for path, line in lines(world, url).items()} == {"/404.png": 404}
    assert left_out(world, url) == {
        "/500.png": "internal-server-error",
        "/cut.png": "protocol-error",
        "/304.png": "invalid-server-response",
    }


def test_redirects_are_lines_of_their_own_and_their_loops_end(world: World) -> None:
    def moved(to: str) -> bytes:
        return response(status="302 Found", headers=[("Location", to)], content_type=None)

    world.site.serve("/old.png", moved("/new.png"))
    picture(world, "/new.png")
    world.site.serve("/a.png", moved("/b.png"))
    world.site.serve("/b.png", moved("/a.png"))
    for number in range(9):
        world.site.serve(f"/{number}.png", moved(f"/{number + 1}.png"))
    url = page(world, body='<img src="/old.png"><img src="/a.png"><img src="/0.png">')
    captured(world, url)

    found = lines(world, url)
    assert found["/old.png"]["redirect"] == "/new.png"
    assert found["/new.png"]["status"] == 200
    assert {"/a.png", "/b.png", "/5.png"} < found.keys()
    assert left_out(world, url) == {"/6.png": "too-many-redirects"}
    assert all(len(world.site.asked(path)) == 1 for path in ("/a.png", "/b.png"))


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "[::ffff:192.168.1.1]"])
def test_neither_a_picture_nor_a_redirect_reaches_into_a_private_network(world: World, address: str) -> None:
    there = f"http://{address}:{world.site.port}/x.png"
    world.site.serve("/r.png", response(status="302 Found", headers=[("Location", there)], content_type=None))
    url = page(world, body=f'<img src="/r.png"><img src="{there}?">')
    captured(world, url)
    assert lines(world, url).keys() == {"/r.png"}
    assert set(left_out(world, url).values()) == {"blocked-url"}
    assert len(left_out(world, url)) == 2


def test_style_sheets_that_import_each_other_are_fetched_once_and_not_endlessly(world: World) -> None:
    style(world, "/a.css", "@import 'b.css';")
    style(world, "/b.css", "@import 'a.css';")
    for number in range(20):
        style(world, f"/{number}.css", f"@import '{number + 1}.css';")
    url = page(world, head='<link rel="stylesheet" href="a.css"><link rel="stylesheet" href="0.css">')
    captured(world, url)
    assert all(len(world.site.asked(path)) == 1 for path in ("/a.css", "/b.css"))
    assert left_out(world, url) == {"/6.css": "too deep"}


def test_a_style_sheet_that_unpacks_to_a_lot_does_not_keep_others_from_being_searched(world: World) -> None:
    bomb = gzip.compress(b"@import '/main.css';" + b" " * 20_000_000)
    world.site.page("/bomb.css", bomb, content_type="text/css", headers=[("Content-Encoding", "gzip")])
    style(world, "/main.css", "body { background: url(/back.png) }")
    picture(world, "/back.png")
    url = page(world, head='<link rel="stylesheet" href="/bomb.css">')
    captured(world, url)
    assert set(lines(world, url)) == {"/bomb.css", "/main.css", "/back.png"}


def test_of_ten_thousand_pictures_three_hundred_are_asked_for(world: World) -> None:
    url = page(world, body="".join(f'<img src="/{number}.png">' for number in range(10_000)))
    report = captured(world, url)
    asked = [each for each in world.site.requests if each.path.endswith(".png")]
    assert len(asked) == report.facts["requisites"] == 300
    content = listing(world, url).content
    assert {each.reason for each in content.left_out} == {"too many"}
    assert content.left_out_count == report.facts["requisites_left_out"] > 1000
    assert len(content.left_out) == 200


def test_a_large_file_is_cut_and_large_files_together_are_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.crawl.requisites.BYTES", 250_000)
    monkeypatch.setattr("pressmark.crawl.requisites.AT_A_TIME", 1)
    for number in range(5):
        picture(world, f"/{number}.png", bytes([number]) * 150_000)
    url = page(world, body="".join(f'<img src="/{number}.png">' for number in range(5)))
    report = captured(world, url, on=world.another(max_body_bytes=100_000))

    assert report.outcome == "archived"
    assert {(line["size"], line["truncated"]) for line in lines(world, url).values()} == {(100_000, "length")}
    assert len(lines(world, url)) == 2
    assert set(left_out(world, url).values()) == {"bytes"}
    assert len(left_out(world, url)) == 3


def test_no_cookie_goes_from_one_requisite_to_another(world: World) -> None:
    picture(world, "/a.png", PICTURE, ("Set-Cookie", "who=me; Path=/"))
    picture(world, "/b.png")
    url = page(
        world, body='<img src="/a.png"><img src="/b.png">', headers=[("Set-Cookie", "it=page; Path=/")]
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pressmark.crawl.requisites.AT_A_TIME", 1)
        captured(world, url)
    assert [each.header("Cookie") for each in world.site.requests] == [None] * 3


# --- whatever fails costs requisites only -----------------------------------------------------------------------


def test_requisites_that_never_end_are_left_out_and_the_page_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.crawl.whole_page.SECONDS", 0.4)
    over = threading.Event()

    def never(_: Request) -> bytes:
        over.wait(20)
        return b""

    for number in range(20):
        world.site.serve(f"/{number}.png", never)
    picture(world, "/a.png")
    url = page(
        world, body='<img src="/a.png">' + "".join(f'<img src="/{number}.png">' for number in range(20))
    )
    try:
        report = captured(world, url)
    finally:
        over.set()

    assert (report.outcome, report.facts["requisites"], report.facts["requisites_left_out"]) == (
        "archived",
        1,
        20,
    )
    assert set(left_out(world, url).values()) == {"time"}


class Drip(socketserver.BaseRequestHandler):
    """Sends the head of a picture, and then a byte now and then, until nobody listens."""

    def handle(self) -> None:
        self.request.recv(65536)
        self.request.sendall(response(PICTURE, content_type="image/png")[: -len(PICTURE)])
        with contextlib.suppress(OSError):
            while True:
                self.request.sendall(b"x")
                time.sleep(0.05)


def test_a_picture_that_comes_byte_by_byte_ends_with_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.crawl.whole_page.SECONDS", 0.4)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        url = page(world, body=f'<img src="http://127.0.0.1:{port}/a.png">')
        report = captured(world, url, on=world.another(allowed_ports=(world.site.port, port)))
        server.shutdown()

    assert report.outcome == "archived"
    assert left_out(world, url) == {f"http://127.0.0.1:{port}/a.png": "time"}


def test_a_visit_that_hangs_over_its_requisites_is_a_page_that_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.crawl.budget.MIN_PAGE_SECONDS", 0.0)
    real, over = world.dynamodb.query, threading.Event()

    def hang(**asked: Any) -> Any:
        if "requisites=" in str(asked):
            over.wait(30)
        return real(**asked)

    world.dynamodb.instead["query"] = hang
    picture(world, "/a.png")
    url = page(world, body='<img src="/a.png">')
    delivery = world.delivery({"url": url, "requisites": "page"})
    world.service.warm_up()
    try:
        report = world.one(delivery, remaining=17.5)
    finally:
        over.set()

    assert (report.outcome, report.acknowledge) == ("archived", True)
    assert "time ran out" in report.facts["requisites_error"]
    assert [row["url"] for row in world.rows()] == [url]


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
    ["crawl.bodies.Shelf.put", "crawl.requisites.in_css", "crawl.known.Known.fresh", "warc.requisites.facts"],
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
