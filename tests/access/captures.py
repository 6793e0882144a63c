"""What the sample archive holds: redirects, revisits of both kinds, an error, a failure, several hosts."""

from pathlib import Path

from tests.factories import PAGE, article_html, fill_sample, make_capture


def fill(folder: Path) -> None:
    """Write the sample as WARC files."""
    first = [
        make_capture(PAGE, headers=[("X-Served-By", "cache 7"), ("Set-Cookie", "visitor=1; Path=/")]),
        make_capture("https://example.com/", html=article_html("Front page", section=None)),
        make_capture("https://example.com/gone", status=404, mime="text/plain", html="gone"),
        make_capture("https://example.net/", status=0, error="invalid-host-resolution"),
        make_capture(
            "https://media.example.com/photo.jpg", mime="image/jpeg", html=b"\xff\xd8\xff\xe0 no picture"
        ),
    ]
    fill_sample(folder, first, changed="The ferry sails again")
