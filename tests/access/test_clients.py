"""Clients of the Wayback Machine that nobody here wrote, unmodified, over our archive in its place."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.access.serving import serving
from tests.access.wayback_machine import WaybackMachine
from tests.factories import PAGE, article_html

from pressmark.access.app import Application

PYTHON = foreign.TOOLS / "clients" / "bin" / "python"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not PYTHON.exists(), reason="needs the clients (make .tools/clients/.installed)"),
]

Client = Callable[[str], Any]


@pytest.fixture
def place(application: Application, tmp_path: Path) -> Iterator[WaybackMachine]:
    with WaybackMachine(application, tmp_path) as machine:
        yield machine


@pytest.fixture
def client(place: WaybackMachine) -> Client:
    """Runs a script in the clients' environment; returns what it leaves in ``said``."""

    def run(script: str) -> Any:
        done = subprocess.run(
            [str(PYTHON), "-c", f"import json\n{script}\nprint(json.dumps(said))"],
            env=place.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


QUICK = (
    "import os, wayback\n"
    "session = wayback.WaybackSession(search_calls_per_second=0, memento_calls_per_second=0, retries=0)\n"
    "session.verify = os.environ['REQUESTS_CA_BUNDLE']\n"  # it does not look for it where it follows redirects
    "client = wayback.WaybackClient(session)\n"
)


def test_edgis_wayback_searches_page_by_page_and_reads_mementos(
    client: Client, place: WaybackMachine
) -> None:
    found, (body, moment, url, headers) = client(
        QUICK
        + "found = [[each.key, each.timestamp.strftime('%Y%m%d'), each.url, each.mime_type, each.status_code,"
        " each.digest, each.length, each.raw_url]"
        " for each in client.search('example.com', match_type='domain', limit=3)]\n"
        f"record = next(client.search({PAGE!r}))\n"
        "memento = client.get_memento(record)\n"
        "said = [found, [memento.text, memento.timestamp.isoformat(), memento.url, dict(memento.headers)]]"
    )
    assert len(found) == 10
    assert sum("resumeKey=" in target for _, target in place.asked) == 3
    assert [each[1] for each in found if each[2] == PAGE] == ["20261123", "20261124", "20261125", "20261126"]

    assert (body, moment, url) == (article_html(), "2026-11-23T12:00:00+00:00", PAGE)
    assert headers["x-served-by"] == "cache 7"


def test_edgis_wayback_follows_redirects_finds_the_nearest_and_hears_of_what_is_not_there(
    client: Client,
) -> None:
    url, debug, nearest, missing = client(
        QUICK + "led = client.get_memento('http://example.com/a', timestamp='20261124120000')\n"
        f"near = client.get_memento({PAGE!r}, timestamp='20261124200000', exact=False)\n"
        "try:\n    client.get_memento('https://never.example/', timestamp='20261124120000')\n"
        "except wayback.exceptions.NoMementoError:\n    missing = 'none'\n"
        "said = [led.url, [each.url for each in led.history], near.timestamp.isoformat(), missing]"
    )
    assert url == "https://www.example.com/b"
    assert debug == ["http://example.com/a", "https://example.com/a"]
    assert nearest == "2026-11-24T12:00:00+00:00"
    assert missing == "none"


def test_waybackpy_lists_and_finds_captures(client: Client) -> None:
    times, originals, nearest = client(
        "from waybackpy import WaybackMachineAvailabilityAPI, WaybackMachineCDXServerAPI as Api\n"
        f"found = Api({PAGE!r}, filters=['statuscode:200'], use_pagination=False)\n"
        "prefix = Api('example.com', match_type='prefix', limit=2)\n"
        f"available = WaybackMachineAvailabilityAPI({PAGE!r})\n"
        "available.api_call_time_gap = 0\n"  # seconds; it waits five before it asks at all
        "near = available.near(year=2026, month=11, day=24, hour=1, minute=0)\n"
        "said = [[each.timestamp for each in found.snapshots()],"
        " [each.original for each in prefix.snapshots()], near.archive_url]"
    )
    assert times == ["20261123120000", "20261124120000", "20261126120000"]
    assert (len(originals), PAGE in originals) == (9, True), "page after page"
    assert nearest == f"https://archive.org/web/20261124120000/{PAGE}"  # it asks archive.org


def test_cdx_toolkit_reads_both_dialects(application: Application, client: Client) -> None:
    with serving(application) as port:
        both = client(
            "import cdx_toolkit\nfrom cdx_toolkit.myrequests import retry_info\n"
            "retry_info['default']['minimum_interval'] = 0\n"  # three seconds between two requests otherwise
            "said = []\n"
            "for address, status in (('cdx/search/cdx', 'statuscode:200'), ('cdx', '=status:200')):\n"
            f"    cdx = cdx_toolkit.CDXFetcher(source=f'http://127.0.0.1:{port}/{{address}}')\n"
            "    times = sorted(each['timestamp'] for each in cdx.iter('example.com/*', filter=[status]))\n"
            "    pages = cdx.get_size_estimate('example.com/*', as_pages=True)\n"
            "    said.append([len(times), len(cdx.get('*.example.com')), pages])"
        )
    assert both == [[5, 10, 1]] * 2


def test_waybackpack_downloads_what_is_unique(client: Client, tmp_path: Path, place: WaybackMachine) -> None:
    done = subprocess.run(
        [str(PYTHON.with_name("waybackpack")), PAGE, "-d", str(tmp_path / "out"), "--raw", "--uniques-only"],
        env=place.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert [path.relative_to(tmp_path / "out").parts[0] for path in found] == [
        "20261123120000",
        "20261126120000",
    ]
    assert found[0].read_text() == article_html()
