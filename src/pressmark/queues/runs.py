"""A run: pages of one host that wait together, as one message on the capture queue (D28).

A page that waits for its turn goes back to the queue as a copy. Pages of one host that were received together go back
together, so that they come again in one batch, whichever poller of Lambda's receives them, and a thousand pages that
wait cost what three messages cost. The message has the attribute :data:`ATTRIBUTE_RUN`. Its body is a JSON list with
a list for each page, of what its copy would say: ``["id", "message", tries, sent]``, without zeros at the end.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pressmark.queues.message import Delivery

ATTRIBUTE_RUN = "PressmarkRun"
"""Message attribute: how many pages a run has."""

MOST_PAGES = 400
"""Maximum number of pages of one message. With URLs of 80 characters they stay below :data:`MOST_BYTES`."""

MOST_BYTES = 64_000
"""Maximum bytes of one message's body: SQS bills each 64 KB of a message as a request (Amazon SQS pricing)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of a run: what its copy would say. sent: when it was first sent, milliseconds since 1970; 0: not known."""

    body: str
    id: str
    tries: int = 0
    sent: int = 0


def write(deliveries: Sequence[Delivery]) -> str:
    """Return the body of a run's message, in ASCII: SQS accepts it whatever the pages' own messages hold."""
    return _json(deliveries)


def size(delivery: Delivery) -> int:
    """Return how many bytes of a run's message a page takes."""
    return len(_json([delivery]))


def read(body: str) -> list[Waiting]:
    """Read a run's message. Raises ValueError if it is not one: any sender may set the attribute."""
    try:
        found = json.loads(body)
        return list(_waiting(found))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"the message is not a run of pages: {error}") from error


def bodies_of(body: str) -> list[str]:
    """Return the bodies of the pages' own messages in a run's message; for any other message, its own body."""
    try:
        return [page.body for page in read(body)]
    except ValueError:
        return [body]


def _json(deliveries: Sequence[Delivery]) -> str:
    made = []
    for each in deliveries:
        sent = 0 if each.first_sent is None else round(1000 * each.first_sent.timestamp())
        page: list[str | int] = [each.id, each.body, each.earlier_tries, sent]
        while page[-1] == 0:
            page.pop()
        made.append(page)
    return json.dumps(made, separators=(",", ":"))


def _waiting(found: Any) -> Iterator[Waiting]:
    if not isinstance(found, list) or not 0 < len(found) <= MOST_PAGES:
        raise ValueError(f"a run of pages is a list of 1 to {MOST_PAGES}")
    for each in found:
        if not isinstance(each, list) or not 2 <= len(each) <= 4:
            raise ValueError("a page of a run is a list of id, body, tries and sent")
        id_, body, *numbers = each
        page = Waiting(body, id_, *numbers)
        if (
            not isinstance(page.body, str)
            or not isinstance(page.id, str)
            or not page.id.isprintable()
            or not page.id
        ):
            raise ValueError("a page of a run has a body and an id, which is printable text")
        if not all(type(number) is int and 0 <= number < 10**14 for number in (page.tries, page.sent)):
            raise ValueError("tries and sent are whole numbers")
        yield page
