"""An archive to look at: the sample pages under invented names, over three years, with what goes wrong now and then."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.factories import article_html, earlier_for, make_capture, write_warc

from pressmark.access.context import Archive, Options, Saving
from pressmark.access.words import Words
from pressmark.archive.folder import FolderReader
from pressmark.clock import Outside
from pressmark.local.site import PAGES
from pressmark.queues.jobs import Job, Status
from pressmark.warc.event import Capture, Earlier

SITE = "https://www.lantern.example"
FERRY = f"{SITE}/harbour-ferry.html"
ARABIC = "https://marsa.example/fog"
JAPANESE = f"{SITE}/roden-shi.html"
BEGAN = datetime(2024, 7, 10, 6, 40, tzinfo=UTC)
ENDS = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

_PICTURES = ("harbour", "tram", "orchard", "library")

_EDITIONS = (
    (0, ()),
    (
        2,
        (
            (
                "carrying 214 passengers, nineteen bicycles and one piano",
                "carrying 231 passengers, nineteen bicycles and two pianos",
            ),
        ),
    ),
    (
        19,
        (
            (
                "Island ferry returns after eleven years",
                "Night ferry to Saltholm returns, and is sold out until autumn",
            ),
        ),
    ),
    (
        40,
        (
            (
                "The line had been closed since the old ship failed",
                "The line was closed when the old ship failed",
            ),
            ("In winter, on a small aircraft", "in winter on a small aircraft"),
        ),
    ),
)
"""Visits from which on the ferry's article reads otherwise, and how."""

FOG = (
    "غادرت العبّارة الصباحية الميناء متأخرة أربعين دقيقة بسبب الضباب الكثيف فوق المضيق.\n"
    "وقالت إدارة الميناء إن الرحلات (Morgenrot 214) ستعود إلى مواعيدها يوم الجمعة."
)


def fill_gallery(folder: Path) -> None:
    """Write the archive into a folder."""
    earlier: dict[bytes, Earlier] = {}
    for serial, (at, captures) in enumerate(_days()):
        bodies = [b"".join(each.exchanges[-1].body.chunks()) if each.exchanges else b"" for each in captures]
        for number, (capture, body) in enumerate(zip(captures, bodies, strict=True)):
            if body in earlier:
                capture.close()
                captures[number] = make_capture(capture.request.url, html=body, at=at, earlier=earlier[body])
        warc, stored = write_warc(captures, serial=serial)
        for body, each in zip(bodies, stored, strict=True):
            if body and body not in earlier and each.hops:
                earlier[body] = earlier_for(each)
        path = folder / warc.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(warc.open().read())
        warc.close()


def _days() -> Iterator[tuple[datetime, list[Capture]]]:
    yield BEGAN, [_picture(name, BEGAN) for name in _PICTURES]
    for visit in range(64):
        at = BEGAN + timedelta(days=int(visit * 13.55), hours=(visit * 7) % 11)
        yield at, [make_capture(FERRY, html=_ferry(visit), at=at)]
    at = ENDS - timedelta(hours=3)
    pages = sorted(each.name for each in PAGES.glob("*.html") if each.name != "harbour-ferry.html")
    yield (
        at,
        [
            make_capture(
                f"{SITE}/{name}", html=_page(name), at=at + timedelta(minutes=number), mime="text/html"
            )
            for number, name in enumerate(pages)
        ],
    )
    arabic = article_html(
        "الضباب يؤخر عبّارة الصباح", authors=["ليلى حداد"], section="الميناء", tags=["الضباب"], text=FOG
    )
    yield (
        ENDS,
        [
            make_capture(ARABIC, html=arabic.replace("lang=en", "lang=ar"), at=ENDS),
            make_capture(
                "https://tidemark.example/timetable",
                status=404,
                html="<h1>Gone</h1>",
                at=ENDS,
                error="not-found",
            ),
            make_capture("https://nowhere.example/", status=0, error="invalid-host-resolution", at=ENDS),
            make_capture("https://council.example/minutes", status=0, error="blocked-by-robots", at=ENDS),
        ],
    )


