"""Which visits of a batch go together: in a run while they are captured, in a message while they wait (D28)."""

from collections.abc import Sequence

from pressmark.crawl.runs import Run
from pressmark.crawl.visit import Visit
from pressmark.politeness.turns import RUN_PAGES, pages_of
from pressmark.queues.runs import MOST_BYTES, MOST_PAGES, size
from pressmark.urls import turn_host


def assign(visits: Sequence[Visit], delay: float) -> list[Visit]:
    """Make runs of a batch's visits; return these in the order in which they are begun: the first of each host first.

    Whatever is beyond what one invocation asks for waits in line. delay: seconds between two pages of a host; with 0
    there are no runs, and only what comes from a longer one than may be begun at a time waits.
    """
    runs: dict[str, Run] = {}
    order: list[tuple[int, Visit]] = []
    for visit in visits:
        number = 0
        if visit.request is not None and not visit.report.delivery.wait:
            host = turn_host(visit.request.url)
            run = runs.setdefault(host, Run(host, delay))
            visit.in_line = run.left >= pages_of(delay) or (visit.report.delivery.place or 0) >= RUN_PAGES
            if delay > 0 or visit.in_line:
                visit.run = run
            if not visit.in_line and delay > 0:
                number, run.left, visit.is_counted = run.left, run.left + 1, True
        order.append((number, visit))
    return [visit for _, visit in sorted(order, key=lambda each: each[0])]


def together(visits: Sequence[Visit]) -> list[list[Visit]]:
    """Group visits by the message that their pages go on in: a run for pages of one host that come back together.

    A page that somebody waits for, or that is to be captured alone, goes on by itself.
    """
    groups: list[list[Visit]] = []
    open_: dict[tuple[str, float], tuple[list[Visit], int]] = {}
    for visit in visits:
        delivery, request = visit.report.delivery, visit.request
        alone = visit.report.outcome != "postponed" or delivery.unended_alone is not None
        if alone or request is None or request.job is not None:
            groups.append([visit])
            continue
        key, bytes_ = (turn_host(request.url), visit.wait), size(delivery)
        group, taken = open_.get(key, ([], 0))
        if not group or len(group) >= MOST_PAGES or taken + bytes_ > MOST_BYTES:
            group, taken = [], 0
            groups.append(group)
        group.append(visit)
        open_[key] = group, taken + bytes_
    return groups
