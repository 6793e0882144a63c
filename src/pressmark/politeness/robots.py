"""robots.txt (RFC 9309): fetched once per host and day, for all invocations together.

What a site's file says to us is kept in memory and, for other processes, on the state table. Only the
lines that concern us are kept: half a megabyte of rules for other robots becomes a few lines, and the
parser (Protego) cannot be made to multiply ten thousand groups by ten thousand rules.

What the answer means (RFC 9309 section 2.3.1): 2xx is read; 4xx, and a redirect chain that does not end,
mean there are no rules; 429, 5xx and no answer at all mean that no page may be fetched for now. An error before
any answer, such as a host that does not exist, is passed on as it is: the page would fail in the same way.
"""

import re
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from protego import Protego

from pressmark.aws import asking
from pressmark.clock import REAL, Outside
from pressmark.errors import ArchiveError, CaptureError, NotYet, PermanentError, TransientError, cut
from pressmark.http.decode import decode
from pressmark.http.exchange import Exchange, FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PRODUCT = "Pressmark"
"""The product token robots.txt files can name (RFC 9309 section 2.2.1); the User-Agent carries it."""

MAX_PARSED_BYTES = 500 * 1024
"""RFC 9309 section 2.5: at least 500 KiB must be parsed. The archive's copy holds what settings allow."""

MAX_REDIRECTS = 5
"""RFC 9309 section 2.3.1.2: at least five are followed; beyond them there are no rules."""

RULES_KEPT_SECONDS = 24 * 3600
"""RFC 9309 section 2.4: a copy should not be used for longer than a day."""

FAILED_KEPT_SECONDS = 600
"""How long a failure to fetch robots.txt counts."""

REMEMBERED = 1000


Turn = Callable[[str], None]
"""Takes the turn of a URL's host, and waits for it; raises NotYet if that takes too long, ArchiveError."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What robots.txt says about a URL.

    crawl_delay: seconds between requests the site asks for, None if it does not.
    fetched: the fetch of robots.txt, if this check made one: archive it, then close its bodies.
    error: why the rules are not known; then the page may not be fetched.
    """

    allowed: bool
    crawl_delay: float | None = None
    fetched: FetchResult | None = None
    error: CaptureError | None = None

    def refusal(self, url: str) -> CaptureError | None:
        """Return the error that a page ends with if it is not allowed, None if it is."""
        if self.allowed:
            return None
        return self.error or PermanentError("blocked-by-robots", "robots.txt disallows this page", url=url)


@dataclass(slots=True)
class Rules:
    """What is known of one origin. text: the lines for us. error: why there are none. until: epoch seconds."""

    until: float
    text: str = ""
    error: CaptureError | None = None
    parser: Any = None

    def verdict(self, url: str, now: float, fetched: FetchResult | None = None) -> Verdict:
        """Say whether a URL of the origin may be fetched. now: epoch seconds. fetched: if the rules were just read."""
        if self.error is not None:
            if isinstance(self.error, TransientError):
                # Trying sooner would find the same answer in the table.
                self.error.retry_after = max(1.0, self.until - now)
            return Verdict(False, None, fetched, self.error)
        if not self.text:
            return Verdict(True, None, fetched)
        if self.parser is None:
            self.parser = Protego.parse(self.text)
        delay = self.parser.crawl_delay(PRODUCT)
        if delay is not None and not 0 <= delay < float("inf"):
            delay = None
        return Verdict(self.parser.can_fetch(url, PRODUCT), delay, fetched)


