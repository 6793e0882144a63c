"""Who may read and save: keys, sessions and what keeps others out. Asked of the application, as a client would."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.access.asking import ORIGIN, ask
from tests.access.conftest import NOW
from tests.factories import PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive, Mode, Options
from pressmark.access.keys import keyfile
from pressmark.access.keys.key import KeyRefusedError, Made, Scope, is_secret_of, make
from pressmark.access.keys.keyfile import KEY_FILE, FolderKeyFile, Keys
from pressmark.access.messages import Response
from pressmark.clock import Outside
from pressmark.errors import ArchiveError

SECRET = b"s" * 32

HTML = "text/html"


@dataclass
class Desk:
    """An archive that is read with a key, and whoever gives keys out. seconds: on the server's clock."""

    archive: Archive
    folder: Path
    seconds: float = 0.0
    now: datetime = NOW
    options: Options = field(default_factory=lambda: Options(secret=SECRET, read=Mode.KEY))

    def __post_init__(self) -> None:
        self.file = FolderKeyFile(self.folder)
        self.made = self.add("reader")
        self.keys = Keys(self.file, monotonic=lambda: self.seconds)

    def add(self, name: str, *scopes: Scope, limit: int = 10) -> Made:
        made = make(name, scopes=scopes or tuple(Scope), daily_limit=limit, at=NOW)
        keyfile.add(self.file, made)
        return made

    @property
    def application(self) -> Application:
        clock = Outside(now=lambda: self.now, monotonic=lambda: self.seconds)
        return Application(replace(self.archive, options=self.options, keys=self.keys, clock=clock))

    def ask(self, target: str, **more: Any) -> Response:
        return ask(self.application, target, **more)

    def sign_in(self, made: Made | None = None, **more: str) -> Response:
        made = made or self.made
        body = urlencode({"key": made.key.id, "secret": made.secret, **more}).encode()
        return self.ask("/signin", method="POST", body=body, origin=ORIGIN, accept=HTML)

    def session(self, made: Made | None = None) -> str:
        return (self.sign_in(made).header("Set-Cookie") or "").partition(";")[0]


@pytest.fixture
def desk(archive: Archive, tmp_path: Path) -> Desk:
    return Desk(archive, tmp_path / "archive")


def low(made: Made, secret: str | None = None) -> str:
    return f"LOW {made.key.id}:{made.secret if secret is None else secret}"


READING = [
    "/",
    "/index.json",
    f"/page?url={PAGE}",
    f"/capture?url={PAGE}",
    f"/diff?url={PAGE}",
    "/results?site=example.com",
    "/failures",
    f"/cdx?url={PAGE}",
    f"/cdx/search/cdx?url={PAGE}",
    f"/wayback/available?url={PAGE}",
    f"/web/{PAGE}",
    f"/web/20261123120000id_/{PAGE}",
    f"/web/timemap/link/{PAGE}",
    f"/timegate/{PAGE}",
]


@pytest.mark.parametrize("target", READING)
def test_where_reading_needs_a_key_everything_that_reads_needs_it(desk: Desk, target: str) -> None:
    answer = desk.ask(target)

    assert answer.status == 401
    assert (answer.header("WWW-Authenticate") or "").startswith("LOW ")
    assert desk.ask(target, authorization=low(desk.made)).status in (200, 302)
    assert desk.ask(target, cookie=desk.session()).status in (200, 302)


@pytest.mark.parametrize("target", READING)
def test_what_a_key_has_opened_is_for_no_shared_cache(desk: Desk, target: str) -> None:
    kept = desk.ask(target, authorization=low(desk.made)).header("Cache-Control") or ""

    assert "private" in kept or "no-store" in kept


def test_a_wrong_secret_and_a_key_that_nobody_has_get_the_same_answer(desk: Desk) -> None:
    wrong = desk.ask("/", authorization=low(desk.made, "x" * 26))
    unknown = desk.ask("/", authorization=f"LOW {'a' * 16}:{desk.made.secret}")

    assert wrong.status == unknown.status == 401
    assert (wrong.whole(), wrong.headers) == (unknown.whole(), unknown.headers)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "LOW",
        "LOW ",
        "LOW :",
        "LOW {id}",
        "LOW {id}:",
        "LOW :{secret}",
        "LOW {secret}:{id}",
        "LOW {id}:{secret}x",
        "LOW {id} :{secret}",
        "LOW {id}:{digest}",
        "LOW {id}:" + "x" * 100_000,
        "LOW é:é",
        "LOW \udc80:\udc80",
        "Basic {id}:{secret}",
        "AWS4-HMAC-SHA256 Credential={id}:{secret}",
        "LOWER {id}:{secret}",
    ],
    ids=lambda header: str(header)[:40].encode("ascii", "replace").decode(),
)
def test_what_is_not_quite_a_key_is_none(desk: Desk, header: str) -> None:
    made = desk.made
    said = header.format(id=made.key.id, secret=made.secret, digest=made.key.digest)

    assert desk.ask("/", authorization=said).status == 401


