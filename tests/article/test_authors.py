"""Authors: people, as the page names them."""

import pytest
from tests.article.sample import meta, news, read

from pressmark.article.page import people


@pytest.mark.parametrize(
    ("raw", "language", "names"),
    [
        ("By Anna Lind and Bo Ek in Kyiv", "en", ["Anna Lind", "Bo Ek"]),
        ("By Jane Roe, John Doe and Li Wei", "en", ["Jane Roe", "John Doe", "Li Wei"]),
        ("Von Felix Kern und Jörg Sold, dpa", "de", ["Felix Kern", "Jörg Sold", "dpa"]),
        ("Par Hélène Roux et Malik Haddad", "fr", ["Hélène Roux", "Malik Haddad"]),
        ("Por José Ortega y Gasset", "es", ["José Ortega y Gasset"]),
        ("Por Ana Gómez Ruiz y Luis Mora Gil", "es", ["Ana Gómez Ruiz", "Luis Mora Gil"]),
        ("Maria Silva e João Costa", "pt", ["Maria Silva", "João Costa"]),
        ("Av Kari Nordmann og Ola Hansen", "no", ["Kari Nordmann", "Ola Hansen"]),
        ("Иван Петров, корреспондент; Анна Смирнова", "ru", ["Иван Петров", "Анна Смирнова"]),
        ("文／田中太郎、佐藤花子", "ja", ["田中太郎", "佐藤花子"]),
        ("JANE ROE, Political Editor", "en", ["JANE ROE"]),
        ("Jane Roe Lifestyle Writer", "en", ["Jane Roe"]),
        ("Jane Roe | jane.roe@news.example | @jroe", "en", ["Jane Roe"]),
        ("Jane Roe (jr)", "en", ["Jane Roe"]),
        ("Text: Eva Muster; Foto: Max Knips", "de", ["Eva Muster"]),
        ("Jane Roe, Jane Roe", "en", ["Jane Roe"]),
        ("https://social.example/paper", "en", []),
        ("admin", "en", []),
        ("social.example/paper", "en", []),
        ("Web Works GmbH", "de", []),
        ("Jane Roe @jroe", "en", ["Jane Roe"]),
        ("By Jane Roe Published 10 July 2031 06:28", "en", ["Jane Roe"]),
        ("Von Eva Muster 10.07.2031 - 08:28 Uhr", "de", ["Eva Muster"]),
        ("Published July 10, 2031", "en", []),
        ("dpa/Eva Muster", "de", ["dpa", "Eva Muster"]),
        ("abc/evm", "de", ["abc/evm"]),
        ("105092", "zh", []),
        ("10 July 2031", "en", []),
    ],
)
def test_bylines_are_taken_apart(raw: str, language: str, names: list[str]) -> None:
    assert people.split(raw, language=language) == names


@pytest.mark.parametrize(
    "agency",
    [
        "dpa",
        "AFP",
        "The Associated Press",
        "Xinhua News Agency",
        "Agencia EFE",
        "Reuters Staff",
        "ČTK",
        "PTI",
    ],
)
def test_no_agency_stands_beside_a_person(agency: str) -> None:
    assert people.is_agency(agency)
    assert read(news(author=[{"name": agency}, {"name": "Ragna Tiller"}])).authors == ["Ragna Tiller"]
    assert read(news(author=f"Ragna Tiller, {agency}")).authors == ["Ragna Tiller"]
    assert read(news(author={"name": agency})).authors == [agency]


@pytest.mark.parametrize("name", ["Ana Tass", "Petra Efe", "Staff Writer", "Ragna Tiller", "The Lantern"])
def test_people_with_names_like_agencies_are_people(name: str) -> None:
    assert not people.is_agency(name)


def test_library_form_is_turned_round() -> None:
    head = '<meta name="dc.creator" content="You, Xiao"><meta name="dc.creator" content="Lenh, Mariana">'
    assert read(head).authors == ["Xiao You", "Mariana Lenh"]


@pytest.mark.parametrize(
    "author",
    [
        "Ragna Tiller",
        {"@type": "Person", "name": "Ragna Tiller"},
        [{"name": ["Ragna Tiller"]}],
        {"givenName": "Ragna", "familyName": "Tiller"},
        [{"@type": "Person", "name": "Von Ragna Tiller"}],
    ],
)
def test_json_ld_authors_in_every_shape(author: object) -> None:
    article = read(news(headline="x", author=author))
    assert article.authors == ["Ragna Tiller"]
    assert article.sources["authors"] == "json-ld"


