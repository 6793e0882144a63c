"""Compacted files: whose list is believed, and what a list that is not right does."""

import hashlib
import io
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Aws

from pressmark.archive.compacted import (
    HEAD_BYTES,
    MAX_PARTS,
    Lists,
    compose,
    is_compacted,
    is_small,
    passed_over,
)
from pressmark.archive.folder_files import FolderFiles
from pressmark.archive.objects import Objects
from pressmark.errors import ArchiveError, NotFoundError
from pressmark.settings import Settings
from pressmark.warc.member import Member
from pressmark.warc.writer import WarcFile

DAY = "warcs/2026/11/23/"

DATE = "2026-12-30T03:00:00.000000Z"

Made = tuple[str, bytes]


def name(number: int) -> str:
    return f"{DAY}pressmark-20261123120000{number:03d}-00000-tests.warc.gz"


def member(text: str) -> bytes:
    out = io.BytesIO()
    made = Member(out)
    made.write(
        f"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n\r\n".encode()
    )
    made.flush()
    return out.getvalue()


SMALL = [(name(number), member(f"number {number}")) for number in range(3)]


def made_of(small: Sequence[tuple[str, bytes]]) -> Made:
    told = [(key, len(data), hashlib.sha256(data).hexdigest()) for key, data in small]
    key, head = compose(told, DATE)
    return key, head + b"".join(data for _, data in small)


def read(made: Made) -> list[str]:
    key, data = made
    return [part.key for part in Lists(lambda _key, length: data[:length]).parts(key, len(data))]


def test_a_compacted_file_lists_what_it_is_made_of() -> None:
    key, data = made_of(SMALL)
    parts = Lists(lambda _key, length: data[:length]).parts(key, len(data))
    assert [(part.key, data[part.offset : part.offset + part.length]) for part in parts] == SMALL
    assert is_compacted(key)
    assert not is_small(key)
    assert key < min(small for small, _ in SMALL)


def test_its_name_follows_from_its_files_alone() -> None:
    told = [(key, len(data), hashlib.sha256(data).hexdigest()) for key, data in SMALL]
    assert compose(told, DATE)[0] == compose(told, "2027-01-01T00:00:00.000000Z")[0]
    assert compose(told[:2], DATE)[0] != compose(told, DATE)[0]


def test_a_list_of_the_most_files_is_read() -> None:
    hosts = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(MAX_PARTS)]
    small = [(f"{DAY}p-{n:017d}-00000-{host}.warc.gz", host.encode()) for n, host in enumerate(hosts)]
    key, data = made_of(small)
    assert 70_000 < len(data) - MAX_PARTS * 64 < HEAD_BYTES
    assert read((key, data)) == [each for each, _ in small]


def tampered() -> dict[str, Made]:
    key, data = made_of(SMALL)
    other, others = made_of(SMALL[:2])
    outside = "warcs/2026/11/24/" + name(1).rpartition("/")[2]
    stem, _, _ = key.rpartition("/")
    told = [(small, len(each), hashlib.sha256(each).hexdigest()) for small, each in SMALL]
    false = compose([(told[0][0], told[0][1], "0" * 64), *told[1:]], DATE)[1]
    last, another = (name(number).rpartition("/")[2] for number in (2, 7))
    return {
        "one false SHA-256": (key, false + b"".join(each for _, each in SMALL)),
        "the name of a file that is not its last": (key.replace(last, another), data),
        "another day's folder holds no small files of its own": (key.replace("/23/", "/24/"), b""),
        "the list of another": (key, others),
        "the name of another": (other, data),
        "bytes behind it": (key, data + b"x"),
        "bytes missing": (key, data[:-1]),
        "a list that cannot be read": (key, data[:40] + b"\x00" * 8 + data[48:]),
        "nothing": (key, b""),
        "an ordinary file": (key, SMALL[0][1]),
        "a name outside of days": (f"warcs/{key.rpartition('/')[2]}", data),
        "an imported file": (f"{DAY}imported-{key.rpartition('/')[2]}", data),
        "a file that begins like one": (f"{stem}/0.compacted-x.warc.gz", data),
        "another day's files": made_of([SMALL[0], (outside, SMALL[1][1])]),
        "files that are not small ones": made_of([SMALL[0], (f"{DAY}imported-x.warc.gz", b"x")]),
        "a path out of the day": made_of([(f"{DAY}../24/{name(1).rpartition('/')[2]}", b"x"), SMALL[2]]),
        "files out of order": made_of(SMALL[::-1]),
        "one file twice": made_of([SMALL[0], SMALL[0]]),
    }


