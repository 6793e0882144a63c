"""Groups the visits of a batch: into runs while they are captured, into messages while they wait (D28)."""

from collections.abc import Sequence

from pressmark.crawl.runs import Run
from pressmark.crawl.visit import Visit
from pressmark.politeness.turns import RUN_PAGES, pages_of
from pressmark.queues.runs import MOST_BYTES, MOST_PAGES, size
from pressmark.urls import turn_host


def assign(visits: Sequence[Visit], delay: float) -> list[Visit]:
    """Group a batch's visits into runs; return the visits in the order to begin them in, with one of each host first.

    Pages beyond those that one invocation requests of a host wait in line. delay: seconds between two pages of a host.
    With 0 there are no runs; then only those pages wait that came in a run's message after its first :data:`RUN_PAGES`.
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
    """Group visits by the message that their pages go back in: one for all pages of a host that wait equally long.

    If they do not fit into one message (MOST_PAGES, MOST_BYTES), there are several. A page that is not postponed, that
    somebody waits for, or that is to be captured alone, is a group by itself.
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
