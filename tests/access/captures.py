"""What the sample archive holds: redirects, revisits of both kinds, an error, a failure, several hosts."""

from datetime import timedelta
from pathlib import Path

from tests.factories import NOON, article_html, earlier_for, make_capture, write_warc

PAGE = "https://example.com/news/1"
DAY = timedelta(days=1)


def fill(folder: Path) -> None:
    """Write the sample as WARC files."""
    first, stored = write_warc(
        [
            make_capture(PAGE, headers=[("X-Served-By", "cache 7"), ("Set-Cookie", "visitor=1; Path=/")]),
            make_capture("https://example.com/", html=article_html("Front page", section=None)),
            make_capture("https://example.com/gone", status=404, mime="text/plain", html="gone"),
            make_capture("https://example.net/", status=0, error="invalid-host-resolution"),
            make_capture(
                "https://media.example.com/photo.jpg", mime="image/jpeg", html=b"\xff\xd8\xff\xe0 no picture"
            ),
        ]
    )
    earlier = earlier_for(stored[0])
    second, _ = write_warc(
        [
            make_capture(PAGE, at=NOON + DAY, earlier=earlier),
            make_capture(
                "https://www.example.com/b",
                at=NOON + DAY,
                redirects=["http://example.com/a", "https://example.com/a"],
            ),
        ],
        serial=1,
    )
    third, _ = write_warc(
        [
            make_capture(PAGE, at=NOON + 2 * DAY, status=304, earlier=earlier),
            make_capture(PAGE, at=NOON + 3 * DAY, html=article_html("The ferry sails again")),
        ],
        serial=2,
    )
    for warc in (first, second, third):
        path = folder / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()
