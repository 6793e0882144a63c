"""Removes chunk framing (RFC 9112 section 7.1), fast for real servers and bounded for hostile ones."""

import re

MAX_LINE_BYTES = 16 * 1024
"""Maximum length of a chunk-size line with its extensions; a longer line counts as malformed."""

MAX_TRAILER_BYTES = 64 * 1024
"""Maximum length of all trailer lines together; with more, the message counts as malformed."""

SPARE_FRAMING = 1024 * 1024
"""Framing (sizes, extensions) may take this many bytes plus half the length of the content. Chunks of one byte cost
a server nothing, but the reader one loop each: 32 MiB of them would keep the interpreter busy for half a minute."""

# Some servers pad the size with white space, others end lines with a bare LF. Every size line but the first
# follows the line end of the chunk before, and is matched together with it.
_SIZE = rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\n]*)?\r?\n"
_FIRST_SIZE = re.compile(_SIZE)
_NEXT_SIZE = re.compile(rb"\r?\n" + _SIZE)
_PART_OF_SIZE = re.compile(rb"[ \t]*[0-9A-Fa-f]{1,16}[ \t]*(?:;[^\n]*)?\r?")
END_OF_TRAILERS = re.compile(rb"\n\r?\n")


class Dechunker:
    """Takes the bytes of a chunked body as they come, and returns its content.

    finished: whether the last chunk and its trailers have come.
    malformed: what is wrong with the framing, None while nothing is.
    trailers: the raw trailer lines, without the empty line that ends them.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0
        self._size = _FIRST_SIZE
        self._in_trailers = False
        self._framing = 0
        self._content = 0
        self.finished = False
        self.malformed: str | None = None
        self.trailers = b""

    @property
    def wasteful(self) -> bool:
        """Whether there is more framing than any real server needs; see :data:`SPARE_FRAMING`."""
        return self._framing > SPARE_FRAMING + self._content // 2

    @property
    def within_chunk(self) -> bool:
        """Whether the newest chunk is incomplete, or the framing is malformed."""
        return self._left > 0 or self.malformed is not None

    @property
    def last_chunk_came(self) -> bool:
        """Whether the content is whole: the last chunk (of size 0) has come, even if the trailers after it have not."""
        return self._in_trailers and self.malformed is None

    def not_chunked(self, *, ended: bool) -> bytes | None:
        """Return all bytes fed so far if they do not begin with a chunk size; None if they do, or may with more bytes.

        ended: whether no more bytes will come.
        """
        if self._size is not _FIRST_SIZE or not self._rest:
            return None
        return self._rest if self.malformed or (ended and not _PART_OF_SIZE.fullmatch(self._rest)) else None

    def feed(self, data: bytes) -> bytes:
        """Return the content in ``data``. What comes after the end, or after an error, is ignored."""
        if self._in_trailers:
            self._feed_trailers(data)
            return b""
        if self._rest:
            data, self._rest = self._rest + data, b""
        at, end = 0, len(data)
        pieces: list[bytes] = []
        while at < end:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                self._left -= len(piece)
                at += len(piece)
                continue
            match = self._size.match(data, at)
            if match is None:
                self._rest = data[at:]
                self.malformed = self._complaint()
                break
            self._framing += match.end() - at
            at = match.end()
            self._left = int(match[1], 16)
            self._size = _NEXT_SIZE
            if not self._left:
                self._in_trailers = True
                self._feed_trailers(data[at:])
                break
        content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._content += len(content)
        return content

    def _complaint(self) -> str | None:
        """Return why the rest does not begin with a size line, or None if that line may just be incomplete."""
        line = self._rest
        if self._size is _NEXT_SIZE:
            if line == b"\r":
                return None
            if not line.startswith((b"\n", b"\r\n")):
                return "a chunk is longer than its size says"
            line = line[line.index(b"\n") + 1 :]
        if b"\n" in line or len(line) > MAX_LINE_BYTES:
            return f"not a chunk size: {line[:40]!r}"
        return None

    def _feed_trailers(self, data: bytes) -> None:
        scanned = max(0, len(self._rest) - 2)
        self._rest += data
        if self._rest.startswith((b"\n", b"\r\n")):
            self.finished = True
        elif end := END_OF_TRAILERS.search(self._rest, scanned):
            self.trailers = self._rest[: end.start() + 1]
            self.finished = True
        elif len(self._rest) > MAX_TRAILER_BYTES:
            self.malformed = f"more than {MAX_TRAILER_BYTES} bytes of trailers"
