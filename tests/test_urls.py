"""URLs: what is archived, and how it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.drawn_urls import cleaned, unhurried, urls

from pressmark.errors import UrlError
from pressmark.urls import MAX_URL_CHARACTERS, clean, join

GOOD = {
    "https://example.com": "https://example.com/",
    "  https://example.com/a \r\n": "https://example.com/a",
    "HTTPS://Example.COM/Path?Query=A": "https://example.com/Path?Query=A",
    "http://example.com:80/": "http://example.com/",
    "https://example.com:443/": "https://example.com/",
    "https://example.com:80/": "https://example.com:80/",
    "http://example.com:/a": "http://example.com/a",
    "http://example.com:8080?q": "http://example.com:8080/?q",
    "http://example.com./": "http://example.com/",
    "http://example.com/a#fragment?no": "http://example.com/a",
    "http://example.com/?": "http://example.com/?",
    "http://example.com/a?#b": "http://example.com/a?",
    "http://user:secret@example.com/": "http://example.com/",
    "http://münchen.example/": "http://xn--mnchen-3ya.example/",
    "http://faß.example/": "http://xn--fa-hia.example/",
    "http://例え.テスト/": "http://xn--r8jz45g.xn--zckzah/",
    "http://ex%61mple.com/": "http://example.com/",
    "http://under_score.example/": "http://under_score.example/",
    "http://[2001:DB8:0:0::1]/": "http://[2001:db8::1]/",
    "http://[::1]:8080/a": "http://[::1]:8080/a",
    "http://127.1/": "http://127.0.0.1/",
    "http://0x7f000001/": "http://127.0.0.1/",
    "http://2130706433/": "http://127.0.0.1/",
    "http://1.2.3.4./": "http://1.2.3.4/",
    "http://example.com/a b": "http://example.com/a%20b",
    "http://example.com/ü?ü": "http://example.com/%C3%BC?%C3%BC",
    "http://example.com/%c3%bc/%7e": "http://example.com/%c3%bc/%7e",
    "http://example.com/a<b>\"'": "http://example.com/a%3Cb%3E%22'",
    "http://example.com/?a[]=1|2": "http://example.com/?a[]=1|2",
    "http://example.com/a/./b/../c": "http://example.com/a/c",
    "http://example.com/a/%2e/b/%2E%2e/c": "http://example.com/a/c",
    "http://example.com/../..": "http://example.com/",
    "http://example.com/a/..": "http://example.com/",
    "http://example.com/a//b/": "http://example.com/a//b/",
    "http://example.com/..//other.example/": "http://example.com//other.example/",
    "http://example.com/.well-known/x": "http://example.com/.well-known/x",
    "http://example.com/;v=1": "http://example.com/;v=1",
    "http://example.com/[a]": "http://example.com/[a]",
    "http://foo-.tumblr.example/": "http://foo-.tumblr.example/",
    "http://-foo.tumblr.example/": "http://-foo.tumblr.example/",
    "http://☃.example/": "http://xn--n3h.example/",
    "http://foo_bar.münchen.example/": "http://foo_bar.xn--mnchen-3ya.example/",
    "http://ab--c.münchen.example/": "http://ab--c.xn--mnchen-3ya.example/",
    "http://foo_münchen-.example/": "http://xn--foo_mnchen--xhb.example/",
    "http://MÜNCHEN.Example./": "http://xn--mnchen-3ya.example/",
    "http://ｅｘａｍｐｌｅ。ｃｏｍ/": "http://example.com/",
    "http://１２７.０.０.１/": "http://127.0.0.1/",
    "http://❤.example/": "http://xn--qei.example/",
    "http://ab\u00adc.example/": "http://abc.example/",
}


@pytest.mark.parametrize(("given_url", "expected"), GOOD.items())
def test_a_url_is_written_one_way(given_url: str, expected: str) -> None:
    assert clean(given_url) == expected


BAD = {
    "": "empty",
    " \n": "empty",
    "example.com": "no scheme",
    "//example.com/": "no scheme",
    "http:/example.com": "no host",
    "http:///path": "no host",
    "http://:80/": "no host",
    "http://@/": "no host",
    "ftp://example.com/": "only http and https",
    "javascript:alert(1)": "only http and https",
    "file:///etc/passwd": "only http and https",
    "http://exa mple.com/": "not a host name",
    "http://a..example/": "not a host name",
    f"http://{'a' * 64}.example/": "not a host name",
    f"http://{'a.' * 127}example/": "not a host name",
    "http://exa%00mple.com/": "not a host name",
    "http://%ff.example/": "not a host name",
    "http://\u200b.example/": "not a host name",
    "http://256.1.1.1/": "IPv4",
    "http://1.2.3.4.5/": "IPv4",
    "http://[::1/": "not a URL",
    "http://[1::2::3]/": "not a",
    "http://[fe80::1%25eth0]/": "zone",
    "http://example.com:0/": "port 0",
    "http://example.com:65536/": "not a URL",
    "http://example.com:http/": "not a URL",
    "http://example.com/\x00": "control characters",
    "http://example.com/a\nb": "control characters",
    "http://example.com/\x9b31m": "control characters",
    "http://good.example\\@evil.example/": "backslash",
    "http://example.com/\ud800": "Unicode",
    "http://example.com/" + "a" * MAX_URL_CHARACTERS: "characters",
    "http://example.com/" + "ü" * (MAX_URL_CHARACTERS // 2): "characters",
}


@pytest.mark.parametrize(("url", "reason"), BAD.items(), ids=[repr(url)[:40] for url in BAD])
def test_what_is_no_url_is_refused_by_name(url: str, reason: str) -> None:
    with pytest.raises(UrlError, match=reason) as caught:
        clean(url)
    assert caught.value.code == "invalid-url-syntax"
    assert len(str(caught.value)) < 700


@pytest.mark.slow
@unhurried
@given(urls())
def test_cleaning_twice_is_cleaning_once_and_leaves_ascii(url: str) -> None:
    if (once := cleaned(url)) is not None:
        assert clean(once) == once
        assert once.isascii()
        assert once.isprintable()
        assert " " not in once


@unhurried
@given(st.text(max_size=60))
def test_any_text_is_cleaned_or_refused_and_nothing_else(text: str) -> None:
    for attempt in (text, "http://" + text, "http://a.example/" + text):
        cleaned(attempt)


@pytest.mark.parametrize(
    ("reference_text", "expected"),
    [
        ("/b", "https://example.com/b"),
        ("c?x#f", "https://example.com/a/c?x"),
        ("//other.example", "https://other.example/"),
        ("HTTP://other.example/x", "http://other.example/x"),
        ("/ü".encode().decode("latin-1"), "https://example.com/%C3%BC"),
        ("/jos\xe9", "https://example.com/jos%E9"),
        ("/новости?ё".encode("cp1251").decode("latin-1"), "https://example.com/%ED%EE%E2%EE%F1%F2%E8?%B8"),
        ("/新闻".encode("gbk").decode("latin-1"), "https://example.com/%D0%C2%CE%C5"),
        ("/ニュース".encode("cp932").decode("latin-1"), "https://example.com/%83j%83%85%81[%83X"),
        ("/voilà".encode().decode("latin-1"), "https://example.com/voil%C3%A0"),
        ("/%e9\xe9", "https://example.com/%e9%E9"),
        ("http://münchen.example/".encode().decode("latin-1"), "http://xn--mnchen-3ya.example/"),
        ("\\news\\story?a\\b", "https://example.com/news/story?a\\b"),
        ("..\\up", "https://example.com/up"),
        ("\\\\other.example\\x", "https://other.example/x"),
        ("///other.example/x", "https://other.example/x"),
        ("https:///other.example/x", "https://other.example/x"),
        ("http:\\\\other.example\\x", "http://other.example/x"),
        ("https:/x", "https://example.com/x"),
        ("https:x", "https://example.com/a/x"),
        ("http:/other.example", "http://other.example/"),
        ("/x?", "https://example.com/x?"),
        ("/x?#f", "https://example.com/x?"),
        ("?y", "https://example.com/a/b?y"),
        ("?", "https://example.com/a/b?"),
        ("#f", "https://example.com/a/b?q=1"),
        ("\t/a\tb\r\nc", "https://example.com/abc"),
        ("/a\x0bb\x7f", "https://example.com/a%0Bb%7F"),
        ("//user:secret@other.example/x#y z", "https://other.example/x"),
        ("https://other.example\\@evil.example/", "https://other.example/@evil.example/"),
        ("//\\@a/", "https://a/"),
        ('/a b%zz"<>', "https://example.com/a%20b%zz%22%3C%3E"),
        ("/[x]?[y]", "https://example.com/[x]?[y]"),
        (" /spaces around\t", "https://example.com/spaces%20around"),
        ("", "https://example.com/a/b?q=1"),
    ],
)
def test_a_reference_is_resolved_against_its_page(reference_text: str, expected: str) -> None:
    assert join("https://example.com/a/b?q=1", reference_text) == expected


@pytest.mark.parametrize("text", ["http://[", "mailto:a@example.com", "/a\x00", "http://", "///", "//@/"])
def test_a_reference_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(UrlError):
        join("https://example.com/", text)
