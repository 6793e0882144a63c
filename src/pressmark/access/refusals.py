"""Errors as answers to requests: status, a sentence, and the header lines that belong to it."""

from collections.abc import Sequence

from pressmark.errors import PressmarkError


class HttpError(PressmarkError):
    """A request is answered with an error. status: HTTP status code. headers: more header lines of the answer.

    known_as: its name for clients of Save Page Now (``status_ext``), if it has one. The message is one sentence for the
    caller; it says what to do if something can be done.
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
    """Return the error that says when to try again (RFC 6585 section 4). seconds: until then."""
    return HttpError(429, message, [("Retry-After", str(max(1, seconds)))], known_as=known_as)
