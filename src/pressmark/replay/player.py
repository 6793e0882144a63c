"""ReplayWeb.page, the player: the version and the address that are used by default."""

VERSION = "2"
"""The version of the replaywebpage package: the newest 2.x."""

ASSETS = f"https://cdn.jsdelivr.net/npm/replaywebpage@{VERSION}"
"""Default address of the player's ui.js and sw.js."""
