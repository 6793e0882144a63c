"""The title: what most places agree on, without the site's name."""

import pytest
from tests.article.sample import meta, news, read

TITLE = "Island ferry returns after eleven years"


@pytest.mark.parametrize(
    "bar",
    [
        f"{TITLE} | Lantern",
        f"{TITLE} - Lantern",
        f"{TITLE} — Lantern International",
        f"{TITLE} · news.example",
        f"Lantern: {TITLE}".replace(": ", " : "),
        f"{TITLE} | World | Lantern",
        f"{TITLE}｜Lantern",
    ],
)
def test_the_sites_name_is_cut_off(bar: str) -> None:
    head = meta(og__site_name="Lantern International") + f"<title>{bar}</title>" + meta(og__title=TITLE)
    assert read(head).title == TITLE
    assert (
        read(
            meta(og__site_name="Lantern International") + f"<title>{bar.replace(' | World', '')}</title>"
        ).title
        == TITLE
    )


def test_a_dash_in_the_title_itself_stays() -> None:
    assert read("<title>Kyiv - a city under snow</title>").title == "Kyiv - a city under snow"


def test_words_that_begin_like_the_sites_host_stay() -> None:
    url = "https://www.time.example/a"
    assert read("<title>Cyclone season - Timely help for the coast</title>", url=url).title == (
        "Cyclone season - Timely help for the coast"
    )
    assert read("<title>Cyclone season - TIME</title>", url=url).title == "Cyclone season"


def test_two_places_outvote_a_third() -> None:
    article = read(news(headline="SEO words ferry 2031 times") + meta(og__title=TITLE), f"<h1>{TITLE}</h1>")
    assert article.title == TITLE
    assert article.sources["title"] == "opengraph"


def test_of_many_headings_the_one_the_data_speak_of_is_the_articles() -> None:
    assert (
        read(news(headline=TITLE), f"<h1>Lantern</h1><h1>Other story of the day</h1><h1>{TITLE}</h1>").title
        == TITLE
    )


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Caf&eacute; &amp;quot;Meer&amp;quot;", 'Café "Meer"'),
        ("Line<br>break and <em>stress</em>", "Line break and stress"),
        ("a\u0301 \u200bzero\u00ad width", "á zero width"),
        ("\u202eevil\u202c order", "evil order"),
        ("  many \n\t blanks ", "many blanks"),
    ],
)
def test_titles_are_clean_text(raw: str, clean: str) -> None:
    assert read(news(headline=raw)).title == clean


def test_bidi_marks_stay_where_right_to_left_text_needs_them() -> None:
    assert read(news(headline="שלום \u200fabc")).title == "שלום \u200fabc"


def test_a_long_title_is_cut_at_a_word() -> None:
    title = read(news(headline="word " * 500)).title
    assert title
    assert len(title) <= 500
    assert title.endswith("word…")


def test_the_site_alone_is_no_title() -> None:
    assert read(meta(og__site_name="Lantern") + "<title>Lantern</title>").title is None


def test_a_videos_name_is_not_the_articles_title() -> None:
    video = '<script type="application/ld+json">{"@type": "VideoObject", "name": "Watch: whale"}</script>'
    assert read(video, f"<h1>{TITLE}</h1>").title == TITLE