class Robots:
    """The robots.txt files of a deployment's hosts; used by any number of threads."""

    def __init__(
        self,
        fetcher: Fetcher,
        client: "DynamoDBClient",
        table: str,
        settings: Settings,
        outside: Outside = REAL,
    ) -> None:
        self._fetcher = fetcher
        self._client = client
        self._table = table
        self._settings = settings
        self._outside = outside
        self._known: dict[str, Rules] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def check(self, url: str, deadline: float, *, turn: Turn | None = None) -> Verdict:
        """Return whether a URL may be fetched; fetch robots.txt only if no process has within a day.

        url: as :func:`pressmark.urls.clean` returns it. deadline: outside.monotonic() seconds. turn: called before each
        request. With the policy ``ignore`` every URL may be fetched, and robots.txt is not. Raises ArchiveError if
        the table cannot be read, and what ``turn`` raises.
        """
        if self._settings.robots == "ignore":
            return Verdict(True)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            asking = self._asking.setdefault(origin, threading.Lock())
        with asking:  # ten pages of one host fetch its robots.txt once
            now = self._outside.now().timestamp()
            rules = self._known.get(origin)
            if rules is None or rules.until <= now:
                rules = self._load(origin, now)
                if rules is not None:
                    self._remember(origin, rules)
            if rules is not None:
                return rules.verdict(url, now)
            fetched = self._fetch(f"{origin}/robots.txt", deadline, turn or (lambda _: None))
            try:
                rules = self._learn(origin, fetched, now)
            except BaseException:
                fetched.close()
                raise
            return rules.verdict(url, now, fetched)

    def _learn(self, origin: str, fetched: FetchResult, now: float) -> Rules:
        """Read a site's answer. Keep it on the table and in memory: for a day, or ten minutes if the site failed."""
        rules = _read(fetched, now)
        if rules.until > now:
            # The table is a cache: if it does not answer, or the rules are too long for an item, this process
            # remembers them, and another one fetches them again.
            with suppress(ArchiveError):
                self._store(origin, rules)
            self._remember(origin, rules)
        return rules

    def _fetch(self, url: str, deadline: float, turn: Turn) -> FetchResult:
        turn(url)
        waiting: list[NotYet | ArchiveError] = []

        def admit(there: str) -> CaptureError | None:
            try:
                turn(there)
            except (NotYet, ArchiveError) as error:
                waiting.append(error)
                return TransientError("too-many-requests", str(error), url=there)
            return None

        fetched = self._fetcher.fetch(url, deadline=deadline, max_redirects=MAX_REDIRECTS, admit=admit)
        if waiting:  # nothing was learned: robots.txt is fetched again when the page comes back
            fetched.close()
            raise waiting[0]
        return fetched

    def _remember(self, origin: str, rules: Rules) -> None:
        with self._lock:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
                self._asking.clear()
            self._known[origin] = rules

    def _load(self, origin: str, now: float) -> Rules | None:
        with asking(f"GetItem on {self._table} for robots#{origin}"):
            answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": f"robots#{origin}"}})
        item = answer.get("Item")
        # The TTL deletes items within days, not at once (DynamoDB guide, "Time to Live").
        if item is None or float(item["expires"]["N"]) <= now:
            return None
        rules = Rules(float(item["expires"]["N"]))
        if "code" in item:
            kind = TransientError if item["transient"]["BOOL"] else PermanentError
            rules.error = kind(item["code"]["S"], item["reason"]["S"], url=f"{origin}/robots.txt")
        elif "rules" in item:
            rules.text = zlib.decompress(bytes(item["rules"]["B"])).decode("utf-8")
        return rules

    def _store(self, origin: str, rules: Rules) -> None:
        item: dict[str, Any] = {
            "pk": {"S": f"robots#{origin}"},
            "expires": {"N": str(int(rules.until))},
        }
        if rules.error is not None:
            item["code"] = {"S": rules.error.code}
            item["reason"] = {"S": cut(rules.error.reason)}
            item["transient"] = {"BOOL": isinstance(rules.error, TransientError)}
        elif rules.text:
            item["rules"] = {"B": zlib.compress(rules.text.encode("utf-8"))}
        with asking(f"PutItem on {self._table} for robots#{origin}"):
            self._client.put_item(TableName=self._table, Item=item)


def _read(fetched: FetchResult, now: float) -> Rules:
    """Return the rules that follow from a fetch of robots.txt (RFC 9309 section 2.3.1)."""
    error = fetched.error
    answered = bool(fetched.exchanges)
    if error is None and answered and 200 <= fetched.exchanges[-1].status < 300:
        return Rules(now + RULES_KEPT_SECONDS, ours(_whole_lines(fetched.exchanges[-1])))
    if answered and not isinstance(error, TransientError):
        return Rules(now + RULES_KEPT_SECONDS)
    error = error or TransientError("cannot-fetch", "no answer")
    if error.code != "blocked-url":  # the host itself is refused, and so would be the page
        error.reason = cut(f"could not fetch robots.txt: {error.reason}")
    # The end of our own time says nothing about the site.
    kept = 0 if error.code == "soft-time-limit-exceeded" else FAILED_KEPT_SECONDS
    return Rules(now + kept, error=error)


def _whole_lines(page: Exchange) -> bytes:
    """Return what is parsed of a file, without a last line that was cut, such as ``Disallow: /`` for ``/private``."""
    decoded = decode(page, MAX_PARSED_BYTES)
    if not decoded.cut:
        return decoded.data
    return decoded.data[: max(decoded.data.rfind(b"\n"), decoded.data.rfind(b"\r")) + 1]


_AGENT = re.compile(r"user[ -]?agent\s*:?\s*(.*)", re.IGNORECASE)
_RULE = re.compile(
    r"(?:(?:dis{1,2}al{1,2}[oa]w|diasllow|allow|crawl[ -]delay|request-rate|visit-time)\b)", re.IGNORECASE
)
"""A line that ends a group's user-agent lines. Unknown lines do not end them, nor do those about the whole site."""

_TOKEN = re.compile(r"[A-Za-z_-]*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def ours(body: bytes) -> str:
    """Return the rules of a robots.txt that concern us, as one group for all robots; empty if there are none.

    These are the rules of all groups that name our product token (RFC 9309 section 2.2.1), or if no group does, of
    all groups for ``*``. The parser is not left to choose the group: Protego takes ``press`` for our name, and does
    not find our name in ``Pressmark/1.0``.
    """
    groups: dict[str, list[str]] = {}
    named: set[str] = set()  # whom the group is for: us, all, or neither
    in_agents = False  # whether more user-agent lines of the group may follow
    for raw in _LINE_END.split(body.removeprefix(b"\xef\xbb\xbf")):
        line = _text(raw).partition("#")[0].strip()
        if agent := _AGENT.match(line):
            named = named if in_agents else set()
            in_agents = True
            if (name := _meant(agent[1].strip())) is not None:
                named.add(name)
                groups.setdefault(name, [])
        elif _RULE.match(line):
            in_agents = False
            for name in named:
                groups[name].append(line)
    rules = groups.get(PRODUCT, groups.get("*", []))
    return "\n".join(["User-agent: *", *rules]) if rules else ""


def _text(line: bytes) -> str:
    """Return a line as text; in one that is not UTF-8, percent-encode the bytes beyond ASCII, as URLs do."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in line)


def _meant(name: str) -> str | None:
    """Return whom a user-agent line means: our product token, ``*`` (all robots), or None for others."""
    if name.split(None, 1)[:1] == ["*"]:
        return "*"
    token = _TOKEN.match(name)
    return PRODUCT if token and token[0].lower() == PRODUCT.lower() else None
