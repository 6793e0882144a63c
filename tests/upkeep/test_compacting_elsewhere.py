"""Compaction in an S3 of other hands (ministack), which keeps versions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests import foreign
from tests.factories import write_warc
from tests.upkeep.small_files import FILES, LATER, page

from pressmark.archive.objects import Objects
from pressmark.local.account import CREDENTIALS
from pressmark.upkeep.compacting import Compacted, Compaction

pytestmark = pytest.mark.e2e

BUCKET = "archive"


@pytest.fixture
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("s3")
    port = foreign.free_port()
    environment = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "STATE_DIR": str(folder),
        **CREDENTIALS,
    }
    command = [foreign.require(foreign.MINISTACK)]
    with foreign.Background(command, port=port, log=folder / "log", cwd=folder, env=environment):
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=CREDENTIALS["AWS_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(s3={"addressing_style": "path"}),
        )
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client
        client.close()


def compact(s3: Any) -> Compacted:
    return Compaction(s3, BUCKET, LATER).run((LATER - timedelta(days=30)).date())


@pytest.mark.slow
def test_every_file_is_read_as_before_and_stays_as_a_version(s3: Any) -> None:
    objects, before = Objects(s3, BUCKET), {}
    for number in range(FILES):
        warc, _ = write_warc([page(number)], serial=number)
        before[warc.key] = warc.open().read()
        objects.put(warc.key, warc.open())
        warc.close()
    listed = list(objects.keys())
    done = compact(s3)
    assert (done.files, done.into, done.deleted) == (FILES, 1, FILES)
    assert len(s3.list_objects_v2(Bucket=BUCKET)["Contents"]) == 1
    assert list(objects.keys()) == listed
    assert {key: objects.open(key).read() for key in before} == before
    assert {key: objects.get(key, 9, 99) for key in before} == {
        key: data[9:108] for key, data in before.items()
    }
    versions = s3.list_object_versions(Bucket=BUCKET)
    assert {each["Key"] for each in versions["DeleteMarkers"]} == before.keys()
    assert before.keys() < {each["Key"] for each in versions["Versions"]}
    assert compact(s3).files == 0
