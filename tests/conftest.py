"""What every test may use: a stack of its own, made from template.yaml, and a web site on loopback."""

import atexit
import dataclasses
import functools
import gc
import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

import boto3
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from tests import chromium, forked, quick_botocore, quick_moto, short_way
from tests.chromium import Chromium
from tests.hostile import server as hostile_servers
from tests.hostile.replaying import Judge, Watch
from tests.readers import end_kept, lend
from tests.site import ANY_LOOPBACK, RawSite
from tests.stacks import EVERY_TERM, Copies, forget, forget_items, objects
from xdist.scheduler import LoadFileScheduling

from pressmark.catalog import parquet
from pressmark.crawl import service
from pressmark.crawl.budget import Deadline
from pressmark.http.exchange import FetchResult
from pressmark.http.fetcher import Fetcher
from pressmark.local import environment
from pressmark.local import stack as stacks
from pressmark.local import template as templates
from pressmark.local.account import CREDENTIALS
from pressmark.local.server import EmbeddedAws
from pressmark.local.stack import Stack
from pressmark.reading import pool, reader
from pressmark.settings import INDEX_TERMS, Settings
from pressmark.warc.writer import WarcFile

_numbers = itertools.count(1)

# A shell starts what it runs in the background with SIGINT ignored, and children inherit that: programs that
# tests stop with Ctrl-C would never hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# By default Python looks for garbage after each 2,000 objects that were made. boto3 and moto make as many in a few
# requests: this was a tenth of what the tests cost.
gc.set_threshold(20_000)

# One process of several ends at once: all has been told, and to free a million objects would take five seconds or more.
ONE_OF_SEVERAL = "PYTEST_XDIST_WORKER" in os.environ
if ONE_OF_SEVERAL:
    atexit.register(os._exit, 0)

