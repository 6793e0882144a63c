"""The local web site answers every path."""

from http.client import HTTPConnection
from pathlib import Path

import pytest

from pressmark.local.site import Site


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/%00", "/x%00.html", "/a/%00/b?c=%00"])
def test_a_path_that_no_file_can_have_is_not_found(
    tmp_path: Path, path: str, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with Site(tmp_path, 0) as site:
        connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
        connection.request(method, path)
        assert connection.getresponse().status == 404
        connection.close()
    assert capfd.readouterr().err == ""
