"""``make invoke``, the same by hand, and the aws commands of the documentation."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests import foreign

from pressmark.local.template import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("code", [0, 3])
def test_serve_can_last_for_as_long_as_a_command_and_saves_what_that_did(tmp_path: Path, code: int) -> None:
    """What ``make invoke`` does with sam."""
    archive, port = tmp_path / "archive", foreign.free_port()
    put = (
        "import boto3, sys; from pressmark.local.account import CREDENTIALS as c; s3 = boto3.client('s3',"
        f" endpoint_url='http://127.0.0.1:{port}', region_name=c['AWS_REGION'],"
        " aws_access_key_id=c['AWS_ACCESS_KEY_ID'], aws_secret_access_key=c['AWS_SECRET_ACCESS_KEY']);"
        " s3.put_object(Bucket=s3.list_buckets()['Buckets'][0]['Name'], Key='tombstones/told.json', Body=b'{}');"
        f" sys.exit({code})"
    )
    serve = [
        sys.executable,
        "-m",
        "pressmark.cli",
        "local",
        "serve",
        "--archive",
        str(archive),
        "--port",
        str(port),
    ]
    done = subprocess.run(
        [*serve, "--", sys.executable, "-c", put], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert (archive / "tombstones" / "told.json").read_bytes() == b"{}"
    assert "export" not in done.stdout


def test_make_invoke_runs_sam_for_this_machines_processor_against_what_serve_made() -> None:
    dry = subprocess.run(
        ["make", "-n", "invoke", "EVENT=events/x.json", "ARCHITECTURE=x86_64"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\\\n", " ")
    (invoke,) = [line for line in dry.splitlines() if "local invoke" in line]
    for words in (
        "local serve --archive archive --host 0.0.0.0 -- env PATH=",
        "--event events/x.json --env-vars events/env.json",
        "--parameter-overrides Architecture=x86_64",
    ):
        assert words in " ".join(invoke.split()), invoke


@pytest.mark.parametrize("path", ["README.md", "docs/local.md"])
def test_the_documented_sam_local_invoke_names_the_processor(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8").replace("\\\n", " ")
    found = [line for line in text.splitlines() if line.startswith("    sam local invoke")]
    assert found
    assert all("--parameter-overrides Architecture=x86_64" in line for line in found)


def test_no_documented_aws_command_has_a_url_where_its_version_1_would_fetch_it() -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages).replace("\\\n", " ")
    commands = [line for line in text.splitlines() if line.startswith("    aws ")]
    assert commands
    fetching = re.compile(r" --(?!queue-url|endpoint-url)\S+[ =]['\"]?https?://")
    assert [line for line in commands if fetching.search(line)] == []
