"""What the command line asks of this machine's own servers: what a person named, not what a file or page does."""

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.site import RawSite, response


@pytest.mark.slow
def test_push_archives_a_page_of_this_machine_only_where_it_is_told_to(
    run: Run, site: RawSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.page("/robots.txt", "User-agent: *\nAllow: /\n", content_type="text/plain")
    url = site.page("/ferry", "<title>The ferry sank</title><p>It did.")
    Path("urls.txt").write_text(url + "\n")
    for how in ([url], ["--file", "urls.txt"]):
        result = run("push", *how, "--archive", "archive")
        assert result.exit_code == 1
        hint = (
            f"(--allow-loopback, or PRESSMARK_ALLOW_LOOPBACK=127.0.0.1:{site.port}, lets it be archived)"
            if how == [url]
            else "(pages of this machine are archived only if their address is on the command line)"
        )
        said = f"not archived: {url}: blocked-url: port {site.port} is not on the list of allowed ports "
        assert result.stderr.splitlines()[0].startswith(said)
        assert result.stderr.splitlines()[0].endswith(hint)
    assert not site.requests
    monkeypatch.setenv("PRESSMARK_ALLOW_LOOPBACK", f"127.0.0.1:{site.port}")
    done = run("push", url, "--archive", "archive")
    assert (done.exit_code, done.stderr) == (0, "1 page archived\n")
    monkeypatch.setenv("PRESSMARK_ALLOW_LOOPBACK", "192.168.0.1:80")
    wrong = run("push", url, "--archive", "archive")
    assert (wrong.exit_code, "localhost:8000" in wrong.stderr) == (2, True)


def test_a_sitemap_leads_to_no_service_of_this_machine_but_the_one_it_was_named_at(
    run: Run, site: RawSite, tmp_path: Path
) -> None:
    with RawSite() as secret:
        child = site.page("/child.xml", "<urlset><url><loc>https://example.com/a</loc></url></urlset>")
        late = site.page("/late.xml", "<urlset><url><loc>https://example.com/b</loc></url></urlset>")
        listed = "".join(
            f"<sitemap><loc>{url}</loc></sitemap>" for url in (child, secret.url("/admin"), late)
        )
        index = site.page("/index.xml", f"<sitemapindex>{listed}</sitemapindex>")
        result = run("push", "--check", "--sitemap", index)
        assert f"{secret.url('/admin')} passed over" in result.stderr
        assert "2 pages would be pushed" in result.stderr  # late.xml, too: the other service was not asked
        assert not secret.requests
        saved = tmp_path / "index.xml"
        saved.write_text(f"<sitemapindex>{listed}<sitemap><loc>/etc/hostname</loc></sitemap></sitemapindex>")
        asked = len(site.requests)
        result = run("push", "--check", "--sitemap", str(saved))
        assert result.stderr.count("passed over") == 4
        assert (len(site.requests), secret.requests) == (asked, [])


def test_extract_follows_no_redirect_to_another_service(run: Run, site: RawSite, tmp_path: Path) -> None:
    with RawSite() as named:
        named.serve("/", response(status="302 Found", headers=[("Location", site.url("/admin"))]))
        result = run("extract", named.url("/"))
    assert result.exit_code == 1
    assert "blocked-url" in result.stderr
    assert not site.requests
