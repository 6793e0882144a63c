"""The built access functions: behind the Lambda runtime API, and deployed with the real template to ministack."""

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from tests import foreign
from tests.access.asking import event
from tests.access.captures import fill, fill_stack
from tests.conftest import Aws
from tests.e2e.conftest import ACCESS_SECRET, Artifact, Deployment, emulated, invoked, runtime
from tests.factories import PAGE, article_html
from tests.site import RawSite, response

from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Made, Scope, make
from pressmark.access.keys.keyfile import BucketKeyFile
from pressmark.clock import REAL

pytestmark = pytest.mark.e2e


@pytest.fixture
def behind_the_runtime_api(artifact: Artifact, aws: Aws, tmp_path: Path) -> Iterator[Any]:
    """The built access function with its layer, over the sample in an embedded AWS; asked with events."""
    fill(tmp_path / "archive")
    fill_stack(aws, tmp_path / "archive")
    port = foreign.free_port()
    variables = {
        **aws.stack.process_environment(),
        "ACCESS_READ": "public",
        "ACCESS_SECRET": ACCESS_SECRET,
        "ACCESS_REPLAY_URL": "https://replay.lambda-url.eu-central-1.on.aws",
        "PYTHONPATH": f"{runtime(tmp_path)}:{artifact.layer}",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
    }
    command = emulated(port, "handler.access.lambda_handler")
    with foreign.Background(
        command, port=port, log=tmp_path / "log", cwd=artifact.access, env=variables
    ) as server:
        yield lambda asked: invoked(port, asked, server.text)


def test_the_built_function_answers_pages_cdx_and_mementos(behind_the_runtime_api: Any) -> None:
    def ask(path: str, query: str = "", **headers: str) -> tuple[int, str]:
        answer = behind_the_runtime_api(event(path, query, headers=headers))
        return answer["statusCode"], base64.b64decode(answer["body"]).decode()

    assert ask("/", accept="text/html")[0] == 200
    status, found = ask("/cdx/search/cdx", f"url={PAGE}&filter=statuscode:[23]..")
    assert (status, len(found.splitlines())) == (200, 3)
    assert ask(f"/web/20261123120000id_/{PAGE}") == (200, article_html())
    assert ask("/results", "words=ferry", accept="text/html")[0] == 200


def test_the_capture_functions_package_has_no_library_of_access(artifact: Artifact) -> None:
    here, layer = ({path.name for path in each.iterdir()} for each in (artifact.folder, artifact.layer))

    assert {"jinja2", "markupsafe", "re2", "snowballstemmer"} <= layer
    assert not {"jinja2", "markupsafe", "re2", "snowballstemmer"} & here


@dataclass(frozen=True)
class Visitor:
    """Asks a deployed function URL as DNS would lead there. key: shown with each request, where there is one."""

    deployment: Deployment
    host: str
    key: Made | None = None

    def ask(self, target: str, *, form: dict[str, str] | None = None, **headers: str) -> tuple[int, Any, str]:
        """Status, header lines and text of an answer."""
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            lines["Authorization"] = f"LOW {self.key.key.id}:{self.key.secret}"
        if form is not None:
            lines["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.deployment.port, timeout=120)
        connection.request(
            "POST" if form is not None else "GET",
            target,
            urlencode(form) if form is not None else None,
            lines | {"Host": self.host},
        )
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, answer.headers, text


@pytest.fixture
def visitor(deployment: Deployment) -> Visitor:
    """Somebody without a key at the address that the stack's output names."""
    return Visitor(deployment, str(urlsplit(deployment.outputs["AccessAddress"]).hostname))


@pytest.fixture
def holder(visitor: Visitor) -> Visitor:
    """Somebody with a key."""
    outputs = visitor.deployment.outputs
    made = make("desk", scopes=Scope, daily_limit=100, at=REAL.now())
    keyfile.add(BucketKeyFile(visitor.deployment.client("s3"), outputs["BucketName"]), made)
    found = Visitor(visitor.deployment, visitor.host, made)
    visitor.deployment.wait_for(
        lambda: found.ask("/")[0] == 200
    )  # a process knows a new key after two seconds
    return found


def test_who_has_no_key_neither_reads_nor_saves_at_the_deployed_address(visitor: Visitor) -> None:
    for target in ("/", "/cdx?url=example.com", "/web/https://example.com/"):
        assert visitor.ask(target)[0] == 401
    assert visitor.ask("/save", form={"url": "https://example.com/"})[0] == 401
    assert visitor.ask("/static/style.css")[0] == 200


def test_a_key_saves_a_page_and_reads_it_back_through_the_deployed_stack(
    holder: Visitor, e2e_site: RawSite
) -> None:
    e2e_site.serve("/access/lock", response(article_html("The lock is open").encode()))
    url = e2e_site.url("/access/lock")
    status, _, said = holder.ask("/save", form={"url": url})
    assert status == 200, holder.deployment.log()[-3000:]
    job = json.loads(said)["job_id"]

    def done() -> Any:
        told = json.loads(holder.ask(f"/save/status/{job}")[2])
        return told if told["status"] != "pending" else None

    told = holder.deployment.wait_for(done)
    assert told["status"] == "success"
    assert holder.ask(f"/web/{told['timestamp']}id_/{url}")[2] == article_html("The lock is open")
    assert holder.ask(f"/cdx/search/cdx?url={url}")[2].split()[1] == told["timestamp"]
    assert json.loads(holder.ask("/save/status/user")[2])["daily_captures"] >= 1


def test_a_capture_is_shown_under_the_other_functions_address_and_nothing_else_is(
    holder: Visitor, e2e_site: RawSite
) -> None:
    e2e_site.serve("/access/shown", response(article_html("Shown").encode()))
    url = e2e_site.url("/access/shown")
    assert holder.ask(f"/save/{url}")[0] == 302
    _, headers, _ = holder.ask(f"/web/{url}", Accept="text/html")
    _, headers, _ = holder.ask(urlsplit(headers["Location"]).path, Accept="text/html")
    shown = urlsplit(headers["Location"])
    stranger = Visitor(holder.deployment, str(shown.hostname))

    assert shown.hostname == urlsplit(holder.deployment.outputs["ReplayFunctionUrl"]).hostname
    assert stranger.ask(shown.path)[0] == 200
    assert url in stranger.ask(f"{shown.path}index.cdxj")[2]
    for target in ("/", "/signin", f"/web/{url}", "/cdx?url=example.com"):
        assert stranger.ask(target)[0] == 404
