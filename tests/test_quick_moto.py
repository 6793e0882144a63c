"""What tests replace of moto answers as moto's own does."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests import quick_moto
from tests.conftest import Aws

KEY = [{"AttributeName": "p", "KeyType": "HASH"}]
PAIR = [*KEY, {"AttributeName": "r", "KeyType": "RANGE"}]
INDEXED = [{"AttributeName": "i", "KeyType": "HASH"}, {"AttributeName": "t", "KeyType": "RANGE"}]

TABLES = {
    "strings": (PAIR, {"p": "S", "r": "S", "i": "S", "t": "N"}),
    "numbers": (PAIR, {"p": "N", "r": "N", "i": "N", "t": "N"}),
    "alone": (KEY, {"p": "S"}),
}

VALUES: list[Callable[[random.Random], dict[str, Any]]] = [
    lambda draw: {"S": draw.choice(["", "ä", "路面電車", "word " * 9])},
    lambda draw: {"N": draw.choice(["0", "-7", "10", "9", "1.5"])},
    lambda draw: {"BOOL": draw.choice([True, False])},
    lambda _: {"NULL": True},
    lambda _: {"B": b"\x00\xff"},
    lambda _: {"SS": ["ä"]},
    lambda _: {"NS": ["10"]},
    lambda draw: {"L": [drawn(draw) for _ in range(draw.randrange(3))]},
    lambda draw: {"M": {name: drawn(draw) for name in draw.sample("xyz", 2)}},
]


def drawn(draw: random.Random) -> dict[str, Any]:
    return draw.choice(VALUES)(draw)


def items() -> Iterator[dict[str, Any]]:
    draw = random.Random(7)
    for number in range(30):
        item = {"p": {"S": draw.choice(["a", "é", "b"])}, "r": {"S": f"{number * 7 % 30:02d}"}}
        item |= {name: drawn(draw) for name in draw.sample("vwxyz", 3)}
        item |= {"x": {"L": [drawn(draw), drawn(draw)]}} if number % 2 else {}
        if draw.random() < 0.7:
            item |= {"i": {"S": draw.choice(["a", "b"])}, "t": {"N": str(number)}}
        yield item


def create(dynamodb: Any, table: str) -> None:
    keys, types = TABLES[table]
    indexes = [
        {"IndexName": kind, "KeySchema": INDEXED, "Projection": {"ProjectionType": kind} | more}
        for kind, more in (("ALL", {}), ("KEYS_ONLY", {}), ("INCLUDE", {"NonKeyAttributes": ["v", "x"]}))
    ]
    dynamodb.create_table(
        TableName=table,
        KeySchema=keys,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if "i" in types else {}),
    )


def answers(dynamodb: Any) -> list[Any]:
    """Everything that tables say which are made and filled for that, refusals too."""
    said: list[Any] = []

    def ask(call: str, table: str = "strings", **how: Any) -> None:
        try:
            answer = getattr(dynamodb, call)(TableName=table, ReturnConsumedCapacity="TOTAL", **how)
        except ClientError as error:
            answer = error.response
        said.append((call, table, how, {name: answer[name] for name in answer if name != "ResponseMetadata"}))

    def query(key: str, value: dict[str, Any], table: str = "strings", **how: Any) -> None:
        how |= {"KeyConditionExpression": f"{key} = :k", "ExpressionAttributeValues": {":k": value}}
        ask("query", table, **how)

    for table in TABLES:
        create(dynamodb, table)
    for item in items():
        ask("put_item", Item=item)
        ask("put_item", "alone", Item=item)
        ask("get_item", Key={name: item[name] for name in ("p", "r")})
    for number in ("10", "9", "9.0"):
        for order in ("2", "10"):
            n, o = {"N": number}, {"N": order}
            ask("put_item", "numbers", Item={"p": n, "i": n, "r": o, "t": o})
    for partition in ("a", "é", "none"):
        query("p", {"S": partition})
        query("p", {"S": partition}, Limit=5, ScanIndexForward=False)
        query("p", {"S": partition}, "alone")
        for projection in ("v", "v, w", "p, x[0]", "z.y, v"):
            query("p", {"S": partition}, ProjectionExpression=projection)
        for index in ("ALL", "KEYS_ONLY", "INCLUDE"):
            query("i", {"S": partition}, IndexName=index)
            query("i", {"S": partition}, IndexName=index, Limit=3, ScanIndexForward=False)
    query("p", {"N": "9"}, "numbers")
    query("i", {"N": "9"}, "numbers", IndexName="ALL")
    for length, number in ((202_400, "1"), (202_469, "12"), (202_470, "1"), (202_470, "12"), (202_471, "1")):
        heavy = {"p": {"S": "heavy"}, "r": {"S": f"{length} {len(number)}"}, "v": {"S": "ä" * length}}
        ask("put_item", Item=heavy | {"n": {"N": number}, "z": {"M": {"y": {"L": [{"S": "é" * 20}]}}}})
    query("p", {"S": "heavy"}, ProjectionExpression="r")
    ask("scan")  # after a Query: of every partition
    for table in TABLES:
        dynamodb.delete_table(TableName=table)
    return said


def test_tables_answer_the_same(aws: Aws) -> None:
    dynamodb = aws.client("dynamodb")
    with pytest.MonkeyPatch.context() as patch:
        for (where, name), its_own in quick_moto.OWN.items():
            patch.setattr(where, name, its_own)
        wanted = answers(dynamodb)
    for given, due in zip(answers(dynamodb), wanted, strict=True):
        assert given == due
