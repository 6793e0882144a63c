"""What template.yaml has for the archive over HTTP: nothing unless it is wanted, and roles that fit what is done."""

import base64
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.access.asking import event
from tests.access.captures import fill, fill_stack
from tests.conftest import Aws
from tests.factories import PAGE
from tests.template.iam import Use, allowed, noted
from tests.template.resolving import ACCOUNT, REGION, Resolver, resolved_resources
from tests.template.test_roles import names, role, s3, unused

from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Scope, make
from pressmark.access.keys.keyfile import BucketKeyFile
from pressmark.clock import REAL
from pressmark.local.context import Context
from pressmark.local.template import ROOT

SECRET = "s" * 32

REPLAY = "https://replay.lambda-url.eu-central-1.on.aws"


def conditions(template: dict[str, Any]) -> dict[str, str]:
    return {name: each.get("Condition", "") for name, each in template["Resources"].items()}


OURS = [
    "AccessLibraries",
    "AccessFunction",
    "AccessRole",
    "AccessLogGroup",
    "AccessFunctionUrl",
    "AccessUrlIsPublic",
    "AccessIsInvokedByItsUrl",
    "ReplayFunction",
    "ReplayRole",
    "ReplayLogGroup",
    "ReplayFunctionUrl",
    "ReplayUrlIsPublic",
    "ReplayIsInvokedByItsUrl",
    "AccessErrorAlarm",
    "ReplayErrorAlarm",
    "AccessThrottleAlarm",
    "VisitorPolicy",
]


def test_nothing_of_it_is_made_unless_it_is_wanted(template: dict[str, Any]) -> None:
    found = conditions(template)
    off = Resolver(template, "stack", {})

    assert {name for name in found if name.startswith(("Access", "Replay", "Visitor"))} == set(OURS)
    assert not any(off.condition(found[name]) for name in OURS)
    assert "CorsConfiguration" not in resolved_resources(template)["ArchiveBucket"]
    for name, output in template["Outputs"].items():
        if name.startswith(("Access", "Replay", "Visitor")):
            assert not off.condition(output["Condition"])


@pytest.mark.parametrize(
    ("read", "write", "is_iam"), [("key", "key", False), ("public", "nobody", False), ("iam", "iam", True)]
)
def test_a_function_url_asks_for_iam_or_is_open(
    template: dict[str, Any], read: str, write: str, is_iam: bool
) -> None:
    given = {"AccessWanted": "yes", "AccessRead": read, "AccessWrite": write}
    resolver, made = Resolver(template, "stack", given), resolved_resources(template, **given)
    there = {
        name
        for name, condition in conditions(template).items()
        if name in OURS and resolver.condition(condition)
    }

    assert made["AccessFunctionUrl"]["AuthType"] == ("AWS_IAM" if is_iam else "NONE")
    opens = {"AccessUrlIsPublic", "AccessIsInvokedByItsUrl"}
    assert there == set(OURS) - (opens if is_iam else {"VisitorPolicy"})
    assert made["ReplayFunctionUrl"]["AuthType"] == "NONE"
    assert (made["AccessFunction"]["Environment"]["Variables"]["ACCESS_READ"], read) == (read, read)


@pytest.mark.parametrize(
    ("read", "write", "holds"),
    [
        ("key", "key", True),
        ("public", "key", True),
        ("key", "nobody", True),
        ("iam", "iam", True),
        ("iam", "nobody", True),
        ("iam", "key", False),
        ("key", "iam", False),
        ("public", "iam", False),
    ],
)
def test_iam_is_for_all_or_for_nobody(template: dict[str, Any], read: str, write: str, holds: bool) -> None:
    (rule,) = template["Rules"]["IamIsForAllOrNobody"]["Assertions"]
    resolver = Resolver(template, "stack", {"AccessRead": read, "AccessWrite": write})

    assert resolver.condition(rule["Assert"]) is holds


def test_it_does_not_deploy_without_a_secret_which_nobody_is_shown(template: dict[str, Any]) -> None:
    rule = template["Rules"]["AccessComesWithASecret"]

    def deploys(**given: str) -> bool:
        resolver = Resolver(template, "stack", given)
        return not resolver.condition(rule["RuleCondition"]) or resolver.condition(
            rule["Assertions"][0]["Assert"]
        )

    assert template["Parameters"]["AccessSecret"]["NoEcho"] is True
    assert "AccessSecret" not in json.dumps(template["Outputs"])
    assert [deploys(), deploys(AccessWanted="yes"), deploys(AccessWanted="yes", AccessSecret=SECRET)] == [
        True,
        False,
        True,
    ]


def test_the_two_origins_are_two_functions_that_share_a_secret_and_nothing_that_saves(
    template: dict[str, Any],
) -> None:
    made = resolved_resources(template, AccessWanted="yes", AccessSecret=SECRET)
    access, replay = (made[name]["Environment"]["Variables"] for name in ("AccessFunction", "ReplayFunction"))

    assert access["ACCESS_SECRET"] == replay["ACCESS_SECRET"] == SECRET
    assert access["ACCESS_REPLAY_URL"] == "ReplayFunctionUrl.FunctionUrl"
    assert replay["ACCESS_REPLAY_ONLY"] == "true"
    assert replay["ACCESS_PLAYER"] == ""
    assert not {"PRESSMARK_QUEUE_URL", "PRESSMARK_STATE_TABLE"} & set(replay)