@pytest.mark.parametrize("what", tampered())
def test_a_list_is_not_believed_that_is_of(what: str) -> None:
    assert read(tampered()[what]) == []


@pytest.mark.parametrize("what", [each for each, (key, data) in tampered().items() if data])
def test_a_file_whose_list_is_not_believed_is_an_ordinary_file(aws: Aws, tmp_path: Path, what: str) -> None:
    key, data = tampered()[what]
    key = key.replace("/../", "/")
    aws.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=data)
    (tmp_path / key).parent.mkdir(parents=True)
    (tmp_path / key).write_bytes(data)
    for files in (Objects(aws.client("s3"), aws.bucket), FolderFiles(tmp_path)):
        assert list(files.keys()) == [(key, len(data))]  # type: ignore[attr-defined]
        assert files.get(key, 0, 3) == data[:3]  # type: ignore[attr-defined]
        with pytest.raises(NotFoundError):
            files.get(SMALL[0][0], 0, 1)  # type: ignore[attr-defined]


def test_a_list_never_hides_a_file_that_exists(aws: Aws) -> None:
    key, data = made_of(SMALL)
    s3 = aws.client("s3")
    s3.put_object(Bucket=aws.bucket, Key=key, Body=data)
    s3.put_object(Bucket=aws.bucket, Key=SMALL[1][0], Body=b"the real one")
    objects = Objects(s3, aws.bucket)
    assert objects.get(SMALL[1][0], 0, 12) == b"the real one"
    assert dict(objects.keys()) == {each: len(small) for each, small in SMALL} | {SMALL[1][0]: 12}


@pytest.mark.parametrize(
    ("low", "prefix"),
    [
        ("", ""),
        ("warcs/", ""),
        (DAY, ""),
        ("warcs/x.warc.gz", ""),
        (f"{DAY}0-20261123120000000-00000-x.warc.gz", ""),
        (f"{DAY}0.compacted-a", f"{DAY}0.compacted-"),
        (name(1), f"{DAY}0.compacted-"),
    ],
)
def test_a_listing_that_begins_in_a_day_looks_for_the_compacted_files_before_it(
    low: str, prefix: str
) -> None:
    assert passed_over(low) == prefix


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("pressmark-20261123120000000-00000-a.warc.gz", True),
        ("0x-20261123120000000-00000-a.warc.gz", True),
        ("0-20261123120000000-00000-a.warc.gz", False),
        ("imported-0123456789abcdef-00000-x.warc.gz", False),
        ("pressmark-20261123120000000-00000-a.warc", False),
        ("a/pressmark-20261123120000000-00000-a.warc.gz", False),
        ("0.compacted-20261123120000000-00000-a.warc.gz", False),
    ],
)
def test_only_files_that_the_function_writes_are_compacted(name: str, small: bool) -> None:
    assert is_small(DAY + name) == small


def test_whatever_the_prefix_the_functions_files_can_be_compacted() -> None:
    for prefix in ("pressmark", "archive.example.org", "A_1", "x" * 60):
        settings = Settings(bucket="archive", table="archive", state_table="state", warc_prefix=prefix)
        with closing(WarcFile(settings, host="0123456789abcdef")) as warc:
            assert is_small(warc.key), prefix


class Refusing:
    """An S3 for whom nothing is there, and who lets nobody know that: those who may not list get a 403."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)

    def get_object(self, **_: object) -> object:
        return self._refuse()

    def list_objects_v2(self, **_: object) -> object:
        return self._refuse()

    def _refuse(self) -> object:

        raise ClientError({"Error": {"Code": self.codes.pop(0), "Message": "invented"}}, "Any")


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        (("NoSuchKey", "AccessDenied"), "GetObject.*NoSuchKey"),
        (("AccessDenied", "AccessDenied"), "GetObject.*AccessDenied"),
        (("NoSuchKey", "SlowDown"), "ListObjectsV2.*SlowDown"),
        (("SlowDown",), "GetObject.*SlowDown"),
    ],
)
def test_what_cannot_be_looked_for_is_told_as_what_it_is(codes: tuple[str, ...], told: str) -> None:
    with pytest.raises(ArchiveError, match=told):
        Objects(Refusing(*codes), "bucket").get(SMALL[0][0], 0, 1)  # type: ignore[arg-type]
