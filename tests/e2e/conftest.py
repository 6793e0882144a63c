"""The built function, and the AWS look-alikes it runs in. Each is made once a test run."""

import fcntl
import functools
import io
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests import foreign
from tests.site import RawSite
from tests.stacks import EVERY_TERM

from pressmark.local import stack as stacks
from pressmark.local.account import CREDENTIALS
from pressmark.local.run import STACK
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack
from pressmark.local.template import ROOT

SAM_ENVIRONMENT = {
    **CREDENTIALS,
    "SAM_CLI_TELEMETRY": "0",
    # sam asks PATH for the function's own Python version; ours is the one.
    "PATH": f"{foreign.OUR_BIN}{os.pathsep}{os.environ['PATH']}",
}

EMULATOR = f"aws-lambda-rie-{foreign.ARCHITECTURE}"


@dataclass(frozen=True)
class Artifact:
    """What `sam build` made."""

    folder: Path
    template: Path

    @property
    def access(self) -> Path:
        """The access function's package."""
        return self.folder.with_name("AccessFunction")

    @property
    def layer(self) -> Path:
        """What only the access functions have, as Lambda puts it on their path."""
        return self.folder.with_name("AccessLibraries") / "python"


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The function built by sam for this machine's processor: once, by the first of pytest-xdist's workers to ask."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "artifact"
    made = Artifact(folder / "CaptureFunction", folder / "template.yaml")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.template.exists():
            _build(folder)
    return made


def _build(folder: Path) -> None:
    foreign.run(
        foreign.require(foreign.SAM),
        "build",
        "--no-cached",
        "--build-dir",
        folder,
        "--parameter-overrides",
        f"Architecture={foreign.ARCHITECTURE}",
        # With the caller's environment: it says where pip finds packages, and what it has fetched before.
        env={**os.environ, **SAM_ENVIRONMENT},
    )


@pytest.fixture(scope="session")
def e2e_site() -> Iterator[RawSite]:
    """A site whose address is known when functions start."""
    with RawSite() as running:
        yield running


@dataclass(frozen=True)
class RunningFunction:
    """The artifact behind the Lambda runtime API, and the stack it works on."""

    invoke: Callable[[dict[str, Any]], Any]
    stack: Stack
    aws: EmbeddedAws
    log: Callable[[], str]
    used: set[tuple[str, str]]
    """IAM action and resource (bucket, table or queue name) of every request the function made."""


def used_by_function(used: set[tuple[str, str]]) -> Callable[[Any], None]:
    """A note-taker: the requests that come from a Lambda function, as IAM knows them."""

    def note(environ: Any) -> None:
        # boto3 says where it runs (AWS_EXECUTION_ENV); a test's own requests are of no interest.
        if "AWS_Lambda" not in environ.get("HTTP_USER_AGENT", ""):
            return
        service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if not operation:
            action = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "GetObject"}[environ["REQUEST_METHOD"]]
            used.add((f"s3:{action}", environ["PATH_INFO"].split("/")[1]))
            return
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        parameters = json.loads(body)
        if service == "AmazonSQS":
            action = operation.removesuffix("Batch") if operation != "ReceiveMessage" else operation
            used.add((f"sqs:{action}", parameters["QueueUrl"].rpartition("/")[2]))
            return
        tables = parameters.get("RequestItems") or [parameters["TableName"]]
        used.update((f"dynamodb:{operation}", table) for table in tables)

    return note


ACCESS_SECRET = "an-end-to-end-secret-of-32-letters"


def runtime(folder: Path) -> Path:
    """A folder with awslambdaric and nothing else, so that a library that only our environment has is missing."""
    (environment,) = (foreign.TOOLS / "emulator" / "lib").glob("python3*/site-packages")
    made = folder / "runtime"
    made.mkdir()
    for name in ("awslambdaric", "runtime_client*", "simplejson", "snapshot_restore_py*"):
        for path in environment.glob(name):
            (made / path.name).symlink_to(path)
    return made


def emulated(port: int, handler: str) -> list[str | Path]:
    """The command that runs a handler behind sam's Runtime Interface Emulator (``-S`` leaves site-packages out)."""
    (emulator,) = (foreign.TOOLS / "sam" / "lib").glob(
        f"python3*/site-packages/samcli/local/rapid/{EMULATOR}"
    )
    return [
        emulator,
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{foreign.free_port()}",
        foreign.TOOLS / "emulator" / "bin" / "python",
        "-S",
        "-m",
        "awslambdaric",
        handler,
    ]


