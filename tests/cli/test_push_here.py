"""push --archive: pages are archived on this machine, as politely as is said, and never from this machine unasked."""

import gzip
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.site import RawSite

from pressmark.local import run as local_run

pytestmark = pytest.mark.slow

ALLOWED = ("--allow-loopback", "--archive", "archive")


@pytest.mark.e2e
def test_with_a_folder_pages_are_archived_here_and_read_back(run: Run, site: RawSite) -> None:
    """The minute of a person who has never seen it."""
    site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
    url = site.page("/ferry", "<title>The ferry sank</title><p>It did.")
    result = run("push", url, site.url("/gone"), "--tag", "first", "--allow-loopback", "--archive", "archive")
    assert result.exit_code == 1
    assert "404" in result.stderr or "not-found" in result.stderr
    assert result.stderr.splitlines()[-1] == "1 page archived, 1 failed"
    assert (
        json.loads(run("list", "--label", "first", "--limit", "5", url, "--archive", "archive").stdout)["url"]
        == url
    )
    assert "The ferry sank" in run("get", url, "--archive", "archive").stdout


@pytest.mark.e2e
def test_pages_come_with_their_pictures_where_that_is_asked_for(run: Run, site: RawSite) -> None:
    icon = '<link rel="icon" href="data:,">'
    url = site.page("/ferry", f'<title>The ferry sank</title>{icon}<p>It did.</p><img src="/wreck.png">')
    site.page("/wreck.png", b"PNG", content_type="image/png")
    options = ["--robots", "ignore", "--host-delay", "0", *ALLOWED]
    for level, said in (("none", "1 page archived\n"), ("page", "1 page archived, with 1 requisite")):
        result = run("push", url, "--requisites", level, *options)
        assert (result.exit_code, result.stderr.startswith(said)) == (0, True), result.stderr
    assert len(site.asked("/wreck.png")) == 1


@pytest.mark.e2e
def test_what_needed_no_capture_and_what_robots_forbids_is_said(run: Run, site: RawSite) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /secret\n", content_type="text/plain")
    url = site.page("/ferry", "<title>The ferry sank</title><p>It did.")
    secret = site.page("/secret", "<title>Not for robots</title>")
    options = ["--if-not-archived-within", "1d", "--allow-loopback", "--archive", "archive"]
    assert run("push", url, *options).stderr == "1 page archived\n"
    again = run("push", url, url, *options)
    assert (again.exit_code, again.stderr.splitlines()) == (
        0,
        [
            f"skipped: {url}: archived within the time asked for",
            "0 pages archived, 1 skipped, 1 duplicate left out",
        ],
    )
    result = run("push", url, secret, "nonsense", *options)
    assert result.exit_code == 2  # of several codes the highest
    refused, skipped, forbidden, total = result.stderr.splitlines()
    assert refused.startswith("argument 3: the URL has no scheme")
    assert skipped.startswith(f"skipped: {url}: ")
    assert forbidden.startswith(f"not archived: {secret}: blocked-by-robots: ")
    assert total == "0 pages archived, 1 skipped, 1 failed, 1 refused"


def test_a_page_that_failed_for_now_is_named_with_its_reason(
    run: Run, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_run.run, "__kwdefaults__", {**local_run.run.__kwdefaults__, "patience": 0.0})
    site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
    url = site.page("/busy", "later", status="503 Service Unavailable")
    result = run("push", url, "--allow-loopback", "--archive", "archive")
    named, total = result.stderr.splitlines()
    assert result.exit_code == 1
    assert named.startswith(f"not archived: {url}: service-unavailable: ")
    assert named.endswith("(failed for now; push it again)")
    assert total == "0 pages archived, 1 to be pushed again"


def feed_of(*urls: str) -> str:
    """An RSS feed in a file, as one might be given by anybody."""
    items = "".join(f"<item><link>{url}</link></item>" for url in urls)
    Path("feed.xml").write_text(f"<rss><channel>{items}</channel></rss>")
    return "feed.xml"


def test_a_feed_cannot_name_a_service_of_this_machine(run: Run, site: RawSite) -> None:
    url = site.page("/admin", "<title>The router</title>")
    result = run("push", "--feed", feed_of(url), "--archive", "archive")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith(f"not archived: {url}: blocked-url: ")
    assert site.requests == []


@pytest.mark.parametrize("how", ["options", "variables"])
def test_contact_operator_robots_and_delay_reach_the_site_and_the_file(
    run: Run, site: RawSite, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
    url = site.page("/ferry", "<title>The ferry sank</title><p>It did.")
    said = {
        "contact-url": "https://press.example/bot",
        "operator": "The Harbour Press",
        "robots": "note",
        "host-delay": "0",
    }
    if how == "options":
        words = [word for name, value in said.items() for word in (f"--{name}", value)]
        result = run("push", url, *words, *ALLOWED)
    else:
        for name, value in {**said, "allow-loopback": "true"}.items():
            monkeypatch.setenv("PRESSMARK_" + name.upper().replace("-", "_"), value)
        result = run("push", url, "--archive", "archive")
    assert (result.exit_code, result.stderr) == (0, "1 page archived\n")
    assert {request.header("User-Agent") for request in site.requests} == {
        "Mozilla/5.0 (compatible; Pressmark/0.2.0) (+https://press.example/bot)"
    }
    (file,) = Path("archive").rglob("*.warc.gz")
    assert b"operator: The Harbour Press" in gzip.decompress(file.read_bytes())


@pytest.mark.parametrize(
    ("words", "variable", "named"),
    [
        (["--robots", "maybe"], None, "--robots"),
        (["--host-delay", "-1"], None, "--host-delay"),
        (["--contact-url", ""], None, "--contact-url"),
        ([], ("PRESSMARK_ROBOTS", "maybe"), "PRESSMARK_ROBOTS"),
        ([], ("PRESSMARK_HOST_DELAY", "soon"), "PRESSMARK_HOST_DELAY"),
        ([], ("PRESSMARK_DENY_HOSTS", "http://x/"), "PRESSMARK_DENY_HOSTS"),
        ([], ("PRESSMARK_ALLOW_LOOPBACK", "perhaps"), "PRESSMARK_ALLOW_LOOPBACK"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_fetched(
    run: Run,
    site: RawSite,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    variable: tuple[str, str] | None,
    named: str,
) -> None:
    if variable:
        monkeypatch.setenv(*variable)
    feed = site.page("/feed", "<rss><item><link>/a</link></item></rss>", content_type="application/rss+xml")
    result = run("push", "--feed", feed, "--archive", "archive", *words)
    assert result.exit_code == 2
    assert named in result.stderr
    assert site.requests == []
    assert not Path("archive").exists()


@pytest.mark.parametrize("word", ["--contact-url=https://a.example/", "--robots=ignore", "--allow-loopback"])
def test_a_stack_has_its_own_settings(run: Run, word: str) -> None:
    result = run("push", "https://example.com/", word, "--stack", "news")
    assert result.exit_code == 2
    assert word.partition("=")[0] in result.stderr
    assert "--archive DIR" in result.stderr


def test_what_was_found_unchanged_is_counted(run: Run, site: RawSite) -> None:
    url = site.page("/ferry", "<title>The ferry sank</title><p>It did.")
    run("push", url, *ALLOWED)
    assert run("push", url, *ALLOWED).stderr == "1 page archived, 1 of them unchanged\n"
