"""Runs pywb on the archive as it is: the index comes from our CDX server, the bytes from the bucket or folder."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from pressmark.errors import PressmarkError

COLLECTION = "pressmark"

START_SECONDS = 30.0


def find_wayback(environment: Mapping[str, str]) -> Path:
    """Return pywb's ``wayback`` command: PRESSMARK_WAYBACK, one on PATH, or the one that ``make tools`` installs.

    Raises PressmarkError, which says how to install it, if there is none.
    """
    named = environment.get("PRESSMARK_WAYBACK")
    places = [named, shutil.which("wayback", path=environment.get("PATH")), ".tools/replay/bin/wayback"]
    places.append(str(Path(__file__).parents[3] / ".tools" / "replay" / "bin" / "wayback"))
    for place in places:
        if place and os.access(place, os.X_OK):
            return Path(place).absolute()
    raise PressmarkError(
        "pywb is not installed: pipx install pywb && pipx inject pywb boto3 (or make tools, in a checkout)"
    )


def configuration(*, index: str, archive: str, files: str = "") -> str:
    """Return pywb's config.yaml.

    index: address of a CDX server. archive: ``s3://bucket/`` or a folder. files: address that serves the files which
    pywb cannot open there by itself.
    """
    places = [archive.rstrip("/") + "/", *([files] if files else [])]  # pywb wants the slash
    collections = {COLLECTION: {"index_paths": f"cdx+{index}", "archive_paths": places}}
    # JSON is YAML, and quotes any name that a folder may have.
    return json.dumps({"collections": collections, "framed_replay": True, "enable_auto_fetch": False})


class Pywb:
    """pywb, which runs within its ``with`` block. url: where the archive is shown."""

    def __init__(self, wayback: Path, folder: Path, *, port: int, environment: Mapping[str, str]) -> None:
        """folder: holds config.yaml, and takes what pywb writes."""
        self._command = [str(wayback), "--bind", "127.0.0.1", "--port", str(port)]
        self._folder = folder
        self._environment = dict(environment)
        self._port = port
        self.log = folder / "pywb.log"
        self.url = f"http://127.0.0.1:{port}/{COLLECTION}/"  # not localhost: that is the archive's own (pressmark web)

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the player that was found
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        said = self.log.read_text(errors="replace").strip().splitlines()
        raise PressmarkError(
            f"pywb did not start on port {self._port}: {said[-1] if said else 'it said nothing'}"
        )

    def wait(self, seconds: float) -> bool:
        """Wait until pywb ends, or for some seconds; return whether it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None


def free_port(wanted: int) -> int:
    """Return ``wanted`` if nobody listens there, else a port that is free. Raises PressmarkError if none is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PressmarkError("no port is free")
