"""What the sample archive holds: redirects, revisits of both kinds, an error, a failure, several hosts."""

from datetime import timedelta
from pathlib import Path

from tests.conftest import Aws
from tests.factories import NOON, PAGE, article_html, fill_sample, make_capture

from pressmark.archive.items import Indexing, items_of_file
from pressmark.archive.objects import Objects
from pressmark.archive.table import Table
from pressmark.archive.tombstones import Tombstones
from pressmark.settings import INDEX_TERMS

NOW = NOON + timedelta(days=10)
"""When the sample is asked."""


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


def fill_stack(aws: Aws, folder: Path) -> None:
    """Put the files of a folder into a bucket, and what is in them into its table."""
    indexing = Indexing(bucket=aws.bucket, terms=INDEX_TERMS, tombstones=Tombstones())
    objects, table = Objects(aws.client("s3"), aws.bucket), Table(aws.client("dynamodb"), aws.table)
    for path in sorted(folder.rglob("*.warc.gz")):
        key = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            objects.put(key, file)
        with path.open("rb") as file:
            for _, items in items_of_file(file, key, indexing):
                table.put(items)
