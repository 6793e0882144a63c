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
    """A link. url: absolute; text: its text or title; kind: media type, language or relation, if given."""

    url: str
    text: str = ""
    kind: str = ""


@dataclass(slots=True)
class Article:
    """What an article page says about itself.

    published, modified: an aware datetime if the page states an offset from UTC or one can be derived from it; a naive
        datetime if not; a date if the page states no time; None if it does not state the day.
    titles: every form of the headline that the page has, by source and name there (``json-ld headline``, ``opengraph
        og.title``, ``html h1``, ``html title`` …), each without the site's name.
    language: BCP 47, as ``en`` or ``pt-BR``. kind: one of :data:`KINDS`.
    text: paragraphs joined by line feeds. word_count: of the text.
    is_paywalled: None if the page does not say.
    licence: a URL or a text. comments_url, canonical_url: absolute. breadcrumbs: the outermost first.
    outlinks: absolute URLs that the article's text links to. read_more: other articles linked between paragraphs.
    alternates: other versions of the page (by language, device or format). feeds: RSS, Atom and JSON feeds.
    sources: for each field that has a value, where it came from: ``json-ld``, ``opengraph``, ``meta``,
        ``microdata``, ``rdfa``, ``html``, ``state``, ``url`` or ``text``. ``caption`` and ``credit`` are the
        image's.
    confidence: for ``published`` and ``modified``, how certain the date is, from 0 to 1. A date in the page's data has
        at least 0.5; for other dates it depends on the words and markup around them (``dates/find.py``).
    whole: whether the whole page was parsed; False if only its beginning was (``page/document.py``). It is not a fact
        about the article, so :meth:`to_dict` leaves it out.
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
        """Return plain JSON types: dates as ISO 8601, images and links as objects; every field except ``whole``."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "whole"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The inverse of :meth:`to_dict`. Unknown keys are ignored; missing fields get their defaults."""
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
