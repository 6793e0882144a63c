"""Exit codes, and how an error becomes one line and a code.

0  done
1  nothing found, or something was not archived, or two captures differ (diff)
2  wrong usage, or something given was refused: an unknown option, a line that is not a URL
3  no way in: no credentials, no region, an AWS_ENDPOINT_URL that is not a URL, no such stack, no such archive folder,
   a library that is not installed
4  the archive or AWS did not do what it was asked, or the output cannot be written
5  damage: bytes that are missing or not what their digest says
130  interrupted

If several apply, the highest is returned: it is the one to look into first.
"""

from typing import Any

import click

from pressmark.cli.missing import missing
from pressmark.text import safe

NOTHING = 1
USAGE = 2
NO_ACCESS = 3
STORE = 4
DAMAGE = 5
INTERRUPTED = 130


class Failure(click.ClickException):
    """An error for a person: one line on standard error, and an exit code. hint: what to do about it."""

    def __init__(self, message: str, exit_code: int, hint: str = "") -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares a class variable and reads either
        self.hint = hint

    def show(self, file: Any = None) -> None:
        """Print the line."""
        hint = f" ({self.hint})" if self.hint else ""
        click.echo(f"pressmark: {safe(self.format_message())}{hint}", err=True, file=file)


def nothing(message: str) -> Failure:
    """Return the failure for something that is not in the archive."""
    return Failure(message, NOTHING)


def translate(error: Exception) -> Failure | None:
    """Make a failure of an error that Pressmark or botocore raises on purpose; None for a defect."""
    for each in (error, error.__cause__):
        if isinstance(each, ModuleNotFoundError) and (told := missing(each)):
            return Failure(told[0], NO_ACCESS, told[1])

    from botocore.exceptions import BotoCoreError, ClientError

    from pressmark.archive.selection import SelectionError
    from pressmark.errors import (
        DamagedTableError,
        ForeignFileError,
        MessageError,
        NotFoundError,
        PressmarkError,
        SettingsError,
        SqlError,
        UrlError,
        WarcError,
    )

    # An ArchiveError says which operation failed; its cause says why, for example that a login or table is missing.
    cause = error.__cause__ if isinstance(error.__cause__, BotoCoreError | ClientError) else error
    if (failure := _no_access(cause)) is not None:
        return failure
    if isinstance(error, UrlError) and error.url not in str(error):
        return Failure(f"{error.url[:200]}: {error}", USAGE)
    if isinstance(error, ForeignFileError | MessageError | SelectionError | SettingsError | SqlError):
        return Failure(str(error), USAGE)
    if isinstance(error, NotFoundError):
        return Failure(str(error), NOTHING)
    if isinstance(error, WarcError | DamagedTableError):
        return Failure(str(error), DAMAGE)
    if isinstance(error, PressmarkError | BotoCoreError | ClientError):
        return Failure(str(error), STORE)
    if isinstance(error, OSError) and error.strerror:
        # The disk is full, or a folder does not exist or is not ours: a traceback would not help.
        return Failure(f"{error.filename or 'output'}: {error.strerror}", STORE)
    return None


_NO_LOGIN = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "TokenRetrievalError",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
    "SSOError",
    "LoginRefreshRequired",
}
_LOGIN_REFUSED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "AccessDeniedException",
}


def _no_access(error: BaseException) -> Failure | None:
    from botocore.exceptions import ClientError

    name = type(error).__name__
    if name in _NO_LOGIN:
        return Failure(
            "no AWS credentials",
            NO_ACCESS,
            "run 'aws configure' or 'aws sso login', give --profile, or --archive DIR for a folder of this machine",
        )
    if name == "NoRegionError":
        return Failure(
            "no AWS region",
            NO_ACCESS,
            "give --region, set AWS_REGION, or give --archive DIR for a folder of this machine",
        )
    if name in ("ProfileNotFound", "EndpointConnectionError", "ConnectTimeoutError"):
        return Failure(str(error), NO_ACCESS)
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _LOGIN_REFUSED:
        return Failure(f"AWS refused: {error.response['Error'].get('Message') or error}", NO_ACCESS)
    return None
