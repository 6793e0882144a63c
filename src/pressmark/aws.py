"""Turns errors of AWS's clients into ours. No other module does."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from pressmark.errors import ArchiveError, NotFoundError, RefusedError

_MISSING = {"NoSuchKey", "404", "InvalidRange"}
"""S3: no such object, or no such bytes in it."""

_REFUSED = {"ValidationException", "SerializationException"}
"""DynamoDB: the request breaks its rules, however often it is sent."""


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn errors of a request to AWS into ours. what: operation and object, such as ``GetObject s3://bucket/key``.

    Raises NotFoundError if the object does not exist, RefusedError if the request breaks a rule of the service,
    ArchiveError for all else; the cause is the client's error, and the text ends with its text.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _kind(error)(f"{what}: {error}") from error


def code_of(error: BaseException | None) -> str:
    """Return the service's code in an error, ours or the client's; empty if the service did not answer."""
    if isinstance(error, ArchiveError):
        error = error.__cause__
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _kind(error: Exception) -> type[ArchiveError]:
    code = code_of(error)
    if code in _MISSING:
        return NotFoundError
    if code in _REFUSED or isinstance(error, ParamValidationError):
        return RefusedError
    return ArchiveError
