"""Whatever fails or ends half way, the bodies that were fetched are closed: memory and disk are given back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from tests.reliability.killing import Zygote

from pressmark.http.exchange import Body


def _is_open(body: Body) -> bool:
    try:
        body.open()
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def every_body_is_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of what the test fetches in this process; requested first, so that it looks when all else has ended."""
    made: list[Body] = []
    begin = Body.__init__

    def begun(self: Body, **options: Any) -> None:
        begin(self, **options)
        made.append(self)

    monkeypatch.setattr(Body, "__init__", begun)
    yield
    assert [body.size for body in made if _is_open(body)] == []


@pytest.fixture(scope="session")
def deployed() -> Iterator[Callable[[Mapping[str, str]], Zygote]]:
    """Gives the one Zygote of a test run, for the function with these variables: to start one takes a second."""
    made: list[Zygote] = []
    with ExitStack() as running:

        def deploy(variables: Mapping[str, str]) -> Zygote:
            if not made or not made[-1].is_alive:
                made.append(running.enter_context(Zygote(variables)))
            made[-1].deploy(variables)
            return made[-1]

        yield deploy
