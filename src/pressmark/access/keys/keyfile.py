"""The key file of an archive: ``access/keys.json`` in its bucket or folder.

It is kept with the WARC files because it must outlive both tables: one is an index that is rebuilt from those files,
the other may be lost. It holds no secret, only digests of random ones.
"""

import fcntl
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pressmark import json_text
from pressmark.access.keys.key import Key, KeyRefusedError, Made
from pressmark.archive.objects import ACCESS_PREFIX
from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.files import whole_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY_FILE = f"{ACCESS_PREFIX}keys.json"

FORMAT = 1

FRESH_SECONDS = 30.0
"""How old a copy of the key file may be to look up a key in: a revoked key may still work until then."""

NEW_KEY_SECONDS = 2.0
"""How old it may be for an access key that it does not have: a new key works after this time."""

TRIES = 5
"""How often a change is tried again because another person's change came first."""

logger = logging.getLogger(__name__)


class ChangedMeanwhileError(ArchiveError):
    """The key file has changed since it was read."""


class KeyFile(Protocol):
    """Stores the key file."""

    def read(self) -> tuple[bytes | None, str]:
        """Return its bytes, None if there is no file, and its version. Raises ArchiveError."""

    def write(self, data: bytes, version: str) -> None:
        """Replace its bytes.

        version: that of what was read. Raises ChangedMeanwhileError if somebody else has changed it since,
        ArchiveError.
        """


class BucketKeyFile:
    """The key file in a bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self) -> tuple[bytes | None, str]:
        """See :class:`KeyFile`."""
        try:
            with asking(f"GetObject s3://{self._bucket}/{KEY_FILE}"):
                answer = self._client.get_object(Bucket=self._bucket, Key=KEY_FILE)
                return answer["Body"].read(), answer["ETag"]
        except NotFoundError:
            return None, ""

    def write(self, data: bytes, version: str) -> None:
        """See :class:`KeyFile`; S3 compares the version (PutObject, If-Match)."""
        same = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        try:
            with asking(f"PutObject s3://{self._bucket}/{KEY_FILE}"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=KEY_FILE,
                    Body=data,
                    ContentType="application/json",
                    **same,  # type: ignore[arg-type]
                )
        except ArchiveError as error:
            if code_of(error) in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise ChangedMeanwhileError(str(error)) from error
            raise


class FolderKeyFile:
    """The key file in an archive folder, in a folder that only its owner can open."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEY_FILE

    def read(self) -> tuple[bytes | None, str]:
        """See :class:`KeyFile`."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None, ""
        except OSError as error:
            raise ArchiveError(f"{self._path} cannot be read: {error.strerror}") from error
        return data, data.decode("utf-8", "replace")

    def write(self, data: bytes, version: str) -> None:
        """See :class:`KeyFile`."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.with_name("lock").open("wb") as lock:
                fcntl.flock(
                    lock, fcntl.LOCK_EX
                )  # until it is closed: otherwise a revocation could be overwritten
                if self.read()[1] != version:
                    raise ChangedMeanwhileError(f"{self._path} was changed in the meantime; try again")
                for left in self._path.parent.glob(f".{self._path.name}.*.part"):
                    left.unlink(missing_ok=True)  # by a killed process: only the lock's holder writes
                with whole_file(self._path) as file:
                    file.write(data)
        except OSError as error:
            raise ArchiveError(f"{self._path} cannot be written: {error.strerror}") from error


def parse(data: bytes | None) -> dict[str, Key]:
    """Read a key file; None stands for a file without keys. Raises ArchiveError if it is damaged."""
    if data is None:
        return {}
    try:
        keys = _read(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ArchiveError(
            f"{KEY_FILE} is damaged ({reason}); no key works until its last good version is put back"
        ) from error
    return {each.id: each for each in keys}


def _read(data: bytes) -> list[Key]:
    said = json.loads(data)
    if said["pressmark"] != FORMAT:
        raise ValueError(f"its format is {said['pressmark']!r}")
    return [Key.from_json(each) for each in said["keys"]]


def every(file: KeyFile) -> list[Key]:
    """Return all keys, revoked ones too, in the order in which they were made. Raises ArchiveError."""
    return list(parse(file.read()[0]).values())


def add(file: KeyFile, made: Made) -> None:
    """Store a new key. Raises ArchiveError."""
    _change(file, lambda keys: keys | {made.key.id: made.key})


def revoke(file: KeyFile, identity: str, at: datetime) -> Key:
    """Make a key invalid from now on; return it. Raises KeyRefusedError if there is none, ArchiveError."""

    def revoked(keys: dict[str, Key]) -> dict[str, Key]:
        if identity not in keys:
            raise KeyRefusedError(
                f"{identity[:100]!r} is not a key of this archive; pressmark key list shows them all"
            )
        return keys | {identity: replace(keys[identity], revoked=keys[identity].revoked or at)}

    return _change(file, revoked)[identity]


def _change(file: KeyFile, change: Callable[[dict[str, Key]], dict[str, Key]]) -> dict[str, Key]:
    for left in reversed(range(TRIES)):
        data, version = file.read()
        keys = change(parse(data))
        said = {"pressmark": FORMAT, "keys": [each.to_json() for each in keys.values()]}
        try:
            file.write(json_text.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n", version)
        except ChangedMeanwhileError:
            if not left:
                raise
        else:
            return keys
    raise AssertionError("the last try returns or raises")


class Keys:
    """The keys of a key file, for a server: looked up in a copy that is read again when it is old.

    Safe for any number of threads. A key file that cannot be read lets nobody in.
    """

    def __init__(self, file: KeyFile, *, monotonic: Callable[[], float]) -> None:
        self._file = file
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._read = float("-inf")
        self._known: dict[str, Key] = {}

    def find(self, identity: str) -> Key | None:
        """Return a valid key, None if it is not known or was revoked. Raises ArchiveError."""
        with self._lock:
            age = self._monotonic() - self._read
            if age >= (FRESH_SECONDS if identity in self._known else NEW_KEY_SECONDS):
                self._known = parse(self._bytes())
                self._read = self._monotonic()
            key = self._known.get(identity)
        return key if key is not None and key.revoked is None else None

    def _bytes(self) -> bytes | None:
        try:
            return self._file.read()[0]
        except ArchiveError as error:
            # S3's answer for an object that does not exist, if the caller may not list the bucket (GetObject).
            if code_of(error) == "AccessDenied":
                logger.warning("%s cannot be read: no key was added yet, or it is not permitted", KEY_FILE)
                return None
            raise
