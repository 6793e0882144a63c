"""What is, and what is not, the text of an article."""

import copy

import lxml.html
import pytest
from tests.article.text.pages import (
    BODY,
    FIRST,
    FOURTH,
    SECOND,
    THIRD,
    URL,
    article,
    lines,
    page,
    paragraphs,
    read,
)

from pressmark.article.page.document import Document
from pressmark.article.text import extract_text
from pressmark.article.text.vocabulary import flag_of


def test_paragraphs_come_in_page_order_one_a_line():
    assert lines(article(paragraphs())) == BODY


def test_inline_markup_leaves_no_gaps_and_white_space_is_one_space():
    text = lines(
        article(
            f"<p>The <b>old</b>\n  harbour <a href='/b'>bri<i>dge</i></a>&nbsp;reopened"
            f" on Monday.</p>{paragraphs(SECOND, THIRD)}"
        )
    )
    assert text[0] == "The old harbour bridge reopened on Monday."


def test_subheadings_over_paragraphs_are_text_and_the_headline_is_not():
    html = article(f"<p>{FIRST}</p><p>{SECOND}</p><h2>Who pays</h2><p>{THIRD}</p><p>{FOURTH}</p>")
    assert lines(html) == [FIRST, SECOND, "Who pays", THIRD, FOURTH]


def test_a_heading_with_nothing_under_it_is_dropped():
    assert lines(article(paragraphs() + "<h2>Topics</h2>")) == BODY


def test_lists_between_paragraphs_are_text():
    html = article(
        f"<p>{FIRST}</p><p>{SECOND}</p><ul><li>trams all day</li><li>cars on two lanes</li></ul><p>{THIRD}</p>"
    )
    assert lines(html) == [FIRST, SECOND, "trams all day", "cars on two lanes", THIRD]


def test_quotations_in_the_column_are_text():
    quote = "We have waited long enough for this bridge, and we are glad to see it again."
    html = article(f"<p>{FIRST}</p><p>{SECOND}</p><blockquote><p>{quote}</p></blockquote><p>{THIRD}</p>")
    assert lines(html) == [FIRST, SECOND, quote, THIRD]


def test_a_page_set_with_line_breaks_instead_of_paragraphs_is_read():
    html = page(
        f"<h1>Bridge</h1><div class='c'>{FIRST}<br><br>{SECOND}<br/> <br/>{THIRD}</div><div>Home</div>"
    )
    assert lines(html) == [FIRST, SECOND, THIRD]


def test_divs_that_hold_the_paragraphs_are_read():
    html = page("<h1>Bridge</h1><div id=x>" + "".join(f"<div class='q7'>{t}</div>" for t in BODY) + "</div>")
    assert lines(html) == BODY


def test_each_paragraph_may_stand_in_a_wrapper_of_its_own():
    html = article(
        "".join(f"<section class='el el-{i}'><div><p>{t}</p></div></section>" for i, t in enumerate(BODY))
    )
    assert lines(html) == BODY


def test_words_for_reading_machines_only_are_not_text():
    told = "The <a href=/b>bridge<span class='sr-only'>(opens in a new window)</span></a> is open again for everybody."
    assert lines(article(f"<p>{told}</p>{paragraphs()}"))[0] == "The bridge is open again for everybody."


def test_a_declarative_shadow_root_is_shown_and_other_templates_are_not():
    shown = f"<x-story><template shadowrootmode=open><div>{paragraphs()}</div></template></x-story>"
    hidden = (
        "<template><p>This is only here to be copied by a script, and never shown to anybody.</p></template>"
    )
    assert lines(page(f"<h1>Bridge</h1>{shown}{hidden}")) == BODY


def test_comments_in_the_markup_do_not_swallow_text():
    assert lines(
        article(f"<p>The bridge<!-- ad --> is open again and<?x y?> carries trams.</p>{paragraphs()}")
    )[0] == ("The bridge is open again and carries trams.")


@pytest.mark.parametrize(
    "standfirst",
    [
        "<p class='article__standfirst'>{}</p>",
        "<h2 class='subtitle'>{}</h2>",
        "<div class='lead'>{}</div>",
        "<p>{}</p>",
    ],
)
def test_the_standfirst_between_headline_and_body_comes_first(standfirst):
    lead = "Three years of works are over, but the argument over the bill goes on."
    html = page(
        f"<header><h1>Harbour bridge reopens</h1>{standfirst.format(lead)}<div class=byline>By A. Person</div></header>"
        f"<div class=b>{paragraphs()}</div>"
    )
    assert lines(html) == [lead, *BODY]


def test_a_standfirst_is_known_by_the_description_it_repeats():
    lead = "Works are over, the bill is not"
    head = f'<meta property="og:description" content="{lead}, the bill is long">'
    html = page(
        f"<header><h1>Bridge</h1><span class=x><div>{lead}, the bill is long</div></span></header>"
        f"<div class=b>{paragraphs()}</div>",
        head,
    )
    assert lines(html)[0] == f"{lead}, the bill is long"


