"""What AWS's clients raise becomes one of our errors, which names the request."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from pressmark.aws import asking, code_of
from pressmark.errors import ArchiveError, NotFoundError, RefusedError


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")


@pytest.mark.parametrize(
    ("raised", "kind", "code"),
    [
        (answered("NoSuchKey"), NotFoundError, "NoSuchKey"),
        (answered("InvalidRange"), NotFoundError, "InvalidRange"),
        (answered("ValidationException"), RefusedError, "ValidationException"),
        (answered("AccessDenied"), ArchiveError, "AccessDenied"),
        (ParamValidationError(report="made up"), RefusedError, ""),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), ArchiveError, ""),
    ],
)
def test_an_error_of_a_client_becomes_ours_with_the_request_before_its_text(
    raised: Exception, kind: type[ArchiveError], code: str
) -> None:
    with (
        pytest.raises(ArchiveError, match=r"^GetObject s3://bucket/key: ") as caught,
        asking("GetObject s3://bucket/key"),
    ):
        raise raised
    assert type(caught.value) is kind
    assert str(caught.value).endswith(str(raised))
    assert caught.value.__cause__ is raised
    assert code_of(caught.value) == code_of(raised) == code


def test_an_error_that_is_not_a_clients_passes_as_it_is() -> None:
    with pytest.raises(ValueError, match="ours"), asking("GetObject"):
        raise ValueError("ours")
    assert code_of(ValueError()) == ""
