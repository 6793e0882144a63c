"""Whole pages, hand-written after the kinds that are out there."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from tests.article.sample import PAGES, URL, fixture, news, page

from pressmark.article import Article, Link, extract
from pressmark.errors import ExtractionError

CEST = timezone(timedelta(hours=2))


def test_a_page_with_cover_read_more_top_stories_and_cookie_notice() -> None:
    article = fixture("harbour-ferry.html")
    assert article.title == "Island ferry returns after eleven years"
    assert article.published == datetime(2024, 7, 10, 6, 28, tzinfo=UTC)
    assert article.modified == datetime(2024, 7, 10, 7, 2, 11, tzinfo=UTC)
    assert (article.section, article.site_name, article.language) == (
        "World News",
        "Lantern International",
        "en",
    )
    assert article.description
    assert article.description.startswith("The night ferry")
    assert article.image
    assert article.image.url == "https://news.example/images/harbour.svg"
    assert article.image.caption == "The ferry Morgenrot leaves the old harbour of Saltholm, July 9, 2024."
    assert article.image.credit
    assert "HALVORSEN" in article.image.credit
    assert [link.url for link in article.read_more] == ["https://news.example/news/winter-timetable.html"]
    assert article.outlinks == ["https://council.example/decision-114"]
    assert article.feeds == [
        Link("https://news.example/rss/news/", "Lantern World News", "application/rss+xml")
    ]
    assert article.copyright == "© Lantern Press Trust “Harbour Light”, 2019–2024. All rights reserved."
    assert article.text.splitlines()[1].startswith("The first night ferry")
    assert article.text.endswith("had written to the operator every year.")
    for boilerplate in ("cookies", "Top stories", "READ MORE", "Podcasts", "Share on", "MIRA", "10 Jul"):
        assert boilerplate not in article.text


def test_a_german_page_with_a_graph_and_a_trailing_comma() -> None:
    article = fixture("obstwiesen.html")
    assert article.authors == ["Friederike Nagel", "Jonas Öttl"]
    assert article.published == datetime(2023, 10, 4, 5, 45, tzinfo=CEST)
    assert article.tags == ["Streuobst", "Apfel", "Landwirtschaft", "Brandental"]
    assert article.is_paywalled is True
    assert article.image
    assert article.image.credit == "Lisbeth Kern"
    assert "Newsletter" not in article.text


def test_a_russian_page_in_windows_1251_with_microdata() -> None:
    assert b"\xc2 \xce\xe7\xb8\xf0\xf1\xea\xe5" in (PAGES / "biblioteka.html").read_bytes()
    article = fixture("biblioteka.html")
    assert article.title == "В Озёрске открыли библиотеку с ночным залом"
    assert (article.authors, article.section) == (["Анна Лебедева"], "Культура")
    assert article.published == datetime(2022, 3, 15, 12, 40, tzinfo=timezone(timedelta(hours=3)))
    assert article.tags == ["библиотека", "Озёрск", "книги"]
    assert article.text.startswith("Новая городская библиотека")


def test_a_japanese_page() -> None:
    article = fixture("roden-shi.html")
    assert article.title == "最後の路面電車、市民が見送る みなと市"
    assert article.authors == ["北川みどり", "森岡 健"]
    assert article.tags == ["路面電車", "みなと市"]
    assert (article.section, article.language) == ("社会", "ja")


def test_a_liveblog() -> None:
    article = fixture("storm-live.html")
    assert article.kind == "liveblog"
    assert article.authors == ["Imogen Farrow", "Tomasz Bielak"]
    assert "The sea wall at Garrow has held" in article.text


def test_a_gallery_whose_json_ld_is_commented_out_and_broken() -> None:
    article = fixture("vergers.html")
    assert article.kind == "gallery"
    assert article.title == "EN IMAGES. Une saison dans les vergers du val de Saône"
    assert article.authors == ["Hélène Carpentier", "Malik Roux"]


def test_a_page_with_nothing_but_html() -> None:
    article = fixture("footbridge.html")
    assert article.title == "Footbridge at Mill Lane reopens"
    assert article.authors == ["Dorothy Penhaligon"]
    assert article.published == date(2020, 5, 3)
    assert article.copyright == "Copyright 2020 Marsh End Echo. Letters to the editor are welcome."
    assert article.kind == "article"


def test_a_page_whose_data_are_its_programs() -> None:
    article = fixture("observatory.html")
    assert article.authors == ["Ines Calloway", "Peter Voss"]
    assert article.sources["published"] == "state"
    assert (article.section, article.tags) == ("Science", ["Astronomy", "Archives"])


@pytest.mark.parametrize("name", sorted(path.name for path in PAGES.glob("*.html")))
def test_every_value_has_a_source_and_survives_json(name: str) -> None:
    article = fixture(name)
    data = json.loads(json.dumps(article.to_dict()))
    assert Article.from_dict(data) == article
    filled = {field for field, value in data.items() if value not in (None, [], "", {})}
    assert filled - set(article.sources) == {"confidence", "kind", "sources", "titles", "word_count"}
    filled |= {field for field in ("caption", "credit") if (data["image"] or {}).get(field)}
    assert {"caption", "credit"} & filled <= set(article.sources) <= filled
    known = {"json-ld", "opengraph", "microdata", "rdfa", "meta", "html", "state", "url", "text"}
    assert set(article.sources.values()) <= known


def test_nothing_is_made_up_for_an_empty_page() -> None:
    assert extract(b"", URL) == Article()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"%PDF-1.7 ...", "text/html"),
        (b"\x89PNG\r\n\x1a\n", None),
        (b'{"a": 1}', "application/json"),
        (b"<?xml version='1.0'?><rss></rss>", "application/rss+xml"),
        (b"<?xml version='1.0'?>\n<rss><channel><title>News</title></channel></rss>", "application/rss+xml"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'><title>News</title></feed>", "text/html"),
        (
            b"<!-- drawn --><svg xmlns='http://www.w3.org/2000/svg'><title>A map</title></svg>",
            "image/svg+xml",
        ),
        (b"plain words", "text/plain"),
        (b"PK\x03\x04", "application/octet-stream"),
    ],
)
def test_what_is_plainly_not_html_is_a_typed_error(body: bytes, content_type: str | None) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(body, URL, content_type)
    assert caught.value.url == URL


@pytest.mark.parametrize(
    "content_type", [None, "text/html", "application/xhtml+xml; charset=utf-8", "text/plain", "nonsense"]
)
def test_html_is_read_under_any_label(content_type: str | None) -> None:
    assert (
        extract(b"<!DOCTYPE html><title>A walk by the sea</title>", URL, content_type).title
        == "A walk by the sea"
    )


def test_a_date_has_a_confidence_greater_where_data_state_it() -> None:
    stated = extract(page(news(datePublished="2024-07-08T10:00:00Z")), URL)
    shown = extract(b"<h1>A walk by the sea</h1><p>8 July 2024</p><p>It was long.</p>", URL)
    assert stated.confidence["published"] > 0.9 > 0.6 > shown.confidence["published"] > 0.1
    assert "modified" not in shown.confidence


def test_a_capture_without_an_offset_is_refused_whatever_the_page_has() -> None:
    with pytest.raises(ValueError, match="give an aware datetime"):
        extract(b"<p>A walk by the sea</p>", URL, crawled=datetime(2024, 7, 10))  # noqa: DTZ001


def test_text_in_place_of_bytes_is_refused_with_what_to_give() -> None:
    with pytest.raises(TypeError, match="html is str; give the bytes of the page"):
        extract("<h1>A walk by the sea</h1>", URL)  # type: ignore[arg-type]


def test_a_date_after_the_capture_is_not_believed() -> None:
    body = page(
        news(headline="Ferry", datePublished="2041-07-10"), "<h1>Ferry</h1><p class=date>9 July 2031</p>"
    )
    assert extract(body, URL).published == date(2041, 7, 10)
    assert extract(body, URL, crawled=datetime(2031, 7, 10, 8, tzinfo=UTC)).published == date(2031, 7, 9)