def test_byline_date_and_menu_above_the_body_are_not_taken_for_a_standfirst():
    html = page(
        "<div class='menu'><a href=/a>Politics</a> <a href=/b>Sports</a></div><header><h1>Bridge</h1>"
        "<p class=byline>By A. Person, our correspondent in the harbour town of Nowhere.</p>"
        f"<p>12 March 2024</p></header><div class=b>{paragraphs()}</div>"
    )
    assert lines(html) == BODY


FURNITURE = {
    "share buttons": "<div class='share-bar'><p>Share this article with your friends and family today.</p></div>",
    "newsletter": "<div class='newsletter-box'><h3>Letter</h3><p>The morning news in your inbox, every day.</p></div>",
    "related": "<section class='related'><p>Another story about another bridge in a town far away.</p></section>",
    "author": "<div class='author-bio'><p>A. Person has written about harbours since the year 2001.</p></div>",
    "cookies": "<div id='cookie-consent'><p>We use cookies to make this site work, and to count you.</p></div>",
    "caption": "<figure><img src=a.jpg><figcaption>The bridge on Monday, seen from the quay.</figcaption></figure>",
    "aside": "<aside><p>The harbour bridge was built in the year 1911 and is 312 metres long.</p></aside>",
    "script": "<script>var text = 'The bridge is the subject of this script, too.';</script>",
    "embedded post": "<blockquote class='twitter-tweet'><p>So glad that the bridge is open at last.</p></blockquote>",
    "advertisement": "<div class='ad-slot'><p>Advertisement: buy the best bicycles for the new bridge here.</p></div>",
    "comments": "<div id='comments'><p>I never liked that bridge, it was always too narrow for my car.</p></div>",
    "hidden": "<div style='display: none'><p>Please switch on JavaScript to read this page as it was meant.</p></div>",
    "taxonomy": "<ul class='tags'><li><a href=/t/1>Bridges</a></li><li><a href=/t/2>Harbours</a></li></ul>",
    "nav": "<nav><p>Here is the way to the other pages of this site, and back again.</p></nav>",
    "footer": "<footer><p>All rights reserved by the publisher of this example, whoever it is.</p></footer>",
}


@pytest.mark.parametrize("name", FURNITURE)
@pytest.mark.parametrize("place", ["between", "after"])
def test_furniture_is_not_text(name, place):
    middle, end = (FURNITURE[name], "") if place == "between" else ("", FURNITURE[name])
    html = article(
        f"<div class=body>{paragraphs(FIRST, SECOND)}{middle}{paragraphs(THIRD, FOURTH)}</div>{end}"
    )
    assert lines(html) == BODY


def test_a_box_without_a_telling_name_is_known_by_where_it_stands():
    box = "<div class='k3'><div><h4>Good to know</h4><p>The bridge was built in 1911 and is 312 m long.</p></div></div>"
    html = article(f"<div class=q>{paragraphs(FIRST, SECOND)}{box}{paragraphs(THIRD, FOURTH)}</div>")
    assert lines(html) == BODY


def test_a_small_group_of_paragraphs_in_a_wrapper_of_its_own_is_a_box():
    body = [f"{text} This is part {part} of it." for part in range(6) for text in BODY]
    fact = "The bridge was built in the year 1911. It is 312 metres long, and has four piers."
    box = f"<div class='k3'><div><p>{fact}</p></div></div>"
    html = article(f"<div class=q>{paragraphs(*body[:12])}{box}{paragraphs(*body[12:])}</div>")
    assert lines(html) == body


def test_a_body_in_two_parts_is_read_whole():
    menu = "<ul><li><a href=/a>A link to some other page of this site</a></li></ul>"
    part = f"<div class='w'><div class='part'>{{}}</div></div>{menu * 3}"
    long = [f"{text} {text.lower()}" for text in BODY]
    first, second = paragraphs(*long, SECOND, THIRD), paragraphs(FOURTH)
    html = page(f"<h1>Bridge</h1><div>{part.format(first)}{part.format(second)}</div>")
    assert lines(html) == [*long, SECOND, THIRD, FOURTH]


def test_a_notice_that_stands_three_times_on_a_page_is_not_text():
    notice = "<p>This content cannot be shown because of your privacy settings, sorry.</p>"
    html = article(f"<p>{FIRST}</p>{notice}<p>{SECOND}</p>{notice}<p>{THIRD}</p>{notice}<p>{FOURTH}</p>")
    assert lines(html) == BODY


def test_a_paragraph_that_is_repeated_is_kept_once():
    assert lines(article(paragraphs(FIRST, SECOND, THIRD, SECOND, FOURTH))) == BODY


def test_what_is_set_wholly_in_italics_under_the_last_paragraph_is_a_note():
    html = article(
        paragraphs()
        + "<p><em>A. Person writes about harbours. Follow the author for more.</em></p><p>(agency)</p>"
    )
    assert lines(html) == BODY


def test_copyright_lines_at_the_end_are_dropped():
    assert (
        lines(article(paragraphs() + "<p>© Example News 2024, all rights reserved by the publisher.</p>"))
        == BODY
    )


