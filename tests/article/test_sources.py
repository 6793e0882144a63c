"""Each source is read, and says that it was."""

from datetime import UTC, date, datetime, timedelta, timezone
from types import ModuleType

import pytest
from tests.article.sample import URL, ld, meta, news, read

from pressmark.article import Article, Document, Image, Link
from pressmark.article.sources import microdata, rdfa

CEST = timezone(timedelta(hours=2))


def test_the_node_with_the_pages_address_speaks_for_it() -> None:
    other = {
        "@type": "NewsArticle",
        "url": "https://news.example/2031/other",
        "headline": "Another article entirely",
    }
    own = {"@type": "NewsArticle", "mainEntityOfPage": {"@id": URL + "?utm=1#top"}, "headline": "This one"}
    assert read(ld([other, own])).title == "This one"


def test_the_only_article_speaks_even_under_another_address() -> None:
    assert (
        read(ld({"@type": "NewsArticle", "url": "https://m.example/x", "headline": "Moved"})).title == "Moved"
    )


def test_an_article_inside_a_web_page_is_found() -> None:
    node = {
        "@type": "WebPage",
        "name": "Site",
        "mainEntity": {"@type": "Article", "headline": "Inside", "url": URL},
    }
    assert read(ld(node)).title == "Inside"


@pytest.mark.parametrize(
    "kind",
    ["NewsArticle", "http://schema.org/NewsArticle", ["Thing", "schema:ReportageNewsArticle"], "BlogPosting"],
)
def test_types_are_known_in_every_spelling(kind: object) -> None:
    article = read(ld({"@type": kind, "headline": "Found"}))
    assert (article.title, article.kind) == ("Found", "article")


def test_wrong_types_everywhere_are_survived() -> None:
    node = {
        "@type": ["NewsArticle", 7, None], "headline": {"@value": "Right"},
        "author": [1, None, {"name": {"x": []}}, []],
        "datePublished": ["2031-07-10T08:28:00+02:00", 5], "image": [[], {"url": 3}, None], "keywords": {"a": 1},
        "publisher": "Lantern", "isAccessibleForFree": "nonsense", "articleSection": {"name": "x"}, "hasPart": [3],
        "inLanguage": 4, "breadcrumb": "x", "liveBlogUpdate": "x", "url": {"a": 1}, "license": [],
    }  # fmt: skip
    article = read(ld(node))
    assert article.title == "Right"
    assert article.published == datetime(2031, 7, 10, 8, 28, tzinfo=CEST)


def test_opengraph() -> None:
    article = read(
        meta(
            og__title="Title",
            og__description="Words",
            og__site_name="Lantern",
            og__locale="pt_BR",
            og__url="https://news.example/a",
            og__image="/i/photograph-of-harbour.jpg",
            article__section="World",
            article__published_time="2031-07-10T06:28:00Z",
        ),
        lang="",
    )
    assert (article.title, article.description, article.site_name) == ("Title", "Words", "Lantern")
    assert (article.language, article.canonical_url, article.section) == (
        "pt-BR",
        "https://news.example/a",
        "World",
    )
    assert article.image == Image("https://news.example/i/photograph-of-harbour.jpg")
    assert article.published == datetime(2031, 7, 10, 6, 28, tzinfo=UTC)
    assert set(article.sources.values()) == {"opengraph"}


@pytest.mark.parametrize(
    "name",
    [
        "article:published_time",
        "article:published:time",
        "parsely-pub-date",
        "DC.date.issued",
        "sailthru.date",
        "publish-date",
    ],
)
def test_dates_of_many_vendors(name: str) -> None:
    article = read(f'<meta name="{name}" content="2031-07-10T08:28:00+02:00">')
    assert article.published == datetime(2031, 7, 10, 8, 28, tzinfo=CEST)


