"""The key that a URL is filed under, and the partition that it is in."""

import pytest
import surt as reference
from hypothesis import example, given
from tests.drawn_urls import cleaned, unhurried, urls

from pressmark.surt import MAX_URLKEY_BYTES, site, surt, urlkey
from pressmark.urls import host_of


@pytest.mark.slow
@unhurried
@given(urls())
@example("http://a.example/(S(4hqa0555fwsecu455xqckv45))/mileg.aspx")
@example("http://a.example/%2525%3f%252541?%2526")
def test_the_surt_is_the_one_of_other_tools(url: str) -> None:
    if (url := cleaned(url) or "") and "[" not in host_of(url):
        assert surt(url) == reference.surt(url)


@pytest.mark.slow
@unhurried
@given(urls())
def test_a_urlkey_fits_a_sort_key_and_lies_in_its_sites_partition(url: str) -> None:
    if (url := cleaned(url) or "") and host_of(url):
        key = urlkey(url)
        assert len(key.encode()) <= MAX_URLKEY_BYTES
        assert " " not in key
        assert site(key)
        assert key.startswith(site(key))


def test_ipv6_hosts_keep_their_brackets_so_that_a_port_is_not_part_of_the_address() -> None:
    assert surt("http://[2001:db8::1]:8080/a") == "[2001:db8::1]:8080)/a"
    assert surt("http://[2001:db8::1:8080]/a") == "[2001:db8::1:8080])/a"


def test_a_long_urlkey_keeps_its_beginning_and_tells_long_urls_apart() -> None:
    first, second = (urlkey(f"https://example.com/{'a' * 2000}{end}") for end in "bc")
    assert first != second
    assert first[:800] == second[:800] == surt("https://example.com/" + "a" * 2000)[:800]
    assert len(first) == len(second) == MAX_URLKEY_BYTES


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.com/a", "com,example"),
        ("https://news.example.com/a", "com,example"),
        ("https://a.b.example.co.uk:8443/", "uk,co,example"),
        ("https://example.co/", "co,example"),
        ("https://co.uk/", "uk,co"),
        ("https://localhost/", "localhost"),
        ("http://127.0.0.1:8000/a", "1,0,0,127"),
        ("http://[::1]:8000/a", "[::1]"),
    ],
)
def test_a_domain_and_its_subdomains_share_a_partition(url: str, expected: str) -> None:
    assert site(urlkey(url)) == expected