# Nothing is asserted against the clock: neither a test's time, nor how long examples take to draw.
hypothesis.register_profile("pressmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("pressmark")


LONGEST = [
    f"tests/{place}"
    for place in """
    reliability/test_killed_anywhere e2e/ reliability/test_faults
    cli/test_help catalog/test_killed test_growth cli/test_push_here upkeep/test_sampling access/test_openapi
    local/test_run article/test_hostile access/test_clients access/test_save_clients reliability/
    politeness/test_politeness reading/test_reader cli/test_query requisites/test_replayed odd/test_every_command
    odd/ cli/test_memory template/test_template cli/test_everything local/ cli/
    crawl/test_patience upkeep/ crawl/test_requisites_bounds hostile/
    """.split()
]
"""What takes longest in a whole run begins first, so that no long file is left alone at the end.

What mostly waits stands between tests that compute. Nothing else depends on the order.
"""

SHARED = {
    f"tests/{place}": what
    for what, places in {
        "the built function": "e2e/",
        "the source, parsed": """
            docs/test_architecture queues/test_failures test_layout test_plain_english test_settings test_shapes
            cli/test_terminal template/test_roles""",
        "Chromium": """
            requisites/test_replayed requisites/test_chromium replay/test_chromium access/test_pages_judges
            access/test_pages_chromium http/test_locations charset/test_encodings""",
        "judges of archived pages": """
            hostile/ http/test_fetch politeness/test_robots export/test_foreign upkeep/test_compacting.py""",
    }.items()
    for place in places.split()
}
"""Where tests share what takes long to make: run in one process, they make it only once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    @functools.cache
    def rank(file: str) -> int:
        return next((at for at, name in enumerate(LONGEST) if file.startswith(name)), len(LONGEST))

    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """The tests of a file stay together, and those of files that share what takes long to make."""
    return _Files(config, log)


class _Files(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((what for place, what in SHARED.items() if file.startswith(place)), file)


def pytest_collection_finish() -> None:
    """Exempt the objects of modules and collected tests, which stay to the end, from garbage collection."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    if not ONE_OF_SEVERAL:
        gc.unfreeze()  # or duckdb reports what it finds alive at the end as leaked


class Aws:
    """The stack of one test: bucket, queues and tables as template.yaml has them, empty."""

    def __init__(self, server: EmbeddedAws, clients: dict[str, Any], stack: Stack) -> None:
        self._server = server
        self._clients = clients
        self.server = server
        self.stack = stack
        self.bucket = stack.bucket
        self.table = stack.table
        self.state_table = stack.state_table
        self.queue_url = stack.queue_url
        self.dead_letter_queue_url = stack.dead_letter_queue_url

    @property
    def settings(self) -> Settings:
        """The function's settings as the template gives them, with loopback allowed and no delays."""
        return self.settings_with()

    def settings_with(self, **changes: Any) -> Settings:
        """Return the same with some fields changed; allowed_ports usually names the site's port."""
        return dataclasses.replace(
            self.stack.settings(), **{"host_delay": 0.0, "allow_loopback": ANY_LOOPBACK, **changes}
        )

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables by which the command line and the functions find this stack."""
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "PRESSMARK_TABLE": self.table,
            "PRESSMARK_BUCKET": self.bucket,
            "PRESSMARK_STATE_TABLE": self.state_table,
            "PRESSMARK_QUEUE_URL": self.queue_url,
            "PRESSMARK_DEAD_LETTER_QUEUE_URL": self.dead_letter_queue_url,
        }

    def lead_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set the environment variables by which programs find this stack."""
        for name, value in self.variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv(
            "PRESSMARK_INDEX_TERMS", ",".join(INDEX_TERMS)
        )  # as tests.factories.fill writes them

    def client(self, service: str) -> Any:
        """Return a boto3 client, which is made once in a test run."""
        if service not in self._clients:
            self._clients[service] = self._server.client(service)
        return self._clients[service]

    def rows(self) -> list[dict[str, Any]]:
        """Return everything in the archive table, as plain values."""
        read = boto3.dynamodb.types.TypeDeserializer().deserialize
        items = self.client("dynamodb").scan(TableName=self.table)["Items"]
        return [{name: read(value) for name, value in item.items()} for item in items]

    def objects(self) -> dict[str, bytes]:
        """Return everything in the bucket, by key."""
        return objects(self.stack)

    def state(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return the items of the state table whose key begins with a prefix, as DynamoDB writes them."""
        items = self.client("dynamodb").scan(TableName=self.state_table)["Items"]
        return [item for item in items if item["pk"]["S"].startswith(prefix)]

    def forget_state(self, prefix: str = "") -> None:
        """Delete these items."""
        forget_items(self.state_table, prefix)

    def messages(self, queue_url: str | None = None, *, limit: int = 10) -> list[dict[str, Any]]:
        """Receive what a queue has now (the capture queue if none is named)."""
        return (
            self.client("sqs")
            .receive_message(
                QueueUrl=queue_url or self.queue_url,
                MaxNumberOfMessages=limit,
                WaitTimeSeconds=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            .get("Messages", [])
        )


@pytest.fixture(scope="session", autouse=True)
def _quick_botocore() -> Iterator[None]:
    """Make boto3 sessions and clients faster to create: every command creates some."""
    with quick_botocore.quick():
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_moto() -> Iterator[None]:
    """Make a test on a stack take a third of its time, and keep tables from getting slower as a test fills them."""
    with quick_moto.quick():
        yield


@pytest.fixture(scope="session", autouse=True)
def _aws_is_asked_without_connections() -> Iterator[None]:
    """Make requests to the embedded AWS without connections, which takes less than half of the time."""
    with short_way.taken():
        yield


@pytest.fixture(scope="session", autouse=True)
def _reading_processes_are_kept() -> Iterator[None]:
    """Keep the processes that read articles: otherwise each test starts one, or one for each processor."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (reader, pool, service):
            patch.setattr(module, "Reader", lend)
        yield
    end_kept()


@pytest.fixture(scope="session", autouse=True)
def _functions_are_forked() -> Iterator[None]:
    """Fork the function's processes from one that has its imports: starting them was a fifth of what runs here cost."""
    if not hasattr(os, "pidfd_open"):  # Linux has it
        yield
        return
    with forked.forking(environment.SOURCE) as popen, pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "subprocess", popen)
        yield


@pytest.fixture(scope="session", autouse=True)
def _template_is_read_once() -> Iterator[None]:
    """Keep what is read from template.yaml, which nobody changes: each stack reads it again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "load", functools.cache(templates.load))
        yield


begin = functools.cache(parquet.begin)


@pytest.fixture
def duckdb_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the database that writes the open table: its beginning and end would take as long as two small files."""
    monkeypatch.setattr(parquet, "begin", lambda _: begin(Path("not-needed")).cursor())


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """template.yaml, intrinsic functions in their long form."""
    return templates.load()


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[EmbeddedAws, dict[str, Any]]]:
    clients: dict[str, Any] = {}
    with EmbeddedAws() as server:
        yield server, clients
        for client in clients.values():
            client.close()


