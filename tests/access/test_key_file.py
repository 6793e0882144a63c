"""What is kept of keys: what it gives away, how old a copy may be, damage, and changes at the same moment."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from tests.access.captures import NOW
from tests.access.desk import HTML, SECRET, Desk, low

from pressmark.access.keys import keyfile
from pressmark.access.keys.key import KeyRefusedError, Scope, digest, make
from pressmark.access.keys.keyfile import KEY_FILE, FolderKeyFile
from pressmark.errors import ArchiveError


def test_a_revoked_key_works_on_for_less_than_a_minute_and_ends_its_sessions(desk: Desk) -> None:
    session = desk.session()
    assert desk.ask("/", cookie=session).status == 200
    keyfile.revoke(desk.file, desk.made.key.id, NOW)

    desk.seconds += 29
    assert desk.ask("/", authorization=low(desk.made)).status == 200
    desk.seconds += 1
    assert desk.ask("/", authorization=low(desk.made)).status == 401
    assert desk.ask("/", cookie=session).status == 401
    assert desk.sign_in().status == 401


def test_a_new_key_works_after_two_seconds(desk: Desk) -> None:
    desk.ask("/", authorization=low(desk.made))
    made = desk.add("later")

    assert desk.ask("/", authorization=low(made)).status == 401
    desk.seconds += 2
    assert desk.ask("/", authorization=low(made)).status == 200


def test_guessing_keys_does_not_read_the_key_file_each_time(desk: Desk) -> None:
    reads = []
    read = desk.file.read
    desk.file.read = lambda: reads.append(1) or read()  # type: ignore[func-returns-value, method-assign]
    for number in range(50):
        desk.ask("/", authorization=f"LOW {number:016d}:x")

    assert len(reads) == 1


def test_what_is_kept_of_a_key_gives_no_secret_away(desk: Desk) -> None:
    kept = (desk.folder / KEY_FILE).read_text()

    assert desk.made.secret not in kept
    assert desk.made.secret[:-4] not in kept
    assert json.loads(kept)["keys"][0].keys() == {
        "id", "name", "scopes", "daily_limit", "created", "sha256", "last4", "revoked",
    }  # fmt: skip
    assert (desk.folder / KEY_FILE).parent.stat().st_mode & 0o077 == 0
    assert desk.made.secret not in repr(desk.made.key)
    assert SECRET.decode() not in repr(desk.options)


def test_one_secret_of_two_keys_does_not_look_equal(desk: Desk) -> None:
    assert digest("a" * 16, desk.made.secret) != digest("b" * 16, desk.made.secret)


def test_a_key_that_is_revoked_again_was_revoked_when_it_was(desk: Desk) -> None:
    for hours in (0, 5):
        keyfile.revoke(desk.file, desk.made.key.id, NOW + timedelta(hours=hours))

    assert [each.revoked for each in keyfile.every(desk.file)] == [NOW]


def test_secrets_have_more_than_128_random_bits_and_need_no_quotes_anywhere() -> None:
    made = [make("x", scopes=Scope, daily_limit=1, at=NOW) for _ in range(50)]

    assert all(re.fullmatch(r"[a-z2-9]{16}", each.key.id) for each in made)
    assert all(re.fullmatch(r"[a-z2-9]{26}", each.secret) for each in made)
    assert len({each.secret for each in made} | {each.key.id for each in made}) == 100


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"pressmark": 2, "keys": []}',
        b'{"pressmark": 1}',
        b'{"pressmark": 1, "keys": [{"id": "x"}]}',
        b'{"pressmark": 1, "keys": 5}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=lambda damage: str(damage[:30]),
)
def test_a_damaged_key_file_lets_nobody_in_and_is_not_written_over(desk: Desk, damage: bytes) -> None:
    (desk.folder / KEY_FILE).write_bytes(damage)

    assert desk.ask("/", authorization=low(desk.made)).status == 502
    assert desk.ask("/", cookie=desk.session()).status in (401, 502)
    with pytest.raises(ArchiveError, match="damaged"):
        desk.add("another")
    assert (desk.folder / KEY_FILE).read_bytes() == damage


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sha256", "0" * 63),
        ("sha256", None),
        ("id", "../../x"),
        ("daily_limit", True),
        ("daily_limit", -1),
        ("daily_limit", "9"),
        ("scopes", ["admin"]),
        ("created", "2026-11-28T00:00:00"),
        ("revoked", 5),
    ],
)
def test_a_key_file_with_one_wrong_value_is_damaged(desk: Desk, name: str, value: object) -> None:
    said = json.loads((desk.folder / KEY_FILE).read_text())
    said["keys"][0][name] = value

    with pytest.raises(ArchiveError, match="damaged"):
        keyfile.parse(json.dumps(said).encode())


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 101, "a\r\nSet-Cookie: x=1", "a\0b", "a\u2028b", "a\udc80b"]
)
def test_a_name_that_could_end_a_line_is_refused(name: str) -> None:
    with pytest.raises(KeyRefusedError):
        make(name, scopes=Scope, daily_limit=1, at=NOW)


def test_a_name_that_somebody_wrote_into_the_key_file_is_escaped_on_pages_and_in_no_header_line(
    desk: Desk,
) -> None:
    said = json.loads((desk.folder / KEY_FILE).read_text())
    said["keys"][0]["name"] = "<script>x</script>\r\nX-Bad: 1"
    (desk.folder / KEY_FILE).write_text(json.dumps(said))
    answer = desk.ask("/", cookie=desk.session(), accept=HTML)

    assert b"<script>" not in answer.whole()
    assert b"&lt;script&gt;" in answer.whole()
    assert not any("X-Bad" in name + value for name, value in answer.headers)


def test_two_people_who_add_keys_at_once_both_have_theirs(desk: Desk) -> None:
    write, others = desk.file.write, iter(["first", "second"])

    def interrupted(data: bytes, version: str) -> None:
        for name in others:
            made = make(name, scopes=Scope, daily_limit=1, at=NOW)
            keyfile.add(FolderKeyFile(desk.folder), made)
            break
        write(data, version)

    desk.file.write = interrupted  # type: ignore[method-assign]
    desk.add("mine")

    assert [each.name for each in keyfile.every(desk.file)] == ["reader", "first", "second", "mine"]


@pytest.mark.slow
def test_of_changes_to_a_folders_keys_at_the_same_moment_none_is_lost(tmp_path: Path) -> None:
    for round_number in range(20):
        file = FolderKeyFile(tmp_path / str(round_number))
        first, *more = (make(name, scopes=Scope, daily_limit=1, at=NOW) for name in ("first", "a", "b"))
        keyfile.add(file, first)
        start = Barrier(3)

        def change(how: Callable[..., Any], *said: Any, start: Barrier = start) -> None:
            start.wait()
            how(*said)

        with ThreadPoolExecutor(3) as pool:
            done = [pool.submit(change, keyfile.add, file, each) for each in more]
            done.append(pool.submit(change, keyfile.revoke, file, first.key.id, NOW))
        assert [each.exception() for each in done] == [None] * 3

        kept = {each.name: each.revoked for each in keyfile.every(file)}
        assert kept == {"first": NOW, "a": None, "b": None}


def test_what_a_killed_process_has_left_is_taken_away_by_the_next_change(desk: Desk) -> None:
    left = (desk.folder / KEY_FILE).with_name(".keys.json.x1.part")
    left.write_bytes(b"half")
    desk.add("another")

    assert sorted(each.name for each in left.parent.iterdir()) == ["keys.json", "lock"]
