"""Feeds and sitemaps with the faults that real ones have, all invented, and the addresses that each holds."""

# ruff: noqa: E501 - a document a line

import gzip
import json
from dataclasses import dataclass

BASE = "https://example.com/feeds/main.xml"
A, B = "https://example.com/a", "https://example.com/b"


@dataclass(frozen=True)
class Case:
    """A document and what is in it. said: words of what is told as not read; "" where nothing is.

    theirs: whether feedparser is asked, too; it reads no sitemaps, text files and JSON.
    """

    body: bytes
    urls: tuple[str, ...]
    said: str = ""
    content_type: str | None = None
    theirs: bool = True
    address: str = BASE


def rss(*items: str, head: str = "", start: str = '<?xml version="1.0"?>') -> str:
    body = "".join(f"<item><title>T</title>{item}</item>\n" for item in items)
    return f"{start}<rss version='2.0'><channel><title>News</title>{head}\n{body}</channel></rss>"


def atom(*entries: str, attributes: str = "") -> str:
    body = "".join(f"<entry><title>T</title>{entry}</entry>\n" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>News</title>\n{body}</feed>'


def link(address: str) -> str:
    return f"<link>{address}</link>"


LINK_A, LINK_B = link(A), link(B)
ATOM_A, ATOM_B = f'<link href="{A}"/>', f'<link href="{B}"/>'


def case(text: str | bytes, *urls: str, **others: object) -> Case:
    return Case(text.encode() if isinstance(text, str) else text, urls, **others)  # type: ignore[arg-type]


def encoded(label: str, codec: str, words: str) -> bytes:
    start = f'<?xml version="1.0" encoding="{label}"?>'
    return rss(f"{LINK_A}<description>{words}</description>", LINK_B, start=start).encode(codec)


FEEDS = {
    "rss": case(rss(LINK_A, LINK_B), A, B),
    "atom": case(atom(ATOM_A, ATOM_B), A, B),
    "rdf": case(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f"<channel><link>https://example.com/</link><items><rdf:Seq><rdf:li rdf:resource='{A}'/></rdf:Seq></items>"
        f"</channel><item rdf:about='{A}'>{LINK_A}</item><item rdf:about='{B}'>{LINK_B}</item></rdf:RDF>",
        A,
        B,
    ),
    "rdf-0.90": case(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
        f"<channel><title>x</title></channel><item>{LINK_A}</item></rdf:RDF>",
        A,
    ),
    "rss-0.91": case(
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
        f'<rss version="0.91"><channel><item>{LINK_A}</item></channel></rss>',
        A,
    ),
    "raw ampersand": case(rss(link("https://example.com/?id=1&a=2")), "https://example.com/?id=1&a=2"),
    # feedparser 6.0.14 has 〈 for &lang and © for &copy.
    "raw ampersand before a name": case(
        rss(link("https://example.com/?id=1&lang=en&copy=2")), "https://example.com/?id=1&lang=en&copy=2", theirs=False
    ),
    "ampersand escaped": case(rss(link("https://example.com/?id=1&amp;lang=en")), "https://example.com/?id=1&lang=en"),
    "ampersand as a number": case(rss(link("https://example.com/?a=1&#38;b=2&#x26;c=3")), "https://example.com/?a=1&b=2&c=3"),
    "raw ampersand in atom": case(atom('<link href="/?id=1&lang=en"/>'), "https://example.com/?id=1&lang=en"),
    "cdata": case(rss("<link><![CDATA[ https://example.com/?a=1&b=2 ]]></link>"), "https://example.com/?a=1&b=2"),
    "link over lines": case(rss(f"<link>\n   {A}\n  </link>"), A),
    "relative links": case(rss(link("/a"), link("c?x=1")), A, "https://example.com/feeds/c?x=1"),
    "xml base": case(atom('<link href="a"/>', attributes='xml:base="https://example.org/blog/"'), "https://example.org/blog/a"),
    "xml base of an entry": case(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.org/"><entry xml:base="x/"><link href="a"/></entry></feed>',
        "https://example.org/x/a",
    ),
    "media child called url": case(rss(f"{LINK_A}<media:url>https://example.com/a.jpg</media:url>"), A),
    "children called item entry url sitemap": case(
        rss(f"{LINK_A}<url>u</url><entry>e</entry><sitemap>s</sitemap><x:item>i</x:item>", LINK_B), A, B
    ),
    "child called item": case(rss(f"{LINK_A}<item>an aside</item><pubDate>x</pubDate>", LINK_B), A, B, theirs=False),
    "image with url and link": case(
        rss(f"<image><url>https://example.com/i.png</url><link>https://example.com/i</link></image>{LINK_A}"), A, theirs=False
    ),
    "image of the channel": case(
        rss(LINK_A, head="<image><url>https://example.com/i.png</url><link>https://example.com/</link></image>"), A
    ),
    "source with url": case(rss(f'<source url="https://example.org/feed">Other</source>{LINK_A}'), A),
    "unclosed br": case(rss(f"<description>one<br>two</description>{LINK_A}", LINK_B), A, B),
    "unclosed p and img": case(rss(f"<description><p>one<p>two<img src=x></description>{LINK_A}", LINK_B), A, B),
    "stray end tag": case(rss(f"<description>one</b></description>{LINK_A}", LINK_B), A, B),
    "crossed tags": case(rss(f"<description><b><i>one</b></i></description>{LINK_A}", LINK_B), A, B),
    "raw less-than": case(rss(f"<description>1 < 2 and 3<4</description>{LINK_A}", LINK_B), A, B),
    "attribute without quotes": case(rss(f"<description><a href=http://x/y>x</a></description>{LINK_A}", LINK_B), A, B),
    "undefined entity": case(rss(f"<description>a&nbsp;b &hellip; &nothing;</description>{LINK_A}", LINK_B), A, B),
    "undefined entity in a title": case(rss(f"<title>Caf&eacute;</title>{LINK_A}", LINK_B), A, B),
    "entity of its own": case(
        '<!DOCTYPE rss [<!ENTITY site "https://example.com">]><rss><channel><item><link>&site;/a</link></item></channel></rss>',
        A,
        theirs=False,  # "/feeds/&site/a"
    ),
    "control characters": case(rss(f"<title>a\x08b\x0c\x1f</title>{LINK_A}", LINK_B), A, B),
    "nul": case(rss(f"<title>a\x00b</title>{LINK_A}", LINK_B), A, B),
    "white space before the declaration": case("\n\n  " + rss(LINK_A), A),
    "words before the declaration": case("Warning: date() in line 3\n" + rss(LINK_A), A),
    "a comment before": case(f"<!-- made by hand -->{rss(LINK_A, start='')}", A),
    "text behind the end": case(rss(LINK_A) + "\n<!-- 0.2 s --><br>", A, theirs=True),
    "byte order mark": case("\ufeff" + rss(LINK_A), A),
    "two byte order marks": case("\ufeff\ufeff" + rss(LINK_A), A),
    "256 nested tags": case(rss(f"<description>{'<b>' * 300}x{'</b>' * 300}</description>{LINK_A}", LINK_B), A, B),
    "nested and never closed": case(rss(f"<description>{'<b>' * 300}x</description>{LINK_A}", LINK_B), A, B),
    "a text of 11 MB": case(rss(f"<description>{'word ' * 2_200_000}</description>{LINK_A}", LINK_B), A, B, theirs=False),
    "gb2312 with a character of gbk": case(encoded("gb2312", "gbk", "朱镕基"), A, B),
    "shift_jis with a character of cp932": case(encoded("Shift_JIS", "cp932", "①髙﨑"), A, B),
    "euc-kr with a character of cp949": case(encoded("euc-kr", "cp949", "똠방각하"), A, B),
    "big5 with a character of cp950": case(encoded("big5", "cp950", "€碁銹"), A, B),
    "utf-8 as us-ascii": case(encoded("us-ascii", "utf-8", "déjà vu"), A, B),
    "windows-1251": case(encoded("windows-1251", "cp1251", "Новости"), A, B),
    "iso-8859-1 with a euro": case(encoded("iso-8859-1", "cp1252", "5 € “x”"), A, B),
    "utf-16 with a mark": case(encoded("utf-16", "utf-16", "déjà"), A, B),
    "utf-16 without a mark": case(encoded("utf-16", "utf-16-le", "déjà"), A, B),
    "utf-16be without a mark": case(encoded("utf-16", "utf-16-be", "déjà"), A, B),
    "utf-8 as utf-16": case(encoded("utf-16", "utf-8", "déjà"), A, B),
    "an unknown encoding": case(encoded("x-nobody", "utf-8", "déjà"), A, B),
    "bytes that are none": case(rss(f"<title>a\udcff\udcfeb</title>{LINK_A}", LINK_B).encode("utf-8", "surrogateescape"), A, B),
    "header against declaration": case(
        encoded("windows-1251", "cp1251", "Новости"), A, B, content_type="application/xml; charset=utf-8"
    ),
    "legacy address": case(encoded("gb2312", "gbk", "新闻").replace(A.encode(), "https://example.com/新闻".encode("gbk")), "https://example.com/新闻", B),
    "utf-8 in an address, as windows-1252": case(
        encoded("windows-1252", "utf-8", "déjà vu, déjà lu").replace(b"/a<", "/à<".encode()), "https://example.com/à", B, theirs=False
    ),
    "guid alone": case(rss(f"<guid>{A}</guid>"), A),
    "guid said to be a link": case(rss('<guid isPermaLink="true">/a</guid>'), A),
    "guid that is a number": case(rss(f"<guid>12345</guid>{LINK_A}"), A),
    "rss 1.0 with a prefix": case(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rss="http://purl.org/rss/1.0/">'
        f"<rss:item><rss:link>{A}</rss:link></rss:item></rdf:RDF>",
        A,
    ),
    "atom 0.3": case(f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>{ATOM_A}</entry></feed>', A),
    "comment within a link": case(rss(link("https://example.com<!-- c -->/a")), A),
    "empty link before guid": case(rss(f"<link/><guid>{A}</guid>"), A),
    "guid that is no link": case(rss(f'<guid isPermaLink="false">tag:x</guid>{LINK_A}'), A),
    "guid before link": case(rss(f"<guid>{B}</guid>{LINK_A}"), A),
    "guid alone and no link": case(rss('<guid isPermaLink="false">https://example.com/no</guid>', LINK_B), B, said="line 2: <item> names no address"),
    "id alone": case(atom(f"<id>{A}</id>"), A),
    "id of another kind": case(atom(f"<id>tag:example.com,2026:1</id>{ATOM_A}"), A),
    "json before html": case(
        atom(f'<link rel="alternate" type="application/json" href="/a.json"/><link rel="alternate" type="text/html" href="{A}"/>'), A
    ),
    "html before json": case(
        atom(f'<link rel="alternate" type="text/html" href="{A}"/><link rel="alternate" type="application/json" href="/a.json"/>'), A
    ),
    "enclosure and self before": case(
        atom(f'<link rel="enclosure" href="/a.mp3"/><link rel="self" href="/a.atom"/><link rel="alternate" href="{A}"/>'), A
    ),
    "replies behind": case(atom(f'{ATOM_A}<link rel="replies" type="text/html" href="{A}#comments"/>'), A),
    "links never closed": case(atom(f'<link href="{A}"><published>2026</published>', f'<link href="{B}">'), A, B),
    "atom with a prefix": case(
        f'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:link href="{A}"/></a:entry></a:feed>', A
    ),
    "atom link in rss": case(rss(f'<atom:link rel="self" href="https://example.com/no"/>{LINK_A}'), A),
    "atom source": case(atom(f'<source><id>https://example.org/</id><link href="https://example.org/"/></source>{ATOM_A}'), A, theirs=False),
    "capital letters": case(f"<RSS><CHANNEL><ITEM><LINK>{A}</LINK></ITEM></CHANNEL></RSS>", A),
    "items outside of the channel": case(f"<rss><channel><title>x</title></channel><item>{LINK_A}</item></rss>", A),
    "no root": case(f"<item>{LINK_A}</item><item>{LINK_B}</item>", A, B, theirs=False),
    "items never closed": case(f"<rss><channel><item>{LINK_A}<item>{LINK_B}</channel></rss>", A, B),
    "a title never closed": case(rss(f"<title>one{LINK_A}", LINK_B), A, B),
    "cut in a text": case(rss(LINK_A, LINK_B + "<description>and so on")[:-40], A, B, said="ends within <rss>"),
    "cut in an address": case(rss(LINK_A, LINK_B)[:-46], A, said="ends within <rss>", theirs=False),
    "a comment that does not end": case(rss(f"<!-- x {LINK_A}", LINK_B), A, B, said="line 2: a comment does not end"),
    "two documents": case(rss(LINK_A) + rss(LINK_B), A, B, theirs=False),
}  # fmt: skip


def urlset(*urls: str, name: str = "urlset") -> str:
    return f'<?xml version="1.0"?>\n<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(urls)}</{name}>'


def url(inner: str) -> str:
    return f"<url>{inner}</url>\n"


LOC_A, LOC_B = f"<loc>{A}</loc>", f"<loc>{B}</loc>"

_JSON = {"version": "https://jsonfeed.org/version/1.1", "title": "News"}

SITEMAPS = {
    "sitemap": case(urlset(url(LOC_A), url(LOC_B)), A, B),
    "raw ampersand": case(urlset(url("<loc>https://example.com/?id=1&lang=en</loc>")), "https://example.com/?id=1&lang=en"),
    "image before loc": case(urlset(url(f"<image:image><image:loc>/i.jpg</image:loc></image:image>{LOC_A}"), url(LOC_B)), A, B),
    "image loc before loc": case(urlset(url(f"<image:loc>/i.jpg</image:loc>{LOC_A}"), url(LOC_B)), A, B),
    "video": case(urlset(url(f"<video:video><video:content_loc>/v</video:content_loc></video:video>{LOC_A}")), A),
    "news": case(urlset(url(f"{LOC_A}<news:news><news:url>x</news:url><news:title>1 < 2</news:title></news:news>")), A),
    "alternates": case(urlset(url(f'<xhtml:link rel="alternate" hreflang="de" href="/de"/>{LOC_A}')), A),
    "child called url": case(urlset(url(f"{LOC_A}<url>x</url>"), url(LOC_B)), A, B),
    "prefix": case(f'<s:urlset xmlns:s="x"><s:url><image:loc>/i</image:loc><s:loc>{A}</s:loc></s:url></s:urlset>', A),
    "no namespace": case(f"<urlset><url>{LOC_A}</url></urlset>", A),
    "relative": case(urlset(url("<loc>/a</loc>")), A),
    "cdata": case(urlset(url(f"<loc><![CDATA[{A}]]></loc>")), A),
    "no loc": case(urlset(url("<lastmod>2026-01-01</lastmod>"), url(LOC_B)), B, said="line 2: <url> names no address"),
    "cut": case(urlset(url(LOC_A), url(LOC_B))[:-40], A, said="ends within <urlset>"),
    "gzip": case(gzip.compress(urlset(url(LOC_A)).encode()), A),
    "gzip cut": case(gzip.compress(urlset(*[url(LOC_A)] * 50, url(LOC_B)).encode())[:-12], *[A] * 50, B, said="ends too early"),
    "index": case(urlset(f"<sitemap>{LOC_A}</sitemap><sitemap>{LOC_B}</sitemap>", name="sitemapindex"), A, B),
    "child called sitemap": case(urlset(f"<sitemap>{LOC_A}<sitemap>x</sitemap></sitemap>", name="sitemapindex"), A),
    "text": case(f"{A}\r\n\r\n{B}\n", A, B),
    "text with CR": case(f"\ufeff{A}\r{B}\r", A, B),
    "text in utf-16": case(f"{A}\n{B}\n".encode("utf-16"), A, B),
    "text with a line that is none": case(f"{A}\nnot an address\n{B}\n", A, B, said="line 2: not an address: not an address"),
    "robots": case(f"User-agent: *\nDisallow:\nSitemap: {A}\n", A, address="https://example.com/robots.txt"),
    "robots with a comment": case(f"Sitemap: {A} # all of it\nsitemap:{B}# more\n", A, B, address="https://example.com/robots.txt"),
    "robots with a mark": case(f"\ufeffSitemap: {A}\r\n", A, address="https://example.com/robots.txt"),
    "robots with CR": case(f"# x\rSitemap : {A}\rSITEMAP: /b\r", A, B, address="https://example.com/robots.txt"),
    "robots by another name": case(f"User-agent: *\nSitemap: {A}\n", A, address="https://example.com/r"),
    "json feed": case(json.dumps(_JSON | {"items": [{"url": A}, {"id": B}]}), A, B),
    "json feed 1": case(json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "url": "/a"}]}), A),
    "json feed with an external address": case(json.dumps(_JSON | {"items": [{"id": "1", "external_url": A}]}), A),
    "json feed without an address": case(json.dumps(_JSON | {"items": [{"id": "1"}, {"url": B}]}), B, said="item 1: names no address"),
    "json feed with a mark": case("\ufeff" + json.dumps(_JSON | {"items": [{"url": A}]}), A),
    "json feed cut": case(json.dumps(_JSON | {"items": [{"url": A}, {"url": B}]})[:-10], A, said="ends early"),
}  # fmt: skip
