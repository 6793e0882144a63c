"""Saving with a key: who may, how much in a day, and what happens at the limit."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
from tests.access.asking import ORIGIN, ask
from tests.access.saving import Place
from tests.conftest import Aws
from tests.factories import article_html
from tests.site import RawSite, response

from pressmark.access.app import Application
from pressmark.access.context import Mode, Options
from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Made, Scope, make
from pressmark.access.keys.keyfile import BucketKeyFile, Keys
from pressmark.access.keys.quota import Quota
from pressmark.access.messages import Response
from pressmark.clock import REAL
from pressmark.queues.jobs import Jobs

LIMIT = 3


class Guarded(Place):
    """A stack whose pages are saved with keys."""

    def __init__(self, aws: Aws, site: RawSite) -> None:
        super().__init__(aws, site)
        s3 = aws.client("s3")
        self.file = BucketKeyFile(s3, aws.bucket)
        self.keys = Keys(self.file, monotonic=lambda: 0.0)
        self.made = self.add("desk")
        self.archive = replace(
            self.archive, options=Options(secret=b"s" * 32, max_seconds=20.0, read=Mode.KEY), keys=self.keys
        )
        self.application = Application(self.archive)

    def add(self, name: str, *scopes: Scope, limit: int = LIMIT) -> Made:
        made = make(name, scopes=scopes or tuple(Scope), daily_limit=limit, at=REAL.now())
        keyfile.add(self.file, made)
        self.keys = Keys(self.file, monotonic=lambda: 0.0)
        self.archive = replace(self.archive, keys=self.keys)
        self.application = Application(self.archive)
        return made

    def post(self, path: str, made: Made | None = None, **headers: str) -> Response:
        body = urlencode({"url": f"{self.site.base}{path}"}).encode()
        if made is not None:
            headers["authorization"] = f"LOW {made.key.id}:{made.secret}"
        return ask(self.application, "/save", method="POST", body=body, **headers)

    def user(self, made: Made) -> Any:
        header = f"LOW {made.key.id}:{made.secret}"
        return json.loads(ask(self.application, "/save/status/user", authorization=header).whole())

    def session(self) -> str:
        body = urlencode({"key": self.made.key.id, "secret": self.made.secret}).encode()
        line = ask(self.application, "/signin", method="POST", body=body, origin=ORIGIN).header("Set-Cookie")
        return (line or "").partition(";")[0]


@pytest.fixture
def place(aws: Aws, site: RawSite) -> Guarded:
    for name in "abcdefgh":
        site.serve(f"/{name}", response(article_html().encode()))
    return Guarded(aws, site)


def said(answer: Response) -> Any:
    return json.loads(answer.whole())


def test_without_a_key_nothing_is_saved(place: Guarded) -> None:
    answer = place.post("/a")

    assert answer.status == 401
    assert answer.header("WWW-Authenticate")
    assert said(answer)["status_ext"] == "error:unauthorized"
    assert ask(place.application, f"/save/{place.site.base}/a").status == 401
    assert ask(place.application, "/save/status/user").status == 401
    assert place.queued() == []


def test_a_key_saves_up_to_its_daily_limit_and_is_told_when_it_may_again(place: Guarded) -> None:
    for path in ("/a", "/b", "/c"):
        assert said(place.post(path, place.made)).keys() == {"url", "job_id"}
    refused = place.post("/d", place.made)

    assert refused.status == 429
    assert 0 < int(refused.header("Retry-After") or 0) <= 86_400
    assert said(refused) == {
        "status": "error",
        "status_ext": "error:user-session-limit",
        "message": "You cannot make more than 3 captures per day with this key; a new day begins at midnight UTC",
    }
    assert len(place.queued()) == LIMIT
    assert place.post("/d", place.add("other")).status == 200


def test_a_job_that_another_request_has_begun_meanwhile_does_not_count(
    place: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jobs, "begin", lambda *_asked, **_more: False)

    assert said(place.post("/a", place.made)).keys() == {"url", "job_id"}
    assert place.user(place.made)["daily_captures"] == 0
    assert place.queued() == []


def test_a_page_that_has_a_job_counts_once(place: Guarded) -> None:
    jobs = {said(place.post("/a", place.made))["job_id"] for _ in range(5)}

    assert len(jobs) == 1
    assert place.user(place.made)["daily_captures"] == 1


@pytest.mark.slow
def test_each_key_is_told_its_own_counts(place: Guarded) -> None:
    other = place.add("other", limit=100)
    place.post("/a", place.made)
    place.post("/b", place.made)

    told = place.user(place.made)
    assert told.pop("processing") in (1, 2)  # of the latest jobs, where two may share a slot
    assert told == {"available": 1, "daily_captures": 2, "daily_captures_limit": 3}
    assert place.user(other) == {
        "available": 12, "daily_captures": 0, "daily_captures_limit": 100, "processing": 0,
    }  # fmt: skip
    place.pump()
    assert place.user(place.made)["processing"] == 0


def test_a_day_ends_at_midnight_utc(place: Guarded) -> None:
    now = REAL.now()
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    place.later = midnight - now - timedelta(seconds=30)
    for path in ("/a", "/b", "/c"):
        place.post(path, place.made)
    refused = place.post("/d", place.made)
    place.later += timedelta(seconds=30)

    assert (refused.status, 1 <= int(refused.header("Retry-After") or 0) <= 30) == (429, True)
    assert place.post("/d", place.made).status == 200
    assert place.user(place.made)["daily_captures"] == 1


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 11, 28, 23, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 28, 23, 59, 59, 900_000, tzinfo=UTC), 1),
        (datetime(2026, 11, 28, tzinfo=UTC), 86_400),
        (datetime.fromisoformat("2026-11-29T00:30:00+01:00"), 1_800),
    ],
)
def test_the_time_to_midnight_is_that_of_utc(aws: Aws, now: datetime, left: int) -> None:
    assert Quota(aws.client("dynamodb"), aws.state_table, lambda: now).seconds_left() == left


def test_requests_at_the_limit_get_what_is_left_and_no_more(place: Guarded) -> None:
    quota, got = place.archive.saving.quota, []  # type: ignore[union-attr]
    begin = threading.Barrier(8)

    def ask_for_one(number: int) -> None:
        begin.wait()
        got.append(quota.take("k" * 16, 5, job=f"spn2-{number:040x}"))

    threads = [threading.Thread(target=ask_for_one, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sum(each is not None for each in got) == 5
    assert quota.used("k" * 16).count == 5


def test_a_days_counts_go_by_themselves(place: Guarded) -> None:
    place.post("/a", place.made)
    item = place.dynamodb.get_item(
        TableName=place.aws.state_table,
        Key={"pk": {"S": f"quota#{place.made.key.id}#{REAL.now().date()}"}},
    )["Item"]

    left = int(item["expires"]["N"]) - REAL.now().timestamp()
    assert 2 * 86_400 <= left <= 3 * 86_400


class Down:
    """A client of which some calls are not answered."""

    def __init__(self, client: Any, *broken: str) -> None:
        self._client = client
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        if name in self._broken:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "down"}}, name)
        return getattr(self._client, name)


def test_a_state_table_that_does_not_answer_saves_nothing(place: Guarded) -> None:
    saving = place.archive.saving
    assert saving
    down = Down(place.dynamodb, "update_item")
    quota = Quota(down, place.aws.state_table, REAL.now)  # type: ignore[arg-type]
    place.application = Application(replace(place.archive, saving=replace(saving, quota=quota)))

    assert place.post("/a", place.made).status == 502
    assert place.queued() == []


def test_a_page_that_the_queue_does_not_take_is_not_counted(place: Guarded) -> None:
    saving = place.archive.saving
    assert saving
    queue = type(saving.queue)(Down(place.sqs, "send_message"), place.aws.queue_url)  # type: ignore[call-arg]
    place.application = Application(replace(place.archive, saving=replace(saving, queue=queue)))

    assert place.post("/a", place.made).status == 502
    assert place.user(place.made)["daily_captures"] == 0


def test_a_form_of_ours_saves_with_a_session_and_one_of_another_site_does_not(place: Guarded) -> None:
    session = place.session()

    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
    ):
        assert place.post("/a", cookie=session, **headers).status == 403
    assert place.queued() == []
    assert place.post("/a", cookie=session, origin=ORIGIN, sec_fetch_site="same-origin").status == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fetched", "status"),
    [("cross-site", 403), ("same-site", 403), ("", 403), ("none", 200), ("same-origin", 200)],
)
def test_a_link_saves_with_a_session_only_where_its_reader_asked_for_it(
    place: Guarded, fetched: str, status: int
) -> None:
    headers = {"sec_fetch_site": fetched} if fetched else {}
    place.post("/a", place.made)
    place.pump()
    answer = ask(place.application, f"/save/{place.site.base}/a", cookie=place.session(), **headers)

    assert answer.status == (302 if status == 200 else status)


def test_a_revoked_key_saves_no_more_and_neither_do_its_sessions(place: Guarded) -> None:
    session = place.session()
    keyfile.revoke(place.file, place.made.key.id, REAL.now())
    place.application = Application(replace(place.archive, keys=Keys(place.file, monotonic=lambda: 0.0)))

    assert place.post("/a", place.made).status == 401
    assert place.post("/a", cookie=session, origin=ORIGIN).status == 401


def test_a_key_for_reading_saves_nothing_and_one_for_saving_needs_no_other_scope(place: Guarded) -> None:
    reader, writer = place.add("reader", Scope.READ), place.add("writer", Scope.WRITE)

    answer = place.post("/a", reader)
    assert (answer.status, said(answer)["status_ext"]) == (403, "error:no-access")
    assert place.post("/a", writer).status == 200


def test_nobody_can_tell_a_jobs_id_from_its_page_and_the_hour(place: Guarded) -> None:
    """Whoever has an id may ask what became of the page; two archives give different ones."""
    first = said(place.post("/a", place.made))["job_id"]
    other = replace(place.archive, options=replace(place.archive.options, secret=b"t" * 32))
    place.application = Application(other)

    assert said(place.post("/a", place.made))["job_id"] != first


def test_what_is_saved_with_keys_names_none_in_the_message(place: Guarded) -> None:
    place.post("/a", place.made)

    (message,) = place.queued()
    assert message.keys() == {"url", "job"}


def test_where_nobody_may_save_a_key_does_not_help(place: Guarded) -> None:
    options = replace(place.archive.options, write=Mode.NOBODY)
    place.application = Application(replace(place.archive, options=options))

    assert place.post("/a", place.made).status == 403


def test_a_key_file_that_s3_does_not_give_out_lets_nobody_in(
    place: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    """Without ListBucket S3 says AccessDenied of an object that does not exist (GetObject)."""
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    class Denied:
        def get_object(self, **_: Any) -> Any:
            raise denied

    keys = Keys(BucketKeyFile(Denied(), "b"), monotonic=lambda: 0.0)  # type: ignore[arg-type]
    place.application = Application(replace(place.archive, keys=keys))

    assert place.post("/a", place.made).status == 401
    assert "no key was added yet" in caplog.text
    assert place.made.secret not in caplog.text


def test_two_people_who_add_keys_to_a_bucket_at_once_both_have_theirs(place: Guarded) -> None:
    class Late(BucketKeyFile):
        raced = False

        def write(self, data: bytes, version: str) -> None:
            if not self.raced:
                self.raced = True
                place.add("first")
            super().write(data, version)

    late = Late(place.aws.client("s3"), place.aws.bucket)
    keyfile.add(late, make("second", scopes=Scope, daily_limit=1, at=REAL.now()))

    assert [each.name for each in keyfile.every(late)] == ["desk", "first", "second"]