def test_lines_that_are_only_links_are_not_text_but_paragraphs_full_of_links_are():
    linked = "<a href=/1>The council, the harbour board and the tram company</a> agreed on Monday."
    html = article(
        f"<p>{FIRST}</p><p><a href=/2>Read more about the bridges of the town</a></p><p>{linked}</p><p>{THIRD}</p>"
    )
    assert lines(html) == [
        FIRST,
        "The council, the harbour board and the tram company agreed on Monday.",
        THIRD,
    ]


def test_a_name_around_the_whole_article_names_the_layout_not_furniture():
    html = page(
        f"<div class='with-sidebar'><h1>Bridge</h1><div class='sidebar-grid__text'>{paragraphs(FIRST, SECOND)}</div>"
        f"<div class='sidebar-grid__text'>{paragraphs(THIRD, FOURTH)}</div></div>"
    )
    assert lines(html) == BODY


def test_names_that_would_leave_no_text_at_all_are_not_believed():
    long = [f"{text} {text.lower()}" for text in BODY]
    html = page(
        f"<div class='popup'>{paragraphs(*long)}</div><div class='x'>{'<p>The council, again.</p>' * 2}</div>"
    )
    assert lines(html) == long


@pytest.mark.parametrize(
    ("classes", "flag"),
    [
        ("post tag-newsletter category-sponsored has-sidebar", ""),
        ("Newsletter-Box", "newsletter"),
        ("article-ads", "ads"),
        ("leads", ""),
        ("user-comments", "comment"),
        ("commentary", ""),
        ("authority", ""),
        ("werbung", "werbung"),
        ("x bluesky-embed", "embed"),
    ],
)
def test_a_class_tells_furniture_but_not_by_what_a_post_is_filed_under(classes, flag):
    assert flag_of("div", classes, lxml.html.Element("div"), ["class"]) == flag


def test_text_kept_behind_a_wall_but_in_the_page_is_read():
    html = article(
        f"<p>{FIRST}</p><div class='rest' style='display:none'>{paragraphs(SECOND, THIRD, FOURTH)}</div>"
    )
    assert lines(html) == BODY


def test_comments_longer_than_the_article_do_not_win():
    talk = "".join(
        f"<p>Comment number {i}: I have been over that bridge {i} times, and it was fine.</p>"
        for i in range(60)
    )
    assert lines(article(paragraphs(), around=f"<section class='comments'>{talk}</section>")) == BODY


def test_a_cookie_table_longer_than_the_article_does_not_win():
    table = "".join(
        f"<tr><td>cookie {i} is set to count visits and lasts {i} days.</td></tr>" for i in range(80)
    )
    assert (
        lines(article(paragraphs(), around=f"<div class='cookie-law'><table>{table}</table></div>")) == BODY
    )


def test_of_several_articles_in_one_page_the_one_with_the_pages_headline_is_read():
    other = "".join(
        f"<p>The other article, part {i}, is about fish and where they are sold.</p>" for i in range(9)
    )
    html = page(
        f"<article><h1>Harbour bridge reopens to traffic</h1>{paragraphs()}</article>"
        f"<article><h1>Fish are dearer this winter</h1>{other}</article>",
        '<meta property="og:title" content="Harbour bridge reopens to traffic">',
    )
    assert lines(html) == BODY


def test_scripts_without_spaces_keep_their_paragraphs_and_punctuation():
    one = "港の古い橋が月曜日に再開した。修理には三年かかったと市は説明している。"
    two = "東岸の商店主は「客が半分に減った」と話す。費用は当初より十億円増えた。"
    result = read(article(f"<p>{one}</p><p>{two}</p>"))
    assert result.text.splitlines() == [one, two]
    assert result.word_count > 40


def test_right_to_left_text_is_kept_without_layout_marks():
    text = "أعيد فتح جسر الميناء القديم يوم الاثنين بعد ثلاث سنوات من الإصلاحات، بحسب المجلس."
    assert lines(article(f"<p>\u200f{text}\u202c</p>{paragraphs()}"))[0] == text


def test_text_is_composed_and_free_of_control_characters():
    result = read(
        article(f"<p>Cafe\u0301 owners\x07 on the quay were glad to see the trams again.</p>{paragraphs()}")
    )
    assert result.text.startswith("Café owners on the quay")
    assert all(ch == "\n" or ord(ch) >= 32 for ch in result.text)


def test_a_page_without_text_gives_an_empty_result():
    result = read(page("<nav><a href=/>Home</a></nav><img src=x.png>"))
    assert (result.text, result.source, result.word_count) == ("", "", 0)


def test_words_are_counted():
    assert read(article(paragraphs())).word_count == sum(len(t.split()) for t in BODY)


def test_the_tree_is_not_changed():
    document = Document.parse(article(paragraphs() + FURNITURE["caption"]).encode(), URL)
    before = lxml.html.tostring(copy.deepcopy(document.root))
    extract_text(document)
    assert lxml.html.tostring(document.root) == before
