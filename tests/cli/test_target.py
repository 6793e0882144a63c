"""Which archive is meant, and one clear line where there is no way in."""

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.conftest import Aws

from pressmark.local.account import CREDENTIALS, REGION

PAGE = "https://example.com/"


def test_no_credentials_is_one_line_and_a_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PRESSMARK_TABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    result = run("list")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "no AWS credentials" in result.stderr
    assert "--archive DIR" in result.stderr


def test_no_region_is_one_line_and_a_code(run: Run) -> None:
    result = run("list")
    assert (result.exit_code, result.stderr) == (
        3,
        "pressmark: no AWS region (give --region, set AWS_REGION, or give --archive DIR for a folder of this "
        "machine)\n",
    )


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION"])
def test_an_endpoint_that_is_no_address_is_one_line_and_a_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name, value in {**CREDENTIALS, "AWS_REGION": REGION, variable: "nonsense"}.items():
        monkeypatch.setenv(name, value)
    result = run("list")
    assert (result.exit_code, result.stderr) == (
        3,
        f"pressmark: {variable} is not an address such as http://localhost:5000: Invalid endpoint: nonsense\n",
    )


def test_an_endpoint_in_a_profile_that_is_no_address_is_one_line_and_a_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = tmp_path / "config"
    settings.write_text("[profile desk]\nendpoint_url = nonsense\n")
    for name, value in {**CREDENTIALS, "AWS_REGION": REGION, "AWS_CONFIG_FILE": str(settings)}.items():
        monkeypatch.setenv(name, value)
    result = run("list", "--profile", "desk")
    assert (result.exit_code, result.stderr) == (
        3,
        "pressmark: endpoint_url of the AWS profile 'desk' is not an address such as http://localhost:5000: "
        "Invalid endpoint: nonsense\n",
    )


def test_an_unknown_profile_is_one_line_and_a_code(run: Run) -> None:
    result = run("list", "--profile", "nobody")
    assert result.exit_code == 3
    assert "nobody" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture
def stack(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """A deployed stack with the outputs that template.yaml declares, and nothing in the environment but AWS."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": aws.server.endpoint}.items():
        monkeypatch.setenv(name, value)
    outputs = {
        "TableName": aws.table,
        "BucketName": aws.bucket,
        "QueueUrl": aws.queue_url,
        "DeadLetterQueueUrl": aws.dead_letter_queue_url,
    }
    name = f"outputs-of-{aws.stack.name}"
    aws.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=_template(outputs),
    )
    return name


def _template(outputs: dict[str, str]) -> str:
    import json

    return json.dumps(
        {
            "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
        }
    )


@pytest.mark.slow
def test_the_stack_is_found_by_its_name(run: Run, stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run("list", PAGE, "--stack", stack)
    assert (result.exit_code, result.stderr) == (1, f"pressmark: stack {stack}: no such capture\n")
    assert run("--stack", stack, "list", PAGE).stderr == result.stderr
    monkeypatch.setenv("PRESSMARK_STACK", stack)
    assert run("list", PAGE).stderr == result.stderr
    monkeypatch.delenv("PRESSMARK_STACK")
    Path("samconfig.toml").write_text(f'[default.global.parameters]\nstack_name = "{stack}"\n')
    assert run("list", PAGE).stderr == result.stderr


def test_a_stack_that_is_not_there_is_one_line_and_a_code(run: Run, stack: str) -> None:
    result = run("list")
    assert result.exit_code == 3
    assert f"no stack 'pressmark' in {REGION}" in result.stderr
    assert "sam deploy" in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_outputs_asked_for_are_those_of_the_template(template: dict[str, object]) -> None:
    assert {"TableName", "BucketName", "QueueUrl", "DeadLetterQueueUrl"} <= set(template["Outputs"])  # type: ignore[call-overload]


def test_a_folder_comes_from_the_option_or_the_variable(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = run("list", "--archive", folder)
    assert listed.exit_code == 0
    assert run("--archive", folder, "list").stdout == listed.stdout
    monkeypatch.setenv("PRESSMARK_ARCHIVE", str(folder))
    assert run("list").stdout == listed.stdout
    assert run("list", "--stack", "x").exit_code == 3  # said on the command line, it wins


@pytest.mark.parametrize("arguments", [["list"], ["verify"], ["push", PAGE], ["local"]], ids=" ".join)
def test_a_file_in_the_place_of_the_folder_is_one_line_and_a_code(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    file = tmp_path / "page.warc.gz"
    file.write_bytes(b"")
    told = (3, f"pressmark: {file} is a file, not an archive folder\n")
    result = run(*arguments, "--archive", file)
    assert (result.exit_code, result.stderr) == told
    monkeypatch.setenv("PRESSMARK_ARCHIVE", str(file))
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == told


def test_two_archives_at_once_are_refused(run: Run, folder: Path) -> None:
    assert run("list", "--archive", folder, "--stack", "x").exit_code == 2


def test_a_folder_that_is_not_there_is_one_line_and_a_code(run: Run) -> None:
    result = run("list", "--archive", "nowhere")
    assert (result.exit_code, result.stderr) == (
        3,
        "pressmark: nowhere: no such archive folder (pressmark push --archive makes one)\n",
    )
