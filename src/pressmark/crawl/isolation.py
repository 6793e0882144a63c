"""Isolation: a page that kills the process costs no page but itself.

A process that runs out of memory, crashes in a C library or exceeds the function's timeout ends for all pages of its
batch, and nobody says which of them it was: no message is acknowledged, all come again. Left at that, the same
messages meet again until the redrive policy has moved all of them to the dead-letter queue. So:

- Whatever ends in order leaves the queue: done, as a copy that comes later, or as a dead letter. Nothing is made
  visible again. A receive count above 1 therefore means **a delivery that never reported an end**.
- Such a message goes on as a copy before anything begins, marked to be captured alone
  (``Delivery.unended_alone``, 0). If it was marked already, that delivery is a strike. Of a run's message only the
  first pages can have been begun (:data:`~pressmark.politeness.turns.RUN_PAGES`); the others go on without a mark.
- A batch with a marked copy captures that one page. All others go on as copies, off the queue before it begins.
- A page with :data:`STRIKES` is not fetched again: a row that says why, and the dead-letter queue.

All that is known travels with the message. That no end was reported is all there is to see: a process can also be
stopped from outside, or be unable to reach the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pressmark.errors import TransientError
from pressmark.politeness.turns import RUN_PAGES
from pressmark.queues.message import Delivery

STRIKES = 2
"""So many deliveries of a page, each to be captured alone, may report no end. One process may have died of something
else: an instance that failed, a deployment."""

NEVER_BEGUN = "an earlier delivery never reported an end, and had not reached this page"
NEVER_ENDED = "an earlier delivery never reported an end; the page is to be captured alone"
STANDS_BACK = "another page of the batch has to be captured alone"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invocation does with its deliveries.

    now: they are captured, in one WARC file. later: they go on as copies before that, each with the reason.
    """

    now: list[Delivery]
    later: list[tuple[Delivery, str]]


def plan(deliveries: Sequence[Delivery]) -> Plan:
    """Decide which deliveries of a batch are captured: all of it as a rule, or one alone. Asks nobody."""
    later = [
        (_marked(each), NEVER_ENDED) if (each.place or 0) < RUN_PAGES else (each, NEVER_BEGUN)
        for each in deliveries
        if each.receive_count > 1
    ]
    first = [each for each in deliveries if each.receive_count == 1]
    suspects = [each for each in first if each.unended_alone is not None]
    if not suspects:
        return Plan(first, later)
    # Pages without a strike go first, so that they are through before the process is risked once more.
    alone = min(suspects, key=lambda each: each.unended_alone or 0)
    return Plan([alone], later + [(each, STANDS_BACK) for each in first if each is not alone])


def verdict(delivery: Delivery) -> TransientError | None:
    """Return what is said of a page that is given up because its deliveries never ended, None for any other."""
    if (delivery.unended_alone or 0) < STRIKES:
        return None
    return TransientError(
        "job-failed",
        "deliveries of this page, each to be captured alone, never reported an end: "
        "the page may have ended the process (a crash, memory, the function's timeout)",
    )


def _marked(delivery: Delivery) -> Delivery:
    # One strike, however often it came: where the queue takes no copies for a while, deliveries go by without a try.
    strikes = 0 if delivery.unended_alone is None else delivery.unended_alone + 1
    return replace(delivery, unended_alone=min(strikes, STRIKES))
