"""Decides whether and when a visit may send a request to a host, by robots.txt and turns."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pressmark.clock import Outside
from pressmark.crawl.budget import ROBOTS_SECONDS
from pressmark.crawl.runs import Run, RunOverError
from pressmark.crawl.visit import Visit
from pressmark.errors import ArchiveError, CaptureError
from pressmark.politeness.claims import Claims
from pressmark.politeness.robots import Robots, Turn, Verdict
from pressmark.politeness.turns import MAX_WAIT, Turns, run_of
from pressmark.queues.message import CaptureRequest
from pressmark.settings import Settings
from pressmark.urls import turn_host
from pressmark.warc.event import Capture


@dataclass(frozen=True, slots=True)
class Politeness:
    """What decides whether and when a page may be requested."""

    robots: Robots
    turns: Turns
    claims: Claims


class Courtesy:
    """Checks robots.txt and takes turns for visits, before they send requests; used by many threads."""

    def __init__(self, settings: Settings, politeness: Politeness, outside: Outside) -> None:
        self._settings = settings
        self._robots = politeness.robots
        self._turns = politeness.turns
        self._outside = outside

    def ask_robots(self, url: str, visit: Visit) -> CaptureError | None:
        """Return an error if robots.txt (RFC 9309) disallows a URL, or could not be fetched.

        With the setting ``note`` or ``ignore``, None. A robots.txt that is fetched for this is archived. Raises NotYet
        if the wait for the host's turn would be too long.
        """
        if self._settings.robots == "ignore":
            return None
        visit.crawl_delay = None  # until now, that of another host
        verdict = self._robots_of(url, visit, turn=lambda there: self.await_turn(there, visit, alone=True))
        visit.crawl_delay = verdict.crawl_delay
        if self._settings.robots == "note":
            if not verdict.allowed or "robots" not in visit.report.facts:
                visit.report.facts["robots"] = "allowed" if verdict.allowed else "disallowed"
            return None
        return verdict.refusal(url)

    def _robots_of(self, url: str, visit: Visit, turn: Turn | None = None) -> Verdict:
        started = self._outside.monotonic()
        verdict = self._robots.check(
            url, deadline=min(visit.batch.budget.fetch_until, started + ROBOTS_SECONDS), turn=turn
        )
        if verdict.fetched is not None and verdict.fetched.exchanges:
            robots = Capture(
                CaptureRequest(verdict.fetched.exchanges[0].url),
                visit.report.delivery.id,
                visit.batch.token,
                started=verdict.fetched.exchanges[0].started,
                purpose="robots",
                exchanges=verdict.fetched.exchanges,
            )
            try:
                visit.stored.append(visit.batch.warc.add(robots))
            finally:
                robots.close()
            if turn is not None:
                visit.report.ms["robots"] = 1000 * (self._outside.monotonic() - started)
        return verdict

    def _delay(self, visit: Visit) -> float:
        """Return the seconds between two requests to the host whose robots.txt was checked last."""
        asked = min(visit.crawl_delay or 0.0, self._settings.max_crawl_delay)
        return max(self._settings.host_delay, asked)

    def take_turn(self, url: str, visit: Visit, *, alone: bool = False) -> float:
        """Take the host's turn for a visit; return the seconds until the host may be asked.

        Returns 0 if the visit has the turn already, from the host's robots.txt or an earlier hop of the redirect chain.
        Raises NotYet if the wait would be too long. alone: take it for this visit only, not for its whole run.
        """
        host, delay = turn_host(url), self._delay(visit)
        taken = visit.turns.get(host)
        visit.turns[host] = max(taken or 0.0, delay)
        if taken is None:
            if visit.run is not None and visit.run.host == host:
                return self._turn_of(visit.run, delay, alone=alone, paced=bool(visit.crawl_delay))
            return self._turns.take(host, delay)
        if delay > taken:  # the robots.txt that the turn was taken for states a longer delay
            self._turns.backoff(host, delay)
        return 0.0

    def _turn_of(self, run: Run, delay: float, *, alone: bool, paced: bool) -> float:
        """Take the turn of a run's next page, together with those of the pages after it, unless it was taken before."""
        run.delay, run.paced = delay, paced
        if run.granted and not paced:
            run.granted -= 1
            return 0.0
        pages = 1 if alone or paced else max(1, min(run.left, run_of(delay)))
        now = self._outside.monotonic()
        run.began = now if run.began is None else run.began
        # The pages of a run wait at most MAX_WAIT in the invocation, all together.
        wait = self._turns.take_now(run.host, delay, pages, patience=MAX_WAIT - (now - run.began))
        if wait is None:
            run.is_over = True
            raise RunOverError(run.host)
        run.granted = pages - 1
        return wait

    def line_up(self, visits: Sequence[Visit]) -> None:
        """Give places in line to visits of one run that wait for their host's turn. Raises ArchiveError."""
        run = visits[0].run
        assert run is not None  # noqa: S101 - that is what they wait for
        at_once = run.pages_a_place()
        parts = [visits[start : start + at_once] for start in range(0, len(visits), at_once)]
        places = self._turns.line_up(run.host, run.delay, [len(part) for part in parts])
        for part, place in zip(parts, places, strict=True):
            for visit in part:
                visit.wait = place

    def await_turn(self, url: str, visit: Visit, *, alone: bool = False) -> None:
        """Wait until the host may be asked. Raises NotYet if the wait would be too long."""
        self.wait_for(self.take_turn(url, visit, alone=alone), visit)

    def wait_for(self, wait: float, visit: Visit) -> None:
        """Wait ``wait`` seconds for a turn, and add them to the visit's report."""
        if wait > 0:
            visit.report.ms["turn"] = visit.report.ms.get("turn", 0.0) + 1000 * wait
            self._outside.sleep(wait)

    def may_need(self, url: str, visit: Visit) -> CaptureError | None:
        """Check robots.txt for a requisite. The page's turn covers it, and a Crawl-delay is between visits only."""
        if self._settings.robots == "ignore":
            return None
        verdict = self._robots_of(url, visit)
        return None if self._settings.robots == "note" else verdict.refusal(url)

    def leave_alone(self, url: str, retry_after: float | None) -> None:
        """Leave a host alone for as long as its answer to a requisite asks: pages are requested from it, too."""
        if retry_after is not None:
            with suppress(ArchiveError):
                self._turns.backoff(turn_host(url), retry_after)
