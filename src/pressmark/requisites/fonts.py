"""Which of a font's sources browsers load (CSS Fonts Level 4, section 4.3)."""

from collections.abc import Iterator

from pressmark.requisites.wanted import Level

FORMATS = frozenset(["woff2", "woff", "truetype", "opentype", "collection"])
"""Formats that today's browsers load, as ``format()`` names them."""


class Font:
    """The addresses in a block of ``@font-face``, by declaration."""

    def __init__(self) -> None:
        self._declarations: list[list[tuple[str, str | None]]] = [[]]

    def add(self, address: str) -> None:
        """The next source."""
        self._declarations[-1].append((address, None))

    def format(self, name: str) -> None:
        """The ``format()`` after the source that was added last."""
        if sources := self._declarations[-1]:
            sources[-1] = (sources[-1][0], name.lower())

    def end_declaration(self) -> None:
        """A semicolon."""
        self._declarations.append([])

    def chosen(self, level: Level) -> Iterator[str]:
        """Yield the addresses that are wanted: all of them, or the first that browsers load.

        They load the first source whose format they know, or that states none, from the last declaration that has such
        a source.
        """
        if level == "all":
            yield from (address for sources in self._declarations for address, _ in sources)
            return
        for sources in reversed(self._declarations):
            for address, name in sources:
                if _is_known(address, name):
                    yield address
                    return


def _is_known(address: str, name: str | None) -> bool:
    if name is None:
        return not address.partition("?")[0].partition("#")[0].lower().endswith(".eot")
    return name.removesuffix("-variations") in FORMATS
