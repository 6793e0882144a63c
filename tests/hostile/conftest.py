"""Puts every test of this folder under the watch of :mod:`tests.hostile.replaying`."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.hostile import server
from tests.hostile.replaying import Judge, Watch

from pressmark.exchange import FetchResult
from pressmark.fetch import Fetcher
from pressmark.warc.writer import WarcFile


@pytest.fixture(scope="session")
def judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge | None]:
    """The foreign tools; None where tests that need them are not asked for."""
    if "not e2e" in request.config.getoption("markexpr"):
        yield None
        return
    made = Judge(tmp_path_factory.mktemp("judge"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def watch(judge: Judge | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Whatever the test fetches and writes is checked and replayed when it is done."""
    seen = Watch()
    fetch, close = Fetcher.fetch, WarcFile.close

    def watched_fetch(self: Fetcher, url: str, **options: Any) -> FetchResult:
        result = fetch(self, url, **options)
        seen.fetched(result)
        return result

    def watched_close(self: WarcFile) -> None:
        if self.captures and not self._file.closed:
            seen.written(self.open().read())
        close(self)

    server.forget_conversations()
    monkeypatch.setattr(Fetcher, "fetch", watched_fetch)
    monkeypatch.setattr(WarcFile, "close", watched_close)
    yield seen
    if judge is not None:
        seen.judge(judge)
