"""What a robots.txt says: which lines are kept of it, whom a group binds, and which pages it disallows."""

import pytest
from protego import Protego

from pressmark.politeness.robots import PRODUCT, Rules, ours

FILES = [
    "",
    "User-agent: *\nDisallow: /a\n",
    "User-agent: Googlebot\nDisallow: /\n\nUser-agent: *\nDisallow: /a\nAllow: /a/b\n",
    "User-agent: Googlebot\nUser-agent: *\nDisallow: /a\n",
    "User-agent: *\nUser-agent: Googlebot\nDisallow: /a\nUser-agent: Bingbot\nDisallow: /\n",
    "User-agent: Bingbot\nDisallow: /\nSitemap: http://x/s.xml\nUser-agent: Pressmark\nDisallow: /a\n",
    "User-agent: Bingbot\nSitemap: http://x/s.xml\nUser-agent: Pressmark\nDisallow: /a\n",
    "User-agent: pressmark\nDisallow: /a*c$\nCrawl-delay: 4\n",
    "user agent : PRESSMARK # us\nDISALLOW: /a # not there\nAllow: /a/b\n",
    "\ufeffUser-agent: *\nDisallow: /a\n",
    "Disallow: /\nUser-agent: *\nDisallow: /a\n",
    "User-agent:\nDisallow: /\nUser-agent: *\nDisallow: /a\n",
    "User-agent: X\nCrawl-delay: 9\n\nUser-agent: *\nCrawl-delay: 2\nDisallow: /a\n",
    "User-agent: *\nDisallow: /a\nUser-agent: Y\nDisallow: /b\nUser-agent: *\nDisallow: /c\n",
    "User-agent: *\nUser-agent: X\n\nSitemap: http://x/\nUser-agent: Y\nDisallow: /a\n",
    "User-agent: *\nDisallow:\nUser-agent: X\nDisallow: /\n",
    "User-agent: X\nDisallow: /\nUser-agent: *\nUser-agent: Z\nDisallow: /a\nUser-agent: Y\nDisallow: /b\n",
    "<html><body>Allow: me</body></html>",
]


@pytest.mark.parametrize("text", FILES)
def test_keeping_only_our_lines_changes_no_verdict(text: str) -> None:
    whole, part = Protego.parse(text.removeprefix("\ufeff")), Protego.parse(ours(text.encode()))
    for path in ("/", "/a", "/a/b", "/a/b/c", "/abc", "/b", "/c", "/d?x=/a"):
        url = "http://x.example" + path
        assert part.can_fetch(url, PRODUCT) == whole.can_fetch(url, PRODUCT), path
    assert part.crawl_delay(PRODUCT) == whole.crawl_delay(PRODUCT)


NAMED = {
    "Pressmark": True,
    "PRESSMARK": True,
    "Pressmark/0.1": True,
    "Pressmark/0.1 (+https://archive.example/about)": True,
    "pressmark*": True,
    "pressmark, others": True,
    "press": False,
    "press*": False,
    "mark": False,
    "p": False,
    "Pressmarks": False,
    "pressmark-news": False,
    "pressmark_news": False,
    "the Pressmark": False,
    "*mark": False,
    "": False,
    "*": True,
    "* # all": True,
}


@pytest.mark.parametrize(("name", "bound"), NAMED.items())
def test_a_group_binds_us_by_the_whole_of_our_token(name: str, bound: bool) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /\n".encode(), "/a") is not bound


def allowed(body: bytes, path: str) -> bool:
    return Rules(1e12, ours(body)).verdict("http://x.example" + path, 0.0).allowed


ALL = b"User-agent: *\n"
NONE = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (NONE + b"User-agent: Pressmark/2\nDisallow:\n", "/a", True),
        (NONE + b"User-agent: pressmark\n", "/a", True),
        (NONE + b"User-agent: pressmark\nUser-agent: other\nDisallow: /b\n", "/b", False),
        (
            b"User-agent: pressmark\nDisallow: /a\n" + ALL + b"User-agent: Pressmark/2\nDisallow: /c\n",
            "/a",
            False,
        ),
        (
            b"User-agent: pressmark\nDisallow: /a\n" + ALL + b"User-agent: Pressmark/2\nDisallow: /c\n",
            "/c",
            False,
        ),
        (b"User-agent: pressmark\nDisallow: /a\n\n" + ALL + b"Disallow: /b\n", "/b", True),
        (ALL + b"Nonsense: x\nUser-agent: other\nDisallow: /a\n", "/a", False),
        (b"\xef\xbb\xbf" + ALL.replace(b"\n", b"\r") + b"Disallow: /a\r", "/a", False),
        (b"<html><body>User-agent: *<br>\nDisallow: /</body></html>", "/a", True),
        (ALL + "Disallow: /ü\n".encode(), "/%C3%BC", False),
        (ALL + b"Disallow: /jos\xe9\n", "/jos%E9", False),
        (ALL + "Disallow: /новости\n".encode("cp1251"), "/%ED%EE%E2%EE%F1%F2%E8", False),
        (ALL + b"Disallow: /%7Ea/%62\n", "/~a/b", False),
        (ALL + b"Disallow: /~a/b\n", "/%7ea/%62", False),
        (ALL + b"Disallow: /a%2Fb\n", "/a/b", True),
        (ALL + b"Disallow: /*.php$\n", "/a.php", False),
        (ALL + b"Disallow: /*.php$\n", "/a.php?x", True),
        (ALL + b"Disallow: /a\nAllow: /a/b\n", "/a/bc", True),
        (ALL + b"Disallow: /a\nAllow: /a\n", "/a", True),
    ],
)
def test_a_file_means_what_rfc_9309_says(body: bytes, path: str, expected: bool) -> None:
    assert allowed(body, path) is expected


def test_ten_thousand_groups_times_ten_thousand_rules_are_a_few_lines() -> None:
    agents = "".join(f"User-agent: a{n}\n" for n in range(15_000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(15_000))
    first, last = "User-agent: *\nDisallow: /x\n", "User-agent: pressmark\nDisallow: /y\n"
    assert ours((first + agents + rules + last).encode()).splitlines() == ["User-agent: *", "Disallow: /y"]
    assert ours((first + agents + rules).encode()).splitlines() == first.splitlines()