def test_microdata() -> None:
    body = (
        '<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Title</h1>'
        '<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        '<b itemprop="name">Ragna Tiller</b></span>'
        '<time itemprop="datePublished" datetime="2031-07-10T08:28+02:00">yesterday</time>'
        '<div itemprop="image" itemscope itemtype="https://schema.org/ImageObject">'
        '<meta itemprop="url" content="/a.jpg"></div></div>'
        '<div itemscope itemtype="https://schema.org/NewsArticle"><h2 itemprop="headline">Another</h2>'
        '<i itemprop="author">Some Body</i></div>'
    )
    article = read("", body)
    assert (article.authors, article.sources["authors"]) == (["Ragna Tiller"], "microdata")
    assert (article.published, article.sources["published"]) == (
        datetime(2031, 7, 10, 8, 28, tzinfo=CEST),
        "microdata",
    )
    assert article.image == Image("https://news.example/a.jpg")


@pytest.mark.parametrize(
    ("reader", "tag"),
    [(microdata, "<p itemprop='{}'>Jane Roe</p>"), (rdfa, "<p typeof='x' property='{}'>Jane Roe</p>")],
)
def test_names_without_end_of_one_element_are_not_all_taken(reader: ModuleType, tag: str) -> None:
    page = Document("https://example.com/a", "<body>" + tag.format("schema:author author " * 10_000))
    assert 0 < len(list(reader.read(page))) <= 20


def test_rdfa() -> None:
    body = (
        '<div vocab="https://schema.org/" typeof="NewsArticle"><h2 property="headline">Title</h2>'
        '<span property="author">Ragna Tiller</span>'
        '<span property="datePublished" content="2031-07-10">then</span></div>'
    )
    article = read("", body)
    assert (article.title, article.authors, article.published) == (
        "Title",
        ["Ragna Tiller"],
        date(2031, 7, 10),
    )
    assert article.sources["title"] == "rdfa"


def test_the_last_notice_with_a_year_is_the_pages_copyright_however_it_is_written() -> None:
    notices = ["© 2019 First", "Copyright 2020 Second", "&copy; 2021 Third", "© nobody, no year"]
    for last in range(1, 4):
        body = "".join(f"<p>{notice}</p>" for notice in [*notices[:last], notices[3]])
        assert read("", body).copyright == notices[last - 1].replace("&copy;", "©")


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{"props": {"page": %s}}</script>',
        "<script>window.__INITIAL_STATE__ = %s;</script>",
        "<script>Fusion.arcSite='x';Fusion.globalContent=%s;Fusion.x={}</script>",
    ],
)
def test_embedded_state_where_nothing_better_is_there(script: str) -> None:
    story = (
        '{"headline": "From the state", "byline": "By Ragna Tiller", "publishedAt": "2031-07-10T08:28:00+02:00",'
        ' "tags": [{"name": "Ferry"}]}'
    )
    article = read("", script % story)
    assert (article.title, article.authors, article.tags) == ("From the state", ["Ragna Tiller"], ["Ferry"])
    assert article.sources["title"] == "state"
    assert read(news(headline="From the data"), script % story).title == "From the data"


def test_an_offset_is_taken_from_another_tag_that_says_the_same() -> None:
    head = (
        news(datePublished="2031-07-10 08:28:00.0") + '<meta name="date" content="2031-07-10T08:28:00+02:00">'
    )
    assert read(head).published == datetime(2031, 7, 10, 8, 28, tzinfo=CEST)


def test_a_date_without_a_time_stays_a_date() -> None:
    assert read('<meta name="dc.date" content="2031-07-10">').published == date(2031, 7, 10)


def test_the_canonical_address_is_not_the_front_page() -> None:
    assert (
        read('<link rel="canonical" href="https://news.example/">' + meta(og__url=URL)).canonical_url == URL
    )
    assert read('<link rel="canonical" href="../2031/harbour">').canonical_url == URL


