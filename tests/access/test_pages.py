"""Pages for people: the same facts as HTML and as JSON, and nothing of what strangers wrote acts in them."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.access.asking import ask
from tests.access.captures import NOW
from tests.factories import NOON, PAGE, article_html, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.context import Archive, Options
from pressmark.access.pages import listing
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside

HTML = "text/html,application/xhtml+xml"
AT = "20261123120000"

PAGES = [
    "/",
    f"/page?url={quote(PAGE)}",
    f"/web/*/{PAGE}",
    f"/capture?url={quote(PAGE)}&at={AT}",
    f"/diff?url={quote(PAGE)}",
    "/results?site=example.com",
    "/failures",
]


class Reading(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


def html(application: Application, target: str) -> Reading:
    response = ask(application, target, accept=HTML)
    assert response.status == 200, response.whole()
    assert response.header("Content-Type") == "text/html; charset=utf-8"
    return Reading(response.whole().decode())


def facts(application: Application, target: str, *, accept: str = "") -> Any:
    response = ask(application, target, accept=accept)
    assert (response.status, response.header("Content-Type")) == (200, "application/json")
    return json.loads(response.whole())


@pytest.mark.slow
@pytest.mark.parametrize("target", ["/results", "/failures", "/save", "/"])
def test_no_link_ends_with_an_empty_query(application: Application, target: str) -> None:
    assert [each["href"] for each in html(application, target).of("a") if each["href"].endswith("?")] == []


def test_the_front_page_lists_the_newest_capture_of_each_page_first(application: Application) -> None:
    page = html(application, "/")
    assert page.text.index("The ferry sails again") < page.text.index("Front page", 200)
    told = facts(application, "/index.json")
    assert told["newest"][0]["url"] == PAGE
    assert len({each["url"] for each in told["newest"]}) == len(told["newest"])
    assert told["looked_at"]["failures"] == 1


def test_an_empty_archive_has_a_front_page(tmp_path: Path) -> None:
    tmp_path.joinpath("empty", "warcs").mkdir(parents=True)
    reader = FolderReader(tmp_path / "empty")
    application = Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    assert "Nothing has been archived" in html(application, "/").text
    reader.close()


@pytest.mark.parametrize("target", [f"/page.json?url={quote(PAGE)}", f"/web/*/{PAGE}"])
def test_a_urls_page_tells_of_each_capture_whether_it_changed_the_page(
    application: Application, target: str
) -> None:
    told = facts(application, target, accept="application/json")
    assert [each["change"] for each in told["captures"]] == ["changed", "same", "same", "first"]
    assert told["captures"][0]["before"]["captured"].startswith("2026-11-25")


def test_a_urls_page_goes_on_where_it_was_cut(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressmark.access.pages.history.LISTED", 3)
    first = facts(application, f"/page.json?url={quote(PAGE)}")
    second = facts(application, f"/page.json?url={quote(PAGE)}&after={first['after']}")
    assert (len(first["captures"]), len(second["captures"]), second["after"]) == (3, 1, "")
    assert [each["change"] for each in first["captures"]] == ["changed", "same", "same"]


def test_a_url_without_captures_is_404_and_a_bad_one_400(application: Application) -> None:
    assert ask(application, "/page?url=https://example.org/never").status == 404
    assert ask(application, "/page?url=javascript:alert(1)").status in (400, 404)
    assert ask(application, "/page").status == 400
    assert ask(application, f"/page?url={quote(PAGE)}&after=nonsense").status == 400


def test_a_captures_page_has_what_it_says_where_it_was_found_and_where_it_stands(
    application: Application,
) -> None:
    page = html(application, f"/capture?url={quote(PAGE)}&at={AT}")
    for each in ("The ferry is late again", "Jane Doe", "json-ld", "forty minutes late", ".warc.gz", "sha1:"):
        assert each in page.text
    links = {each.get("href") for each in page.of("a")}
    assert {f"/web/{AT}/{PAGE}", f"/web/{AT}id_/{PAGE}"} <= links
    told = facts(application, f"/capture.json?url={quote(PAGE)}&at={AT}")
    assert told["sources"]["title"] == "json-ld"
    assert told["capture"]["digest"].startswith("sha1:")
    assert not {"token", "message_id", "note", "bucket"} & told["capture"].keys()


def test_a_revisits_page_has_the_text_of_what_it_repeats(application: Application) -> None:
    told = facts(application, f"/capture.json?url={quote(PAGE)}&at=20261124120000")
    assert told["capture"]["revisit"] == "identical-payload-digest"
    assert "forty minutes late" in told["text"]


def test_another_time_leads_to_the_nearest_captures_page(application: Application) -> None:
    response = ask(application, f"/capture?url={quote(PAGE)}&at=2027")
    assert response.status == 302
    assert response.header("Location") == f"/capture?url={quote(PAGE, safe='')}&at=20261126120000"
    assert ask(application, f"/capture?url={quote(PAGE)}&at=x").status == 400


def test_a_capture_that_failed_has_a_page_that_says_so(application: Application) -> None:
    page = html(application, "/capture?url=https://example.net/&at=20261123120000")
    assert "invalid-host-resolution" in page.text
    assert not any("/web/2026" in each.get("href", "") for each in page.of("a"))


def test_a_difference_shows_what_was_said_before_and_after(application: Application) -> None:
    page = html(application, f"/diff?url={quote(PAGE)}&start=20261123120000&end=20261126120000")
    assert "before: The ferry is late again" in page.text
    assert "after: The ferry sails again" in page.text
    told = facts(application, f"/diff.json?url={quote(PAGE)}")
    assert told["fields"]["title"] == {"from": "The ferry is late again", "to": "The ferry sails again"}
    assert told["from"].startswith("2026-11-25")
    turned = facts(application, f"/diff.json?url={quote(PAGE)}&end=20261123120000&start=20261126120000")
    assert turned["from"].startswith("2026-11-23")


def test_captures_that_are_equal_differ_in_nothing(application: Application) -> None:
    target = f"/diff?url={quote(PAGE)}&start=20261123120000&end=20261124120000"
    assert "Nothing that a reader would see" in html(application, target).text


def test_a_page_that_was_captured_once_has_nothing_to_compare(application: Application) -> None:
    response = ask(application, "/diff?url=https://example.com/")
    assert (response.status, b"no earlier capture" in response.whole()) == (404, True)


def urls_of(application: Application, target: str) -> list[str]:
    return [each["url"] for each in facts(application, target)["captures"]]


def test_results_are_found_by_each_condition(application: Application) -> None:
    by_site = urls_of(application, "/results.json?site=example.com")
    assert by_site.count(PAGE) == 1
    assert "https://media.example.com/photo.jpg" in by_site
    assert urls_of(application, "/results.json?site=https://example.com/x") == by_site
    assert PAGE in urls_of(application, "/results.json?author=jane%20doe")
    assert PAGE in urls_of(application, "/results.json?tag=ferries&site=example.com&from=2026-11-24")
    assert urls_of(application, "/results.json?section=Harbour&to=2026-11-22") == []
    assert urls_of(application, "/results.json?status=404") == ["https://example.com/gone"]
    assert urls_of(application, "/results.json?error=invalid-host-resolution") == ["https://example.net/"]
    assert urls_of(application, "/results.json?from=2026-11-26&to=2026-11-26") == [PAGE]


def test_results_go_on_where_they_were_cut(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = urls_of(application, "/results.json?author=Jane%20Doe")
    monkeypatch.setattr("pressmark.access.pages.results.LISTED", 2)
    found: list[str] = []
    after = ""
    for _ in whole:
        told = facts(application, f"/results.json?author=Jane%20Doe&after={after}")
        found += [each["url"] for each in told["captures"]]
        if not (after := told["after"]):
            break
    assert found == whole
    page = html(application, "/results?author=Jane%20Doe")
    assert any(each.get("rel") == "next" and "author=Jane+Doe" in each["href"] for each in page.of("a"))


@pytest.mark.parametrize(
    "query",
    [
        "status=x",
        "from=never",
        "from=2027&to=2026",
        "site=com",
        "site=http://[",
        f"tag={'x' * 301}",
        "after=x",
    ],
)
def test_conditions_that_cannot_be_asked_are_400(application: Application, query: str) -> None:
    for accept in (HTML, "application/json"):
        assert ask(application, f"/results?{query}", accept=accept).status == 400


def test_failures_are_those_of_the_last_days_with_their_reasons(application: Application) -> None:
    assert set(urls_of(application, "/failures.json")) == {"https://example.net/"}
    assert urls_of(application, "/failures.json?from=2026-11-24") == []
    assert urls_of(application, "/failures.json?site=example.com") == []
    assert urls_of(application, "/failures.json?error=invalid-host-resolution") == ["https://example.net/"]
    assert "invalid-host-resolution" in html(application, "/failures").text


def test_a_page_leads_to_what_else_its_author_wrote(application: Application) -> None:
    page = html(application, f"/capture?url={quote(PAGE)}&at={AT}")
    links = {each.get("href") for each in page.of("a")}
    assert {"/results?author=Jane+Doe", "/results?tag=ferries"} <= links


def test_pages_are_html_for_browsers_and_json_for_programs(application: Application) -> None:
    for target in PAGES:
        assert facts(application, target, accept="application/json")
        response = ask(application, target, accept="application/json")
        assert "Accept" in (response.header("Vary") or "")


@pytest.mark.parametrize("target", PAGES)
def test_a_page_can_be_read_by_everybody(application: Application, target: str) -> None:
    page = html(application, target)
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("h1")) == len(page.of("main")) == 1
    assert page.of("a")[0]["href"] == "#content"
    labelled = {each.get("for") for each in page.of("label")}
    assert all(each["id"] in labelled for each in page.of("input"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {each["aria-labelledby"] for _, each in page.elements if "aria-labelledby" in each}
    assert named <= set(ids)


def test_the_style_is_served_and_nothing_else_below_static(application: Application) -> None:
    response = ask(application, "/static/style.css")
    assert (response.status, response.header("Content-Type")) == (200, "text/css; charset=utf-8")
    for name in ("..", "static.py", "style.css/", "../static.py", "%2e%2e", "templates"):
        assert ask(application, f"/static/{name}").status == 404


@pytest.mark.parametrize("has_it", [True, False])
def test_the_articles_picture_is_shown_where_it_was_captured_and_never_loaded_from_elsewhere(
    tmp_path: Path, has_it: bool
) -> None:
    picture = "https://media.example/ferry.jpg"
    page = article_html().replace("</head>", f'<meta property="og:image" content="{picture}"></head>')
    captures = [make_capture(PAGE, html=page)]
    if has_it:
        captures.append(make_capture(picture, mime="image/jpeg", html=b"\xff\xd8\xff\xe0 no picture"))
    fill_folder(tmp_path / "archive", captures)
    reader = FolderReader(tmp_path / "archive")
    shown = html(Application(Archive("", reader, reader.files)), f"/capture?url={quote(PAGE)}&at={AT}")
    reader.close()
    pictures = [(each["src"], "alt" in each) for each in shown.of("img")]
    assert pictures == ([(f"/web/{AT}id_/{picture}", True)] if has_it else [])
    assert ("is not in this archive: media.example/ferry.jpg" in shown.text) is not has_it


# --- what strangers wrote -----------------------------------------------------------------------------------

EVIL = "https://evil.example/a?q=%22%3E%3Cscript%3E"
TITLE = (
    '</title><script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7 * 7 }}{% raw %}\u202egnp.exe\u2066'
)

ARABIC = "غادرت العبّارة الصباحية الميناء متأخرة أربعين دقيقة. وقيل للركاب إن الضباب كثيف فوق المضيق."


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Application]:
    """An archive of pages that mean harm."""
    facts_of = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "author": {"@type": "Person", "name": '"><svg onload=alert(3)>', "url": "javascript:alert(4)"},
        "image": "javascript:alert(5)",
        "articleSection": "x" * 5000,
        "keywords": ["' onmouseover=alert(6) '"],
        "datePublished": "2026-11-20",
    }
    written = json.dumps(facts_of).replace("<", "\\u003c")
    body = "<p>" + "</p><p>".join(
        f"&lt;script&gt;alert({n})&lt;/script&gt; " + "word " * 60 for n in range(9)
    )
    page = (
        f'<html lang=\'"><script>\'><head><script type="application/ld+json">{written}</script></head>'
        f"<body><article><h1>x</h1>{body}</p><p>{'w' * 30_000}</p></article></body></html>"
    )
    arabic = article_html("العبّارة تبحر من جديد", text=ARABIC).replace("lang=en", "lang=ar")
    again = make_capture(EVIL, html=page.replace("word word", "sword", 3), at=NOON + timedelta(days=1))
    first = [make_capture(EVIL, html=page), make_capture("https://ar.example/", html=arabic)]
    fill_folder(tmp_path / "archive", first, [again])
    reader = FolderReader(tmp_path / "archive")
    options = Options(title="<script>ours</script>", local=True)
    yield Application(Archive("", reader, reader.files, options=options, clock=Outside(now=lambda: NOW)))
    reader.close()


HOSTILE = [
    "/",
    f"/page?url={quote(EVIL)}",
    f"/capture?url={quote(EVIL)}&at={AT}",
    f"/diff?url={quote(EVIL)}",
    "/results?site=evil.example",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_nothing_that_was_archived_acts_in_a_page(hostile: Application, target: str) -> None:
    page = html(hostile, target)
    assert "alert(1)" in page.text
    assert not page.of("script")
    assert all(each["role"] == "img" for each in page.of("svg"))  # the timeline
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("href", "src", "action"):
            assert attributes.get(name, "/").startswith(("/", "#")), attributes
            assert not attributes.get(name, "/").startswith("//"), attributes
    assert "{{ 7 * 7 }}" in page.text
    assert not set("\u202e\u2066") & set(page.text)


@pytest.mark.parametrize("target", HOSTILE)
def test_a_page_of_a_stranger_is_bounded(hostile: Application, target: str) -> None:
    assert len(ask(hostile, target, accept=HTML).whole()) < 60_000


def test_what_turns_the_direction_of_text_or_cannot_be_seen_is_left_out(application: Application) -> None:
    page = (
        ask(application, "/results?author=a%E2%80%AEb%00%C2%85%EF%BB%BFc%E2%81%A6d", accept=HTML)
        .whole()
        .decode()
    )
    assert 'value="abcd"' in page
    assert not re.search("[\x00\x85\u202e\u2066\ufeff]", page)


def test_a_value_is_cut_where_it_is_longer_than_anybody_reads_and_an_address_never_is(tmp_path: Path) -> None:
    url = "https://example.com/" + "x" * 3_000
    fill_folder(
        tmp_path,
        [make_capture(url, html=article_html("One"))],
        [make_capture(url, at=NOON + timedelta(days=1))],
    )
    reader = FolderReader(tmp_path)
    application = Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    for target in (
        f"/page?url={url}",
        f"/capture?url={url}&at={AT}",
        f"/diff?url={url}",
        "/",
    ):
        page = html(application, target)
        assert max(map(len, re.findall("x{99,}", page.text)), default=0) < 2_000, target
        named = [
            each[name] for _, each in page.elements for name in ("href", "src", "value") if each.get(name)
        ]
        long = [each for each in named if "xxx" in each]
        assert long, target
        assert all("x" * 3_000 in each for each in long), target
    reader.close()


def test_what_is_shown_has_its_own_language_and_direction(hostile: Application) -> None:
    page = html(hostile, "/")
    told = {each.get("lang"): each.get("dir") for each in page.of("bdi") if "lang" in each}
    assert told.get("und") == "auto"
    page = html(hostile, f"/capture?url=https://ar.example/&at={AT}")
    assert {"dir": "auto", "lang": "ar"} in page.of("bdi")
    evil = html(hostile, HOSTILE[2])
    assert {each["lang"] for _, each in evil.elements if "lang" in each} == {"en", "und"}


def test_robots_txt_is_in_no_list_of_pages(tmp_path: Path) -> None:
    robots = make_capture("https://example.com/robots.txt", html="User-agent: *", mime="text/plain")
    robots.purpose = "robots"
    fill_folder(tmp_path, [robots, make_capture(PAGE)])
    reader = FolderReader(tmp_path)
    application = Application(Archive("", reader, reader.files, clock=Outside(now=lambda: NOW)))
    for target in ("/index.json", "/results.json?site=example.com", "/results.json?words=ferry"):
        said = ask(application, target).whole()
        assert PAGE.encode() in said, target
        assert b"robots.txt" not in said, target
    assert facts(application, "/results.json?words=ferry")["words"]["captures"] == 1
    reader.close()


def test_a_question_that_finds_little_in_much_ends(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_REQUESTS", 0)
    assert ask(application, f"/page?url={quote(PAGE)}").status == 400
