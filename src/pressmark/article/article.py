"""The article as the row and the WARC's metadata record keep it."""

from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from typing import Any, Self

KINDS = ("article", "liveblog", "video", "gallery", "index", "other")


@dataclass(slots=True, frozen=True)
class Image:
    """The lead image. url: absolute; the rest as the page gives it, or None."""

    url: str
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


@dataclass(slots=True, frozen=True)
class Link:
    """A link. url: absolute; text: what it shows; kind: media type, language or relation, if given."""

    url: str
    text: str = ""
    kind: str = ""


@dataclass(slots=True)
class Article:
    """What an article page says about itself.

    published, modified: an aware datetime where the page gives an offset or one follows from the page; a
        naive one where it gives none; a date where it gives no time; None if it gives less than a day.
    titles: every form of the headline that the page has, by source and name there (``json-ld headline``, ``opengraph
        og:title``, ``html h1``, ``html title`` …), each without the site's name.
    language: BCP 47, as ``en`` or ``pt-BR``. kind: one of :data:`KINDS`.
    text: paragraphs joined by line feeds. word_count: of the text.
    is_paywalled: None if the page does not say.
    outlinks: absolute URLs the article's text links to. read_more: other articles linked between paragraphs.
    sources: for each field that has a value, where it came from: ``json-ld``, ``opengraph``, ``meta``,
        ``microdata``, ``rdfa``, ``html``, ``state``, ``url`` or ``text``. ``caption`` and ``credit`` are the
        image's.
    confidence: for ``published`` and ``modified``, how far from 0 to 1 the date is believed: from 0.5 on where data or
        a label state it, less where it only stands near the headline or in the address (``dates/find.py``).
    whole: whether all of the page was read, or the beginning that a parser can be trusted with. It says nothing about
        the article, so it is not in the dict.
    """

    title: str | None = None
    titles: dict[str, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    published: datetime | date | None = None
    modified: datetime | date | None = None
    description: str | None = None
    section: str | None = None
    tags: list[str] = field(default_factory=list)
    image: Image | None = None
    language: str | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    kind: str = "other"
    text: str = ""
    word_count: int = 0
    copyright: str | None = None
    licence: str | None = None
    is_paywalled: bool | None = None
    breadcrumbs: list[Link] = field(default_factory=list)
    outlinks: list[str] = field(default_factory=list)
    read_more: list[Link] = field(default_factory=list)
    alternates: list[Link] = field(default_factory=list)
    feeds: list[Link] = field(default_factory=list)
    comments_url: str | None = None
    sources: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    whole: bool = field(default=True, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types: dates as ISO 8601, images and links as objects, every field but ``whole`` present."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "whole"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of :meth:`to_dict`; fields it does not know are ignored, missing ones take their default."""
        known: dict[str, Any] = {}
        for item in fields(cls):
            if item.name not in data:
                continue
            value = data[item.name]
            if item.name in ("published", "modified"):
                value = _moment(value)
            elif item.name == "image":
                value = Image(**value) if value else None
            elif item.name in ("breadcrumbs", "read_more", "alternates", "feeds"):
                value = [Link(**link) for link in value]
            elif item.default_factory is not MISSING:
                value = item.default_factory() if value is None else type(item.default_factory())(value)
            known[item.name] = value
        return cls(**known)


def _plain(value: Any) -> Any:
    if isinstance(value, Image | Link):
        return {item.name: getattr(value, item.name) for item in fields(value)}
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, dict) else value


def _moment(value: str | None) -> datetime | date | None:
    if not value:
        return None
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
