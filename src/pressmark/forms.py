"""The forms that settings may have: one pattern each, which template.yaml repeats as its parameter's AllowedPattern.

Every text that a pattern matches can be parsed, so a value that the deployment accepts can never stop the function's
start; tests/template/test_settings.py tries both sides. The patterns use only what Python's and Java's regular
expressions (CloudFormation's) read in the same way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

RobotsPolicy = Literal["obey", "ignore", "note"]

Requisites = Literal["none", "page", "all"]
"""How much of what a page needs to be seen is captured with it (docs/requisites.md)."""

INDEX_TERMS = ("author", "section", "tag", "digest")
"""Kinds of look-up items that a deployment may leave out."""

DEFAULT_INDEX_TERMS = ("author",)
"""The default of a deployment: news pages have five tags, and each item costs a write."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a setting may look like. says: the same for a person. read: makes the value from a text that matches.

    longest: maximum characters, if the pattern sets none: the function's whole environment has 4 KB (AWS Lambda
    quotas).
    """

    pattern: str
    says: str
    read: Callable[[str], Any]
    longest: int | None = None

    def parse(self, text: str) -> Any:
        """Return the value. Raises ValueError."""
        if self.longest is not None and len(text) > self.longest:
            raise ValueError(f"{self.says}; at most {self.longest} characters")
        if not re.fullmatch(self.pattern, text):
            raise ValueError(self.says)
        return self.read(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))


def _terms(text: str) -> tuple[str, ...]:
    return tuple(word for word in _words(text) if word != "none")


def _ports(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in _words(text))


def _hosts(text: str) -> tuple[str, ...]:
    if text.startswith("@"):
        return (text,)  # upper and lower case are two keys in S3
    return tuple(word.removeprefix("*").removeprefix(".").removesuffix(".") for word in _words(text))


def _robots(text: str) -> RobotsPolicy:
    return cast(RobotsPolicy, text)


def _requisites(text: str) -> Requisites:
    return cast(Requisites, text)


_NUMBER = r"[0-9]{1,5}(\.[0-9]{1,3})?"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

# A name whose last label begins with a letter, as no address does; or an IPv4 address as browsers write it.
_LABEL = "(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
HOST = rf"((\*?\.)?({_LABEL}\.)*(?=[A-Za-z]){_LABEL}\.?|({_OCTET}\.){{3}}{_OCTET})"
_MOST_HOSTS = 500
"""Maximum characters of a list. Longer ones go into the bucket: two lists and all else stay below Lambda's 4 KB."""

WORDS = Form(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]+", "one line of text", str, longest=120)
NAME = Form(r"\S+", "the name or URL of a resource", str, longest=300)
CONTACT = Form(
    r"(https?://|mailto:)[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+",
    "an address that begins with http://, https:// or mailto:, in ASCII, without spaces and brackets",
    str,
    longest=200,
)
WARC_PREFIX = Form(
    "[A-Za-z0-9][A-Za-z0-9_.]*",
    "letters, digits, dots and underscores, the first a letter or digit",
    str,
    longest=60,
)
ROBOTS = Form("obey|ignore|note", "obey, ignore or note", _robots)
REQUISITES = Form("none|page|all", "none, page or all", _requisites)
SECONDS = Form(_NUMBER, "a number, 0 or above, such as 2.5", float)
SOME_SECONDS = Form(rf"(?!0+(\.0+)?$){_NUMBER}", "a number above 0, such as 2.5", float)
BYTES = Form("[1-9][0-9]{0,9}", "a whole number, 1 or above", int)
TRIES = Form("[1-9][0-9]{0,2}|1000", "a whole number from 1 to 1000", int)
DAYS = Form("1|2|4|7|10", "1, 2, 4, 7 or 10", int)
THREADS = Form("[1-9][0-9]{0,2}", "a whole number from 1 to 999", int)
REDIRECTS = Form("[0-9]{1,3}", "a whole number from 0 to 999", int)
PORTS = Form(
    f"({_PORT}( *, *(?=[0-9])|$))+", "port numbers from 1 to 65535, separated by commas", _ports, longest=300
)
HOSTS = Form(
    # At least one name: commas alone would make a list of allowed hosts that allows all.
    rf"[ ,]*({HOST} *(,[ ,]*|$))+|@config/[A-Za-z0-9_.-]+",
    "host names in ASCII without scheme, path and port, separated by commas; or @config/NAME for a list in the bucket",
    _hosts,
    longest=_MOST_HOSTS,
)
_LOCALHOST = r"([A-Za-z0-9_-]+\.)*[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]"
_127 = rf"127(\.{_OCTET}){{3}}"
_LOOPBACK = rf"({_LOCALHOST}|{_127}|\[::1\]|\[::ffff:{_127}\])"
LOOPBACK = Form(
    rf"( *({_LOOPBACK}:)?{_PORT} *(,|$))*",
    "addresses of this machine with their ports, such as localhost:8000 or [::1]:8000, or ports alone",
    _words,
)
TERMS = Form(
    f"none|(({'|'.join(INDEX_TERMS)})( *, *(?=[a-z])|$))+",
    f"any of {', '.join(INDEX_TERMS)}, separated by commas; or none",
    _terms,
    longest=100,
)
