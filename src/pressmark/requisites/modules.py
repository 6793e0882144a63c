"""The modules that a script imports (ECMA-262, sections 16.2 and 13.3.10), found in its text.

Looked for are the words ``from`` and ``import`` with a quoted address behind them: ``import "./a.js"``,
``import a from "./a.js"``, ``export {a} from "./a.js"``, ``import("./a.js")``. Whether they stand in code, in a comment
or in a string is not told apart: at worst something is asked for that the page does not need. Scripts that are not
modules may call ``import()``, too, so every script is read. An import map is not applied, so a bare name (``lodash``)
leads to nothing; nor does an address that is put together when the script runs, or is written with escapes. The time it
takes grows with the text and no faster.
"""

import re
from collections.abc import Iterator
from itertools import islice

from pressmark.requisites.addresses import Addresses
from pressmark.requisites.wanted import MAX_REFERENCES, MAX_WANTED, Wanted

MAX_SCRIPT_BYTES = 2 * 1024 * 1024
"""What is read of a script. What stands behind it is not found."""

_BLANK = r"\s*+(?:/\*[^*]*+\*/\s*+)?+"
_ADDRESS = r"(?:\.{0,2}+/|https?+:)"  # what HTML takes for an address ("resolve a module specifier")
_IMPORT = re.compile(
    rf"(?:from(?<![\w$.]from)|import(?<![\w$.]import)(?P<call>{_BLANK}\()?+){_BLANK}"
    rf"(?:\"(?P<double>{_ADDRESS}[^\"\\\n]*+)\"|'(?P<single>{_ADDRESS}[^'\\\n]*+)'|`(?P<plain>{_ADDRESS}[^`\\\n$]*+)`)"
    r"(?(call)\s*+[),])"  # not the beginning of an address that is put together
)


def in_script(script: bytes, url: str) -> list[Wanted]:
    """Return the modules that a script imports, each once.

    script: the file's bytes without their content encoding; those of a module are UTF-8 (HTML Standard, "fetch a single
    module script"). url: its absolute URL, where redirects ended.
    """
    addresses = Addresses(url)
    found: dict[str, None] = {}
    named = dict.fromkeys(imported(script[:MAX_SCRIPT_BYTES].decode("utf-8", "replace")))
    for reference in islice(named, MAX_REFERENCES):
        address = addresses.url(reference)
        if address and address != url and len(found) < MAX_WANTED:
            found.setdefault(address)
    return [Wanted(each, "script", "script") for each in found]


def imported(script: str) -> Iterator[str]:
    """Yield the addresses of the modules in a script's text, as they are written there."""
    for each in _IMPORT.finditer(script):
        yield each[each.lastgroup or 0]