def test_links_of_the_page_about_itself() -> None:
    article = read(
        '<link rel="alternate" type="application/rss+xml" href="/feed" title="All">'
        '<link rel="alternate" hreflang="de" href="/de/hafen"><link rel="amphtml" href="/amp">'
        '<link rel="license" href="https://licence.example/by"><link rel="alternate" href="javascript:alert(1)">',
        '<a href="#comments">3 comments</a>',
    )
    assert article.feeds == [Link("https://news.example/feed", "All", "application/rss+xml")]
    assert [(a.url, a.kind) for a in article.alternates] == [
        ("https://news.example/de/hafen", "de"),
        ("https://news.example/amp", "amphtml"),
    ]
    assert article.licence == "https://licence.example/by"
    assert article.comments_url == URL + "#comments"


def test_breadcrumbs_in_their_order_without_the_article_itself() -> None:
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": "2", "item": {"@id": "/world", "name": "World"}},
            {"@type": "ListItem", "position": 1, "name": "Home", "item": "/"},
            {"@type": "ListItem", "position": 3, "name": "Title"},
        ],
    }
    article = read(ld(trail) + news(headline="Title"))
    assert [link.text for link in article.breadcrumbs] == ["Home", "World"]
    assert article.section == "World"


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (news(isAccessibleForFree=False), True),
        (news(isAccessibleForFree="True"), False),
        (news(isAccessibleForFree="http://schema.org/False"), True),
        (news(hasPart={"@type": "WebPageElement", "isAccessibleForFree": "false"}), True),
        (meta(article__content_tier="locked"), True),
        (meta(article__content_tier="free"), False),
        (news(headline="x"), None),
    ],
)
def test_paywalls(head: str, paywalled: bool | None) -> None:
    assert read(head).is_paywalled is paywalled


@pytest.mark.parametrize(
    ("head", "url", "kind"),
    [
        (news(headline="x"), URL, "article"),
        (ld({"@type": "LiveBlogPosting", "headline": "x"}), URL, "liveblog"),
        (ld({"@type": "ImageGallery", "name": "x"}), URL, "gallery"),
        (
            ld({"@type": "NewsArticle", "headline": "x"}, {"@type": "ImageGallery", "name": "x"}),
            URL,
            "article",
        ),
        (ld({"@type": "VideoObject", "name": "x"}), URL, "video"),
        (meta(og__type="video.other"), URL, "video"),
        (ld({"@type": "CollectionPage", "name": "x"}), URL, "index"),
        (meta(og__type="article"), URL, "article"),
        (meta(og__type="website"), "https://news.example/", "index"),
        ("", URL, "other"),
    ],
)
def test_kinds(head: str, url: str, kind: str) -> None:
    assert read(head, url=url).kind == kind


def test_the_picture_shown_is_preferred_to_its_branded_copy() -> None:
    head = meta(og__image="https://cdn.example/social/branded/4711aa22bb-1200.jpg")
    body = (
        '<h1>t</h1><figure><picture><source srcset="/i/4711aa22bb-400.jpg 400w, /i/4711aa22bb-1600.jpg 1600w">'
        '<img src="/i/4711aa22bb-400.jpg" alt="A ship"></picture>'
        '<figcaption>The ship leaves. <span class="credit">M. Hal</span></figcaption></figure>'
    )
    assert read(head, body).image == Image(
        "https://news.example/i/4711aa22bb-1600.jpg", "The ship leaves.", "M. Hal", "A ship"
    )


def test_a_picture_of_something_else_does_not_replace_the_named_one() -> None:
    article = read(
        meta(og__image="/social/4711aa22bb.jpg"), '<h1>t</h1><img src="/i/9999cc88dd.jpg" width="1200">'
    )
    assert article.image == Image("https://news.example/social/4711aa22bb.jpg")


def test_every_field_survives_the_way_through_json() -> None:
    article = Article(
        title="t", published=datetime(2031, 7, 10, 8, 28, tzinfo=CEST), modified=date(2031, 7, 11), authors=["a"],
        image=Image("https://a.example/i", alt="x"), read_more=[Link("https://a.example/r", "more")],
        is_paywalled=False, sources={"title": "html"},
    )  # fmt: skip
    assert Article.from_dict(article.to_dict()) == article
    assert Article.from_dict({"title": "t", "unknown": 1}) == Article(title="t")
