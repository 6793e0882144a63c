"""A schedule that watch made, run by an emulator that runs schedules: its message is one that the function takes."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests import foreign
from tests.cli.conftest import Run

from pressmark.local.account import CREDENTIALS
from pressmark.queues.message import parse

pytestmark = pytest.mark.e2e

SECONDS = 120


def test_the_schedule_puts_its_message_on_the_queue(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = foreign.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "STATE_DIR": str(tmp_path),
        **foreign.shorter_sleep(tmp_path / "sleeping", foreign.SCHEDULES_SECONDS),
    }

    def client(service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]  # two of them
            endpoint_url=endpoint,
            region_name=CREDENTIALS["AWS_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    command = [foreign.require(foreign.MINISTACK)]
    with foreign.Background(
        command, port=port, log=tmp_path / "log", cwd=tmp_path, env=environment
    ) as server:
        sqs = client("sqs")
        queue = sqs.create_queue(QueueName="capture")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        with closing(client("scheduler")) as scheduler:
            scheduler.create_schedule_group(Name="watch")
        variables = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "PRESSMARK_TABLE": "table",
            "PRESSMARK_BUCKET": "bucket",
            "PRESSMARK_QUEUE_URL": queue,
            "PRESSMARK_QUEUE_ARN": arn,
            "PRESSMARK_WATCH_GROUP": "watch",
            "PRESSMARK_WATCH_ROLE_ARN": "arn:aws:iam::123456789012:role/watch",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

        due = datetime.now(UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
        watched = run("watch", "https://Example.com", "--tag", "front", "--every", due)
        assert watched.exit_code == 0, watched.output

        received: list[Any] = []
        for _ in range(SECONDS // 10):
            received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10).get("Messages", [])
            if received:
                break
        assert received, server.text()[-3000:]
        asked = parse(received[0]["Body"])
        assert (asked.url, asked.tags) == ("https://example.com/", ("front",))
        assert json.loads(received[0]["Body"]) == {"url": "https://example.com/", "tags": ["front"]}
        sqs.close()
