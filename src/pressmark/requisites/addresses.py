"""What the references of a page or style sheet lead to, as browsers resolve them (WHATWG URL Standard)."""

import re
from urllib.parse import quote

from pressmark.charset.encodings import codec
from pressmark.errors import UrlError
from pressmark.references import resolve
from pressmark.urls import MAX_URL_CHARACTERS, clean

_AS_UTF_8 = ("utf-", "replacement", "x-user-defined")
"""Encodings of pages whose queries are in UTF-8 all the same (Encoding Standard, "get an output encoding")."""

_MAX_PLAIN = 2_000
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b"\"#<>'")
_SPACE = " \t\n\f\r"
_OTHER_SCHEME = re.compile(r"\s*+(?!https?:)[A-Za-z][A-Za-z0-9+.-]*+:", re.IGNORECASE)
# References that would come back unchanged: to recognise them takes a tenth of the time, and most are like that.
_CLEAN = re.compile(
    r"(?P<root>https?://(?:[a-z0-9-]{1,60}+\.){1,3}[a-z]{2,20})?/(?!/)[A-Za-z0-9/:@!$&'()*+,;=_~.\[\]-]*+"
    r"(?:\?[A-Za-z0-9/:@!$&()*+,;=_~.\[\]?|^`{}-]*+)?+"
)


def in_utf_8(reference: str) -> str:
    """A reference in a ``style`` attribute: browsers send its query in UTF-8, whatever the page's encoding."""
    return reference if reference.isascii() else "".join(c if c.isascii() else quote(c) for c in reference)


class Addresses:
    """Resolves the references of one file.

    base: absolute http(s) URL that they are relative to. charset: WHATWG name of the file's encoding, in which browsers
    send a query's characters beyond ASCII (URL Standard, 4.4, "query state"); paths are sent in UTF-8.
    """

    def __init__(self, base: str, charset: str = "utf-8") -> None:
        self._base = base
        self._root = clean(resolve(base, "/")).removesuffix("/")
        self._codec = None if charset.startswith(_AS_UTF_8) else codec(charset)

    def url(self, reference: str) -> str | None:
        """The URL, cleaned; None for references that cannot be fetched over HTTP, and for the file itself."""
        if len(reference) > 2 * MAX_URL_CHARACTERS:  # most of these contain their data
            return None
        # An empty reference leads to no picture (HTML Standard, "updating the image data"), a fragment into this file.
        if reference.strip(_SPACE)[:1] in ("", "#") or _OTHER_SCHEME.match(reference):
            return None
        plain = _CLEAN.fullmatch(reference)
        if plain and "/." not in reference and len(reference) <= _MAX_PLAIN:
            return reference if plain["root"] else self._root + reference
        path, mark, query = reference.partition("#")[0].partition("?")
        try:
            return clean(resolve(self._base, path + mark + self._query(query)))
        except UrlError:
            return None

    def _query(self, query: str) -> str:
        if self._codec and not query.isascii():
            query = "".join(each if each.isascii() else _in(self._codec, each) for each in query)
        return query.replace("'", "%27")


def _in(encoding: str, character: str) -> str:
    try:
        data = character.encode(encoding)
    except UnicodeEncodeError:
        return f"%26%23{ord(character)}%3B"  # a character reference, as browsers write it
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in data)
