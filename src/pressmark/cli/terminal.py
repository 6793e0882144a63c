"""The only way for text to reach a terminal: what strangers wrote can be read there, but the terminal never obeys it.

A title, a file's name or a server's reason may hold commands for the terminal: to recolour it, to change what it shows,
to write to the clipboard (OSC 52), or to turn the text around (Unicode TR36, section 2.1). At a program's start
:func:`guard_streams` replaces standard output and standard error by a :class:`Terminal` if they are terminals, and
every write goes through it. Only :func:`rich_console` writes past it, for its styles and cursor movements; it escapes
the text between them itself. A pipe or file gets what was written.
"""

import codecs
import io
import os
import sys
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

from pressmark.text import UNSAFE, safe, safe_lines

if TYPE_CHECKING:
    from rich.console import Console


class Terminal(io.TextIOWrapper):
    """A terminal's stream that shows text but never obeys it. commands: the stream below it, for :func:`rich_console`.

    passing: whether the line of :func:`show_passing` is on the terminal; the next write erases it.
    """

    passing: ClassVar[bool] = False

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self.commands = stream
        super().__init__(
            cast(IO[bytes], _Shared(stream)), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self._bytes = _Bytes(self)

    def write(self, text: str) -> int:
        """Write a text, with what a terminal could obey shown as escapes."""
        show_passing("")
        self.commands.write(safe_lines(text))
        if "\n" in text:
            self.commands.flush()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]  # bytes go to ``buffer``
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream below."""
        self.commands.flush()

    @property
    def buffer(self) -> Any:
        """The stream for bytes, which are decoded as UTF-8 and shown like any other text."""
        return self._bytes


class _Shared(io.RawIOBase):
    """The raw stream of a Terminal: answers questions about it; writes and closes nothing."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        pass


class _Bytes(io.RawIOBase):
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._terminal.write(self._decoder.decode(bytes(data)))
        return len(data)

    def flush(self) -> None:
        self._terminal.flush()


def guard_streams() -> None:
    """Send everything for a terminal through a :class:`Terminal`; called once, when a program of ours starts.

    A character that cannot be written does not end the program: a pipe gets UTF-8, with escapes for halves of a
    character (names of files that are not UTF-8); a terminal gets a question mark for what it cannot show.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Terminal):
            continue
        if stream.isatty():
            os.environ["PYTHON_COLORS"] = (
                "0"  # Python would colour its tracebacks, and the escapes would be shown
            )
            stream.reconfigure(errors="replace")
            setattr(sys, name, Terminal(stream))
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def is_terminal(stream: Any = None) -> bool:
    """Whether standard output (or another stream) is a terminal."""
    stream = stream or sys.stdout
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def show_passing(text: str) -> None:
    """Show a line on standard error, which replaces the one before; the next write, or "", erases it.

    Nothing is shown if standard error is not a guarded terminal, or is one that cannot erase a line (TERM=dumb).
    """
    stream = sys.stderr
    if not (text or Terminal.passing) or not isinstance(stream, Terminal):
        return
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        return
    room = os.get_terminal_size(stream.fileno()).columns or 80
    stream.commands.write(f"\r\x1b[2K{safe(text)[: room - 1]}")  # erase the line (ECMA-48, 8.3.41)
    stream.commands.flush()
    Terminal.passing = bool(text)


def rich_console(*, err: bool = False, width: int = 160) -> "Console":
    """Return a rich console; it obeys NO_COLOR and TERM=dumb (no-color.org). width: used if there is no terminal."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class SafeConsole(Console):
        """Escapes control characters in texts; rich's own styles and cursor movements stay."""

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                if segment.control or not UNSAFE.search(segment.text):
                    yield segment
                else:
                    yield Segment(safe_lines(segment.text), segment.style)

    stream = sys.stderr if err else sys.stdout
    terminal = is_terminal(stream)
    return SafeConsole(
        file=stream.commands if isinstance(stream, Terminal) else stream,
        highlight=False,
        no_color=True if os.environ.get("NO_COLOR") or not terminal else None,
        width=None if terminal else width,
    )
