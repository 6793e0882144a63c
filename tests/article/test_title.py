"""The title: what most places agree on, without the site's name."""

import pytest
from tests.article.sample import ld, meta, news, read

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


@pytest.mark.parametrize(
    "bar",
    [
        f"{TITLE} - Harbour news | Lantern",
        f"{TITLE} | Islands | LANTERN News",
        f"{TITLE} - lantern.example",
        f"{TITLE} - Lantern - 10.07.2031",
    ],
)
def test_what_title_bars_append_is_cut_off(bar: str) -> None:
    section = meta(article__section="Harbour news")
    assert read(f"{section}<title>{bar}</title>", url="https://www.lantern.example/a").title == TITLE


def test_a_section_that_is_most_of_the_title_is_the_title() -> None:
    head = meta(article__section="A very long headline") + "<title>Opinion - A very long headline</title>"
    assert read(head).title == "Opinion - A very long headline"


@pytest.mark.parametrize("mark", ["：", "_", " | ", "-", " · "])
def test_the_very_name_of_the_site_is_cut_off_after_any_mark(mark: str) -> None:
    head = meta(og__site_name="灯台新聞", og__title=f"島のフェリーが戻る{mark}灯台新聞")
    assert read(head).title == "島のフェリーが戻る"


def test_registries_in_the_host_are_no_name_of_the_site() -> None:
    assert (
        read("<title>Island ferry - Com</title>", url="https://www.lantern.com.example/").title
        == "Island ferry - Com"
    )


@pytest.mark.parametrize("end", ["…", "...", " …"])
def test_a_title_cut_off_in_one_place_is_taken_whole_from_another(end: str) -> None:
    head = news(headline=f"Island ferry returns after{end}") + meta(og__title="Ferry back for islanders")
    assert read(head, f"<h1>{TITLE}</h1>").title == TITLE


def test_a_headline_cut_at_the_length_search_engines_ask_for_is_taken_whole() -> None:
    long = f"{TITLE}, and the people of both islands ask why it had to take so long to mend one single engine"
    head = news(headline=long[:110]) + meta(og__title="Ferry back for islanders")
    assert read(head, f"<h1>{long}</h1>").title == long


def test_copies_of_the_title_bar_do_not_outvote_what_readers_see() -> None:
    search = "Ferry timetable news today"
    page = {"@type": "WebPage", "name": search}
    head = news(headline=TITLE) + ld(page) + f"<title>{search}</title>" + meta(og__title=search)
    assert read(head, f"<h1>{TITLE}</h1>").title == TITLE
