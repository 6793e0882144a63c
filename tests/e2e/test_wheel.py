"""The wheel, installed away from the checkout: what the command line reads beside its code is in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests import foreign

pytestmark = pytest.mark.e2e

CODE = """
import pathlib, sys
import pressmark
from pressmark.local import template
assert pathlib.Path(pressmark.__file__).is_relative_to(sys.argv[1]), pressmark.__file__
assert template.TEMPLATE.is_relative_to(sys.argv[1]), template.TEMPLATE
assert "CaptureFunction" in template.load()["Resources"]
"""


def test_an_installed_command_has_the_template_it_makes_its_aws_from(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    foreign.run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, foreign.ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    foreign.run(*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", installed, wheel)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(installed)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = subprocess.run(
        [sys.executable, "-m", "pressmark.cli", "--version"], cwd=tmp_path, env=environment, check=False
    )
    assert told.returncode == 0
