"""Lists of hosts: which may be requested, and which may not.

A short list is a setting. A long one is an object in the archive's bucket, one host a line, which the setting names
(``@config/allow-hosts.txt``): Lambda gives a function 4 KB for all its variables, and a list of thousands should change
without a deployment. It is read when a process starts and checked for changes once a minute. While a list cannot be
read, no host is allowed: :meth:`HostLists.refresh` raises and the handler puts off every message before any page
begins.
"""

import io
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pressmark import forms
from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, UrlError
from pressmark.settings import Settings
from pressmark.urls import clean, host_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFRESH_SECONDS = 60.0
"""A list read longer ago than this is requested again: one GET a minute and process, mostly answered without a body."""

MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 200_000
"""A list with more bytes or lines is not used at all: names cost memory, and international ones also time."""

MAX_NAME = 253
"""Maximum characters of a host name (RFC 1035 section 2.3.4, without the dot at its end)."""

_SIMPLE = re.compile(forms.HOST)


class Hosts:
    """A set of hosts, each with its subdomains. A look-up takes one step per label, however many hosts there are.

    names: the hosts, as they are written in URLs.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = frozenset(_plain(name) for name in names)

    def __contains__(self, host: str) -> bool:
        name = _plain(host)
        while name:
            if name in self.names:
                return True
            name = name.partition(".")[2]
        return False

    def __len__(self) -> int:
        return len(self.names)


def read_list(text: str) -> Hosts:
    """Parse a list from the bucket: a host a line, ``#`` begins a comment. Raises ValueError.

    International names may be in Unicode; the result has them as URLs do.
    """
    names = []
    # Line by line: a list of eight million empty lines, split at once, would exceed the memory that the limit protects.
    for number, line in enumerate(io.StringIO(text.removeprefix("\ufeff"), newline=None), 1):
        if number > MAX_LINES:
            raise ValueError(f"more than {MAX_LINES:,} lines; it is not used in part")
        word = line.partition("#")[0].strip()
        if word:
            try:
                simple = len(_plain(word)) <= MAX_NAME and _SIMPLE.fullmatch(word)
                names.append(word if simple else _host_name(word))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return Hosts(names)


class _List:
    """One list of a deployment. hosts: from the setting, or the bucket (None if it was not read)."""

    def __init__(self, setting: tuple[str, ...]) -> None:
        self.key = setting[0][1:] if setting and setting[0].startswith("@") else None
        self.hosts = None if self.key else Hosts(setting)
        self.etag = ""


class HostLists:
    """The lists of a deployment, for any number of threads.

    client: for lists that are in the bucket. monotonic: a clock, seconds.
    """

    def __init__(
        self,
        settings: Settings,
        client: "S3Client | None" = None,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._bucket = settings.bucket
        self._client = client
        self._monotonic = monotonic or (lambda: 0.0)
        self._all_allowed = not settings.allow_hosts
        self._allow, self._deny = _List(settings.allow_hosts), _List(settings.deny_hosts)
        self._read_at: float | None = None

    def refresh(self) -> None:
        """Read the bucket's lists, once every :data:`REFRESH_SECONDS`. Raises ArchiveError; then no host is allowed."""
        lists = [each for each in (self._allow, self._deny) if each.key]
        now = self._monotonic()
        if not lists or (self._read_at is not None and now - self._read_at < REFRESH_SECONDS):
            return
        self._read_at = None
        for each in lists:
            self._read(each)
        self._read_at = now

    def refusal(self, host: str) -> str | None:
        """Return why a host may not be requested, None if it may. Raises ArchiveError if a list was not read."""
        allow, deny = self._allow.hosts, self._deny.hosts
        if allow is None or deny is None:
            raise ArchiveError("a list of hosts in the bucket was not read")
        if not self._all_allowed and host not in allow:
            return f"{_plain(host)} is not on the list of allowed hosts"
        if host in deny:
            return f"{_plain(host)} is on the list of denied hosts"
        return None

    def _read(self, each: _List) -> None:
        where = f"s3://{self._bucket}/{each.key}"
        if self._client is None or each.key is None:
            raise ArchiveError(f"{where}: a list in the bucket, and no bucket to read it from")
        known: dict[str, Any] = {"IfNoneMatch": each.etag} if each.etag else {}
        try:
            with asking(f"GetObject {where}"):
                answer = self._client.get_object(Bucket=self._bucket, Key=each.key, **known)
                data = answer["Body"].read(MAX_BYTES + 1)
        except ArchiveError as error:
            if code_of(error) in ("304", "NotModified"):
                return
            each.hosts, each.etag = None, ""
            raise
        each.hosts, each.etag = None, ""
        if len(data) > MAX_BYTES:
            raise ArchiveError(f"{where}: more than {MAX_BYTES:,} bytes; it is not used in part")
        try:
            each.hosts = read_list(data.decode("utf-8"))
        except ValueError as error:
            raise ArchiveError(f"{where}: {error}") from error
        each.etag = answer["ETag"]


def _host_name(word: str) -> str:
    """Return a host as cleaned URLs have it; spelled differently in a deny list, it would not be recognized."""
    if set(word) & set("/@?#\\,") or re.search(r"[^\]:]:\d*$", word):
        raise ValueError(f"a host name without scheme, path and port is expected, not {word[:100]!r}")
    try:
        return host_of(clean(f"http://{word.removeprefix('*').removeprefix('.')}/"))
    except UrlError as error:
        raise ValueError(f"{word[:100]!r} is not a host name") from error


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").removeprefix("*").removeprefix(".").lower()
