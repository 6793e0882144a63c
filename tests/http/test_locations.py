"""Where a Location leads, the same bytes given to us and to Chromium."""

import json
import time
from collections.abc import Iterator

import pytest
from tests.chromium import Chromium, find
from tests.hostile.fixtures import closing_bodies, fetch
from tests.hostile.server import HostileServer, Script, Wire

from pressmark.errors import UrlError
from pressmark.urls import clean

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

LOCATIONS = [
    b"/article/jos\xe9-rizal",
    "/новости/ё?ё".encode("cp1251"),
    "/新闻?q=新闻".encode("gbk"),
    "/ニュース/ソ?ソ".encode("shift_jis"),
    "/뉴스".encode("cp949"),
    "/ü/voilà?ü".encode(),
    "/voilà".encode(),
    "/ü?ü".encode("utf-16-be").replace(b"\0", b""),
    b"/%e9\xe9",
    b"?q=\xe9",
    b"\\news\\story",
    b"\\\\HOST\\x",
    b"///HOST/x",
    b"//HOST/x",
    b"/x?",
    b"/x?#f",
    b"/a\tb",
    b"  /spaces  ",
    b"http:/x",
    b"http:x",
    b"http:///HOST/x",
    b"http:\\\\HOST\\x",
    b"HTTP://HOST/Up",
    b"http://HOST?x",
    b"http://HOST#x",
    b"http://HOST\\@evil.example/",
    b"/x#a b",
    b"/a b%zz",
    b'/a"<>`{}|^',
    b"/x?`{}|^\\b",
    b"/a/../b/./c/%2e%2e/d",
    b"x y",
    b"./",
    b"..\\up",
    b"/\xff\xfe",
    b"/x\x0by\x7f",
    b"/[x]?[y]",
    b"/:80;y",
]


def page(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")


class Asked(HostileServer):
    """Redirects from /q/NUMBER as the list has it; any other path is a page."""

    def location(self, number: int) -> bytes:
        return LOCATIONS[number].replace(b"HOST", b"localhost:%d" % self.port)

    def script_of(self, path: str) -> Script:
        if not path.startswith("/q/") or not path[3:].isdigit():
            return page
        raw = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + self.location(int(path[3:]))
        return lambda wire: page(wire) if "?" in wire.path else wire.send(raw + b"\r\n\r\n")

    def after(self, number: int) -> list[bytes]:
        """Request targets asked for behind a redirect."""
        targets = [request.split(b" ")[1] for request in self.requests]
        at = targets.index(b"/q/%d" % number)
        return [each for each in targets[at + 1 :] if each != b"/favicon.ico"]


@pytest.fixture
def server() -> Iterator[Asked]:
    with Asked() as running:
        yield running


@pytest.mark.e2e
@pytest.mark.skipif(find() is None, reason="needs Chromium (Debian: apt-get install chromium)")
def test_a_location_leads_where_it_leads_in_chromium(server: Asked, browser: Chromium) -> None:
    base = server.base.replace("127.0.0.1", "localhost")
    browser.open(f"{base}/start")
    wait_for(browser, f"location.href == '{base}/start' && document.readyState == 'complete'")
    for number in range(len(LOCATIONS)):
        browser.evaluate(f"window.done = false; fetch('/q/{number}').finally(() => window.done = true)")
        wait_for(browser, "window.done")
        theirs = server.after(number)[-1:]
        server.requests.clear()
        result = fetch(f"{server.base}/q/{number}".replace("127.0.0.1", "localhost"), resolver=loopback)
        assert result.error is None, server.location(number)
        assert server.after(number) == theirs, server.location(number)


def loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def wait_for(browser: Chromium, expression: str) -> None:
    end = time.monotonic() + 30
    while not browser.evaluate(expression):
        assert time.monotonic() < end, expression


HOSTS = """foo-.tumblr.com -foo.tumblr.com f--oo.tumblr.com ☃.net foo_bar.münchen.de ab--c.münchen.de foo_münchen-.de
MÜNCHEN.de faß.de ｅｘａｍｐｌｅ。ｃｏｍ １２７.０.０.１ ❤.ws ab\u00adc.de xn--mnchen-3ya.de Ⅷ.de ①.de Straße.DE
βόλος.com نامه‌ای.com a\u200cb.de 日本語｡jp ex%61mple.com m%C3%BCnchen.de 0x7f.1
a_b.c_d.de عربي.de İstanbul.tr""".split()


@pytest.mark.e2e
@pytest.mark.skipif(find() is None, reason="needs Chromium (Debian: apt-get install chromium)")
def test_a_host_is_written_as_chromium_writes_it(browser: Chromium) -> None:
    theirs = browser.evaluate(
        f"{json.dumps(HOSTS)}.map(host => {{ try {{ return new URL('http://' + host + '/').href }} catch {{ }} }})"
    )
    assert dict(zip(HOSTS, map(cleaned, HOSTS), strict=True)) == dict(zip(HOSTS, theirs, strict=True))


def cleaned(host: str) -> str | None:
    try:
        return clean(f"http://{host}/")
    except UrlError:
        return None
