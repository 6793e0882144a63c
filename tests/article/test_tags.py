"""Tags: the list that the page's other lists bear out, without internal marks."""

import pytest
from tests.article.sample import meta, news, read

from pressmark.article.fields import tags


def keywords(text: str) -> str:
    return f'<meta name="keywords" content="{text}">'


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["Ferry, Islands; Night trains"], ["Ferry", "Islands", "Night trains"]),
        (["Ferry", "ferry", "FERRY!"], ["Ferry"]),
        (["Food &amp; drink, Law"], ["Food & drink", "Law"]),
        (
            [
                "8f507083-bac4-423a-9015-2eb31e1bce50",
                "type:story",
                "_paid",
                "editors_pick",
                "1695518",
                "Ferry",
            ],
            ["Ferry"],
        ),
        (["topic/ferry", "place/saltholm"], ["ferry", "saltholm"]),
        (["深空探测 探月工程 航天技术 太空"], ["深空探测", "探月工程", "航天技术", "太空"]),
        (["(1) Ferry", "Islands (12)"], ["Ferry", "Islands"]),
        (["AC/DC, Ferry"], ["AC/DC", "Ferry"]),
        ([" , ,", ""], []),
    ],
)
def test_lists_are_split_and_cleaned(values: list[str], expected: list[str]) -> None:
    assert tags.split(values) == expected


def test_agreement_between_two_places_outweighs_a_third() -> None:
    head = (
        keywords("zweite, drogenrazzia, palma")
        + news(keywords=["Police", "Drugs"])
        + meta(article__tag="Police, Drugs")
    )
    assert read(head).tags == ["Police", "Drugs"]


def test_a_list_that_stands_on_every_page_yields_to_the_articles_own() -> None:
    head = meta(og__site_name="Lantern") + keywords("Lantern, news, politics")
    links = '<li><a href="/tag/ferry">Ferry</a></li><li><a href="/tag/isle">Isle</a></li>'
    body = f'<h1>t</h1><ul class="tags">{links}</ul>'
    article = read(head, body)
    assert article.tags == ["Ferry", "Isle"]
    assert article.sources["tags"] == "html"


def test_topics_of_the_menu_and_topics_in_running_text_are_not_the_articles() -> None:
    body = (
        '<nav class="menu"><a href="/topic/a">A</a><a href="/topic/b">B</a></nav><h1>t</h1>'
        '<p>Long ago the <a href="/topic/ferry">ferry</a> sailed every night of the week,'
        " and the islanders slept well.</p>"
    )
    assert read("", body).tags == []


def test_the_link_to_all_topics_is_no_topic() -> None:
    body = (
        '<h1>t</h1><div class="tags"><a href="/topics/ferry">Ferry</a><a href="/topics/sea">Sea</a>'
        '<a href="/topics">All</a></div>'
    )
    assert read("", body).tags == ["Ferry", "Sea"]


def test_tags_are_bounded() -> None:
    article = read(news(keywords=[f"tag number {n} " + "x" * 300 for n in range(400)]))
    assert len(article.tags) == tags.MAX_TAGS
    assert max(map(len, article.tags)) <= 100
