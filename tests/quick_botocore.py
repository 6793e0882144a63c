"""botocore without what no embedded AWS needs: what is computed again with the same result, and signatures."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, ClassVar

import botocore.auth
import botocore.client
import botocore.hooks
import botocore.httpsession
import botocore.parsers
import botocore.regions
import botocore.session
import botocore.useragent
import moto.core.responses
import moto.sqs.models
import pytest


@contextmanager
def quick() -> Iterator[None]:
    """Make a request to moto take a quarter fewer calls of Python functions, a boto3 session a fifth of its time.

    Every command of the command line makes a session and its clients. What is kept depends on its arguments alone.
    Requests say who asks, for which service and in which region, but their signature is none: moto checks no signature.
    """
    accepts_kwargs = botocore.hooks.accepts_kwargs
    of_functions = functools.cache(accepts_kwargs)

    def accepts(handler: Callable[..., Any]) -> bool:
        function = getattr(
            handler, "__func__", handler
        )  # a method would keep its client from being collected
        known = isinstance(function, FunctionType)
        return bool(of_functions(function) if known else accepts_kwargs(handler))

    with pytest.MonkeyPatch.context() as patch:
        # Megabytes of JSON about AWS.
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        patch.setattr(botocore.regions, "EndpointProvider", _kept(botocore.regions.EndpointProvider))
        # It reads a service's operations and shapes out of them when they are first needed.
        patch.setattr(botocore.client, "ServiceModel", _kept(botocore.client.ServiceModel))
        patch.setattr(botocore.session, "EventAliaser", _Aliaser)
        patch.setattr(botocore.auth.SigV4Auth, "canonical_request", lambda *_: "")
        patch.setattr(botocore.auth.SigV4Auth, "signature", lambda *_: "none")
        patch.setattr(botocore.hooks, "accepts_kwargs", accepts)
        context = functools.cache(botocore.httpsession.create_urllib3_context)
        patch.setattr(botocore.httpsession, "create_urllib3_context", context)
        for module, name in (
            (botocore.useragent, "sanitize_user_agent_string_component"),
            (botocore.parsers, "DEFAULT_TIMESTAMP_PARSER"),
            (moto.core.responses, "method_names_from_class"),
            (moto.core.responses, "camelcase_to_underscores"),
            (moto.sqs.models, "camelcase_to_underscores"),
        ):
            patch.setattr(module, name, functools.lru_cache(10_000)(getattr(module, name)))
        yield


class _Aliaser(botocore.hooks.EventAliaser):
    """Shares the names seen: otherwise each object keeps its own, and one that is copied for a client has seen none."""

    seen: ClassVar[dict[str, str]] = {}

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._alias_name_cache = self.seen


def _kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes one object for the same dictionaries, which the loader keeps."""
    made: dict[tuple[int, ...], tuple[Any, Any]] = {}

    def maker(*first: Any, **given: Any) -> Any:
        key = tuple(map(id, (*first, *given.values())))
        if key not in made:
            made[key] = (first, given), make(*first, **given)
        return made[key][1]

    return maker
