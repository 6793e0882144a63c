"""JSON that every reader takes: RFC 8259 has no NaN and no Infinity, which Python's own module reads and writes."""

import json
import math
from typing import Any


def dumps(value: Any, **options: Any) -> str:
    """Write a value as JSON; a number that JSON does not have, as from a stranger's ``1e999``, becomes null.

    options: those of json.dumps.
    """
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        return json.dumps(_without(value), allow_nan=False, **options)


def _without(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {_without(name): _without(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(each) for each in value]
    return value
