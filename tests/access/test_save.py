"""Save Page Now 2: shapes, codes and ids as clients know them, over the pipeline and the embedded AWS."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
from tests.access.asking import ask
from tests.access.saving import Place
from tests.conftest import Aws
from tests.site import RawSite, response

from pressmark.access.app import Application
from pressmark.access.messages import Response
from pressmark.access.save.saving import MAX_WAITING
from pressmark.access.server import THREADS
from pressmark.queues.jobs import Job, Status, job_id

PAGE = b"""<!doctype html><html lang="en"><head><title>The lock is open</title>
<meta property="og:type" content="article"><meta property="og:title" content="The lock is open">
<meta property="article:published_time" content="2026-11-20T10:00:00+01:00"></head><body><article>
<h1>The lock is open</h1><p>The harbour master opened the old lock on Friday, and forty boats went out; the
<a href="https://harbour.example/tides">tides of that day</a> had been the highest of the year so far.</p>
<p>Nobody had expected the second gate to hold, said the people who had come to watch it from the bridge.</p>
<p>It had been closed for eleven years, since a barge ran into it in the fog, and the town had no money left
to have it mended. The gates were made by the last shipwright of the valley, who is eighty years old.</p>
</article></body></html>"""


@pytest.fixture
def place(aws: Aws, site: RawSite) -> Place:
    site.serve("/lock", response(PAGE))
    return Place(aws, site)


def post(place: Place, target: str = "/save", **fields: str) -> Response:
    body = urlencode(fields).encode()
    return ask(
        place.application,
        target,
        method="POST",
        body=body,
        content_type="application/x-www-form-urlencoded",
        accept="application/json",
    )


def said(answer: Response) -> Any:
    assert answer.header("Content-Type") == "application/json"
    return json.loads(answer.whole())


def saved(place: Place, **fields: str) -> str:
    return str(said(post(place, url=f"{place.site.base}/lock", **fields))["job_id"])


def status(place: Place, job: str) -> Any:
    return said(ask(place.application, f"/save/status/{job}"))


@pytest.mark.parametrize("target", ["/save", "/save/"])
def test_a_post_names_a_job_and_the_message_carries_it(place: Place, target: str) -> None:
    url = f"{place.site.base}/lock"
    answer = post(
        place, target, url=url, capture_all="on", if_not_archived_within="1d 2h,3d", requisites="page"
    )

    assert answer.status == 200
    told = said(answer)
    assert told.keys() == {"url", "job_id"}
    assert told["url"] == url
    assert re.fullmatch(r"spn2-[0-9a-f]{40}", told["job_id"])
    assert place.queued() == [
        {
            "url": url,
            "job": told["job_id"],
            "capture_all": True,
            "if_not_archived_within": 93_600,
            "requisites": "page",
        }
    ]


@pytest.mark.slow
def test_a_jobs_way_is_told_in_compact_json(place: Place) -> None:
    job = saved(place)
    waiting = ask(place.application, f"/save/status/{job}")
    assert waiting.whole() == b'{"status":"pending","job_id":"%b","resources":[]}' % job.encode()
    assert waiting.header("Retry-After") == "5"

    assert place.pump() == ["archived"]
    done = ask(place.application, f"/save/status/{job}")
    assert b'"status":"success","job_id":"spn2-' in done.whole()
    assert done.header("Retry-After") is None
    (row,) = [each for each in place.aws.rows() if "warc" in each]
    told = said(done)
    assert isinstance(told.pop("duration_sec"), float)
    assert told == {
        "status": "success",
        "job_id": job,
        "original_url": f"{place.site.base}/lock",
        "timestamp": re.sub(r"\D", "", row["captured"])[:14],
        "resources": [f"{place.site.base}/lock"],
        "outlinks": ["https://harbour.example/tides"],
        "counters": {"outlinks": 1, "embeds": 0},
        "first_archive": True,
        "http_status": 200,
    }


@pytest.mark.slow
def test_a_redirect_is_told_by_the_page_that_it_led_to(place: Place) -> None:
    place.site.serve("/old", response(status="301 Moved", headers=[("Location", "/lock")]))
    job = said(post(place, url=f"{place.site.base}/old"))["job_id"]
    place.pump()

    told = status(place, job)
    assert told["original_url"] == f"{place.site.base}/lock"
    assert told["resources"] == [f"{place.site.base}/old", f"{place.site.base}/lock"]
    assert told["http_status"] == 200


def test_a_page_that_cannot_be_saved_is_an_error_with_its_code(place: Place) -> None:
    job = said(post(place, url=f"{place.site.base}/never"))["job_id"]
    assert place.pump() == ["failed"]

    told = status(place, job)
    assert told.pop("message").endswith(" (HTTP status=404).")
    assert told == {
        "status": "error",
        "exception": "not-found",
        "status_ext": "error:not-found",
        "job_id": job,
        "resources": [],
        "http_status": 404,
    }


def test_what_may_pass_is_pending_until_it_is_given_up(aws: Aws, site: RawSite) -> None:
    site.serve("/busy", response(status="503 Busy"))
    patient = Place(aws, site)
    job = said(post(patient, url=f"{site.base}/busy"))["job_id"]
    assert patient.pump() == ["retry"]
    assert status(patient, job)["status"] == "pending"

    hasty = Place(aws, site, max_receives=1)
    hasty.archive.saving.queue.send({"url": f"{site.base}/busy", "job": job})  # type: ignore[union-attr]
    assert hasty.pump() == ["failed"]
    assert status(hasty, job)["status_ext"] == "error:service-unavailable"


@pytest.mark.slow
def test_within_an_hour_a_page_has_one_job_and_one_message(place: Place) -> None:
    job = saved(place)
    assert saved(place) == job
    assert place.pump() == ["archived"]
    place.later = timedelta(minutes=2, seconds=1)

    again = said(post(place, url=f"{place.site.base}/lock"))
    assert again["job_id"] == job
    assert again["message"] == (
        "The same snapshot had been made 2 minutes ago. You can make new capture of this URL after 1 hour."
    )
    assert place.queued() == []
    assert saved(place, capture_all="1") != job
    assert saved(place, requisites="page") not in (job, saved(place, capture_all="1"))


@pytest.mark.slow
def test_after_an_hour_or_the_time_that_was_asked_for_it_is_captured_again(place: Place) -> None:
    first = saved(place)
    place.pump()
    place.later = timedelta(minutes=61)
    second = saved(place)
    assert second != first
    assert place.pump() == ["unchanged"]
    assert status(place, second)["first_archive"] is False

    place.later += timedelta(minutes=5)
    assert "job_id" in said(post(place, url=f"{place.site.base}/lock", if_not_archived_within="60"))
    assert [each["if_not_archived_within"] for each in place.queued()] == [60]


@pytest.mark.slow
def test_what_is_archived_within_the_time_asked_for_is_a_success(place: Place) -> None:
    place.archive.saving.queue.send({"url": f"{place.site.base}/lock"})  # type: ignore[union-attr]
    place.pump()
    (row,) = [each for each in place.aws.rows() if "warc" in each]

    job = saved(place, if_not_archived_within="2d")
    assert place.pump() == ["skipped"]
    told = status(place, job)
    assert told["status"] == "success"
    assert told["timestamp"] == re.sub(r"\D", "", row["captured"])[:14]


@pytest.mark.slow
def test_several_jobs_are_told_in_an_array_without_unknown_ones(place: Place) -> None:
    place.site.serve("/other", response(PAGE))
    jobs = [saved(place), said(post(place, url=f"{place.site.base}/other"))["job_id"]]
    place.pump()

    listed = post(place, "/save/status", job_ids=",".join([jobs[1], "spn2-" + 40 * "0", "x", jobs[0]]))
    assert [(each["job_id"], each["status"]) for each in said(listed)] == [
        (jobs[1], "success"),
        (jobs[0], "success"),
    ]
    assert said(post(place, "/save/status", job_id=jobs[0]))["job_id"] == jobs[0]
    assert said(post(place, "/save/status", job_id_outlinks=jobs[0])) == []
    assert said(ask(place.application, f"/save/status?job_ids={jobs[0]}"))[0]["job_id"] == jobs[0]


@pytest.mark.parametrize("job", ["spn2-" + 40 * "0", "spn2-1", "x", "%0d%0a"])
def test_a_job_that_nobody_knows_is_not_pending(place: Place, job: str) -> None:
    answer = ask(place.application, f"/save/status/{job}")
    assert answer.status == 404
    assert said(answer)["status"] == "error"


def test_too_many_jobs_and_none_are_refused(place: Place) -> None:
    assert post(place, "/save/status", job_ids=",".join(["spn2-1"] * 101)).status == 400
    assert post(place, "/save/status").status == 400


def test_the_user_and_the_system_are_told_of(place: Place) -> None:
    saved(place)
    assert ask(place.application, "/save/status/user?_t=1").whole().startswith(b'{"available":12,')
    user = said(ask(place.application, "/save/status/user"))
    assert user["processing"] == 1
    assert user["daily_captures_limit"] > user["daily_captures"]
    assert said(ask(place.application, "/save/status/system")) == {"status": "ok"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("capture_outlinks", "1"),
        ("capture_screenshot", "on"),
        ("outlinks_availability", "1"),
        ("email_result", "1"),
        ("capture_cookie", "a=b"),
        ("use_user_agent", "me"),
        ("target_username", "me"),
        ("wacz", "1"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(place: Place, option: str, value: str) -> None:
    answer = post(place, url=f"{place.site.base}/lock", **{option: value})
    assert answer.status == 200
    assert said(answer)["status"] == "error"
    assert said(answer)["status_ext"] == "error:bad-request"
    assert option in said(answer)["message"]
    assert place.queued() == []


def test_hints_and_options_that_are_off_or_empty_are_taken(place: Place) -> None:
    hints = {
        "force_get": "1",
        "skip_first_archive": "1",
        "delay_wb_availability": "1",
        "js_behavior_timeout": "9",
    }
    off = {"capture_outlinks": "0", "capture_screenshot": "", "capture_cookie": "", "capture_all": "true"}
    job = saved(place, **hints, **off, if_not_archived_within="")
    assert place.queued() == [{"url": f"{place.site.base}/lock", "job": job}]


def test_the_query_says_what_the_form_does_not(place: Place) -> None:
    query = urlencode({"url": f"{place.site.base}/lock", "capture_all": "1"})
    told = said(post(place, f"/save/?{query}", capture_all="0"))
    assert place.queued() == [{"url": f"{place.site.base}/lock", "job": told["job_id"]}]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "bad-request"),
        ({"url": "http://"}, "invalid-url-syntax"),
        ({"url": "ftp://a.example/"}, "invalid-url-syntax"),
        ({"url": "https://a.example/", "if_not_archived_within": "soon"}, "bad-request"),
    ],
)
def test_what_is_wrong_is_said_with_status_200(place: Place, fields: dict[str, str], code: str) -> None:
    answer = post(place, **fields)
    assert answer.status == 200
    assert (said(answer)["status"], said(answer)["status_ext"]) == ("error", f"error:{code}")
    assert "job_id" not in said(answer)


@pytest.mark.slow
def test_a_get_waits_and_leads_to_the_capture(place: Place) -> None:
    url = f"{place.site.base}/lock"
    first = ask(place.application, f"/save/{url}")
    assert (first.status, first.header("X-Page-Cache")) == (302, "MISS")
    location = first.header("Location") or ""
    assert re.search(rf"/web/\d{{14}}/{re.escape(url)}$", location)
    memento = ask(place.application, location.removeprefix("https://archive.example"))
    assert memento.status == 200
    assert memento.header("Content-Location") == location.removeprefix("https://archive.example")
    assert memento.whole() == PAGE

    second = ask(place.application, f"/save/{url}")
    assert (second.header("Location"), second.header("X-Page-Cache")) == (location, "HIT")


def test_a_get_of_what_cannot_be_saved_says_why(aws: Aws, site: RawSite) -> None:
    site.serve("/robots.txt", response(b"User-agent: *\nDisallow: /private", content_type="text/plain"))
    place = Place(aws, site, robots="obey")
    refused = ask(place.application, f"/save/{site.base}/private")
    assert refused.status == 403
    assert (
        refused.header("X-Archive-Wayback-Runtime-Error") == "RobotAccessControlException: Blocked By Robots"
    )
    missing = ask(place.application, f"/save/{site.base}/never")
    assert missing.status == 520
    assert said(missing)["message"].startswith("not-found: ")


@pytest.mark.slow
def test_a_get_that_waits_in_vain_names_the_job_and_is_no_error_of_the_page(place: Place) -> None:
    place.captures = False
    answer = ask(place.application, f"/save/{place.site.base}/lock")
    assert (answer.status, answer.header("Retry-After")) == (504, "10")
    job = re.findall(r"spn2-[0-9a-f]{40}", said(answer)["message"])
    assert [each["job"] for each in place.queued()] == job


@pytest.mark.slow
def test_whoever_reads_does_not_wait_for_whoever_saves(place: Place) -> None:
    place.captures = False
    clock, target = place.archive.clock, f"/save/{place.site.base}/lock"
    waiting = 0
    answers: list[Response] = []

    def sleep(seconds: float) -> None:
        nonlocal waiting
        if not answers:  # meanwhile somebody else asks
            waiting += 1
            answers.append(ask(application, target))
        clock.sleep(seconds)

    application = Application(replace(place.archive, clock=replace(clock, sleep=sleep)))
    ask(application, target)

    assert (answers[0].status, answers[0].header("Retry-After")) == (504, "10")
    assert waiting == MAX_WAITING < THREADS


def test_asking_about_a_page_saves_nothing(place: Place) -> None:
    assert ask(place.application, f"/save/{place.site.base}/lock", method="HEAD").status == 405
    assert place.queued() == []


@pytest.mark.parametrize("site_of_page", ["cross-site", "same-site"])
def test_another_sites_page_cannot_have_anything_saved(place: Place, site_of_page: str) -> None:
    url = f"{place.site.base}/lock"
    for method, target in (("GET", f"/save/{url}"), ("POST", f"/save?url={url}")):
        answer = ask(
            place.application, target, method=method, sec_fetch_site=site_of_page, sec_fetch_mode="navigate"
        )
        assert answer.status == 403
    assert place.queued() == []


def test_an_archive_for_reading_says_how_pages_are_saved(application: Application) -> None:
    for method, target in (
        ("POST", "/save"),
        ("GET", "/save/https://a.example/"),
        ("GET", "/save/status/user"),
    ):
        answer = ask(application, target, method=method)
        assert answer.status == 403
        assert "pressmark push --archive" in said(answer)["message"]


def test_without_a_key_nothing_is_saved_on_the_network(place: Place) -> None:
    options = replace(place.archive.options, local=False)
    public = Application(replace(place.archive, options=options))
    assert ask(public, f"/save/{place.site.base}/lock").status == 401
    assert ask(public, "/save/status/system").status == 200


def test_a_page_that_the_queue_does_not_take_has_no_job_that_stands_for_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalError", "Message": "made up"}}, "SendMessage")

    with monkeypatch.context() as broken:
        broken.setattr(place.sqs, "send_message", fail)
        assert post(place, url=f"{place.site.base}/lock").status == 502
    job = saved(place)
    assert [each["job"] for each in place.queued()] == [job]


def test_two_that_ask_at_the_same_moment_get_one_job(place: Place) -> None:
    url = f"{place.site.base}/lock"
    now = place.archive.clock.now()
    job = Job(id=job_id(url, "0", slot=1, secret=b""), url=url, started=now)
    assert place.jobs.begin(job, seen=None)
    assert not place.jobs.begin(replace(job, started=now + timedelta(seconds=1)), seen=None)
    assert place.jobs.begin(
        replace(job, started=now + timedelta(seconds=1)), seen=place.jobs.find([job.id])[job.id]
    )


@pytest.mark.slow
def test_a_job_is_kept_a_week_and_only_messages_that_carry_one_write_it(place: Place) -> None:
    place.archive.saving.queue.send({"url": f"{place.site.base}/lock"})  # type: ignore[union-attr]
    place.pump()
    assert [each for each in _jobs(place) if each["pk"]["S"].startswith("job#")] == []

    job = saved(place, capture_all="1")
    (pending,) = _jobs(place)
    place.pump()
    (item,) = _jobs(place)
    assert item["pk"]["S"] == f"job#{job}"
    assert item["started"] == pending["started"]
    week = timedelta(days=7).total_seconds()
    assert int(item["expires"]["N"]) - int(item["started"]["N"]) / 1000 == pytest.approx(week, abs=600)


def _jobs(place: Place) -> list[dict[str, Any]]:
    items = place.dynamodb.scan(TableName=place.aws.state_table)["Items"]
    return [each for each in items if each["pk"]["S"].startswith("job#")]


@pytest.mark.slow
def test_a_state_table_that_does_not_answer_costs_no_capture(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = saved(place)
    update = place.dynamodb.update_item

    def fail(**asked: Any) -> Any:
        if asked["Key"]["pk"]["S"].startswith("job#"):
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "made up"}}, "UpdateItem")
        return update(**asked)

    with monkeypatch.context() as broken:
        broken.setattr(place.dynamodb, "update_item", fail)
        assert place.pump() == ["archived"]
    assert place.jobs.find([job])[job].status is Status.PENDING
    assert [each["url"] for each in place.aws.rows() if "warc" in each] == [f"{place.site.base}/lock"]
