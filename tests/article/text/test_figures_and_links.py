"""Caption and credit of the lead image, links out of the text, and the read-more lines."""

import pytest
from tests.article.text.pages import BODY, FIRST, FOURTH, SECOND, THIRD, URL, article, page, paragraphs, read

from pressmark.article.text import ReadMore
from pressmark.article.text.figures import split
from pressmark.article.text.outlinks import absolute


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("The bridge on Monday. (Photo: A. Person)", ("The bridge on Monday.", "A. Person")),
        ("Die Brücke am Montag. Foto: A. Person/dpa", ("Die Brücke am Montag.", "A. Person/dpa")),
        ("Le pont lundi. © A. Person / Agence", ("Le pont lundi.", "A. Person / Agence")),
        (
            "The bridge, seen from the quay. A. Person/Getty Images",
            ("The bridge, seen from the quay.", "A. Person/Getty Images"),
        ),
        (
            "The bridge reopened on Monday. REUTERS/A. Person",
            ("The bridge reopened on Monday.", "REUTERS/A. Person"),
        ),
        ("Image credit: A. Person", (None, "A. Person")),
        ("Мост в понедельник. Фото: А. Человек", ("Мост в понедельник.", "А. Человек")),
        ("The bridge on Monday", ("The bridge on Monday", None)),
        (
            "A photo of the bridge, taken by nobody knows whom",
            ("A photo of the bridge, taken by nobody knows whom", None),
        ),
        ("", (None, None)),
    ],
)
def test_a_credit_is_parted_from_its_caption(caption, expected):
    assert split(caption) == expected


def test_caption_and_credit_of_the_lead_image():
    figure = (
        "<figure><picture><img src=a.jpg></picture><figcaption>The bridge <b>on Monday</b>."
        "<span class='photo-credit'>Foto: A. Person</span></figcaption></figure>"
    )
    result = read(article(figure + paragraphs()))
    assert (result.caption, result.credit) == ("The bridge on Monday.", "A. Person")


def test_the_paragraphs_of_a_caption_do_not_run_together():
    figure = (
        "<figure><img src=a.jpg><figcaption><div>The bridge.</div><p>It is new.</p></figcaption></figure>"
    )
    assert read(article(figure + paragraphs())).caption == "The bridge. It is new."


def test_the_caption_of_an_image_far_below_is_not_the_lead_images():
    figure = "<figure><img src=a.jpg><figcaption>A tram of 1911.</figcaption></figure>"
    assert read(article(paragraphs() + figure)).caption is None


def test_a_caption_outside_a_figure_is_known_by_its_name():
    html = article(
        f"<div class=image><img src=a.jpg><p class='image-caption'>The bridge. Photo: A. Person</p></div>{paragraphs()}"
    )
    result = read(html)
    assert (result.caption, result.credit) == ("The bridge.", "A. Person")
    assert result.text.splitlines() == BODY


def test_a_line_over_the_body_that_ends_in_a_credit_is_the_caption_and_no_standfirst():
    cover = "<div class=m><img src=a.jpg><div><b>The bridge on Monday, seen from the old quay.</b> <b>© </b>"
    html = page(
        f"<h1>Bridge</h1>{cover}<span>Agency / A. Person</span></div></div><div class=b>{paragraphs()}</div>"
    )
    result = read(html)
    assert (result.caption, result.credit) == (
        "The bridge on Monday, seen from the old quay.",
        "Agency / A. Person",
    )
    assert result.text.splitlines() == BODY


def test_outlinks_are_those_of_the_text_absolute_and_distinct():
    html = article(
        f"<p>{FIRST} <a href='/council#top'>council</a> <a href='/council'>again</a></p>"
        f"<p>{SECOND} <a href='https://trams.example/a?b=1'>trams</a> <a href='mailto:a@b.example'>mail</a>"
        f" <a href='#x'>up</a> <a href='javascript:void(0)'>js</a> <a href='{URL}#c'>self</a></p><p>{THIRD}</p>"
        "<div class='related'><a href='/other'>Another story that is linked here</a></div>"
    )
    assert read(html).outlinks == ("https://news.example/council", "https://trams.example/a?b=1")


def test_links_are_resolved_against_the_base_element():
    html = page(
        f"<article><p>{FIRST} <a href='x'>x</a></p>{paragraphs(SECOND, THIRD)}</article>",
        "<base href='https://cdn.example/d/'>",
    )
    assert read(html).outlinks == ("https://cdn.example/d/x",)


def test_read_more_lines_between_paragraphs_are_told_apart_from_the_text():
    html = article(
        f"<p>{FIRST}</p><p><strong>READ MORE: <a href='/fish'>Fish are dearer this winter</a></strong></p>"
        f"<p>{SECOND}</p><p>{THIRD}</p><p>{FOURTH}</p>"
    )
    result = read(html)
    assert result.read_more == (ReadMore("Fish are dearer this winter", "https://news.example/fish"),)
    assert result.text.splitlines() == BODY
    assert result.outlinks == ()


def test_share_links_and_labels_are_not_read_more():
    html = article(
        f"<p>{FIRST}</p><p><a href='https://social.example/sharer?u=1'>Share this article with all your friends</a></p>"
        f"<p><a href='/all'>View all</a></p><p>{SECOND}</p><p>{THIRD}</p>"
    )
    assert read(html).read_more == ()


@pytest.mark.parametrize(
    "href",
    [
        "",
        "#a",
        "javascript:x()",
        "mailto:a@b.example",
        "http://[bad",
        "data:text/plain,x",
        "a" * 3000,
        "http:///",
    ],
)
def test_what_is_no_address_of_a_page_is_left_out(href):
    assert absolute(href, URL) is None
