"""Requests that are not answered as asked: status, a sentence, and the header lines that belong to it."""

from collections.abc import Sequence

from pressmark.errors import PressmarkError


class HttpError(PressmarkError):
    """A request is answered with an error. status: HTTP status code. headers: more header lines of the answer.

    known_as: what clients of Save Page Now know it by (``status_ext``), where they do. The message is one sentence for
    whoever asked; it says what to do where there is something to be done.
    """

    def __init__(
        self, status: int, message: str, headers: Sequence[tuple[str, str]] = (), *, known_as: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = list(headers)
        self.known_as = known_as


def too_many(seconds: int, message: str, *, known_as: str) -> HttpError:
    """Return the error that says when to come again (RFC 6585 section 4). seconds: until then."""
    return HttpError(429, message, [("Retry-After", str(max(1, seconds)))], known_as=known_as)
