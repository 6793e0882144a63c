"""Isolates a page that kills the process, so that it costs no other page.

A process that runs out of memory, crashes in a C library or exceeds the function's timeout ends for all pages of its
batch, and nothing says which page was the cause: no message is acknowledged, and all are delivered again. Without more
rules, this would go on until the redrive policy has moved all of them to the dead-letter queue. So:

- A delivery that ends in order takes its message off the queue: the page is done, continues as a copy that comes later,
  or becomes a dead letter. No message is made visible again. So a receive count above 1 means that **an earlier
  delivery never reported an end**.
- Such a message continues as a copy before any page begins, marked to be captured alone
  (``Delivery.unended_alone``, 0). If it was marked already, that delivery is a strike. Of a run's message only the
  first pages can have been begun (:data:`~pressmark.politeness.turns.RUN_PAGES`); the others continue without a mark.
- A batch with a marked copy captures that page only. All others continue as copies, whose originals are deleted first.
- A page with :data:`STRIKES` strikes is not fetched again: it gets a row that says why, and goes to the
  dead-letter queue.

All that is known travels with the message. A missing end does not prove that the page was the cause: a process can
also be stopped from outside, or be unable to reach the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pressmark.errors import TransientError
from pressmark.politeness.turns import RUN_PAGES
from pressmark.queues.message import Delivery

STRIKES = 2
"""A page is given up after this many deliveries in which it was to be captured alone and that reported no end. A single
process may have died of something else: an instance that failed, a deployment."""

NEVER_BEGUN = "an earlier delivery never reported an end, and had not reached this page"
NEVER_ENDED = "an earlier delivery never reported an end; the page is to be captured alone"
STANDS_BACK = "another page of the batch has to be captured alone"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an invocation does with its deliveries.

    now: captured, in one WARC file. later: put back as copies before that, each with the reason.
    """

    now: list[Delivery]
    later: list[tuple[Delivery, str]]


def plan(deliveries: Sequence[Delivery]) -> Plan:
    """Decide which deliveries of a batch are captured now: usually all, or one alone. Sends no request."""
    later = [
        (_marked(each), NEVER_ENDED) if (each.place or 0) < RUN_PAGES else (each, NEVER_BEGUN)
        for each in deliveries
        if each.receive_count > 1
    ]
    first = [each for each in deliveries if each.receive_count == 1]
    suspects = [each for each in first if each.unended_alone is not None]
    if not suspects:
        return Plan(first, later)
    # Pages without a strike go first, so that they are done before one with a strike risks the process again.
    alone = min(suspects, key=lambda each: each.unended_alone or 0)
    return Plan([alone], later + [(each, STANDS_BACK) for each in first if each is not alone])


def verdict(delivery: Delivery) -> TransientError | None:
    """Return the error of a page that is given up because its deliveries never ended, None for any other page."""
    if (delivery.unended_alone or 0) < STRIKES:
        return None
    return TransientError(
        "job-failed",
        "deliveries of this page, each to be captured alone, never reported an end: "
        "the page may have ended the process (a crash, memory, the function's timeout)",
    )


def _marked(delivery: Delivery) -> Delivery:
    # One strike, however often it was received: while the queue takes no copies, deliveries pass without a try.
    strikes = 0 if delivery.unended_alone is None else delivery.unended_alone + 1
    return replace(delivery, unended_alone=min(strikes, STRIKES))
