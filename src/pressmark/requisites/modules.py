"""The modules that a script imports (ECMA-262, sections 16.2 and 13.3.10), found in its text.

The words ``from`` and ``import`` followed by a quoted address are looked for: ``import "./a.js"``, ``import a from
"./a.js"``, ``export {a} from "./a.js"``, ``import("./a.js")``. It makes no difference whether they are in code, in a
comment or in a string: at worst something is fetched that the page does not need. Scripts that are not modules may call
``import()``, too, so every script is read. Files that a module names relative to itself are found, too: ``new
URL("worker.js", import.meta.url)``. Of an import map every address that is not a prefix is wanted, whether a module
uses its name or not. Without a map, a bare name (``lodash``) leads to nothing; nor does an address that is put together
while the script runs, or is written with escapes. The time grows only in proportion to the text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pressmark.requisites.addresses import Addresses
from pressmark.requisites.lazy import names_picture
from pressmark.requisites.wanted import MAX_REFERENCES, MAX_WANTED, Kind, Wanted

MAX_SCRIPT_BYTES = 2 * 1024 * 1024
"""How much of a script is read; addresses after that are not found."""

_BLANK = r"\s*+(?:/\*[^*]*+\*/\s*+)?+"
_ADDRESS = r"(?:\.{0,2}+/|https?+:)"  # what HTML regards as an address ("resolve a module specifier")
_IMPORT = re.compile(
    rf"(?:from(?<![\w$.]from)|import(?<![\w$.]import)(?P<call>{_BLANK}\()?+){_BLANK}"
    rf"(?:\"(?P<double>{_ADDRESS}[^\"\\\n]*+)\"|'(?P<single>{_ADDRESS}[^'\\\n]*+)'|`(?P<plain>{_ADDRESS}[^`\\\n$]*+)`)"
    r"(?(call)\s*+[),])"  # not the beginning of an address that is put together
)

_BESIDE = re.compile(
    rf"new(?<![\w$.]new)\s++URL{_BLANK}\({_BLANK}"
    r"(?:\"(?P<double>[^\"\\\n]++)\"|'(?P<single>[^'\\\n]++)'|`(?P<plain>[^`\\\n$]++)`)"
    rf"{_BLANK},{_BLANK}import{_BLANK}\.\s*+meta\s*+\.\s*+url(?![\w$])"
)
"""Files that a module names relative to itself (HTML Standard, "import.meta.url"). A bare name is an address here."""

_SCRIPTS = (".js", ".mjs")


def in_script(script: bytes, url: str) -> list[Wanted]:
    """Return the modules that a script imports, and files that it names relative to itself, each once.

    script: the file's bytes without their content encoding; those of a module are UTF-8 (HTML Standard, "fetch a single
    module script"). url: its absolute URL, where redirects ended.
    """
    addresses = Addresses(url)
    found: dict[str, Wanted] = {}
    named = dict(named_in(script[:MAX_SCRIPT_BYTES].decode("utf-8", "replace")))
    for reference, kind in islice(named.items(), MAX_REFERENCES):
        address = addresses.url(reference)
        if address and address != url and len(found) < MAX_WANTED:
            found.setdefault(address, Wanted(address, kind, "script"))
    return list(found.values())


def named_in(script: str) -> Iterator[tuple[str, Kind]]:
    """Yield the addresses in a script's text, as they are written there, with the kinds of their targets."""
    for each in imported(script):
        yield each, "script"
    for match in _BESIDE.finditer(script):
        address = match[match.lastgroup or 0]
        path = re.split(r"[?#]", address, maxsplit=1)[0].lower()
        yield address, "script" if path.endswith(_SCRIPTS) else "image" if names_picture(address) else "other"


def mapped(import_map: str) -> Iterator[str]:
    """Yield the addresses of an import map (HTML Standard, "import maps"), except prefixes, which end in a slash."""
    try:
        told: Any = json.loads(import_map)
    except (ValueError, RecursionError):
        return
    of_all = _members(told)
    for part in (of_all.get("imports"), *_members(of_all.get("scopes")).values()):
        for address in _members(part).values():
            if isinstance(address, str) and not address.endswith("/"):
                yield address


def _members(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


def imported(script: str) -> Iterator[str]:
    """Yield the addresses of the modules in a script's text, as they are written there."""
    for each in _IMPORT.finditer(script):
        yield each[each.lastgroup or 0]
