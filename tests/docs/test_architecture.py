"""docs/architecture.md is true: every room is on its map, and no import runs back up."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT
from tests.sources import nodes

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src"

MAP = re.search(r"\n\| room \| what it is for \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
assert MAP
ROOMS = re.findall(r"^\| `(\w+)/`", MAP[1], re.MULTILINE)

PICTURE = PAGE.partition("flowchart TD")[2].partition("```")[0]


def place(module: str) -> str:
    """The room or single file that a module stands in."""
    first, *rest = module.split(".")
    return rest[0] if first == "pressmark" and rest else first


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def arrows() -> set[tuple[str, str]]:
    """Which place imports which."""
    found: set[tuple[str, str]] = set()
    for path in SOURCE.rglob("*.py"):
        here = place(".".join(path.relative_to(SOURCE).with_suffix("").parts))
        for name in imports(path):
            if name.split(".")[0] in ("pressmark", "handler") and not name.startswith("pressmark.__"):
                found.add((here, place(name)))
    return {(here, there) for here, there in found if here != there and here != "__init__"}


def test_every_room_is_on_the_map_and_every_single_file_is_named() -> None:
    rooms = {path.parent.name for path in (SOURCE / "pressmark").glob("*/__init__.py")} | {"handler"}
    assert sorted(ROOMS) == sorted(rooms)
    for path in (SOURCE / "pressmark").glob("[a-z]*.py"):
        assert f"`{path.name}`" in PAGE


def test_a_room_imports_only_rooms_that_the_map_has_below_it() -> None:
    up = {
        (here, there)
        for here, there in arrows()
        if there in ROOMS and (here not in ROOMS or ROOMS.index(here) >= ROOMS.index(there))
    }
    assert up == set(), "imports that run back up, or of a single file that imports a room"


def test_the_picture_of_the_rooms_shows_every_import_straight_or_by_a_longer_way() -> None:
    picture = re.findall(r"^    (\w+(?: & \w+)*) --> (\w+(?: & \w+)*)$", PICTURE, re.MULTILINE)
    drawn = {
        (here, there) for left, right in picture for here in left.split(" & ") for there in right.split(" & ")
    }
    between = {(here, there) for here, there in arrows() if here in ROOMS and there in ROOMS}

    def leads(here: str, there: str) -> bool:
        return any(end == there or leads(end, there) for start, end in drawn if start == here)

    assert drawn <= between, "arrows that no import stands behind"
    assert {arrow for arrow in between if not leads(*arrow)} == set()


CHANGES = re.findall(
    r"^\| (.+?) \| (.+) \|$",
    PAGE.partition("## Where does a change go?")[2].partition("\n## ")[0],
    re.MULTILINE,
)


def places(cell: str) -> list[Path]:
    """The files and rooms that a row names."""
    return [
        path
        for name in re.findall(r"`([\w./]+(?:\.py|\.yaml|/))`", cell)
        for path in (
            SOURCE / "pressmark" / name,
            SOURCE / "pressmark" / "article" / "dates" / name,
            ROOT / name,
        )
        if path.exists()
    ]


def test_whatever_the_page_says_of_a_change_is_there() -> None:
    """Each file exists, and each name next to it is in one of the row's files."""
    assert len(CHANGES) > 40
    for change, cell in CHANGES[1:]:
        names = re.findall(r"`([^`]+)`", cell)
        files = [name for name in names if re.search(r"\.py$|\.yaml$|/$", name)]
        found = places(cell)
        assert len(found) >= len(files), f"{change}: of {files} there are only {found}"
        texts = "".join(path.read_text(encoding="utf-8") for path in found if path.is_file())
        for name in set(names) - set(files):
            if re.fullmatch(r"\w*(?:_|[A-Z])\w*", name):  # others are commands and plain words
                assert re.search(rf"\b{name}\b", texts), f"{change}: {name} is in none of {files}"
