"""When two URLs are the same, one page, or only neighbours under one urlkey."""

import pytest

from pressmark.archive.same import Kin, Named, page, same
from pressmark.errors import UrlError
from pressmark.surt import urlkey

URL = "https://h.example/AbC?b=2&a=1"


@pytest.mark.parametrize("written", [URL, f" {URL}#part", "HTTPS://H.Example:443/AbC?b=2&a=1", f"{URL}#"])
def test_how_a_url_is_written_makes_no_other_url_of_it(written: str) -> None:
    assert same(written, URL)
    assert page(written) == page(URL)
    assert Named(URL).kin(written) is Kin.SAME


@pytest.mark.parametrize(
    "other",
    [
        "https://h.example/aBc?b=2&a=1",
        "https://h.example/AbC/?b=2&a=1",
        "https://h.example/AbC?a=1&b=2",
        "https://h.example/AbC?B=2&a=1",
        "https://www.h.example/AbC?b=2&a=1",
        "https://www2.h.example/AbC?b=2&a=1",
        "https://h.example//AbC?b=2&a=1",
        "https://h.example/%41bC?b=2&a=1",
    ],
)
def test_what_only_shares_the_urlkey_is_a_neighbour(other: str) -> None:
    assert urlkey(other) == urlkey(URL), "or the example shows nothing"
    assert not same(other, URL)
    assert page(other) != page(URL)
    assert Named(URL).kin(other) is Kin.NEIGHBOUR


def test_http_and_https_are_one_page_and_two_urls() -> None:
    plain = URL.replace("https", "http")
    assert not same(plain, URL)
    assert page(plain) == page(URL)
    assert Named(URL).kin(plain) is Kin.SCHEME
    assert Named(URL, any_scheme=True).kin(plain) is Kin.SAME


def test_what_shares_nothing_is_a_stranger() -> None:
    assert Named(URL).kin("https://h.example/other") is Kin.STRANGER


def test_a_url_of_another_tools_file_that_cannot_be_cleaned_is_compared_as_it_stands() -> None:
    assert same("dns:h.example", "dns:h.example")
    assert not same("dns:h.example", URL)
    assert Named(URL).kin("https://[h.example/") is Kin.STRANGER


def test_what_a_person_names_must_be_a_url() -> None:
    with pytest.raises(UrlError):
        Named("ftp://h.example/")
