"""How sam builds packages: packaging/, with a package of one module in the place of ours. Nothing is downloaded."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pressmark.local.template import ROOT

ARCHITECTURES = ("arm64", "x86_64")


def source_in(folder: Path) -> Path:
    """A package's source, as sam copies it: what Python left behind is in it."""
    folder = folder / "a space" / "source"
    (folder / "paper" / "__pycache__").mkdir(parents=True)
    (folder / "requirements.txt").touch()
    (folder / "paper" / "__init__.py").write_text("INK = 'black'\n")
    (folder / "paper" / "__pycache__" / "gone.cpython-313.pyc").touch()
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return source_in(tmp_path)


def build(
    source: Path, target: str, python: Path | str = sys.executable, first_on_path: str = ""
) -> tuple[Path, int, str]:
    """Build with the makefile as sam calls it; returns the package, the exit code, and what was said."""
    made = source.with_name(target)
    made.mkdir()
    done = subprocess.run(
        ["make", "--makefile", ROOT / "packaging" / "x86_64" / "Makefile", f"build-{target}", f"PYTHON={python}"],
        cwd=source,
        env={
            **os.environ,
            "ARTIFACTS_DIR": str(made),
            "MAKEFLAGS": "",
            "PATH": f"{first_on_path}{os.pathsep}{os.environ['PATH']}".lstrip(os.pathsep),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    return made, done.returncode, done.stdout + done.stderr


def test_every_function_and_layer_is_built_with_byte_code(template: dict[str, Any]) -> None:
    built = {
        name: resource["Metadata"]
        for name, resource in template["Resources"].items()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
    }

    assert len(built) >= 5
    for name, metadata in built.items():
        assert metadata["BuildMethod"] == "makefile", name
        assert metadata["ContextPath"] == {"Fn::Sub": "packaging/${Architecture}"}, name


def test_the_makefiles_of_the_two_processors_differ_in_one_line_alone(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Architecture"]["AllowedValues"] == list(ARCHITECTURES)
    arm, intel = ((ROOT / "packaging" / name / "Makefile").read_text() for name in ARCHITECTURES)

    assert "\nARCHITECTURE := aarch64\n" in arm
    assert arm.replace("ARCHITECTURE := aarch64", "ARCHITECTURE := x86_64") == intel


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A function's package, made of a source with models of services in it."""
    folder = source_in(tmp_path_factory.mktemp("function"))
    data = folder / "botocore" / "data"
    for name in ("s3/2006-03-01", "sqs/2012-11-05", "athena/2017-05-18", "s3control/2018-08-20"):
        (data / name).mkdir(parents=True)
        (data / name / "service-2.json").touch()
    (data / "endpoints.json").touch()
    made, code, said = build(folder, "CaptureFunction")
    assert code == 0, said
    return made


@pytest.mark.slow
def test_byte_code_is_for_the_runtimes_python_whatever_the_files_times_are(
    function: Path, source: Path
) -> None:
    layer, code, said = build(source, "AccessLibraries")

    assert code == 0, said
    for made, place in ((function, "/var/task"), (layer / "python", "/opt/python")):
        compiled = (made / "paper" / "__pycache__" / "__init__.cpython-313.pyc").read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == 0b01, "PEP 552: by hash, and not checked"
        assert f"{place}/paper/__init__.py".encode() in compiled
        assert os.fsencode(made) not in compiled


@pytest.mark.slow
def test_a_package_is_made_once_for_all_functions_of_one_source(source: Path) -> None:
    first, _, _ = build(source, "CaptureFunction")
    (made,) = source.parent.glob(".package-*")
    (made / "ink.py").touch()
    second, _, said = build(source, "VerifyFunction")
    (source / "paper" / "__init__.py").write_text("INK = 'brown'\n")
    unlinked = source.parent / "bin" / "cp"
    unlinked.parent.mkdir()
    part = 'mkdir -p "$3/paper" && ln "${2%.}/paper/__init__.py" "$3/paper/" && exit 1'
    unlinked.write_text(f'#!/bin/sh\n[ "$1" != -Rl ] || {{ {part}; }}\nexec /bin/cp "$@"\n')
    unlinked.chmod(0o755)
    third, _, _ = build(source, "CatalogFunction", first_on_path=str(unlinked.parent))

    ink = "paper/__init__.py"
    assert (first / ink).samefile(second / ink), "50 MB for each function take a second to copy"
    assert {path.name for path in second.rglob("*")} - {path.name for path in first.rglob("*")} == {
        "ink.py"
    }, said
    assert "brown" in (third / ink).read_text()
    assert (third / ink).stat().st_nlink == 1, "copied where not all can be links"
    assert not (third / "ink.py").exists()


@pytest.mark.slow
def test_what_python_left_in_the_source_is_not_shipped(function: Path) -> None:
    assert list(function.rglob("gone*")) == []


def test_another_python_builds_nothing_and_says_what_to_do(source: Path) -> None:
    other = source.with_name("python-of-another-version")
    other.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 12, 4); $2"\n'
    )
    other.chmod(0o755)

    for python in (other, source / "python-that-is-not-there"):
        made, code, said = build(source, "CaptureFunction", python)
        assert code != 0
        assert "Pressmark is built with Python 3.13: put python3.13 on PATH, or use sam build" in said
        assert list(made.iterdir()) == []
        made.rmdir()


@pytest.mark.slow
def test_a_module_that_does_not_compile_fails_the_build(source: Path) -> None:
    (source / "paper" / "broken.py").write_text("def\n")

    _, code, said = build(source, "CaptureFunction")

    assert code != 0
    assert "broken.py" in said


def test_packages_have_the_models_of_the_services_that_functions_ask_and_no_others() -> None:
    """A function that makes a client of another would fail on AWS alone (botocore's UnknownServiceError)."""
    makefile = (ROOT / "packaging" / "arm64" / "Makefile").read_text()
    (kept,) = re.findall(r"^SERVICES := (.*)$", makefile, re.MULTILINE)
    asked = {
        service
        for path in (ROOT / "src").rglob("*.py")
        if not {"cli", "local"} & set(path.relative_to(ROOT).parts)
        for service in re.findall(
            r"""\b(?:create_client|client|resource)\(\s*["']([a-z0-9-]+)["']""", path.read_text()
        )
    }

    assert sorted(asked) == kept.split()


@pytest.mark.slow
def test_models_of_other_services_are_left_out_and_what_all_share_stays(function: Path) -> None:
    data = function / "botocore" / "data"
    files = {path.relative_to(data) for path in function.rglob("*.json")}

    assert {path.parts[0] for path in files} == {"s3", "sqs", "endpoints.json"}
    assert len(files) == 3


def test_the_makefiles_python_is_that_of_the_template(template: dict[str, Any]) -> None:
    makefile = (ROOT / "packaging" / "arm64" / "Makefile").read_text()
    runtimes = {
        resource["Properties"]["Runtime"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }

    assert runtimes == {"python3.13"}
    assert re.findall(r"^PYTHON := (.*)$", makefile, re.MULTILINE) == ["python3.13"]
    assert "--python-version 3.13 " in makefile
