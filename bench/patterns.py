"""Patterns that record what they were applied to, and patterns without one of their alternatives."""

import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

MOST = 400
"""Maximum number of calls that are recorded for one page: a word of the page occurs in one of the first."""
NEVER: re.Pattern[Any] = re.compile(r"(?!)")
_NEVER_BYTES = re.compile(rb"(?!)")
_METHODS = ("search", "match", "fullmatch", "findall", "finditer", "sub", "split", "subn")


class Recorder:
    """Replaces a pattern: records the calls that found something, and can be made to answer like another pattern."""

    known: ClassVar[list["Recorder"]] = []

    def __init__(self, plain: re.Pattern[Any]) -> None:
        self.plain = self.now = plain
        self.asked: dict[tuple[str, tuple[Any, ...]], object] = {}
        self.recording = False
        Recorder.known.append(self)

    def begin(self) -> None:
        """Forget the page before, and begin to record."""
        self.asked, self.recording = {}, True

    def end(self) -> None:
        self.recording = False

    def use(self, other: re.Pattern[Any]) -> None:
        """Answer like another pattern from now on."""
        self.now = _NEVER_BYTES if other is NEVER and isinstance(self.plain.pattern, bytes) else other

    def tells(self, other: re.Pattern[Any], _: object = None) -> bool:
        """Whether another pattern would have answered anything differently on the page."""
        if other is NEVER:
            return bool(self.asked)
        return any(_answer(other, name, rest) != was for (name, rest), was in self.asked.items())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.now, name)
        if not self.recording or name not in _METHODS:
            return method
        return self._listening(name, method)

    def _listening(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*rest: Any, **named: Any) -> Any:
            at = 1 if name.startswith("sub") else 0
            one = name in ("search", "match", "fullmatch")
            question = (name, rest) if one else ("finditer", rest[at : at + 1])
            if len(self.asked) < MOST and question not in self.asked:
                answer = _answer(self.plain, *question)
                if answer:
                    self.asked[question] = answer
            return method(*rest, **named)

        return ask


def _answer(pattern: re.Pattern[Any], name: str, rest: tuple[Any, ...]) -> object:
    found = getattr(pattern, name)(*rest)
    if name == "finditer":
        return [match.span() for match in found]
    return found and (found.span(), found.groups())


def without_each(pattern: re.Pattern[Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Yield each alternative of a pattern's groups, and the pattern without it."""
    if isinstance(pattern.pattern, bytes):
        return
    source = pattern.pattern
    for start, end, cut in alternatives(source):
        word = f"{start} " + " ".join(source[start:end].split())
        if start == end:
            continue
        try:
            yield word, re.compile(source[: cut[0]] + source[cut[1] :], pattern.flags)
        except re.error:
            continue


def alternatives(source: str) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yield the beginning and end of each alternative of a pattern's groups, and what to cut to remove it."""
    groups: list[list[int]] = [[0]]
    at = 0
    while at <= len(source):
        sign = source[at : at + 1]
        if sign == "\\":
            at += 1
        elif sign == "[":
            at = _end_of_set(source, at)
        elif sign == "(":
            head = re.compile(r"\((?:\?(?:P<\w+>|<?[=!:>]|[-a-zA-Z]+:))?").match(source, at)
            at = head.end() - 1 if head else at
            groups.append([at + 1])
        elif sign == "|":
            groups[-1].append(at + 1)
        elif sign in (")", ""):
            starts = groups.pop()
            if len(starts) > 1:
                ends = [*(start - 1 for start in starts[1:]), at]
                for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
                    yield start, end, (start, end + 1) if number == 0 else (start - 1, end)
        at += 1


def _end_of_set(source: str, at: int) -> int:
    at += 2 if source[at + 1] == "^" else 1
    at += source[at] == "]"
    while source[at] != "]":
        at += 2 if source[at] == "\\" else 1
    return at
