"""The application on one machine: waitress, and who may ask."""

import http.client
import tempfile
from typing import IO

import pytest
from tests.access.serving import get, serving

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.access.messages import Request, Response, text
from pressmark.access.routes import Route


def target(_archive: Archive, request: Request) -> Response:
    return text(f"{request.method} {request.target} {request.origin}")


@pytest.fixture
def echo(archive: Archive) -> Application:
    return Application(archive, routes=(Route("/.*", target, ("GET", "POST")),))


def test_the_target_arrives_as_it_was_sent(echo: Application) -> None:
    with serving(echo) as port:
        answer = get(port, "/web/2026id_/http://x.example/a%2Fb//c?q=%26&r")

    assert answer.text == (  # type: ignore[attr-defined]
        f"GET /web/2026id_/http://x.example/a%2Fb//c?q=%26&r http://127.0.0.1:{port}"
    )
    assert answer.getheader("Content-Length") == str(len(answer.text))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "rebound.example"},
        {"Origin": "https://elsewhere.example"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
    ],
)
def test_a_page_of_the_web_cannot_ask(echo: Application, headers: dict[str, str]) -> None:
    with serving(echo) as port:
        assert get(port, "/", **headers).status == 403


def test_a_host_that_is_not_known_is_told_how_to_be(echo: Application) -> None:
    with serving(echo) as port:
        told = get(port, "/", host="archive.internal.example").text  # type: ignore[attr-defined]
    assert "start pressmark web with --name archive.internal.example" in told


def test_a_link_on_another_page_may_be_followed(echo: Application) -> None:
    with serving(echo) as port:
        assert get(port, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200
        assert (
            get(port, "/", method="POST", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status
            == 403
        )


def test_pieces_are_sent_as_they_are_made(archive: Archive) -> None:
    def pieces(_archive: Archive, _request: Request) -> Response:
        return Response(200, [("Content-Type", "text/plain")], (b"%d\n" % number for number in range(3)))

    with serving(Application(archive, routes=(Route("/", pieces),))) as port:
        assert get(port, "/").text == "0\n1\n2\n"  # type: ignore[attr-defined]


def test_no_file_that_a_long_answer_went_through_stays_open(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def kept(mode: str) -> IO[bytes]:
        files.append(make(mode))
        return files[-1]

    def long(_archive: Archive, _request: Request) -> Response:
        return Response(200, [("Content-Type", "text/plain")], b"." * (2 << 20))

    monkeypatch.setattr(tempfile, "TemporaryFile", kept)
    with serving(Application(archive, routes=(Route("/", long),))) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/")
        assert len(client.getresponse().read()) == 2 << 20
    client.close()
    assert [file.closed for file in files] == [True]
