"""WARC files in the bucket: stored once, never replaced, read in part."""

import io
import tempfile
import zlib
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from tests.conftest import Aws

from pressmark.archive.objects import Objects
from pressmark.errors import ArchiveError, NotFoundError

KEY = "warcs/2026/11/23/pressmark-x.warc.gz"
DATA = bytes(range(256)) * 10


@pytest.fixture
def objects(aws: Aws) -> Objects:
    return Objects(aws.client("s3"), aws.bucket)


def test_a_file_is_stored_as_it_is(aws: Aws, objects: Objects) -> None:
    with tempfile.SpooledTemporaryFile(max_size=100) as file:
        file.write(DATA)
        file.seek(7)
        objects.put(KEY, file, crc32=zlib.crc32(DATA))  # type: ignore[arg-type]
    assert aws.objects() == {KEY: DATA}
    head = aws.client("s3").head_object(Bucket=aws.bucket, Key=KEY)
    assert head["ContentType"] == "application/warc"


def test_the_same_file_twice_is_a_success_and_another_under_its_name_is_not(
    aws: Aws, objects: Objects
) -> None:
    objects.put(KEY, io.BytesIO(DATA))
    objects.put(KEY, io.BytesIO(DATA), crc32=zlib.crc32(DATA))
    with pytest.raises(ArchiveError, match=KEY):
        objects.put(KEY, io.BytesIO(DATA[:-1]))
    assert aws.objects() == {KEY: DATA}


def test_a_part_is_one_ranged_get(objects: Objects) -> None:
    objects.put(KEY, io.BytesIO(DATA))
    assert objects.get(KEY, 10, 5) == DATA[10:15]
    assert objects.get(KEY, 0, len(DATA)) == DATA


@pytest.mark.parametrize(
    ("key", "offset", "length"), [("warcs/no", 0, 5), (KEY, 10_000, 5), (KEY, len(DATA) - 2, 5)]
)
def test_bytes_that_are_not_there_are_not_found(objects: Objects, key: str, offset: int, length: int) -> None:
    objects.put(KEY, io.BytesIO(DATA))
    with pytest.raises(NotFoundError, match=key):
        objects.get(key, offset, length)


def test_a_file_that_is_not_there_is_not_found(objects: Objects) -> None:
    with pytest.raises(NotFoundError, match="warcs/no"):
        objects.open("warcs/no")


def test_keys_are_those_of_warc_files_in_order_page_after_page(aws: Aws, objects: Objects) -> None:
    wanted = [f"warcs/2026/11/{day:02d}/x.warc.gz" for day in (3, 1, 2)]
    for key in [*wanted, "warcs/2026/11/01/x.txt", "other/x.warc.gz"]:
        aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=b"abc")
    assert list(objects.keys()) == [(key, 3) for key in sorted(wanted)]
    assert [key for key, _ in objects.keys(after=min(wanted))] == sorted(wanted)[1:]


class Failing:
    """An S3 that fails every request."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        def ask(**_: Any) -> Any:
            self.asked += 1
            raise self.error

        return ask


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "Any"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Any"),
        ClientError({"Error": {"Code": "PreconditionFailed", "Message": "there"}}, "Any"),
        ClientError({"Error": {"Code": "RequestTimeout", "Message": "too slow"}}, "Any"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
    ],
)
def test_every_failure_of_s3_is_one_error_of_ours_that_names_the_file(error: Exception) -> None:
    objects = Objects(Failing(error), "bucket", sleep=lambda seconds: None)  # type: ignore[arg-type]
    for attempt in (
        lambda: objects.put(KEY, io.BytesIO(DATA)),
        lambda: objects.get(KEY, 0, 5),
        lambda: objects.open(KEY),
        lambda: list(objects.keys()),
    ):
        with pytest.raises(ArchiveError, match="s3://bucket/warcs/") as caught:
            attempt()
        assert not isinstance(caught.value, NotFoundError)


def test_a_conflict_under_way_is_tried_again_with_the_whole_file() -> None:
    class Conflict:
        bodies: list[bytes] = []  # noqa: RUF012 - one instance

        def put_object(self, Body: Any, **_: Any) -> None:  # noqa: N803 - boto3's name
            self.bodies.append(Body.read())
            if len(self.bodies) < 3:
                raise ClientError(
                    {"Error": {"Code": "ConditionalRequestConflict", "Message": ""}}, "PutObject"
                )

    client = Conflict()
    Objects(client, "bucket", sleep=lambda seconds: None).put(KEY, io.BytesIO(DATA))  # type: ignore[arg-type]
    assert client.bodies == [DATA] * 3
