"""Every question the archive answers, each as ranges of keys: no question is a scan.

A :class:`Range` is one contiguous part of one partition of the table or of an index. What runs it is a
:class:`Reader`: :class:`TableReader` asks DynamoDB, :class:`pressmark.archive.folder.FolderReader` the index of
an archive folder. docs/table.md shows each as an ``aws dynamodb query``, with its cost.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from pressmark import surt, urls
from pressmark.archive.keys import BY_DAY, BY_PUBLISHED, term_partition
from pressmark.archive.rows import Item
from pressmark.archive.table import from_item
from pressmark.archive.times import lower_bound, upper_bound
from pressmark.aws import asking
from pressmark.clock import iso_utc
from pressmark.errors import UrlError
from pressmark.forms import INDEX_TERMS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRST = " "
LAST = "\x7f"
"""Below and above every sort key: keys are ASCII. DynamoDB takes no empty string for a key."""

ATTRIBUTES: Mapping[str | None, tuple[str, str]] = {
    None: ("site", "capture"),
    BY_DAY: ("day", "captured"),
    BY_PUBLISHED: ("site", "published"),
}
"""Partition and sort key of the table (None) and of its indexes."""

BEGINNING = date(1996, 1, 1)
"""Nobody captured the web before; the days of an archive are looked for from here on."""

RECENT_DAYS = 3
"""How many days are asked for before the archive's first day is looked up."""


@dataclass(frozen=True, slots=True)
class Range:
    """Part of one partition. lower, upper: sort keys, both included. backward: from the upper end down.

    only: the attributes that are needed, keys among them; empty: all. A reader may give more.
    """

    partition: str
    lower: str = FIRST
    upper: str = LAST
    index: str | None = None
    backward: bool = False
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to one request. after: the key to continue from, None at the range's end."""

    items: list[Item]
    after: dict[str, str] | None = None


class Reader(Protocol):
    """Anything that answers ranges."""

    @property
    def index_terms(self) -> Collection[str]:
        """Which of :data:`pressmark.forms.INDEX_TERMS` every capture can be looked up by."""

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        """Return at most ``limit`` items of a range, those after ``after``."""

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """Return whole rows by primary key, in the order asked; missing ones are left out."""

    def days(self, start: date, end: date) -> Iterator[str]:
        """Yield the days from ``end`` back to ``start`` on which there may be captures."""


def kept_terms(text: str | None) -> tuple[str, ...]:
    """Read the parameter IndexTerms from a stack's outputs; all kinds if they do not have it."""
    return tuple(each.strip() for each in text.split(",")) if text else INDEX_TERMS


# --- the questions ---------------------------------------------------------------------------------------


def _times(start: datetime | None, end: datetime | None) -> tuple[str, str]:
    return (lower_bound(start) if start else FIRST, upper_bound(end) if end else LAST)


def of_url(url: str, *, start: datetime | None = None, end: datetime | None = None) -> Range:
    """Every capture of a URL, newest first. Scheme, ``www`` and letter case do not tell URLs apart (SURT)."""
    key = surt.urlkey(urls.clean(url))
    lower, upper = _times(start, end)
    return Range(surt.site(key), f"{key} {lower.strip()}", f"{key} {upper}", backward=True)


def before(url: str, moment: datetime) -> Range:
    """Captures of a URL before an instant, nearest first."""
    key = surt.urlkey(urls.clean(url))
    return Range(
        surt.site(key), f"{key} ", f"{key} {iso_utc(moment - timedelta(microseconds=1))}", backward=True
    )


def from_on(url: str, moment: datetime) -> Range:
    """Captures of a URL at and after an instant, nearest first."""
    key = surt.urlkey(urls.clean(url))
    return Range(surt.site(key), f"{key} {iso_utc(moment)}", f"{key} {LAST}")


def of_prefix(prefix: str) -> list[Range]:
    """Captures of every URL that starts with a prefix, in SURT order. ``prefix``: a URL with its whole host.

    Raises UrlError.
    """
    cleaned = urls.clean(_with_scheme(prefix))
    key = surt.surt(cleaned)
    if cleaned.endswith("/") and not key.endswith("/"):  # the SURT of a whole URL loses it
        key += "/"
    key = key[: surt.MAX_URLKEY_BYTES - 72]  # a longer urlkey keeps its beginning up to here
    return [Range(surt.site(key), key, key + LAST)]


def of_host(host: str) -> list[Range]:
    """Captures of one host, of all its ports where none is given, in SURT order. Raises UrlError."""
    name = _host_key(host)
    partition = surt.site(name + ")")
    if _has_port(name):
        return [Range(partition, f"{name})", f"{name}){LAST}")]
    return [Range(partition, name + sign, name + sign + LAST) for sign in (")", ":")]


def of_domain(domain: str) -> list[Range]:
    """Captures of a domain and all its subdomains, in SURT order.

    Raises UrlError: names above a registered domain (``com``, ``co.uk``) are not partitions.
    """
    name = _host_key(domain)
    partition = surt.site(name + ")")
    if _has_port(name):
        raise UrlError(f"{domain!r} has a port: write the domain without one", url=domain)
    if partition == name:
        if surt.site(name + ",x)") != name and not _is_address(name):
            raise UrlError(f"{domain!r} is not a registered domain; write one below it", url=domain)
        return [Range(partition)]
    return [Range(partition, name + sign, name + sign + LAST) for sign in (")", ",", ":")]