def test_an_unknown_key_is_compared_as_a_known_one_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked, two texts of one length are compared by hmac.compare_digest: nothing ends early."""
    from pressmark.access.keys import key

    compared = []

    def note(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(key.hmac, "compare_digest", note)
    assert is_secret_of(desk.made.key, desk.made.key.id, desk.made.secret)
    assert not is_secret_of(desk.made.key, desk.made.key.id, "x")
    assert not is_secret_of(None, "a" * 16, desk.made.secret)
    assert compared == [(64, 64)] * 3


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


def test_a_session_cookie_is_for_this_host_over_tls_and_for_no_script(desk: Desk) -> None:
    answer = desk.sign_in()
    line = answer.header("Set-Cookie") or ""
    name, _, rest = line.partition("=")

    assert (answer.status, answer.header("Location")) == (303, "/")
    assert name == "__Host-pressmark-session"
    assert set(rest.split("; ")[1:]) == {"Path=/", "Max-Age=28800", "HttpOnly", "SameSite=Lax", "Secure"}
    assert desk.made.secret not in line
    assert answer.header("Cache-Control") == "no-store"


def test_without_tls_the_cookie_is_not_called_what_browsers_would_refuse(desk: Desk) -> None:
    from pressmark.access.keys import sessions
    from pressmark.access.messages import Request

    request = Request("POST", "/signin", "http://10.0.0.5:8080")
    line = sessions.cookie(request, "a" * 16, secret=SECRET, at=NOW)
    assert line.startswith("pressmark-session=")
    assert "Secure" not in line
    back = replace(request, headers={"cookie": line.partition(";")[0]})
    assert sessions.key_id(back, secret=SECRET, at=NOW) == "a" * 16


def test_a_session_ends_after_eight_hours(desk: Desk) -> None:
    session = desk.session()
    desk.now += timedelta(hours=8) - timedelta(seconds=1)
    assert desk.ask("/", cookie=session).status == 200
    desk.now += timedelta(seconds=1)
    assert desk.ask("/", cookie=session).status == 401


TAMPERED: list[Callable[[str], str]] = [
    lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
    lambda value: "b" * 16 + value[16:],
    lambda value: re.sub(r"\.(\d+)\.", lambda found: f".{int(found[1]) + 1}.", value),
    lambda value: value.rpartition(".")[0],
    lambda value: value.rpartition(".")[0] + ".",
    lambda value: value + "." + value,
    lambda _value: "",
    lambda _value: ".",
    lambda _value: "..",
    lambda value: value.upper(),
    lambda value: value.replace(".", ".\u0663."),
]


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_cookie_that_was_changed_is_no_session(desk: Desk, tamper: Callable[[str], str]) -> None:
    name, _, value = desk.session().partition("=")

    assert desk.ask("/", cookie=f"{name}={value}").status == 200
    assert desk.ask("/", cookie=f"{name}={tamper(value)}").status == 401


def test_a_cookie_of_another_secret_or_under_another_name_is_no_session(desk: Desk) -> None:
    value = desk.session().partition("=")[2]
    assert desk.ask("/", cookie=f"pressmark-session={value}").status == 401
    assert desk.ask("/", cookie=f"x=1; __Host-pressmark-session={value}").status == 200
    session = desk.session()
    desk.options = replace(desk.options, secret=b"t" * 32)
    assert desk.ask("/", cookie=session).status == 401


def test_signing_in_leads_back_to_the_page_that_was_wanted(desk: Desk) -> None:
    page = desk.ask("/results?site=example.com&x=%22%3E", accept=HTML).whole().decode()
    (link,) = re.findall(r'href="(/signin[^"]*)"', page)
    form = desk.ask(link, accept=HTML).whole().decode()

    assert 'name="next" value="/results?site=example.com&amp;x=%22%3E"' in form
    for wanted in ("/results?site=a", "/page?url=https://a.example/../b", "/web/2026/https://a.example/.x/"):
        assert desk.sign_in(next=wanted).header("Location") == wanted


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/save/https://evil.example/",
        "/save\\https://evil.example/",
        "/./save/https://evil.example/",
        "/page/../save/https://evil.example/",
        "/%2e/%2E%2e/save/https://evil.example/",
        "/page\\..\\save\\https://evil.example/",
        "/" + "x" * 5000,
    ],
)
def test_signing_in_leads_nowhere_else_and_to_nothing_that_saves(desk: Desk, back: str) -> None:
    assert desk.sign_in(next=back).header("Location") == "/"


def test_a_refused_sign_in_says_so_and_repeats_nothing_of_the_secret(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    made = desk.made
    body = urlencode({"key": made.key.id, "secret": "wrong-secret-0815"}).encode()
    answer = desk.ask("/signin", method="POST", body=body, origin=ORIGIN, accept=HTML)

    assert answer.status == 401
    assert b"its secret is wrong" in answer.whole()
    assert b"0815" not in answer.whole() + repr(answer.headers).encode()
    assert answer.header("Set-Cookie") is None
    assert "0815" not in caplog.text


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
@pytest.mark.parametrize("target", ["/signin", "/signout"])
def test_no_other_site_signs_a_reader_in_or_out(desk: Desk, target: str, headers: dict[str, str]) -> None:
    body = urlencode({"key": desk.made.key.id, "secret": desk.made.secret}).encode()
    answer = desk.ask(target, method="POST", body=body, **headers)

    assert answer.status == 403
    assert answer.header("Set-Cookie") is None


def test_signing_out_takes_the_cookie_away(desk: Desk) -> None:
    answer = desk.ask("/signout", method="POST", origin=ORIGIN, cookie=desk.session())

    assert answer.status == 303
    assert (answer.header("Set-Cookie") or "").startswith("__Host-pressmark-session=; Path=/; Max-Age=0;")


def test_a_form_of_ours_tells_its_origin(desk: Desk) -> None:
    """With no-referrer a browser sends ``Origin: null`` with a form, as another site's sandbox would."""
    assert desk.ask("/signin", accept=HTML).header("Referrer-Policy") == "same-origin"


