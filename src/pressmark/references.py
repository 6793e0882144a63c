"""Resolves references against the page they are on, as browsers do (WHATWG URL Standard, section 4.4).

Browsers and RFC 3986 differ: a backslash is a slash, ``http:x`` is relative, ``///host/x`` names a host, tabs and
line breaks within mean nothing, and ``/x?`` keeps its question mark.
"""

import re

_OUTSIDE = "".join(map(chr, range(1, 0x21)))  # not NUL, which no header may have
_WITHIN = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BASE = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x01-\x1f\x7f]")


def resolve(base: str, reference: str) -> str:
    """Return the absolute URL that a reference leads to, without its fragment.

    base: an absolute http(s) URL. A reference to something else than http(s), and one that cannot be resolved, is
    returned as it is: the caller then refuses it, and can name it.
    """
    text = _WITHIN.sub("", reference.strip(_OUTSIDE))
    here = _BASE.match(base)
    if here is None:
        return text
    scheme, authority, directory, query = here.groups()
    named = _SCHEME.match(text)
    if named and named[1].lower() not in ("http", "https"):
        return text
    text = _escaped(text.partition("#")[0])
    if named:
        text = text[named.end() :]
        if named[1].lower() != scheme.lower():
            return f"{named[1]}://{text.lstrip('/')}"
    if text.startswith("//"):
        return f"{named[1] if named else scheme}://{text.lstrip('/')}"
    root = f"{scheme}://{authority}"
    if text.startswith("/"):
        return root + _dotless(text)
    if not text:
        return root + directory + (query or "")
    if text.startswith("?"):
        return root + directory + text
    return root + _dotless(directory.rpartition("/")[0] + "/" + text)


def _dotless(text: str) -> str:
    path, mark, query = text.partition("?")
    return resolve_dots(path) + mark + query


def _escaped(text: str) -> str:
    """Replace backslashes before the query by slashes, and escape control characters. NUL stays, to be refused."""
    path, mark, query = text.partition("?")
    return _CONTROL.sub(lambda match: f"%{ord(match[0]):02X}", path.replace("\\", "/") + mark + query)


def header_text(value: str) -> str:
    """Return a header's value, bytes read as Latin-1, in ASCII as browsers write it: each byte beyond ASCII is escaped.

    No encoding is guessed. A server that writes ``/jos\\xe9`` knows the page as ``/jos%E9``, and one that writes it in
    UTF-8 as ``/jos%C3%A9``.
    """
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError:  # it did not come from a header
        data = value.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in data)


def resolve_dots(path: str) -> str:
    """Remove dot segments (RFC 3986 section 5.2.4). Empty segments stay, as servers tell them apart."""
    if "/." not in path and "/%2" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        dots = segment.lower().replace("%2e", ".")  # browsers resolve escaped dots, too
        if dots == ".":
            if last:
                kept.append("")
        elif dots == "..":
            if kept:
                kept.pop()
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)
