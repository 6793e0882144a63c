"""What is asked for of a page's requisites, how much at a time, and what each bound leaves out."""

import contextlib
import gzip
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.crawl.whole_page import PICTURE, captured, left_out, lines, listing, page, picture, script, style
from tests.site import Request, response
from tests.world import World

from pressmark.crawl import lineup, naming
from pressmark.crawl.budget import SECONDS_BEFORE_END


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_no_request_for_requisites_begins_when_the_batch_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ThreadPoolExecutor] = []

    class Noted(ThreadPoolExecutor):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr("pressmark.crawl.requisites.ThreadPoolExecutor", Noted)
    picture(world, "/a.png")
    assert captured(world, page(world, body='<img src="/a.png">')).facts["requisites"] == 1
    (threads,) = made
    with pytest.raises(RuntimeError, match="after shutdown"):
        threads.submit(print)


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


@pytest.mark.slow
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


def test_modules_that_import_each_other_are_fetched_once_and_not_endlessly(world: World) -> None:
    for number in range(20):
        script(world, f"/{number}.js", f"import './{number + 1}.js'; import './0.js'")
    url = page(world, head='<script type="module" src="0.js"></script>')
    captured(world, url, "all")
    assert all(len(world.site.asked(f"/{number}.js")) == 1 for number in range(11))
    assert left_out(world, url) == {"/11.js": "too deep"}


def test_of_scripts_that_are_large_as_much_is_searched_as_is_allowed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "SCRIPT_BYTES", 30_000)
    for number in range(3):  # 20,000 bytes each, of which the second is searched to its middle
        script(
            world,
            f"/{number}.js",
            f"import '/first-{number}.js';".ljust(18_000) + f"import '/last-{number}.js';".ljust(2_000),
        )
    head = "".join(f'<script src="{number}.js"></script>' for number in range(3))
    url = page(world, head=head)
    monkeypatch.setattr(lineup, "AT_A_TIME_A_HOST", 1)  # one after the other
    captured(world, url, "all")
    assert {path for path in lines(world, url) | left_out(world, url) if "-" in path} == {
        "/first-0.js",
        "/last-0.js",
        "/first-1.js",
    }


@pytest.mark.slow
@pytest.mark.parametrize("most", [0, 30])
def test_a_style_sheet_that_is_not_searched_to_its_end_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(naming, "CSS_BYTES", most)
    style(world, "/large.css", "p {}" * 50 + "b { background: url(b.png) }")
    url = page(world, head='<link rel="stylesheet" href="/large.css">')
    captured(world, url)
    assert left_out(world, url) == {"/large.css": "not searched"}
    assert lines(world, url)["/large.css"]["status"] == 200


def test_a_style_sheet_that_names_its_page_does_not_have_it_fetched_again(world: World) -> None:
    moved = world.site.serve("/old", response(status="301 Moved", headers=[("Location", "/story")]))
    style(world, "/main.css", "p { background: url('/story') } b { background: url(/old) }")
    page(world, head='<link rel="stylesheet" href="/main.css">')
    captured(world, moved)
    assert [len(world.site.asked(path)) for path in ("/old", "/story")] == [1, 1]


@pytest.mark.slow
def test_a_style_sheet_that_unpacks_to_a_lot_does_not_keep_others_from_being_searched(world: World) -> None:
    bomb = gzip.compress(b"@import '/main.css';" + b" " * 20_000_000)
    world.site.page("/bomb.css", bomb, content_type="text/css", headers=[("Content-Encoding", "gzip")])
    style(world, "/main.css", "body { background: url(/back.png) }")
    picture(world, "/back.png")
    url = page(world, head='<link rel="stylesheet" href="/bomb.css">')
    captured(world, url)
    assert set(lines(world, url)) == {"/bomb.css", "/main.css", "/back.png"}


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_visit_that_hangs_over_its_requisites_is_a_page_that_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.crawl.budget.MIN_PAGE_SECONDS", 0.0)
    for phase in ("read_until", "visit_until"):  # the test waits for that
        monkeypatch.setitem(SECONDS_BEFORE_END, phase, 14.0)
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
