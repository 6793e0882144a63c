"""The options of a deployment, from the function's environment."""

import os
import re
from collections.abc import Mapping

from pressmark.access.context import Mode, Options
from pressmark.errors import SettingsError
from pressmark.replay.player import ASSETS

MAX_ROWS = 200_000
"""Maximum number of rows read for one answer of the function: a dollar of DynamoDB's on-demand reads is some 30 such
answers."""

MAX_SECONDS = 20.0
"""Maximum number of seconds of reading for one answer of the function; an HTTP API waits 30."""

MIN_SECRET = 32
"""Characters of a secret."""

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?")


def from_environment(environment: Mapping[str, str], *, max_response: int) -> Options:
    """Read ``ACCESS_TITLE``, ``ACCESS_PUBLIC_URL``, ``ACCESS_REPLAY_URL``, ``ACCESS_PLAYER``, ``ACCESS_SECRET``,
    ``ACCESS_READ``, ``ACCESS_WRITE`` and ``ACCESS_REPLAY_ONLY``.

    Empty ones count as not set. Without a secret, links and sessions end with the process, and archived pages are not
    shown.

    max_response: bytes of the largest body that can be sent. Raises SettingsError.
    """
    secret = environment.get("ACCESS_SECRET", "").encode()
    if secret and len(secret) < MIN_SECRET:
        raise SettingsError(f"ACCESS_SECRET: it needs at least {MIN_SECRET} characters")
    return Options(
        title=environment.get("ACCESS_TITLE", "").strip() or Options().title,
        public_url=origin(environment.get("ACCESS_PUBLIC_URL", ""), "ACCESS_PUBLIC_URL"),
        replay_url=origin(environment.get("ACCESS_REPLAY_URL", ""), "ACCESS_REPLAY_URL") if secret else "",
        player=environment.get("ACCESS_PLAYER", "").strip().rstrip("/") or ASSETS,
        secret=secret or os.urandom(32),
        max_response=max_response,
        max_rows=MAX_ROWS,
        max_seconds=MAX_SECONDS,
        read=_mode(environment, "ACCESS_READ", (Mode.KEY, Mode.PUBLIC, Mode.IAM)),
        write=_mode(environment, "ACCESS_WRITE", (Mode.KEY, Mode.IAM, Mode.NOBODY)),
        replay_only=environment.get("ACCESS_REPLAY_ONLY") == "true",
    )


def _mode(environment: Mapping[str, str], name: str, known: tuple[Mode, ...]) -> Mode:
    value = environment.get(name, "").strip() or known[0]
    if value not in known:
        raise SettingsError(f"{name}={value!r}: write one of {', '.join(known)}")
    return Mode(value)


def origin(said: str, name: str) -> str:
    """Return an origin as browsers write it, or nothing. name: of the setting. Raises SettingsError."""
    value = said.strip().rstrip("/").lower()
    if value and not _ORIGIN.fullmatch(value):
        raise SettingsError(f"{name}={value!r}: write an origin such as https://archive.example.org")
    return value