def published(domain: str, *, start: datetime | None = None, end: datetime | None = None) -> Range:
    """Articles of a registered domain by their own date of publication, newest first. Raises UrlError."""
    lower, upper = _times(start, end)
    return Range(of_domain(domain)[0].partition, lower, upper, index=BY_PUBLISHED, backward=True)


def of_term(kind: str, value: str, *, start: datetime | None = None, end: datetime | None = None) -> Range:
    """Captures by author, tag, section, label, digest, error or status (400 and above), newest first."""
    lower, upper = _times(start, end)
    return Range(term_partition(kind, value), lower, upper, backward=True)


def of_day(day: str, *, start: datetime | None = None, end: datetime | None = None) -> Range:
    """Everything captured on a day (``2026-11-23``, UTC), newest first."""
    lower, upper = _times(start, end)
    return Range(day, lower, upper, index=BY_DAY, backward=True)


def row_key(item: Item) -> dict[str, str]:
    """Return the primary key of the row that an index or term item points to."""
    if "=" in item["site"]:
        captured, _, key = item["capture"].partition(" ")
        return {"site": surt.site(key), "capture": f"{key} {captured}"}
    return {"site": item["site"], "capture": item["capture"]}


def _with_scheme(text: str) -> str:
    return text if re.match(r"https?://", text, re.IGNORECASE) else f"http://{text}"


def _host_key(host: str) -> str:
    return surt.surt(urls.clean(_with_scheme(host))).partition(")")[0]


def _has_port(name: str) -> bool:
    return re.search(r":\d+$", name.rpartition("]")[2]) is not None


def _is_address(name: str) -> bool:
    return name.startswith("[") or name.replace(",", "").isdigit()


# --- DynamoDB ---------------------------------------------------------------------------------------------


class TableReader:
    """Answers ranges from DynamoDB: one Query a page, eventually consistent (half the price)."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        first_day: Callable[[], date] = lambda: BEGINNING,
        index_terms: Collection[str] = INDEX_TERMS,
    ) -> None:
        """first_day: returns a day before which nothing was captured; called once, when that matters."""
        self._client = client
        self.table = table
        self.index_terms = index_terms
        self._first_day = first_day

    def page(self, asked: Range, *, limit: int, after: Mapping[str, str] | None = None) -> Page:
        """See :class:`Reader`. Raises ArchiveError."""
        if asked.lower > asked.upper:  # DynamoDB takes that for a mistake
            return Page([])
        partition, sort = ATTRIBUTES[asked.index]
        options: dict[str, Any] = {"IndexName": asked.index} if asked.index else {}
        names = {partition: "#partition", sort: "#sort"}
        names |= {name: f"#only{number}" for number, name in enumerate(asked.only) if name not in names}
        if asked.only:
            options["ProjectionExpression"] = ", ".join(names[name] for name in asked.only)
        if after:
            options["ExclusiveStartKey"] = {name: {"S": value} for name, value in after.items()}
        with asking(f"Query on {self.table} for {asked.partition}"):
            answer = self._client.query(
                TableName=self.table,
                KeyConditionExpression="#partition = :partition AND #sort BETWEEN :lower AND :upper",
                ExpressionAttributeNames={placeholder: name for name, placeholder in names.items()},
                ExpressionAttributeValues={
                    ":partition": {"S": asked.partition},
                    ":lower": {"S": asked.lower},
                    ":upper": {"S": asked.upper},
                },
                ScanIndexForward=not asked.backward,
                Limit=limit,
                **options,
            )
        last = answer.get("LastEvaluatedKey")
        return Page(
            [from_item(item) for item in answer["Items"]],
            {name: str(value["S"]) for name, value in last.items()} if last else None,
        )

    def rows(self, keys: Sequence[Mapping[str, str]]) -> list[Item]:
        """See :class:`Reader`: BatchGetItem, 100 a request. Raises ArchiveError."""
        found: dict[tuple[str, str], Item] = {}
        wanted = [
            {"site": {"S": site}, "capture": {"S": capture}}
            for site, capture in dict.fromkeys((key["site"], key["capture"]) for key in keys)
        ]
        while wanted:
            batch, wanted = wanted[:100], wanted[100:]
            with asking(f"BatchGetItem on {self.table}"):
                answer = self._client.batch_get_item(RequestItems={self.table: {"Keys": batch}})
            for item in answer["Responses"].get(self.table, ()):
                row = from_item(item)
                found[row["site"], row["capture"]] = row
            left: Any = answer.get("UnprocessedKeys", {}).get(self.table)
            wanted = (left["Keys"] if left else []) + wanted
        ordered = ((key["site"], key["capture"]) for key in keys)
        return [found[key] for key in ordered if key in found]

    def days(self, start: date, end: date) -> Iterator[str]:
        """See :class:`Reader`: every day since the archive's first."""
        first = start
        for number in range((end - start).days + 1):
            if number == RECENT_DAYS:
                first = max(start, self._first_day())
            day = end - timedelta(days=number)
            if day < first:
                return
            yield day.isoformat()
