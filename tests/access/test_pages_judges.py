"""What others say of the pages: axe-core in a real Chromium, the Nu Html Checker, the browser's console, its keys."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import chromium, foreign
from tests.access.asking import ask
from tests.access.gallery import SAVED, addresses, gallery
from tests.access.serving import serving
from tests.access.test_pages import HTML
from tests.chromium import Chromium

from pressmark.access.app import Application
from pressmark.queues.jobs import Job

PROGRAM = chromium.find()
AXE = foreign.TOOLS / "axe" / "package" / "axe.min.js"
VNU = foreign.TOOLS / "vnu" / "package" / "build" / "dist" / "vnu.jar"
JAVA = shutil.which("java")

RULES = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split()

in_chromium = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium (Debian: apt-get install chromium)")

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with gallery(tmp_path_factory.mktemp("gallery"), replay_url="https://replay.example") as archive:
        yield Application(archive)


@pytest.fixture(scope="module")
def served(application: Application) -> Iterator[str]:
    with serving(application) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def browser(browser: Chromium) -> Chromium:
    """The browser as it was when it was opened."""
    browser.run_scripts(True)
    browser.resize(1000, 700)
    browser.load("about:blank")
    browser.errors.clear()
    return browser


@in_chromium
@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core (make judges)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_axe_finds_nothing(served: str, browser: Chromium, scheme: str, width: int) -> None:
    browser.prefer(scheme)
    browser.resize(width)
    said = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    found = {}
    for name, target in addresses().items():
        browser.load(served + target)
        browser.evaluate(AXE.read_text())
        violations = browser.awaited(
            f"axe.run({said}).then(all => all.violations.map("
            "each => [each.id, each.nodes.map(node => node.html + node.failureSummary)]))"
        )
        assert isinstance(violations, list)
        if violations:
            found[name] = violations
    assert found == {}


@pytest.mark.skipif(JAVA is None, reason="needs Java")
@pytest.mark.skipif(not VNU.is_file(), reason="needs the Nu Html Checker (make judges)")
def test_the_html_checker_finds_nothing(application: Application, tmp_path: Path) -> None:
    assert JAVA
    for name, target in addresses().items():
        tmp_path.joinpath(f"{name}.html").write_bytes(ask(application, target, accept=HTML).whole())
    refused = {"error": "/page?url=https://example.org/", "bad": "/capture", "signin": "/nowhere"}
    for name, target in refused.items():
        tmp_path.joinpath(f"{name}.html").write_bytes(ask(application, target, accept=HTML).whole())
    command = [
        JAVA,
        "-jar",
        str(VNU),
        "--format",
        "json",
        "--stdout",
        "--exit-zero-always",
        *map(str, tmp_path.glob("*.html")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    told = [
        (Path(each["url"]).name, each.get("lastLine"), each["message"])
        for each in json.loads(done.stdout)["messages"]
        if each["type"] == "error" or each.get("subType") == "warning"
    ]
    assert told == []


@in_chromium
def test_every_page_fits_every_width_with_nothing_on_the_console_or_from_elsewhere(
    served: str, browser: Chromium
) -> None:
    for name, target in addresses().items():
        browser.load(served + target)
        for width in (360, 768, 1440):
            browser.resize(width)
            browser.awaited(
                f"new Promise(done => {{ const look = () => innerWidth === {width} ? done() : setTimeout(look, 5);"
                " look(); })"
            )
            assert browser.evaluate("document.documentElement.scrollWidth") == width, (name, width)
        font = browser.evaluate("getComputedStyle(document.querySelector('.name')).fontFamily")
        assert "palatino" in font.lower(), f"{name}: no style"
        assert browser.errors == [], name
        asked = {each.split("/")[2] for each in browser.requested if each.startswith("http")}
        assert asked == {served[7:]}, name


@in_chromium
def test_every_link_and_field_is_reached_by_tab_and_shows_that_it_is(served: str, browser: Chromium) -> None:
    for name in ("home", "page", "capture", "share", "save", "results"):
        browser.load(served + addresses()[name])
        reachable = browser.evaluate(
            "[...document.querySelectorAll('a[href], input, button, summary')]"
            ".filter(each => each.checkVisibility()).length"
        )
        walked = set()
        for _ in range(reachable):
            browser.press("Tab")
            place, seen = browser.evaluate(
                "(() => { const at = document.activeElement;"
                " const box = at.getBoundingClientRect(), style = getComputedStyle(at);"
                " return [[...document.querySelectorAll('*')].indexOf(at),"
                " style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.bottom > 0"
                " && box.top < innerHeight] })()"
            )
            assert seen, (name, place)
            walked.add(place)
        assert len(walked) == reachable, name


@in_chromium
@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_of_a_job_looks_again_until_there_is_an_end(
    application: Application,
    served: str,
    browser: Chromium,
    monkeypatch: pytest.MonkeyPatch,
    scripts: bool,
) -> None:
    saving = application.archive.saving
    assert saving is not None
    find, looks = saving.jobs.find, itertools.count(1)

    def later(ids: list[str]) -> dict[str, Job]:
        if next(looks) < 3:
            return find(ids)
        return {ids[0]: find([SAVED])[SAVED]}

    monkeypatch.setattr(saving.jobs, "find", later)
    browser.run_scripts(scripts)
    browser.open(served + addresses()["pending"])
    browser.wait_for_text("See the capture", address=addresses()["pending"])
    assert next(looks) > 3


@in_chromium
def test_other_directions_run_from_their_side(served: str, browser: Chromium) -> None:
    browser.load(served + addresses()["arabic"])
    turned = browser.evaluate("getComputedStyle(document.querySelector('.text p')).direction")
    assert turned == "rtl"
    assert browser.evaluate("getComputedStyle(document.querySelector('main')).direction") == "ltr"
