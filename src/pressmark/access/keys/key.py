"""A key: an access key that names it, a secret that is shown once, and what whoever has both may do."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pressmark.errors import SettingsError

MAX_NAME = 100
"""Characters of a key's name."""

MAX_DAILY_LIMIT = 1_000_000

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody confuses, and that have no special meaning in a shell, a header line or a form."""

_ID = re.compile(r"[a-z0-9]{16}")
_HASH = re.compile(r"[0-9a-f]{64}")
_LINE_END = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class KeyRefusedError(SettingsError):
    """A key cannot be made or found as asked. The text says why."""


class Scope(StrEnum):
    """What a key is for."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is stored of a key.

    id: the access key; public, like a user name. name: who has it, in words. daily_limit: pages that may be saved with
    it in a day of UTC. digest: of its secret (:func:`digest`). last4: the end of its secret, to recognise it by.
    revoked: since when it is not valid; None if it is valid.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    daily_limit: int
    created: datetime
    digest: str
    last4: str
    revoked: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Write it in the form of the key file."""
        return {
            "id": self.id,
            "name": self.name,
            "scopes": sorted(self.scopes),
            "daily_limit": self.daily_limit,
            "created": _written(self.created),
            "sha256": self.digest,
            "last4": self.last4,
            "revoked": _written(self.revoked) if self.revoked else None,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Key":
        """Read one. Raises ValueError, TypeError or KeyError if it is anything else."""
        limit = said["daily_limit"]
        if type(limit) is not int or not 0 < limit <= MAX_DAILY_LIMIT:
            raise ValueError(f"its daily limit is {limit!r}")
        texts = said["id"], said["sha256"]
        if not all(pattern.fullmatch(text) for pattern, text in zip((_ID, _HASH), texts, strict=True)):
            raise ValueError("its id or its digest is malformed")
        return cls(
            id=texts[0],
            name=str(said["name"]),
            scopes=frozenset(map(Scope, said["scopes"])),
            daily_limit=limit,
            created=_read(said["created"]),
            digest=texts[1],
            last4=str(said["last4"]),
            revoked=None if said["revoked"] is None else _read(said["revoked"]),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A new key, with the secret, which is not stored."""

    key: Key
    secret: str


def make(name: str, *, scopes: Iterable[Scope], daily_limit: int, at: datetime) -> Made:
    """Make a key. at: now, aware UTC. Raises KeyRefusedError."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or _LINE_END.search(name):
        raise KeyRefusedError(f"the name of a key is one line of 1 to {MAX_NAME} characters")
    if not 0 < daily_limit <= MAX_DAILY_LIMIT:
        raise KeyRefusedError(f"a daily limit is from 1 to {MAX_DAILY_LIMIT:,}")
    identity, secret = _random(16), _random(26)
    key = Key(
        id=identity,
        name=name,
        scopes=frozenset(scopes),
        daily_limit=daily_limit,
        created=at,
        digest=digest(identity, secret),
        last4=secret[-4:],
    )
    return Made(key, secret)


def digest(identity: str, secret: str) -> str:
    """Return what is stored of a secret: its SHA-256 with the access key, so that equal secrets would not look equal.

    There is neither a slow hash nor a salt, which are for secrets that people choose. Nobody can try out 130 random
    bits, and each request would pay for a slow hash.
    """
    return hashlib.sha256(f"{identity}:{secret}".encode("utf-8", "replace")).hexdigest()


NOT_A_DIGEST = "-" * 64
"""The digest to compare with if a key is unknown, so that this takes as long as a wrong secret."""


def is_secret_of(key: Key | None, identity: str, secret: str) -> bool:
    """Whether a secret is a key's, in a time that does not depend on how much of it is right.

    key: None if the access key is not known; then the answer is False, in the same time.
    """
    known = NOT_A_DIGEST if key is None else key.digest
    return hmac.compare_digest(known, digest(identity, secret))


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))  # 5 bits each


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _read(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is not in UTC")
    return moment
