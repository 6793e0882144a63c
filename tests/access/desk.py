"""An archive that is read with a key, and whoever gives keys out."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.access.asking import ORIGIN, ask
from tests.access.captures import NOW

from pressmark.access.app import Application
from pressmark.access.context import Archive, Mode, Options
from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Made, Scope, make
from pressmark.access.keys.keyfile import FolderKeyFile, Keys
from pressmark.access.messages import Response
from pressmark.clock import Outside

SECRET = b"s" * 32


HTML = "text/html"


@dataclass
class Desk:
    """An archive that is read with a key, and whoever gives keys out. seconds: on the server's clock."""

    archive: Archive
    folder: Path
    seconds: float = 0.0
    now: datetime = NOW
    options: Options = field(default_factory=lambda: Options(secret=SECRET, read=Mode.KEY))

    def __post_init__(self) -> None:
        self.file = FolderKeyFile(self.folder)
        self.made = self.add("reader")
        self.keys = Keys(self.file, monotonic=lambda: self.seconds)

    def add(self, name: str, *scopes: Scope, limit: int = 10) -> Made:
        made = make(name, scopes=scopes or tuple(Scope), daily_limit=limit, at=NOW)
        keyfile.add(self.file, made)
        return made

    @property
    def application(self) -> Application:
        clock = Outside(now=lambda: self.now, monotonic=lambda: self.seconds)
        return Application(replace(self.archive, options=self.options, keys=self.keys, clock=clock))

    def ask(self, target: str, **more: Any) -> Response:
        return ask(self.application, target, **more)

    def sign_in(self, made: Made | None = None, **more: str) -> Response:
        made = made or self.made
        body = urlencode({"key": made.key.id, "secret": made.secret, **more}).encode()
        return self.ask("/signin", method="POST", body=body, origin=ORIGIN, accept=HTML)

    def session(self, made: Made | None = None) -> str:
        return (self.sign_in(made).header("Set-Cookie") or "").partition(";")[0]


def low(made: Made, secret: str | None = None) -> str:
    return f"LOW {made.key.id}:{made.secret if secret is None else secret}"
