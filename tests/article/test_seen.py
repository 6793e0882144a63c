"""What a reader sees must suffice: pages without any metadata."""

import pytest

from pressmark.article import extract

BODY = "".join(
    f"<p>{text}</p>"
    for text in (
        "The ferry to Larkholm left the harbour forty minutes late on Monday because a cable had frozen to the winch.",
        "Passengers waited in the small hall, where the council had set up an urn of tea and three benches.",
        "The harbour master, who has worked on the quay for eleven years, said that nobody had been in danger.",
    )
)
STANDFIRST = "The company says that the winch will be repaired before the weekend"


def page(head: str = "", header: str = "", below: str = "", footer: str = "") -> bytes:
    return (
        f"<html><head>{head}</head><body><header>{header}</header><main><h1>Ferry delayed by a frozen winch</h1>{below}"
        f"<article>{BODY}</article></main><footer>{footer}</footer></body></html>"
    ).encode()


def test_a_standfirst_is_the_description_where_no_metadata_has_one() -> None:
    article = extract(page(below=f'<p class="standfirst">{STANDFIRST}</p>'), "https://gull.example/1")
    assert (article.description, article.sources["description"]) == (STANDFIRST, "html")
    assert article.text.startswith(STANDFIRST)


def test_a_description_that_the_page_states_stays() -> None:
    head = '<meta name="description" content="In its own words">'
    article = extract(page(head, below=f'<p class="standfirst">{STANDFIRST}</p>'), "https://gull.example/1")
    assert (article.description, article.sources["description"]) == ("In its own words", "meta")


def test_a_first_paragraph_like_the_others_is_no_description() -> None:
    assert extract(page(), "https://gull.example/1").description is None


@pytest.mark.parametrize(
    "where",
    [
        {"head": "<title>Ferry delayed by a frozen winch | The Gull</title>"},
        {"header": '<a href="/">The Gull</a>'},
        {"header": '<a href="/"><img src="/logo.png" alt="The Gull logo"></a>'},
        {"footer": "<p>© 2024 The Gull. All rights reserved.</p>"},
    ],
)
def test_the_sites_name_is_seen_in_title_bar_header_or_notice(where: dict[str, str]) -> None:
    article = extract(page(**where), "https://www.thegull.example/1")
    assert (article.site_name, article.sources["site_name"]) == ("The Gull", "html")


def test_a_name_that_nothing_bears_out_is_not_the_sites() -> None:
    article = extract(
        page(header='<a href="/">Home</a>', head="<title>Ferry | News</title>"), "https://gull.example/1"
    )
    assert article.site_name is None
