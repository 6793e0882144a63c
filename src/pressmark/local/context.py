"""The context object that Lambda hands to a handler."""

import time
import uuid
from dataclasses import dataclass, field

from pressmark.local.account import ACCOUNT, REGION


@dataclass(slots=True)
class Context:
    """What a handler may ask about its invocation; attribute and method names are Lambda's.

    timeout: seconds from the creation of this object until Lambda would end the invocation.
    """

    function_name: str
    timeout: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "1024"
    _started: float = field(default_factory=time.monotonic)

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """The function's log group."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """The log stream's name; it is always the same."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is ended, never below 0."""
        return max(0, int((self._started + self.timeout - time.monotonic()) * 1000))