def test_the_player_may_come_from_an_address_of_ones_own(template: dict[str, Any]) -> None:
    own = "https://static.example.org/replaywebpage"
    made = resolved_resources(template, AccessWanted="yes", AccessSecret=SECRET, AccessPlayerUrl=own)
    assert made["ReplayFunction"]["Environment"]["Variables"]["ACCESS_PLAYER"] == own


def test_the_bucket_lets_the_replay_origin_look_at_what_was_signed(template: dict[str, Any]) -> None:
    def origin(**given: str) -> Any:
        (rule,) = resolved_resources(template, AccessWanted="yes", **given)["ArchiveBucket"][
            "CorsConfiguration"
        ]["CorsRules"]
        assert rule["AllowedMethods"] == ["GET"]
        return rule["AllowedOrigins"]

    assert origin() == [f"https://*.lambda-url.{REGION}.on.aws"]
    assert origin(AccessReplayUrl="https://replay.example.net") == ["https://replay.example.net"]


def test_the_capture_functions_package_has_nothing_of_what_only_access_needs(
    template: dict[str, Any],
) -> None:
    packages = (ROOT / "src" / "requirements.txt").read_text()
    layer = (ROOT / "layers" / "access" / "requirements.txt").read_text()

    assert [name for name in ("jinja2==", "google-re2==", "markupsafe==") if name in packages] == []
    assert [name for name in ("jinja2==", "google-re2==", "markupsafe==") if name in layer] == [
        "jinja2==", "google-re2==", "markupsafe==",
    ]  # fmt: skip
    assert "Layers" not in template["Resources"]["CaptureFunction"]["Properties"]


