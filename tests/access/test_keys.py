"""Who may read and save, by key or by IAM. Asked of the application, as a client would."""

import json
from dataclasses import replace

import pytest
from tests.access.asking import ORIGIN
from tests.access.desk import HTML, Desk, low
from tests.factories import PAGE

from pressmark.access.context import Mode
from pressmark.access.keys.key import Scope, is_secret_of
from pressmark.access.keys.keyfile import Keys

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
    assert (wrong.header("WWW-Authenticate") or "").startswith("LOW ")
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


def test_credentials_that_are_longer_than_any_key_are_not_looked_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(_keys: Keys, _identity: str) -> None:
        raise AssertionError("looked up")

    monkeypatch.setattr(Keys, "find", find)
    assert desk.ask("/", authorization=f"LOW {desk.made.key.id}:{'x' * 200}").status == 401


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


def test_a_key_is_good_for_what_it_is_for(desk: Desk) -> None:
    made = desk.add("writer", Scope.WRITE)
    desk.seconds += 60

    answer = desk.ask("/", authorization=low(made))
    assert answer.status == 403
    assert json.loads(answer.whole())["message"] == "this key is not for reading"


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_for_reading_or_for_saving_sees_the_form_and_what_became_of_a_page(
    desk: Desk, scope: Scope
) -> None:
    made = desk.add("either", scope)
    desk.seconds += 60

    targets = ["/save", "/save.json", "/saving?job=unknown", "/saving.json?job=unknown"]
    assert [desk.ask(each).status for each in targets] == [401] * 4
    assert [desk.ask(each, authorization=low(made)).status for each in targets] == [200, 200, 404, 404]
    if scope is Scope.WRITE:
        assert desk.ask("/results", authorization=low(made)).status == 403


def test_reading_is_public_and_says_who_is_signed_in(desk: Desk) -> None:
    desk.options = replace(desk.options, read=Mode.PUBLIC)
    anonymous, known = desk.ask("/", accept=HTML), desk.ask("/", accept=HTML, cookie=desk.session())

    assert b'href="/signin"' in anonymous.whole()
    assert b"Signed in: <bdi>reader</bdi>" in known.whole()
    assert desk.ask("/", cookie="__Host-pressmark-session=x").status == 200
    assert desk.ask("/", authorization=low(desk.made, "x")).status == 401


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
