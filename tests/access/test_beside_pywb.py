"""The same WARC files in pywb: what both answer is compared, header by header and line by line."""

import email.message
import http.client
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from tests import foreign
from tests.access.asking import ORIGIN, ask
from tests.access.captures import fill
from tests.access.serving import serving
from tests.factories import PAGE

from pressmark.access.app import Application
from pressmark.access.context import Archive
from pressmark.access.messages import Response
from pressmark.archive.folder import FolderReader

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Application]]:
    """pywb's port, with a collection over its own index and one over ours (``ours``), and the application."""
    place = tmp_path_factory.mktemp("beside")
    fill(place / "archive")
    warcs = sorted((place / "archive").rglob("*.warc.gz"))
    (place / "index.cdxj").write_text("".join(f"{line}\n" for line in foreign.index_lines(warcs)))
    reader = FolderReader(place / "archive")
    application = Application(Archive("", reader, reader.files))
    port = foreign.free_port()
    server = foreign.Background(
        [foreign.require(foreign.WAYBACK), "-p", str(port), "-b", "127.0.0.1"],
        port=port,
        log=place / "log",
        cwd=place,
        env={},
    )
    with serving(application) as ours:
        (place / "config.yaml").write_text(
            "collections:\n  web:\n    index_paths: ./index.cdxj\n    archive_paths:\n"
            + "".join(f"      - {folder}/\n" for folder in sorted({str(warc.parent) for warc in warcs}))
            + f"  ours:\n    index_paths: cdx+http://127.0.0.1:{ours}/cdx\n    archive_paths: {place}/archive/\n"
            + "enable_memento: true\n"
        )
        with server:
            yield port, application
    reader.close()


def asked(port: int, target: str, **headers: str) -> tuple[int, email.message.Message, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def told(answer: Response, port: int, name: str) -> str | None:
    value = answer.header(name)
    return value and value.replace(ORIGIN, f"http://127.0.0.1:{port}")


MEMENTOS = [
    ("20261123120000", PAGE),
    ("20261124120000", PAGE),
    ("20261125120000", PAGE),
    ("20261126120000", PAGE),
    ("20261124120000", "https://www.example.com/b"),
    ("20261123120000", "https://example.com/gone"),
    ("20261123120000", "https://media.example.com/photo.jpg"),
]


@pytest.mark.parametrize(("moment", "url"), MEMENTOS)
def test_a_memento_has_pywbs_status_body_and_header_lines(
    both: tuple[int, Application], moment: str, url: str
) -> None:
    port, application = both
    status, theirs, body = asked(port, f"/web/{moment}id_/{url}")
    ours = ask(application, f"/web/{moment}id_/{url}")

    assert (ours.status, ours.whole()) == (status, body)
    for name in ("Memento-Datetime", "Content-Type", "Content-Length"):
        assert told(ours, port, name) == theirs[name]
    relations = re.findall(r'<([^>]*)>; rel="(original|timegate|timemap|memento)"', theirs["Link"])
    mine = re.findall(r'<([^>]*)>; rel="([^"]*)"', told(ours, port, "Link") or "")
    for address, relation in relations:
        # pywb names a memento by the address of its own player, mp_.
        there = address.replace("mp_/", "id_/")
        assert any(each == there and relation in word.split() for each, word in mine), (there, relation, mine)
    for name, value in theirs.items():
        if name.lower().startswith("x-archive-orig-"):
            assert told(ours, port, name) == value


@pytest.mark.parametrize(
    "wanted",
    ["Mon, 23 Nov 2026 13:00:00 GMT", "Wed, 25 Nov 2026 11:00:00 GMT", "Thu, 01 Jan 1998 00:00:00 GMT"],
)
def test_the_timegate_leads_where_pywbs_does(both: tuple[int, Application], wanted: str) -> None:
    port, application = both
    status, theirs, _ = asked(port, f"/web/{PAGE}", Accept_Datetime=wanted)
    ours = ask(application, f"/web/{PAGE}", accept_datetime=wanted)

    assert "accept-datetime" in theirs["Vary"]
    assert told(ours, port, "Vary") == "accept-datetime"
    named = re.findall(r'<([^>]*)>; rel="memento"', theirs["Link"])
    assert status in (200, 302, 307)
    assert [each.replace("mp_/", "/") for each in named] == [told(ours, port, "Location")]


def test_the_timemap_is_pywbs(both: tuple[int, Application]) -> None:
    port, application = both
    _, theirs, body = asked(port, f"/web/timemap/link/{PAGE}")
    ours = ask(application, f"/web/timemap/link/{PAGE}")

    def mementos(text: str) -> list[tuple[str, str]]:
        return re.findall(r'<[^>]*?/(\d{14})[a-z_]*/([^>]*)>; rel="[a-z ]*memento"', text)

    assert theirs["Content-Type"] == ours.header("Content-Type")
    assert mementos(body.decode()) == mementos(ours.whole().decode())
    for relation in ("original", "timegate", "self"):
        found = [
            re.findall(rf'<([^>]*)>; rel="{relation}"', text)
            for text in (body.decode(), ours.whole().decode())
        ]
        assert found[0] == [each.replace(ORIGIN, f"http://127.0.0.1:{port}") for each in found[1]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&limit=2",
        "&sort=reverse",
        "&closest=20261124130000",
        "&from=20261124&to=20261125",
        "&filter==status:200",
        "&filter=!mime:revisit",
        "&filter=~mime:warc",
        "&filter=revisit",
        "&fl=url,timestamp,status,length,offset",
        "&output=json&fl=url,mime,digest",
        "&output=json&filter=~timestamp:2026112[34]",
        "&collapseTime=6",
        "&resolveRevisits=true&output=json&fl=timestamp,orig.offset,orig.length",
    ],
)
@pytest.mark.parametrize("url", [PAGE, "example.com/news/*", "*.example.com", "example.com&matchType=host"])
def test_the_index_answers_as_pywbs(both: tuple[int, Application], url: str, query: str) -> None:
    port, application = both
    if "closest" in query and url != PAGE:
        pytest.skip("pywb sorts whole sites by nearness, which is a scan")
    if "resolveRevisits" in query and url != PAGE:
        pytest.skip(
            "pywb takes the last capture with the digest, of whatever URL; ours is the one that is repeated"
        )
    address, _, more = url.partition("&")
    target = f"?url={quote(address)}{'&' + more if more else ''}{query}"
    _, _, body = asked(port, f"/web/cdx{target}")
    ours = ask(application, f"/cdx{target}").whole().decode()

    def without_folder(text: str) -> list[str]:
        text = text.replace(', "source": "web", "source-coll": "web"', "")  # pywb's name for its collection
        return sorted(re.sub(r'"filename": "[^"]*/', '"filename": "', text).splitlines())

    assert without_folder(ours) == without_folder(body.decode())


@pytest.mark.parametrize(("moment", "url"), MEMENTOS)
def test_pywb_replays_through_our_index(both: tuple[int, Application], moment: str, url: str) -> None:
    port, application = both
    status, headers, body = asked(port, f"/ours/{moment}id_/{url}")
    own = ask(application, f"/web/{moment}id_/{url}")
    assert (status, body) == (own.status, own.whole())
    assert headers["Memento-Datetime"] == own.header("Memento-Datetime")
