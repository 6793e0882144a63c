"""Finds what the style sheets and scripts of one page name, within limits."""

from pressmark.http.decode import Decoded, decode
from pressmark.http.exchange import Exchange
from pressmark.requisites.css import MAX_CSS_BYTES, in_css
from pressmark.requisites.modules import MAX_SCRIPT_BYTES, in_script
from pressmark.requisites.wanted import Found, Kind, Level, Wanted

CSS_BYTES = 4 * 1024 * 1024
"""Maximum decoded bytes of style sheets searched for one page: half a second of a third of a processor."""

SCRIPT_BYTES = 8 * 1024 * 1024
"""Maximum decoded bytes of scripts searched for one page: a quarter of a second of a third of a processor."""

FOUND_IN: dict[Kind, Found] = {"style": "css", "script": "script"}
"""The kinds of requisites that name others, and what a list says of where those were found."""


class Naming:
    """Searches a page's requisites for what they name. charset: the page's, for style sheets that name none.

    unsearched: URLs of files that were not searched to their end.
    """

    def __init__(self, level: Level) -> None:
        self.charset: str | None = None
        self.unsearched: list[str] = []
        self._level = level
        self._left: dict[Kind, int] = {"style": CSS_BYTES, "script": SCRIPT_BYTES}

    def named(self, exchange: Exchange, kind: Kind) -> list[Wanted]:
        """Return what a response to a requisite of this kind names. Raises OSError when the disk is full."""
        if kind not in FOUND_IN or exchange.status != 200 or exchange.media_type == "text/html":
            return []
        most = min(self._left[kind], MAX_CSS_BYTES if kind == "style" else MAX_SCRIPT_BYTES)
        decoded = decode(exchange, most) if most > 0 else Decoded(b"", cut=True)
        data = decoded.data
        self._left[kind] -= len(data)
        if decoded.cut or exchange.truncated:
            self.unsearched.append(exchange.url)
        if kind == "script":
            return in_script(data, exchange.url)
        charset = self.charset or "utf-8"
        return in_css(data, exchange.url, exchange.content_type, self._level, environment=charset)
