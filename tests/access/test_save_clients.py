"""Clients of Save Page Now that nobody here wrote, unmodified, save pages into an archive of ours."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import foreign
from tests.access.saving import Place
from tests.access.test_saving_with_keys import Guarded
from tests.access.wayback_machine import WaybackMachine
from tests.conftest import Aws
from tests.factories import article_html
from tests.site import RawSite, response

from pressmark.access.messages import Request, Response

BIN = foreign.TOOLS / "clients" / "bin"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (BIN / "python").exists(), reason="needs the clients (make .tools/clients/.installed)"
    ),
]


@pytest.fixture
def place(aws: Aws, site: RawSite) -> Place:
    site.serve("/news", response(article_html().encode()))
    return Place(aws, site)


@pytest.fixture
def machine(place: Place, tmp_path: Path) -> Iterator[WaybackMachine]:
    with WaybackMachine(place.application, tmp_path) as entered:
        yield entered


def run(machine: WaybackMachine, *command: str, **more: str) -> str:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        env=machine.environment | more,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def script(machine: WaybackMachine, text: str) -> Any:
    return json.loads(run(machine, "python", "-c", f"import json\n{text}\nprint(json.dumps(said))"))


def capturing(place: Place, *, when: str) -> Callable[[Request], Response]:
    """The application, behind which what is on the queue is captured as soon as ``when`` has been asked."""

    def application(request: Request) -> Response:
        answer = place.application(request)
        if request.path.startswith(when):
            place.pump()
        return answer

    return application


def archiver(place: Place, folder: Path, access: str, secret: str) -> tuple[WaybackMachine, Any]:
    """Save a page with wayback-machine-archiver, which has such a key; what it asked, and what it tells."""
    keys = {"INTERNET_ARCHIVE_ACCESS_KEY": access, "INTERNET_ARCHIVE_SECRET_KEY": secret}
    keys |= foreign.shorter_sleep(folder / "sleeping", 9)  # before each page, and it accepts no less
    with WaybackMachine(capturing(place, when="/save"), folder) as machine:
        said = run(machine, "archiver", "--json", "--rate-limit-wait", "9", f"{place.site.base}/news", **keys)
    return machine, json.loads(said)


def address(place: Place) -> str:
    (row,) = [each for each in place.aws.rows() if "warc" in each]
    digits = "".join(each for each in row["captured"] if each.isdigit())[:14]
    return f"https://web.archive.org/web/{digits}/{row['url']}"


def test_savepagenow_saves_a_page_and_gets_the_same_capture_again(
    place: Place, machine: WaybackMachine
) -> None:
    url = f"{place.site.base}/news"
    first, second = script(
        machine, f"import savepagenow\nsaid = [savepagenow.capture({url!r}) for _ in range(2)]"
    )
    assert first == address(place)
    assert second == first


def test_savepagenow_knows_a_page_that_robots_txt_forbids(aws: Aws, site: RawSite, tmp_path: Path) -> None:
    site.serve("/robots.txt", response(b"User-agent: *\nDisallow: /", content_type="text/plain"))
    place = Place(aws, site, robots="obey")
    with WaybackMachine(place.application, tmp_path) as machine:
        said = script(
            machine,
            "import savepagenow\ntry:\n"
            f"    savepagenow.capture({f'{site.base}/news'!r})\n"
            "except savepagenow.BlockedByRobots:\n    said = 'robots'",
        )
    assert said == "robots"


def test_waybackpy_saves_a_page(place: Place, machine: WaybackMachine) -> None:
    said = script(
        machine,
        "from waybackpy import WaybackMachineSaveAPI as Api\n"
        f"said = Api({f'{place.site.base}/news'!r}, 'me', max_tries=1).save()",
    )
    assert said == address(place)


def test_wayback_machine_archiver_submits_and_asks_for_the_status(place: Place, tmp_path: Path) -> None:
    machine, told = archiver(place, tmp_path, "x", "x")
    assert machine.asked[0] == ("POST", "/save")
    assert set(machine.asked[1:]) == {("POST", "/save/status")}
    assert address(place) in json.dumps(told)


@pytest.fixture
def guarded(aws: Aws, site: RawSite) -> Guarded:
    site.serve("/news", response(article_html().encode()))
    return Guarded(aws, site)


def test_savepagenow_saves_with_a_key_and_is_told_to_wait_without_one(
    guarded: Guarded, tmp_path: Path
) -> None:
    """It reads where its redirect leads with the same header, so that reading may need the key, too."""
    url = f"{guarded.site.base}/news"
    with WaybackMachine(lambda asked: guarded.application(asked), tmp_path) as machine:
        told = run(
            machine,
            "python",
            "-c",
            f"import savepagenow\nprint(savepagenow.capture({url!r}, authenticate=True))",
            SAVEPAGENOW_ACCESS_KEY=guarded.made.key.id,
            SAVEPAGENOW_SECRET_KEY=guarded.made.secret,
        ).strip()
        refused = script(
            machine,
            f"import savepagenow\ntry:\n    savepagenow.capture({url!r})\n"
            "except Exception as error:\n    said = type(error).__name__",
        )
    assert told == address(guarded)
    assert refused == "Unauthorized"


def test_wayback_machine_archiver_saves_with_a_key(guarded: Guarded, tmp_path: Path) -> None:
    _, told = archiver(guarded, tmp_path, guarded.made.key.id, guarded.made.secret)
    assert address(guarded) in json.dumps(told)
    assert guarded.user(guarded.made)["daily_captures"] == 1


SPN_SH = foreign.TOOLS / "spn" / "spn.sh"

needs_spn_sh = pytest.mark.skipif(
    not SPN_SH.exists(),
    reason="needs spn.sh of github.com/overcast07/wayback-machine-spn-scripts at .tools/spn/spn.sh",
)


def spn_sh(guarded: Guarded, folder: Path, *command: str) -> tuple[WaybackMachine, str]:
    """Run the script until it ends or pauses for half an hour; what it asked, and what it printed.

    A page is captured after the first question what became of it, so that the script has to ask again.
    """
    said = ""
    with WaybackMachine(capturing(guarded, when="/save/status/"), folder) as machine:
        process = subprocess.Popen(
            ["timeout", "60", "bash", SPN_SH, *command],
            env={**os.environ, **machine.environment},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        for line in process.stdout:
            said += line
            if "Pausing for 30 minutes" in line:
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
        process.stdout.close()
    return machine, said


@needs_spn_sh
def test_spn_sh_saves_with_a_key_polls_and_pauses_at_the_daily_limit(
    guarded: Guarded, tmp_path: Path
) -> None:
    """A script of curl and grep: it needs compact JSON, and knows the daily limit by the message's first words."""
    key = guarded.add("script", limit=1)
    urls = [f"{guarded.site.base}/{name}" for name in ("news", "more")]
    machine, said = spn_sh(guarded, tmp_path, "-a", f"{key.key.id}:{key.secret}", *urls)

    saving, asking, again, refused = machine.asked[:4]
    assert saving == refused == ("POST", "/save/")
    assert asking == again
    assert asking[1].startswith("/save/status/spn2-")
    assert f"[Job completed] {urls[0]}" in said
    assert "You cannot make more than 1 captures per day" in said
    assert said.rstrip().endswith("Pausing for 30 minutes")
    (folder,) = tmp_path.glob("spn-data/*/*")
    assert f"https://web.archive.org{(folder / 'captures.log').read_text().strip()}" == address(guarded)
    assert (folder / "daily_limit.txt").exists()
    assert not (folder / "invalid.log").exists()  # what it would never ask for again


@needs_spn_sh
def test_spn_sh_gives_up_a_page_that_its_server_refuses(guarded: Guarded, tmp_path: Path) -> None:
    """It knows an error of HTTP by how the message ends; else it would ask for the page again and again."""
    key, url = guarded.made, f"{guarded.site.base}/gone"
    machine, said = spn_sh(guarded, tmp_path, "-n", "-a", f"{key.key.id}:{key.secret}", url)

    assert [method for method, _ in machine.asked] == ["POST", "GET", "GET"]
    assert "(HTTP status=404).]" in said
    (failed,) = tmp_path.glob("spn-data/*/*/failed.log")
    assert failed.read_text().rstrip().endswith(f"[error:not-found] {url}")
