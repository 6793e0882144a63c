"""One WARC file that many threads write, on a disk that may be full: whole at any time."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.warc.captures import capture, everything, exchange, http, warc_file
from tests.warc.validator import page_uri, validate

from pressmark.clock import REAL
from pressmark.errors import ArchiveError


@pytest.mark.slow
def test_many_threads_write_one_whole_file() -> None:
    file = warc_file(outside=REAL)
    captures = [each for _ in range(8) for each in everything()]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(file.add, captures))
    data = file.open().read()
    records = validate(data)
    there = {record.offset: record for record in records}
    assert file.captures == len(captures) == len({each.meta_offset for each in stored})
    for each, made in zip(stored, captures, strict=True):
        for hop in each.hops:
            assert there[hop.offset].get("WARC-Record-ID") == hop.record_id
            assert page_uri(there[hop.offset]) == hop.url
        # Records of one event stand together: nothing of another's is between them.
        first, end = each.hops[0].offset, each.meta_offset + each.meta_length
        count = 2 * len([e for e in made.exchanges if e.status]) + 1
        conversion = made.text is not None and each.hops[-1].record == "response"
        assert len([r for r in records if first <= r.offset < end]) == count + conversion


def test_an_event_is_appended_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every touch of the shared file happens under its lock."""
    lock, shared = threading.Lock(), io.BytesIO()
    touched: list[bool] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            touched.append(lock.locked())
            return getattr(shared, name)

    with monkeypatch.context() as making:
        making.setattr("threading.Lock", lambda: lock)
        making.setattr("tempfile.SpooledTemporaryFile", lambda **_: Watched())
        file = warc_file()
    touched.clear()
    file.add(capture(exchange(http(b"x" * 3_000_000, kind="image/png"))))
    assert len(touched) > 3
    assert all(touched)
    assert [record.type for record in validate(file.open().read())][1:] == ["response", "request", "metadata"]


def test_an_event_that_cannot_be_written_leaves_the_file_whole() -> None:
    file = warc_file()
    file.add(capture(exchange(http())))
    bad = exchange(http())
    bad.body.close()
    with pytest.raises(ValueError, match="closed file"):
        file.add(capture(exchange(http()), bad))
    stored = file.add(capture(exchange(http(b"after"))))
    records = validate(file.open().read())
    assert [record.type for record in records].count("response") == 2
    assert next(r for r in records if r.offset == stored.hops[0].offset).http[1] == b"after"


class _Full(io.BytesIO):
    """A disk that is full from some byte on."""

    room = 10_000_000

    def write(self, data: object) -> int:
        raw = bytes(data)  # type: ignore[call-overload]
        if self.tell() + len(raw) > self.room:
            super().write(raw[: self.room - self.tell()])
            raise OSError(28, "No space left on device")
        return super().write(raw)


def test_a_full_disk_costs_the_page_that_met_it_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    full = _Full()
    with monkeypatch.context() as making:
        making.setattr("tempfile.SpooledTemporaryFile", lambda **_: full)
        file = warc_file()
    file.add(capture(exchange(http(b"before"))))
    full.room = len(full.getvalue()) + 300
    with pytest.raises(OSError, match="No space"):
        file.add(capture(exchange(http(b"does not fit"))))
    full.room = 10_000_000
    stored = file.add(capture(exchange(http(b"after"))))
    data = file.open().read()
    assert len(data) == file.size
    bodies = [record.http[1] for record in validate(data) if record.type == "response"]
    assert bodies == [b"before", b"after"]
    assert stored.hops[0].offset < len(data)


def test_nothing_is_added_to_a_file_that_is_being_stored() -> None:
    file = warc_file()
    file.add(capture(exchange(http())))
    before = file.open().read()
    with pytest.raises(ArchiveError, match="closed"):
        file.add(capture(exchange(http())))
    assert file.open().read() == before
