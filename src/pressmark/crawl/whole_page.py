"""Adds the requisites of a page to its capture: a further event in the WARC file, after the page's own."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from pressmark.archive.requisite_lists import Listing
from pressmark.archive.rows import Item
from pressmark.clock import REAL, Outside
from pressmark.crawl.articles import Needed
from pressmark.crawl.known import Known, Lists, wanted_again
from pressmark.crawl.requisites import BYTES_EACH, GRACE, SECONDS, Gathering, Manners, Shared
from pressmark.crawl.visit import Visit
from pressmark.http.fetcher import Fetcher
from pressmark.queues.message import CaptureRequest
from pressmark.requisites.wanted import Level
from pressmark.settings import Settings
from pressmark.warc.event import Capture
from pressmark.warc.requisites import Listed, PageOf, read


@dataclass(frozen=True, slots=True)
class Needs:
    """What a page needs to be seen.

    needed: as found in the page; None if it was not read. before: the list of its earlier capture.
    """

    level: Level
    needed: Needed | None
    before: Listing | None = None


class WholePages:
    """Captures requisites; one for each process, safe for many threads."""

    def __init__(
        self, settings: Settings, *, fetcher: Fetcher, lists: Lists, outside: Outside = REAL
    ) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._lists = lists
        self._outside = outside

    def before(self, rows: Iterable[Item], level: Level) -> Listing | None:
        """Return the list of a page's earlier capture, if that had at least the level that is wanted now.

        rows: of the page's URL, newest first. A page without such a list has to be fetched whole; otherwise nobody
        would know what it needs.
        """
        try:
            found = self._lists.of_page(rows)
        except Exception:  # noqa: BLE001 - a list that cannot be read must not cost a page
            return None
        return found if found is not None and found.content.level in (level, "all") else None

    def add(self, visit: Visit, needs: Needs, manners: Manners) -> None:
        """Fetch what the page of a visit needs, and write it into the batch's WARC.

        Never raises: whatever happens is in the visit's report, and costs requisites only.
        """
        report, started = visit.report, self._outside.monotonic()
        try:
            needed = needs.needed
            if needed is None and needs.before is not None and report.outcome == "unchanged":
                needed = Needed(wanted_again(needs.before))
            if needed is None:
                return
            self._add(visit, needs, needed, manners)
        except Exception as error:  # noqa: BLE001 - the page is in the WARC: requisites must not cost it
            report.facts["requisites_error"] = f"{type(error).__name__}: {error}"[:300]
        report.ms["requisites"] = 1000 * (self._outside.monotonic() - started)

    def _add(self, visit: Visit, needs: Needs, needed: Needed, manners: Manners) -> None:
        batch, page = visit.batch, visit.page
        assert page is not None  # noqa: S101 - the page worker wrote it before it called
        shared = batch.shared(lambda: Shared(min(BYTES_EACH, self._settings.max_body_bytes)))
        of = PageOf(page.hops[-1].url, page.hops[-1].captured)
        until = min(self._outside.monotonic() + SECONDS, batch.budget.fetch_until - GRACE)
        own = [needs.before.lines] if needs.before else []
        known = Known(
            [*shared.lists, *own, *self._lists.of_site(of.url, self._outside.now())], self._lists.gone
        )
        known.look_at(each.url for each in needed.wanted)
        gathering = Gathering(shared, self._fetcher, known, manners, needs.level, self._outside)
        try:
            gathering.run(needed, [hop.url for hop in page.hops], until=until)
            found = gathering.found
            event = Capture(
                CaptureRequest(of.url),
                visit.report.delivery.id,
                batch.token,
                started=self._outside.now(),
                purpose="requisites",
                exchanges=found.exchanges,
                earlier=found.earlier,
                requisites=Listed(of, needs.level, found.told, found.pointers, found.left_out),
            )
            with shared.writing:  # so that only one page's copy is on the disk at a time
                stored = batch.warc.add(event)
        finally:
            gathering.close()
        visit.stored.append(stored)
        with suppress(ValueError):
            shared.learn(read(stored.metadata, warc=stored.warc, offset=stored.meta_offset))
        visit.report.facts |= {
            "requisites": len(found.exchanges),
            "requisites_known": len(found.pointers) or None,
            "requisites_left_out": len(found.left_out) or None,
            "requisites_bytes": sum(each.body.size for each in found.exchanges),
        }