def test_a_person_anywhere_outweighs_the_site_in_the_data() -> None:
    head = news(author={"@type": "Organization", "name": "Lantern"}) + meta(og__site_name="Lantern")
    body = '<h1>t</h1><p class="byline">By <a href="/by/ragna">Ragna Tiller</a></p>'
    assert read(head, body).authors == ["Ragna Tiller"]
    assert read(head).authors == ["Lantern"]


def test_an_agency_outweighs_the_site_but_not_a_person() -> None:
    site = news(author={"@type": "Organization", "name": "Lantern"}) + meta(og__site_name="Lantern")
    assert read(site + '<meta name="author" content="Reuters">').authors == ["Reuters"]
    assert read(
        site + '<meta name="byl" content="Reuters"><meta name="author" content="Ragna Tiller">'
    ).authors == ["Ragna Tiller"]


@pytest.mark.parametrize(
    "body",
    [
        '<h1>t</h1><a rel="author" href="/x">Ragna Tiller</a>',
        '<h1>t</h1><div class="articleAuthorList"><span>Ragna Tiller</span></div>',
        '<h1>t</h1><p>von <a href="/autoren/ragna-tiller">Ragna Tiller</a></p>',
        "<h1>t</h1><ul><li><strong>Autorin/Autor</strong> Ragna Tiller</li></ul>",
        "<h1>t</h1><p>By Ragna Tiller</p>",
        "<h1>t</h1><ul><li>Von: <span><a href='/ragna'>Ragna  Tiller</a></span></li></ul>",
        '<address itemprop="author">Ragna Tiller</address>',
    ],
)
def test_bylines_in_the_html(body: str) -> None:
    article = read("", body)
    assert article.authors == ["Ragna Tiller"]


def test_a_signature_under_a_chinese_article() -> None:
    assert read("", "<h1>标题</h1><p>正文。</p><div>(责编：张明、李小华)</div>", "zh").authors == [
        "张明",
        "李小华",
    ]


@pytest.mark.parametrize(
    "wrapper",
    [
        "<aside>{}</aside>",
        '<div class="related">{}</div>',
        '<div class="comments">{}</div>',
        "<footer>{}</footer>",
    ],
)
def test_bylines_of_other_things_on_the_page_are_not_the_articles(wrapper: str) -> None:
    assert (
        read(
            "", "<h1>t</h1>" + wrapper.format('<p class="byline">By <a href="/by/x">Some Body</a></p>')
        ).authors
        == []
    )


def test_links_to_the_authors_complete_the_data() -> None:
    body = '<h1>t</h1><a rel="author" href="/a">Ingrid Berg</a> <a rel="author" href="/b">Marlene Holm</a>'
    assert read(news(author={"@type": "Person", "name": "Marlene Holm"}), body).authors == [
        "Ingrid Berg",
        "Marlene Holm",
    ]


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("a cura di Marco Rossi", ["Marco Rossi"]),
        ("Von unserem Korrespondenten Jan Wolf", ["Jan Wolf"]),
        ("Par Marie Dupont avec AFP", ["Marie Dupont"]),
        ("Publié par Marie Dupont le 3 mars 2024", ["Marie Dupont"]),
        ("Yazan: Ali Veli", ["Ali Veli"]),
        ("Tác giả: Nguyễn Văn An", ["Nguyễn Văn An"]),
        ("रिपोर्ट: राम शर्मा", ["राम शर्मा"]),
        ("بقلم أحمد علي", ["أحمد علي"]),
        ("מאת דני כהן", ["דני כהן"]),
        ("文・写真 山田太郎", ["山田太郎"]),
        ("Ann Lee 5 min read", ["Ann Lee"]),
        ("By Ann Lee Special to The Lantern", ["Ann Lee"]),
        ("Guest post by Ann Lee", ["Ann Lee"]),
        ("Posted by annlee on March 3, 2024", ["annlee"]),
    ],
)
def test_what_bylines_put_around_a_name(byline: str, names: list[str]) -> None:
    assert read("", f'<h1>t</h1><p class="byline">{byline}</p>').authors == names
