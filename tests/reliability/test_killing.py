"""What kills invocations, and what judges them afterwards, do as their names say."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.conftest import Aws
from tests.reliability.killing import Killed, Zygote
from tests.world import World

from pressmark.queues.message import ATTRIBUTE_ID

Deployed = Callable[[Mapping[str, str]], Zygote]


@pytest.mark.slow
def test_a_process_is_kept_until_it_is_killed_or_another_is_wanted(aws: Aws, deployed: Deployed) -> None:
    variables = aws.stack.process_environment([])
    zygote = deployed(variables)

    def process(**how: Any) -> Any:
        return zygote.invoke({"Records": []}, **how)["process"]

    kept = process()
    assert process() == kept
    fresh = process(fresh=True)
    assert process() == fresh
    with pytest.raises(Killed):
        process(kill_at=1)
    after = process()
    rehearsed = process(rehearsal=True)
    assert process(rehearsal=True) == rehearsed
    assert len({kept, fresh, after, rehearsed, process()}) == 5
    last = process()
    zygote.deploy(variables)
    assert process() != last


def test_a_message_that_is_neither_on_a_queue_nor_has_a_row_is_lost(aws: Aws) -> None:
    world, sqs, url = World(aws), aws.client("sqs"), "https://example.com/"
    given_up, archived, deleted = world.push(url), world.push(url), world.push(f"{url}x", within=True)
    assert world.lost() == []
    for message in world.receive():
        sqs.delete_message(QueueUrl=aws.queue_url, ReceiptHandle=message["ReceiptHandle"])
    attributes = {ATTRIBUTE_ID: {"DataType": "String", "StringValue": given_up.id}}
    sqs.send_message(QueueUrl=aws.dead_letter_queue_url, MessageBody="x", MessageAttributes=attributes)
    for said in ({"url": url, "message_id": archived.id}, {"url": deleted.url}):
        row = {"site": "com,example", "capture": said["url"], **said}
        item = {name: {"S": value} for name, value in row.items()}
        aws.client("dynamodb").put_item(TableName=aws.table, Item=item)
    assert world.lost() == [f"lost: {deleted.url} ({deleted.id})"], (
        "what came without a message is no answer to one"
    )
