"""The page that the player runs in, and the player's own files.

ReplayWeb.page is AGPL-3: it is linked to, or shipped unmodified in a folder of its own.
"""

import html
from pathlib import Path

from pressmark.access.context import Archive
from pressmark.access.memento import addresses
from pressmark.access.messages import Policy, Request, Response
from pressmark.access.refusals import HttpError
from pressmark.access.replay import tokens
from pressmark.access.replay.records import rows_of
from pressmark.archive.times import timestamp14
from pressmark.replay.page import frame_html, worker_js

FILES = ("ui.js", "sw.js", "LICENSE")
"""Which files of a folder with the player are served."""

STYLE = (
    "html, body { margin: 0; height: 100% } body { display: flex; flex-direction: column; font: 15px/1.4 system-ui } "
    "header { padding: .4rem .8rem; border-bottom: 1px solid #8886; overflow-wrap: anywhere } "
    "replay-web-page { display: block; flex: 1 }"
)


def page(archive: Archive, request: Request) -> Response:
    """Answer with the page that shows a token's capture. Raises HttpError, TakenDownError, ArchiveError."""
    row = tokens.read(archive, request.parts["token"])
    rows_of(archive, row)  # raises errors before a player is started
    assets = _assets(archive)
    moment = addresses.instant(row)
    url = addresses.written(row["url"])
    name = str(row.get("title") or row["url"])[:200]
    attributes = {
        "source": f"/replay/{request.parts['token']}/index.cdxj",
        "url": url,
        "ts": timestamp14(row["captured"]),
        "replayBase": "/player/",
        "embed": "replayonly",
        # A name that no other archived page can have used before.
        "coll": f"capture-{request.parts['token'][-16:]}",
    }
    written = " ".join(f'{each}="{html.escape(value)}"' for each, value in attributes.items())
    body = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{html.escape(name)}</title>\n<style>{STYLE}</style>\n"
        f'<script src="{html.escape(assets)}/ui.js"></script>\n'
        f"<header>Archived on {moment:%d %B %Y, %H:%M} UTC: {html.escape(url)}</header>\n"
        f"<replay-web-page {written}></replay-web-page>\n"
        "<noscript>The archived page is shown by a script, which this browser does not run.</noscript>\n</html>\n"
    )
    response = _html(body, archive, ancestors="'none'")
    # Scripts of an archived page can change what the player has stored of others, so it starts empty each time.
    return response.add("Clear-Site-Data", '"storage"')


def file(archive: Archive, request: Request) -> Response:
    """Answer with a file of the player, or of the page around it. Raises HttpError 404."""
    name = request.parts["name"]
    assets = _assets(archive)
    if name in ("", "index.html"):
        return _html(frame_html(assets), archive, ancestors="'self'")
    folder = archive.options.player
    if name == "sw.js":
        # In the worker's own file, so that the policy sent with that file applies to it.
        local = Path(folder, "sw.js").read_bytes() if _is_folder(folder) else worker_js(assets).encode()
        said = f"default-src 'none'; connect-src 'self'; script-src {_source(archive)} 'unsafe-eval'"
        return _script(local, said)
    if name in FILES and _is_folder(folder):
        return _script(Path(folder, name).read_bytes(), "default-src 'none'")
    raise HttpError(404, "no such file")


def _assets(archive: Archive) -> str:
    return "/player" if _is_folder(archive.options.player) else archive.options.player


def _is_folder(player: str) -> bool:
    return not player.startswith(("https://", "http://"))


def _source(archive: Archive) -> str:
    """The source expression (CSP 3) of the player's scripts: this origin, or the place that it is linked from."""
    return "'self'" if _is_folder(archive.options.player) else f"'self' {archive.options.player}/"


def _html(body: str, archive: Archive, *, ancestors: str) -> Response:
    policy = (
        f"default-src 'none'; script-src {_source(archive)}; style-src 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; frame-src 'self'; worker-src 'self'; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors {ancestors}"
    )
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
    ]
    return Response(200, headers, body.encode("utf-8", "replace"), Policy.PLAYER)


def _script(data: bytes, policy: str) -> Response:
    headers = [
        ("Content-Type", "text/javascript; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Cache-Control", "public, max-age=3600"),
    ]
    return Response(200, headers, data, Policy.PLAYER)
