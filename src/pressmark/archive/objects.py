"""WARC files in the bucket."""

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from pressmark.errors import ArchiveError, NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "warcs/"
"""Where in the bucket the WARC files lie."""

CONTENT_TYPE = "application/warc"


def _kind(error: ClientError) -> type[ArchiveError]:
    missing = error.response["Error"]["Code"] in ("NoSuchKey", "404", "InvalidRange")
    return NotFoundError if missing else ArchiveError


class Objects:
    """The archive's bucket behind one S3 client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    def put(self, key: str, file: IO[bytes]) -> None:
        """Store a WARC file with one PUT; S3 checks the body against botocore's checksum on arrival.

        Never replaces another file: S3 refuses the write if the key exists (If-None-Match). The same bytes
        arriving twice, after an answer that was lost, are taken for the success that they are.
        Raises ArchiveError.
        """
        try:
            self._client.put_object(
                Bucket=self.bucket, Key=key, Body=file, ContentType=CONTENT_TYPE, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "PreconditionFailed" and self._same_size(key, file):
                return
            raise ArchiveError(f"PutObject s3://{self.bucket}/{key}: {error}") from error
        except BotoCoreError as error:
            raise ArchiveError(f"PutObject s3://{self.bucket}/{key}: {error}") from error

    def get(self, key: str, offset: int, length: int) -> bytes:
        """Return ``length`` bytes of a file from ``offset``: one ranged GET. Raises NotFoundError, ArchiveError."""
        try:
            answer = self._client.get_object(
                Bucket=self.bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}"
            )
            data = answer["Body"].read()
        except ClientError as error:
            kind = (
                NotFoundError
                if error.response["Error"]["Code"] in ("NoSuchKey", "404", "InvalidRange")
                else ArchiveError
            )
            raise kind(f"GetObject s3://{self.bucket}/{key} at {offset}: {error}") from error
        except BotoCoreError as error:
            raise ArchiveError(f"GetObject s3://{self.bucket}/{key} at {offset}: {error}") from error
        if len(data) != length:
            raise NotFoundError(
                f"s3://{self.bucket}/{key} at {offset}: {len(data)} bytes there, {length} expected"
            )
        return data

    def open(self, key: str) -> IO[bytes]:
        """Return a file's bytes as a stream. Raises NotFoundError, ArchiveError."""
        try:
            return self._client.get_object(Bucket=self.bucket, Key=key)["Body"]  # type: ignore[return-value]
        except ClientError as error:
            raise _kind(error)(f"GetObject s3://{self.bucket}/{key}: {error}") from error
        except BotoCoreError as error:
            raise ArchiveError(f"GetObject s3://{self.bucket}/{key}: {error}") from error

    def keys(self, prefix: str = PREFIX, *, after: str = "") -> Iterator[tuple[str, int]]:
        """Yield key and size of each WARC file in key order, which is the order of writing by day.

        Raises ArchiveError.
        """
        token: dict[str, str] = {"StartAfter": after} if after else {}
        while True:
            try:
                answer = self._client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **token)  # type: ignore[arg-type]
            except (ClientError, BotoCoreError) as error:
                raise ArchiveError(f"ListObjectsV2 s3://{self.bucket}/{prefix}: {error}") from error
            for entry in answer.get("Contents", ()):
                if entry["Key"].endswith((".warc.gz", ".warc")):
                    yield entry["Key"], entry["Size"]
            if not answer.get("IsTruncated"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def _same_size(self, key: str, file: IO[bytes]) -> bool:
        try:
            size = self._client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        except (ClientError, BotoCoreError):
            return False
        return size == file.seek(0, 2)
