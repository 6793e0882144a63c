"""Addresses on a page, made absolute: the short way for plain ones says what the long way says."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.article.page import addresses
from pressmark.article.page.addresses import absolute, is_plain
from pressmark.article.text import outlinks

BASES = ("https://news.example/2031/harbour?page=1#top", "http://other.example/")
ADDRESSES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https://", "http://", "HTTP://", "//", "https:/", "ftp://"]),
        st.sampled_from(["a.example", "a.example:80", "a.example:", "u@a.example", "[::1]", "é.example", ""]),
        st.sampled_from(["/", "", "/."]),
        st.text("ab/?#;:@[]%&=.-~\\\"'<>{}|^`! é\t\n", max_size=9),
    ),
)


@given(ADDRESSES, st.sampled_from(BASES))
def test_a_plain_address_comes_back_from_any_base_as_it_is(address: str, base: str) -> None:
    if is_plain(address):
        assert urljoin(base, address) == address
        assert urlsplit(address).netloc


@given(ADDRESSES, st.sampled_from(BASES))
def test_both_ways_agree(address: str, base: str) -> None:
    found = absolute(address, base), outlinks.absolute(address, base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "is_plain", lambda _: False)
        patch.setattr(outlinks, "is_plain", lambda _: False)
        assert found == (absolute(address, base), outlinks.absolute(address, base))


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/",
        "http://a.example:8080/a/b.html",
        "https://a.example/a?b=c&d=/e?#f",
        "https://a.example/#",
    ],
)
def test_most_addresses_are_plain(address: str) -> None:
    assert is_plain(address) is not address.endswith("#")


def test_a_plain_address_has_a_limit_too() -> None:
    long = "https://a.example/" + "a" * 2_000
    assert absolute(long, BASES[0]) is None
    assert absolute(long[:2_000], BASES[0]) == long[:2_000]