def test_a_key_is_good_for_what_it_is_for(desk: Desk) -> None:
    made = desk.add("writer", Scope.WRITE)
    desk.seconds += 60

    answer = desk.ask("/", authorization=low(made))
    assert answer.status == 403
    assert json.loads(answer.whole())["message"] == "this key is not for reading"


def test_reading_is_public_and_says_who_is_signed_in(desk: Desk) -> None:
    desk.options = replace(desk.options, read=Mode.PUBLIC)
    anonymous, known = desk.ask("/", accept=HTML), desk.ask("/", accept=HTML, cookie=desk.session())

    assert b'href="/signin"' in anonymous.whole()
    assert b"Signed in: <bdi>reader</bdi>" in known.whole()
    assert desk.ask("/", cookie="__Host-pressmark-session=x").status == 200
    assert desk.ask("/", authorization=low(desk.made, "x")).status == 401


def test_an_archive_without_keys_has_no_sign_in(application: Application) -> None:
    assert ask(application, "/signin").status == 404
    assert b"/signin" not in ask(application, "/", accept=HTML).whole()


def test_iam_lets_in_whom_aws_has_let_through_and_nobody_else(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.access.asking import event

    from pressmark.access.lambda_events import to_request

    desk.options = replace(desk.options, read=Mode.IAM, write=Mode.IAM)
    asked = event("/")
    asked["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::123456789012:user/a"}}
    refused = desk.ask("/", authorization=low(desk.made))

    assert desk.application(to_request(asked)).status == 200
    assert refused.status == 403
    assert "function URL" in caplog.text
    assert (
        desk.application(to_request(event("/", headers={"authorization": "AWS4-HMAC-SHA256 x"}))).status
        == 403
    )


def test_the_replay_origin_takes_no_cookie_and_no_key(desk: Desk) -> None:
    desk.options = replace(desk.options, replay_only=True, replay_url=ORIGIN)

    for target in ("/", f"/web/{PAGE}", "/signin", f"/cdx?url={PAGE}", "/save"):
        assert desk.ask(target, cookie=desk.session(), authorization=low(desk.made)).status == 404
    assert desk.ask("/replay/" + "x" * 40 + "/").status == 403


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


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert SECRET.decode() not in caplog.text
