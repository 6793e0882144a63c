"""Invented captures, in any number: what the archive table of a news archive of that size holds.

Everything that a query can name grows with the archive, so that a query whose cost depends on the size of the
table, or of a partition, shows it: one site has 45 % of the captures and half of them are of its front page; 30 % were
made on one day; one author, section, tag, label, digest and error code have a fifth or more.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from pressmark.archive import rows
from pressmark.archive.rows import Item
from pressmark.clock import iso_utc
from pressmark.settings import INDEX_TERMS
from pressmark.warc.stored import StoredCapture, StoredHop

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 1000
HUGE_DAY = datetime(2025, 6, 1, tzinfo=UTC)
QUIET_DAY = datetime(2025, 3, 3, tzinfo=UTC)
LAST = FIRST + timedelta(days=DAYS)

FRONT_PAGE = "https://www.example.com/"
AUTHOR = "Jane Doe"
SECTION = "Harbour"
TAG = "Ferries"
LABEL = "Front page"
DIGEST = "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
WORDS = (
    "harbour ferry fog council budget vote strike port minister inquiry storm school rail bridge court appeal night "
    "morning island coast price energy summit border talks market union film season match final report"
).split()
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def items(numbers: Iterable[int], count: int) -> Iterator[Item]:
    """Yield the items of some captures of an archive of ``count``, the same ones each time."""
    for number in numbers:
        yield from rows.items(capture(number, count), bucket="archive", index_terms=INDEX_TERMS)


def capture(number: int, count: int) -> StoredCapture:
    """Return capture ``number`` of ``count``."""
    chance = random.Random(number)
    day = HUGE_DAY if chance.random() < 0.3 else FIRST + timedelta(days=chance.randrange(DAYS))
    at = day + timedelta(seconds=chance.randrange(86_400), microseconds=chance.randrange(1_000_000))
    url = _url(chance, count)
    captured = iso_utc(at)
    warc = f"warcs/{at:%Y/%m/%d}/{at:%Y%m%d%H%M%S}-{chance.randrange(16**8):08x}-pressmark.warc.gz"
    failed = chance.random() < 0.22
    common = chance.random() < 0.22
    offset, length = chance.randrange(1_000_000), chance.randrange(20_000, 200_000)
    digest = DIGEST if failed or chance.random() < 0.02 else "sha1:" + "".join(chance.choices(BASE32, k=32))
    hop = StoredHop(
        url=url,
        captured=captured,
        record_id=f"<urn:uuid:{number:032x}>",
        record="response",
        offset=offset,
        length=length,
        status=404 if failed else 200,
        mime="text/html",
        digest=digest,
        size=3 * length,
    )
    metadata = {
        "message_id": f"{chance.randrange(16**32):032x}",
        "token": f"{chance.randrange(16**16):016x}",
        "request": {"url": url, "tags": [LABEL] if common else []},
        "exchanges": [{"status": hop.status, "etag": f'"{chance.randrange(16**16):016x}"'}],
    }
    if failed:
        metadata["error"] = {"code": "not-found", "reason": "404 Not Found"}
    else:
        metadata["article"] = _article(chance, at)
    return StoredCapture([hop], metadata, offset + length, 3000, warc)


def _url(chance: random.Random, count: int) -> str:
    """Front page, an article of the large site's hosts, or one of many small sites; an article has two captures."""
    share = chance.random()
    if share < 0.22:
        return FRONT_PAGE
    if share < 0.37:
        host, articles = "www.example.com", 0.15
    elif share < 0.45:
        host, articles = "news.example.com", 0.08
    else:
        # The sites' sizes fall off as 1/n.
        sites = max(20, count // 500)
        host, articles = f"paper-{int(sites ** chance.random()):05d}.example", 0.02
    serial = chance.randrange(max(1, int(count * articles / 2)))
    return f"https://{host}/{2024 + serial % 3}/{serial % 12 + 1:02d}/{_slug(serial)}-{serial:07d}.html"


def _slug(serial: int) -> str:
    chance = random.Random(serial)
    return "-".join(chance.choices(WORDS, k=5))


def _article(chance: random.Random, at: datetime) -> dict[str, object]:
    said = " ".join(chance.choices(WORDS, k=9)).capitalize()
    author = AUTHOR if chance.random() < 0.3 else f"Writer {chance.randrange(5000):04d} Name"
    return {
        "title": said,
        "description": " ".join(chance.choices(WORDS, k=28)).capitalize() + ".",
        "section": SECTION if chance.random() < 0.4 else f"Section {chance.randrange(40)}",
        "site_name": "The Example Paper",
        "language": "en",
        "authors": [author],
        "tags": [
            TAG if chance.random() < 0.4 else f"Tag {chance.randrange(20_000)}",
            *chance.choices(WORDS, k=1),
        ],
        "published": (at - timedelta(minutes=chance.randrange(600))).isoformat(),
        "modified": at.isoformat(),
        "kind": "NewsArticle",
        "word_count": chance.randrange(200, 2000),
        "image": {"url": f"https://images.example/{chance.randrange(16**12):012x}/large.jpg"},
    }
