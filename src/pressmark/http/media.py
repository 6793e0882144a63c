"""Media types, read from headers as browsers do (WHATWG Fetch, "extract a MIME type")."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

UNKNOWN = ("", "*/*", "unknown/unknown", "application/unknown")
"""Media types that say nothing about a body (WHATWG MIME Sniffing, section 7)."""


@dataclass(frozen=True, slots=True)
class Media:
    """essence: type and subtype in lower case. charset: the parameter's value as written, or None."""

    essence: str
    charset: str | None


def extract(values: Iterable[str]) -> Media | None:
    """Read the Content-Type headers of a response: the last one that can be read counts (Fetch, section 3.5)."""
    found: Media | None = None
    for value in values:
        for part in _split(value):
            media = parse(part)
            if media is None or media.essence == "*/*":
                continue
            if media.charset is None and found is not None and found.essence == media.essence:
                media = Media(media.essence, found.charset)
            found = media
    return found


def essence_to_keep(values: Iterable[str]) -> str:
    """Return the media type that rows and indexes state for Content-Type headers: type and subtype, or ""."""
    values = list(values)
    found = extract(values)
    if found is not None:
        return found.essence
    begun = (_ESSENCE.match(value) for value in values)
    return next((match[1].lower() for match in begun if match and match[1] not in UNKNOWN), "")


_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a token of RFC 9110 section 5.6.2
_ESSENCE = re.compile(rf"[\t\n\r ]*({_TOKEN}/{_TOKEN})[\t\n\r ]*")
# An unclosed quotation ends with the text; otherwise each quote would cost a scan to the end.
_QUOTED = r'"(?:[^"\\]++|\\.)*+(?:"|\\?+$)'
_PARAMETER = re.compile(rf"[\t\n\r ]*({_TOKEN})=({_QUOTED}|[^;]*)")
_PART = re.compile(rf'(?:{_QUOTED}|[^",])+')


def parse(text: str) -> Media | None:
    """Parse a media type (MIME Sniffing, section 4.4); None if the text is not one."""
    kind, *_ = text.split(";", 1)
    match = _ESSENCE.fullmatch(kind)
    if match is None:
        return None
    charset: str | None = None
    at = len(kind)
    while charset is None and 0 <= at < len(text):
        parameter = _PARAMETER.match(text, at + 1)
        if parameter and parameter[1].lower() == "charset":
            value = parameter[2].strip("\t\n\r ")
            charset = re.sub(r"\\(.)", r"\1", value.strip('"')) if value.startswith('"') else value or None
        at = text.find(";", parameter.end() if parameter else at + 1)
    return Media(match[1].lower(), charset)


def _split(value: str) -> list[str]:
    """Split a header at its commas, except those within quotes."""
    return _PART.findall(value)