def invoked(port: int, event: dict[str, Any], log: Callable[[], str]) -> Any:
    """The answer of a function behind the emulator."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations", data=json.dumps(event).encode()
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error}: {error.read()!r}\n{log()[-3000:]}") from None


@pytest.fixture(scope="session")
def rie(
    artifact: Artifact, e2e_site: RawSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningFunction]:
    """The artifact behind sam's Runtime Interface Emulator, with events/env.json over a moto server.

    The runtime sees awslambdaric and the artifact and nothing else, as on AWS.
    """
    folder = tmp_path_factory.mktemp("rie")
    port = foreign.free_port()
    used: set[tuple[str, str]] = set()
    with EmbeddedAws(on_request=used_by_function(used)) as aws:
        stack = stacks.create(
            aws, STACK, {**EVERY_TERM, "HostDelay": "0", "AllowedPorts": f"80,443,{e2e_site.port}"}
        )
        overrides = json.loads((ROOT / "events" / "env.json").read_text())["CaptureFunction"]
        here = {
            name: value.replace("http://host.docker.internal:5000", aws.endpoint)
            for name, value in overrides.items()
        }
        variables = {
            **stack.process_environment([str(e2e_site.port)]),
            **here,
            "PYTHONPATH": str(runtime(folder)),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(int(stack.timeout)),
        }
        command = emulated(port, "handler.app.lambda_handler")
        with foreign.Background(
            command, port=port, log=folder / "log", cwd=artifact.folder, env=variables
        ) as server:

            def invoke(event: dict[str, Any]) -> Any:
                return invoked(port, event, server.text)

            yield RunningFunction(invoke, stack, aws, server.text, used)


@dataclass(frozen=True)
class Deployment:
    """The real template, deployed. port: of the emulator."""

    outputs: dict[str, str]
    client: Callable[[str], Any]
    log: Callable[[], str]
    port: int

    def wait_for(self, ready: Callable[[], Any], seconds: float = 60) -> Any:
        """Ask until there is an answer; fail with the emulator's log."""
        end = time.monotonic() + seconds
        while not (found := ready()):
            assert time.monotonic() < end, self.log()[-6000:]
            time.sleep(0.1)
        return found


@pytest.fixture(scope="session")
def deployment(
    artifact: Artifact, e2e_site: RawSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The stack as `sam deploy` makes it in ministack, an emulator of other hands than moto."""
    folder = tmp_path_factory.mktemp("ministack")
    port = foreign.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    emulator_environment = {
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": CREDENTIALS["AWS_REGION"],
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),
        **foreign.shorter_sleep(folder / "sleeping", foreign.SCHEDULES_SECONDS),
        "PATH": SAM_ENVIRONMENT["PATH"],
        # The function's process inherits it; the template has no such parameter, and must not have one.
        "PRESSMARK_ALLOW_LOOPBACK": str(e2e_site.port),
    }
    with (
        foreign.Background(
            [foreign.require(foreign.MINISTACK)],
            port=port,
            log=folder / "log",
            cwd=folder,
            env=emulator_environment,
        ) as server,
        ExitStack() as clients,
    ):

        @functools.cache
        def client(service: str) -> Any:
            made = boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=CREDENTIALS["AWS_REGION"],
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )
            clients.callback(made.close)
            return made

        # sam packs 50 MB for each function; how small they get is not looked at here, and costs ten seconds.
        packing = folder / "packing"
        packing.mkdir()
        (packing / "sitecustomize.py").write_text("import zlib\nzlib.Z_DEFAULT_COMPRESSION = 0\n")
        foreign.run(
            foreign.SAM,
            "deploy",
            "--template-file",
            artifact.template,
            "--config-file",
            ROOT / "samconfig.toml",
            "--stack-name",
            "pressmark-test",
            "--no-confirm-changeset",
            "--no-progressbar",
            "--parameter-overrides",
            f"Architecture={foreign.ARCHITECTURE}",
            "BatchWindow=1",
            "HostDelay=0",
            f"AllowedPorts=80,443,{e2e_site.port}",
            f"AwsEndpointUrl={endpoint}",
            "AccessWanted=yes",
            f"AccessSecret={ACCESS_SECRET}",
            env={
                "HOME": str(folder),
                "PYTHONPATH": str(packing),
                **SAM_ENVIRONMENT,
                "AWS_ENDPOINT_URL": endpoint,
            },
        )
        (stack,) = client("cloudformation").describe_stacks(StackName="pressmark-test")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        _numbers_as_numbers(client("lambda"), outputs["FunctionName"])
        yield Deployment(outputs, client, server.text, port)


def _numbers_as_numbers(functions: Any, name: str) -> None:
    """Repeat to ministack what the template told it.

    A parameter of type Number reaches its event source mapping as a string, and comparing that with a number
    stops its poller (ministack 1.5.33); CloudFormation converts.
    """
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(
        UUID=mapping["UUID"],
        BatchSize=int(mapping["BatchSize"]),
        MaximumBatchingWindowInSeconds=int(mapping["MaximumBatchingWindowInSeconds"]),
        ScalingConfig={"MaximumConcurrency": int(mapping["ScalingConfig"]["MaximumConcurrency"])},
    )


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[foreign.Replay]:
    """Pywb, waiting for WARC files."""
    with foreign.Replay(tmp_path_factory.mktemp("pywb")) as running:
        yield running