class Deployed:
    """The function's own module over a test's stack; its requests are noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, aws: Aws, **variables: str) -> None:
        for name, value in (aws.stack.process_environment() | {"ACCESS_SECRET": SECRET} | variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delitem(sys.modules, "handler.access", raising=False)
        self.module = importlib.import_module("handler.access")

    def ask(
        self, target: str, *, method: str = "GET", form: dict[str, str] | None = None, **headers: str
    ) -> Any:
        path, _, query = target.partition("?")
        body = urlencode(form) if form is not None else None
        asked = event(path, query, method=method, body=body, headers=headers)
        return self.module.lambda_handler(asked, Context("access", 60.0))

    def close(self) -> None:
        self.module.s3.close()
        self.module.dynamodb.close()
        sys.modules.pop("handler.access", None)


READ = [
    "/",
    f"/page?url={PAGE}",
    f"/capture?url={PAGE}",
    f"/diff?url={PAGE}",
    "/results?site=example.com",
    "/results?site=example.com&author=Ada",
    "/results?words=ferry",
    "/failures",
    f"/cdx?url={PAGE}",
    f"/cdx/search/cdx?url={PAGE}*&limit=-5&sort=reverse",
    f"/wayback/available?url={PAGE}",
    f"/web/{PAGE}",
    f"/web/20261123120000id_/{PAGE}",
    f"/web/timemap/link/{PAGE}",
]


@pytest.fixture
def archived(aws: Aws, tmp_path: Path) -> Aws:
    fill(tmp_path)
    fill_stack(aws, tmp_path)
    return aws


@pytest.fixture
def used(archived: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Use]]:
    """Everything that the access function asks of AWS."""
    made = make("desk", scopes=Scope, daily_limit=9, at=REAL.now())
    keyfile.add(BucketKeyFile(archived.client("s3"), archived.bucket), made)
    low = {"authorization": f"LOW {made.key.id}:{made.secret}"}
    deployed = Deployed(
        monkeypatch, archived, ACCESS_READ="key", ACCESS_WRITE="key", ACCESS_REPLAY_URL=REPLAY
    )
    with noted(monkeypatch, names(archived)) as used:
        for target in READ:
            assert deployed.ask(target)["statusCode"] == 401, target
            assert deployed.ask(target, **low)["statusCode"] in (200, 302), target
            assert deployed.ask(target, accept="text/html", **low)["statusCode"] in (200, 302), target
        saved = deployed.ask("/save", method="POST", form={"url": "https://example.com/new"}, **low)
        job = json.loads(base64.b64decode(saved["body"]))["job_id"]
        for target in (f"/save/status/{job}", "/save/status/user", "/save/status/system"):
            assert deployed.ask(target, **low)["statusCode"] == 200
        with monkeypatch.context() as broken:  # a page that does not get onto the queue is an end of its job
            broken.setattr(deployed.module.application.archive.saving.queue, "send", _fails)
            form = {"url": "https://example.com/other"}
            assert deployed.ask("/save", method="POST", form=form, **low)["statusCode"] == 502
    yield used
    deployed.close()


def _fails(_message: object) -> None:
    from pressmark.errors import ArchiveError

    raise ArchiveError("the queue does not answer")


def given(template: dict[str, Any], name: str, **parameters: str) -> list[dict[str, Any]]:
    (policy,) = resolved_resources(template, AccessWanted="yes", **parameters)[name]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return [each for each in statements if each["Sid"] != "WriteLogs"]


@pytest.mark.slow
def test_the_access_function_may_do_what_it_does_and_nothing_more(
    used: set[Use], template: dict[str, Any]
) -> None:
    statements = given(template, "AccessRole")

    assert {use for use in used if not allowed(use, statements)} == set()
    assert unused(statements, used) == set()


@pytest.mark.slow
def test_what_is_shown_may_do_what_it_does_and_nothing_more(
    archived: Aws, template: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Deployed(monkeypatch, archived, ACCESS_READ="public", ACCESS_REPLAY_URL=REPLAY)
    opened = access.ask(f"/web/20261123120000/{PAGE}", accept="text/html")
    redirected = access.ask("/web/20261124120000/http://example.com/a", accept="text/html")
    path, other = (each["headers"]["Location"].removeprefix(REPLAY) for each in (opened, redirected))
    access.close()
    replay = Deployed(monkeypatch, archived, ACCESS_REPLAY_ONLY="true")
    with noted(monkeypatch, names(archived)) as used:
        assert replay.ask(path)["statusCode"] == replay.ask(f"{other}index.cdxj")["statusCode"] == 200
        index = base64.b64decode(replay.ask(f"{path}index.cdxj")["body"]).decode()
        line = json.loads(index.splitlines()[0].partition(" {")[2].join(["{", ""]))
        first, size = int(line["offset"]), int(line["length"])
        part = replay.ask(f"{path}{line['filename']}", range=f"bytes={first}-{first + size - 1}")
        for target in ("/", "/save", f"/web/{PAGE}", "/signin"):
            assert replay.ask(target)["statusCode"] == 404
    file = re.search(r"warcs/.+gz", line["filename"])
    assert file
    archived.client("s3").delete_object(Bucket=archived.bucket, Key=file[0])
    with noted(monkeypatch, names(archived)) as sought:  # a file that is gone may have been compacted
        replay.ask(f"{path}{line['filename']}", range=f"bytes={first}-{first + size - 1}")
    replay.close()
    statements = given(template, "ReplayRole")
    used |= sought

    assert part["statusCode"] == 206
    assert {use for use in used if not allowed(use, statements)} == set()
    assert unused(statements, used) == set()


STATE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/StateTable"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ArchiveTable"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:CaptureQueue"


@pytest.mark.parametrize("name", ["AccessRole", "ReplayRole"])
@pytest.mark.parametrize(
    "use",
    [
        s3("PutObject", "access/keys.json"),
        s3("PutObject", "warcs/2026/11/23/a.warc.gz", if_none_match="*"),
        s3("DeleteObject", "warcs/2026/11/23/a.warc.gz"),
        s3("GetObject", "tombstones/2026/11/23/a.warc.gz@0.json"),
        s3("GetObject", "config/allow-hosts.txt"),
        Use("dynamodb:PutItem", TABLE),
        Use("dynamodb:BatchWriteItem", TABLE),
        Use("dynamodb:Scan", TABLE),
        Use("dynamodb:DeleteItem", STATE),
        Use("sqs:ReceiveMessage", QUEUE),
        Use("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:DeadLetterQueue"),
    ],
    ids=lambda use: f"{use.action} {use.resource.rpartition(':')[2]}" if isinstance(use, Use) else str(use),
)
def test_what_a_request_that_takes_a_function_over_cannot_do(
    name: str, use: Use, template: dict[str, Any]
) -> None:
    assert not allowed(use, given(template, name))


def test_the_replay_functions_role_neither_saves_nor_reads_keys(template: dict[str, Any]) -> None:
    statements = given(template, "ReplayRole")

    assert not allowed(s3("GetObject", "access/keys.json"), statements)
    assert not allowed(Use("sqs:SendMessage", QUEUE), statements)
    assert "StateTable" not in json.dumps(statements)


def test_where_nobody_saves_the_role_has_no_queue_and_where_no_key_is_needed_no_keys(
    template: dict[str, Any],
) -> None:
    statements = given(template, "AccessRole", AccessRead="public", AccessWrite="nobody")

    assert not {"ReadKeys", "PutPagesOnTheQueue", "KeepJobsAndCounts"} & {each["Sid"] for each in statements}
    assert role(template, "CaptureRole")


def test_keepers_give_out_keys_and_touch_nothing_else_there(template: dict[str, Any]) -> None:
    document = resolved_resources(template)["KeeperPolicy"]["PolicyDocument"]
    statements = [each for each in document["Statement"] if each["Sid"] == "GiveOutKeys"]

    assert allowed(s3("PutObject", "access/keys.json"), statements)
    assert not allowed(s3("PutObject", "access/other.json"), statements)
    assert Path(ROOT / "layers" / "access").is_dir()