@pytest.fixture(scope="session")
def _copies(_server: tuple[EmbeddedAws, dict[str, Any]], template: Mapping[str, Any]) -> Copies:
    return Copies.of_template(_server[0], template)


@pytest.fixture
def aws(_server: tuple[EmbeddedAws, dict[str, Any]], _copies: Copies) -> Iterator[Aws]:
    """A fresh stack in the embedded AWS."""
    made = Aws(*_server, _copies.another())
    with _deadlines_end_with_the_test():
        yield made
    forget(made.stack)


@contextmanager
def _deadlines_end_with_the_test() -> Iterator[None]:
    """Or each request of the clients that all tests share would be checked against those of all services ever made."""
    watched: list[tuple[Any, Deadline]] = []
    watch = Deadline.watch

    def noted(self: Deadline, client: Any) -> None:
        watch(self, client)
        watched.append((client.meta.events, self))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Deadline, "watch", noted)
        yield
    for events, deadline in watched:
        events.unregister("before-send", deadline.check)


@pytest.fixture
def known_aws(_server: tuple[EmbeddedAws, dict[str, Any]], template: Mapping[str, Any]) -> Iterator[Aws]:
    """A fresh stack that CloudFormation knows, too."""
    made = Aws(*_server, stacks.create(_server[0], f"known-{next(_numbers)}", EVERY_TERM, template=template))
    yield made
    forget(made.stack)


@pytest.fixture
def site() -> Iterator[RawSite]:
    """A web site on loopback that sends exactly the bytes that a test sets."""
    with RawSite() as running:
        yield running


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = chromium.find()
    assert program, "needs Chromium (Debian: apt-get install chromium)"
    rules = "EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2, "
    with Chromium(program, tmp_path_factory.mktemp("chromium") / "profile", rules=rules) as running:
        yield running


@pytest.fixture(scope="module")
def browser(_chromium: Chromium) -> Chromium:
    """A tab of real Chromium, which reaches localhost, 127.0.0.1 and 127.0.0.2."""
    _chromium.start_afresh()
    return _chromium


@pytest.fixture(scope="session")
def judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge | None]:
    """The foreign tools; None if the tests that need them are not selected."""
    if "not e2e" in request.config.getoption("markexpr"):
        yield None
        return
    made = Judge(tmp_path_factory.mktemp("judge"))
    yield made
    made.close()


@pytest.fixture
def watch(judge: Judge | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Check and replay everything that a test has fetched and written when it is done; tests.hostile always uses it."""
    seen = Watch()
    closed: WeakSet[WarcFile] = WeakSet()
    fetch, close = Fetcher.fetch, WarcFile.close

    def watched_fetch(self: Fetcher, url: str, **options: Any) -> FetchResult:
        result = fetch(self, url, **options)
        seen.fetched(result)
        return result

    def watched_close(self: WarcFile) -> None:
        if self.captures and self not in closed:
            seen.written(self.open().read())
        closed.add(self)
        close(self)

    hostile_servers.forget_conversations()
    monkeypatch.setattr(Fetcher, "fetch", watched_fetch)
    monkeypatch.setattr(WarcFile, "close", watched_close)
    yield seen
    seen.judge(judge)
