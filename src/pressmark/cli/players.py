"""Copies of ReplayWeb.page that a person names."""

from pathlib import Path

from pressmark.cli.exits import USAGE, Failure


def check_player(folder: Path) -> None:
    """Check that a folder has the player's two scripts. Raises Failure if it does not."""
    missing = [name for name in ("ui.js", "sw.js") if not (folder / name).is_file()]
    if not folder.is_dir():
        raise Failure(f"--assets {folder}: no such folder", USAGE)
    if missing:
        raise Failure(f"--assets {folder}: no copy of ReplayWeb.page: no {' and no '.join(missing)}", USAGE)
