"""Reports what became of each delivery; log lines and metrics are made from the reports."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pressmark.errors import cut
from pressmark.queues.message import Delivery

Outcome = Literal["archived", "unchanged", "failed", "skipped", "postponed", "retry", "rejected", "error"]
"""archived: a capture with its row. unchanged: the same, as a revisit. failed: a row that says why not.
skipped: nothing to do (archived within the time asked for, or this message made its capture already).
postponed: it comes again later, usually because its turn has not come. retry: failed in a way that may pass.
rejected: not a capture request. error: Pressmark or its store failed; the page is tried again."""

GROUPS = {
    "site": "bad-request blocked method-not-allowed no-access not-found proxy-error too-many-redirects "
    "too-many-requests unauthorized",
    "server": "bad-gateway bandwidth-limit-exceeded gateway-timeout http-version-not-supported "
    "internal-server-error invalid-server-response not-implemented service-unavailable",
    "network": "cannot-fetch invalid-host-resolution no-ipv6 protocol-error read-timeout "
    "soft-time-limit-exceeded tls-error",
    "refused": "blocked-by-robots blocked-url invalid-url-syntax",
}
"""Why pages fail, for the metric PagesFailed, and the codes of each reason; all other codes count as ``ours``.

CloudWatch bills every value of a dimension as a metric of its own, $0.30 a month each.
"""

_GROUP_OF = {code: group for group, codes in GROUPS.items() for code in codes.split()}

USUAL = {"tries": 1, "mime": "text/html", "robots": "allowed"}
"""Facts that log lines leave out, because nearly every page has them."""


@dataclass(slots=True)
class Report:
    """What became of one delivery.

    acknowledge: whether its message is done: stored, put back as a copy, or in the dead-letter queue.
    facts: further fields of the log line; values are JSON-ready. ms: milliseconds that each phase took. is_told:
    whether it has a log line of its own; of pages that wait again as a run, only one has, with their number.
    """

    delivery: Delivery
    outcome: Outcome = "error"
    url: str = ""
    code: str | None = None
    reason: str | None = None
    acknowledge: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    ms: dict[str, float] = field(default_factory=dict)
    is_told: bool = True

    @property
    def group(self) -> str:
        """Why the page failed: a key of GROUPS, or ``ours``. Messages that are not capture requests are ``refused``."""
        return "refused" if self.outcome == "rejected" else _GROUP_OF.get(self.code or "", "ours")

    def line(self) -> dict[str, Any]:
        """The report as the fields of one log line, without empty values and without values that nearly every page
        has.

        Logs are paid by the byte. The title is in the row, under the key and offset that the line names.
        """
        line: dict[str, Any] = {
            "outcome": self.outcome,
            "url": self.url,
            "code": self.code,
            "reason": self.reason and cut(self.reason),
            "message_id": self.delivery.message_id,
            "tries": self.delivery.tries,
            "unended_alone": self.delivery.unended_alone,
            **self.facts,
            "ms": {name: whole for name, value in self.ms.items() if (whole := round(value))},
        }
        return {
            name: value
            for name, value in line.items()
            if value not in (None, "", {}) and name != "title" and value != USUAL.get(name)
        }
