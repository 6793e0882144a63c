"""The key that a URL is filed under. Nothing here may ever change: every row of an archive is filed by it.

``surt`` returns a URL's Sort-friendly URI Reordering Transform, by which CDX servers and replay tools look pages up;
``urlkey``, the form of it that fits a DynamoDB key; ``site``, the partition that the key is in.
"""

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from pressmark.urls import DEFAULT_PORTS

MAX_URLKEY_BYTES = 900
"""A DynamoDB sort key holds at most 1,024 bytes, and the capture time has to fit behind the urlkey."""

_WWW = re.compile(rb"www\d*\.")
_SURT_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PATH_SESSIONS = (
    re.compile(rb"^(.*/)(?:\((?:[a-z]\([0-9a-z]{24}\))+\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
    re.compile(rb"^(.*/)(?:\([0-9a-z]{24}\)/)([^?]+\.aspx.*)$", re.IGNORECASE),
)
_QUERY_SESSIONS = (
    re.compile(rb"^(.*)(?:jsessionid=[0-9a-z]{32})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rb"^(.*)(?:phpsessid=[0-9a-z]{32})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rb"^(.*)(?:sid=[0-9a-z]{32})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rb"^(.*)(?:aspsessionid[a-z]{8}=[a-z]{24})(?:&(.*))?$", re.IGNORECASE),
    re.compile(rb"^(.*)(?:cfid=[^&]+&cftoken=[^&]+)(?:&(.*))?$", re.IGNORECASE),
)


def _unescape(raw: bytes) -> bytes:
    # An escaped escape is unescaped too: %2541 is filed with A. Each turn shortens, so it ends.
    while (plain := unquote_to_bytes(raw)) != raw:
        raw = plain
    return raw


def _escape(raw: bytes) -> bytes:
    return quote_from_bytes(raw, safe=_SURT_SAFE).encode("ascii")


@lru_cache(maxsize=4096)
def surt(url: str) -> str:
    """Return the SURT of an http(s) URL as CDX servers write it: ``com,example)/path?a=1&b=2``.

    Host labels reversed, ``www`` gone, everything in lower case, query arguments sorted, session
    identifiers and trailing slash gone: the canonicalisation of the Wayback Machine and of pywb. Only IPv6
    addresses differ: they keep their brackets, because ``::1:8080`` without them could mean two things.
    """
    parts = urlsplit(url)
    host = _escape(_unescape((parts.hostname or "").encode("utf-8"))).lower().strip(b".")
    if ":" in (parts.hostname or ""):
        labels = f"[{parts.hostname}]".encode()
    else:
        host = _WWW.sub(b"", host, count=1) if _WWW.match(host) else host
        labels = b",".join(reversed(host.split(b".")))
    if parts.port not in (None, DEFAULT_PORTS.get(parts.scheme)):
        labels += b":%d" % parts.port
    path = _surt_path(_unescape(parts.path.encode("utf-8")))
    key = labels + b")" + path
    if query := _surt_query(parts.query.encode("utf-8")):
        key += b"?" + query
    return key.decode("ascii")


def _surt_path(raw: bytes) -> bytes:
    kept: list[bytes] = []
    segments = raw.split(b"/")[1:]
    for segment in segments:
        if segment == b".":
            continue
        if segment == b".." and kept:
            kept.pop()
        else:
            kept.append(segment)
    path = b"/" + b"/".join([segment for segment in kept[:-1] if segment] + kept[-1:])
    path = _escape(path).lower()
    for pattern in _PATH_SESSIONS:
        if match := pattern.match(path):
            path = match[1] + match[2]
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _surt_query(raw: bytes) -> bytes:
    query = _escape(_unescape(raw)) if raw else b""
    for pattern in _QUERY_SESSIONS:
        if match := pattern.match(query):
            query = match[1] + (match[2] or b"")
    if len(query) < 2:
        return query.lower()
    arguments = sorted(tuple(argument.split(b"=", 1)) for argument in query.lower().split(b"&"))
    return b"&".join(b"=".join(argument) for argument in arguments)


def urlkey(url: str) -> str:
    """Return the SURT of a URL in a form that fits a DynamoDB key.

    One longer than :data:`MAX_URLKEY_BYTES` keeps its beginning, so that prefix queries still find it,
    and ends in the SHA-256 of the whole.
    """
    key = surt(url)
    if len(key) <= MAX_URLKEY_BYTES:
        return key
    return f"{key[: MAX_URLKEY_BYTES - 72]}~sha256-{hashlib.sha256(key.encode()).hexdigest()}"


# Labels that, second from the right under a two-letter country code, are not names of their own
# ("example.co.uk" is a site, "co.uk" is not). This list is part of the key and never changes:
# a public suffix list that grows would orphan the rows filed before it grew.
_GENERIC_SECOND_LEVEL = frozenset(
    "ac asn co com edu gob gouv gov govt go gr id ltd mil ne net nom or org plc sch".split()
)


def site(key: str) -> str:
    """Return the partition a urlkey is filed in: its registered domain, reversed: ``com,example``.

    All captures of a domain and its subdomains are in one partition in SURT order, so that exact, prefix,
    host and domain look-ups are each one key condition. Each IP address is a partition of its own.
    """
    host = key.split(")", 1)[0]
    if host.startswith("["):
        return host[: host.index("]") + 1]
    name = host.split(":", 1)[0]
    labels = name.split(",")
    if len(labels) == 4 and all(label.isdigit() for label in labels):
        return name
    depth = 3 if len(labels) > 2 and len(labels[0]) == 2 and labels[1] in _GENERIC_SECOND_LEVEL else 2
    return ",".join(labels[:depth])