def _picture(name: str, at: datetime) -> Capture:
    body = (PAGES / "images" / f"{name}.svg").read_bytes()
    return make_capture(f"{SITE}/images/{name}.svg", html=body, at=at, mime="image/svg+xml")


def _page(name: str) -> bytes:
    text = (PAGES / name).read_bytes()
    return re.sub(rb'(?<=")(?:https?://[^"/]*)?/?images/', f"{SITE}/images/".encode(), text)


def _ferry(visit: int) -> bytes:
    page = _page("harbour-ferry.html")
    for begins, changes in _EDITIONS:
        if visit >= begins:
            for old, new in changes:
                page = page.replace(old.encode(), new.encode())
    return page


PENDING, SAVED, FAILED = (f"spn2-{'0' * 39}{digit}" for digit in "012")


class Desk:
    """Jobs of each kind, for pages that show them; every other job has ended well. The queue takes pages to nowhere."""

    def find(self, ids: Iterable[str]) -> dict[str, Job]:
        """Return a job for each id."""
        captured = "2026-11-10T07:40:00Z"
        saved = {"url": FERRY, "captured": captured, "requested": captured, "status": 200, "seconds": 1.5}
        saved |= {"resources": [f"{SITE}/", FERRY]}
        failed = {"code": "not-found", "reason": "the server answered 404 Not Found"}
        ends: dict[str, tuple[Status, dict[str, Any]]] = {
            PENDING: (Status.PENDING, {}),
            SAVED: (Status.SUCCESS, saved),
            FAILED: (Status.ERROR, failed),
        }
        found = {}
        for each in ids:
            status, answer = ends.get(each, ends[SAVED])
            started = ENDS - timedelta(seconds=14)
            found[each] = Job(id=each, url=FERRY, started=started, status=status, answer=answer)
        return found

    def begin(self, job: Job, *, seen: Job | None) -> bool:
        """Tell that somebody else was faster: :meth:`find` has the job."""
        del job, seen
        return False

    def send(self, message: object) -> None:
        """Take a page, and do nothing."""

    def waiting(self) -> int:
        """Return that nothing waits."""
        return 0


@contextmanager
def gallery(folder: Path, **options: Any) -> Iterator[Archive]:
    """Make the archive in a folder and open it, with its index of words and its desk."""
    fill_gallery(folder)
    reader = FolderReader(folder)
    words = Words(folder / "search.sqlite", reader, reader.files, Outside(now=lambda: ENDS))
    desk: Any = Desk()
    yield Archive(
        "gallery",
        reader,
        reader.files,
        saving=Saving(desk, desk, desk),
        options=Options(local=True, title="The Lantern Archive", **options),
        clock=Outside(now=lambda: ENDS),
        words=words,
    )
    words.close()
    reader.close()


def addresses() -> dict[str, str]:
    """Every page of it that is worth looking at, by a name."""
    ferry = quote(FERRY)
    return {
        "home": "/",
        "page": f"/page?url={ferry}",
        "day": f"/page?url={ferry}&on=2024-07-10",
        "capture": f"/capture?url={ferry}&at=20250310114000",
        "share": f"/share?url={ferry}&at=20250310114000",
        "arabic": f"/capture?url={quote(ARABIC)}&at=20261128090000",
        "japanese": f"/capture?url={quote(JAPANESE)}&at=20261128060400",
        "failed": f"/capture?url={quote('https://nowhere.example/')}&at=20261128090000",
        "diff": f"/diff?url={ferry}&start=20240710064000&end=20261110074000",
        "results": "/results?site=lantern.example",
        "words": "/results?words=ferry",
        "nothing": "/results?words=nothingofthekind",
        "failures": "/failures",
        "save": "/save",
        "pending": f"/saving?job={PENDING}",
        "saved": f"/saving?job={SAVED}",
        "not saved": f"/saving?job={FAILED}",
    }
