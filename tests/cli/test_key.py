"""``pressmark key``: keys of a stack and of an archive folder."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from tests.cli.conftest import Run
from tests.conftest import Aws
from tests.factories import fill_folder, make_capture

from pressmark.access.keys.key import is_secret_of
from pressmark.access.keys.keyfile import KEY_FILE, BucketKeyFile, every
from pressmark.local import folder


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A stack of this test's own; the environment leads to it."""
    aws.lead_here(monkeypatch)
    return aws


def refused(run: Run, code: int, *words: str) -> Result:
    done = run(*words)
    assert done.exit_code == code, done.output
    return done


def listed(run: Run, *more: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("key", "list", *more).stdout.splitlines()]


@pytest.mark.slow
def test_a_key_is_shown_once_and_only_a_digest_of_its_secret_is_kept(stack: Aws, run: Run) -> None:
    done = run("key", "add", "City desk", "--daily-limit", "500")
    identity, _, secret = done.stdout.strip().partition(":")

    (key,) = every(BucketKeyFile(stack.client("s3"), stack.bucket))
    assert is_secret_of(key, identity, secret)
    assert (key.name, key.daily_limit, sorted(key.scopes)) == ("City desk", 500, ["read", "write"])
    assert secret not in done.stderr
    body = stack.client("s3").get_object(Bucket=stack.bucket, Key=KEY_FILE)["Body"].read()
    assert secret.encode() not in body
    (told,) = listed(run)
    assert told["last4"] == secret[-4:]
    assert "sha256" not in told
    assert secret not in run("key", "list", "--format", "table").stdout


@pytest.mark.parametrize(
    ("options", "scopes"),
    [
        ((), ["read", "write"]),
        (("--read",), ["read"]),
        (("--write",), ["write"]),
        (("--read", "--write"), ["read", "write"]),
    ],
)
def test_a_key_is_for_what_is_said(stack: Aws, run: Run, options: tuple[str, ...], scopes: list[str]) -> None:
    run("key", "add", "x", *options)
    (told,) = listed(run)

    assert told["scopes"] == scopes


@pytest.mark.slow
def test_a_revoked_key_stays_on_the_list(stack: Aws, run: Run) -> None:
    first, second = (run("key", "add", name).stdout.partition(":")[0] for name in ("one", "two"))
    run("key", "revoke", first)

    assert [(each["id"], each["revoked"] is None) for each in listed(run)] == [(first, False), (second, True)]


def test_a_key_that_does_not_exist_cannot_be_revoked(stack: Aws, run: Run) -> None:
    done = refused(run, 2, "key", "revoke", "aaaaaaaaaaaaaaaa")

    assert "is not a key of this archive" in done.stderr


@pytest.mark.slow
def test_all_keys_that_can_be_revoked_are_and_the_others_are_named(stack: Aws, run: Run) -> None:
    first, second = (run("key", "add", name).stdout.partition(":")[0] for name in ("one", "two"))
    done = refused(run, 2, "key", "revoke", first, "wrong-1", "wrong-2", second)

    assert all(each["revoked"] for each in listed(run))
    assert f"{second} (two) is revoked" in done.stderr
    assert "wrong-1, wrong-2 are not keys of this archive" in done.stderr


@pytest.mark.parametrize("name", ["a\nb", "x" * 101])
def test_a_name_that_is_no_name_is_refused(stack: Aws, run: Run, name: str) -> None:
    assert "one line of 1 to 100 characters" in refused(run, 2, "key", "add", name).stderr


@pytest.mark.slow
def test_a_damaged_key_file_is_named_and_left_as_it_is(stack: Aws, run: Run) -> None:
    s3 = stack.client("s3")
    s3.put_object(Bucket=stack.bucket, Key=KEY_FILE, Body=b"{")

    for words in (["add", "x"], ["list"], ["revoke", "a" * 16]):
        assert "access/keys.json is damaged" in refused(run, 4, "key", *words).stderr
    assert s3.get_object(Bucket=stack.bucket, Key=KEY_FILE)["Body"].read() == b"{"


@pytest.mark.slow
def test_a_folder_has_keys_of_its_own_that_no_run_copies_verifies_or_exports(
    stack: Aws, run: Run, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    fill_folder(archive, [make_capture("https://example.com/")])
    run("key", "add", "of the bucket")
    run("key", "add", "of the folder", "--archive", str(archive))
    folder.save(stack.client("s3"), stack.bucket, archive, [])

    assert [each["name"] for each in listed(run, "--archive", str(archive))] == ["of the folder"]
    assert "no problems found" in run("verify", "--archive", str(archive)).stderr
    run("rebuild", "--archive", str(archive))
    run("rebuild")
    run("verify")
    out = tmp_path / "out.wacz"
    run("export", "-o", str(out), "--archive", str(archive))
    assert b"keys.json" not in out.read_bytes()
    assert [each["name"] for each in listed(run)] == ["of the bucket"]
