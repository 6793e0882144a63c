"""Every command explains itself, in its help and in docs/cli.md, with examples that work."""

import importlib
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path

import click
import duckdb
import pytest
from tests.cli.conftest import LATER, Run
from tests.conftest import Aws
from tests.factories import article_html, fill, make_capture
from tests.odd.records import arc_records, http, members, wacz, warc

from pressmark.access.keys import keyfile
from pressmark.access.keys.key import Scope, make
from pressmark.access.keys.keyfile import BucketKeyFile
from pressmark.cli.root import SECTIONS, cli
from pressmark.clock import REAL
from pressmark.queues.capture import Queue
from pressmark.queues.message import Delivery

ROOT = Path(__file__).parents[2]

DOCS = "\n".join(
    path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)

NAMES = cli.list_commands(click.Context(cli))

WAITS = {"replay", "local", "serve", "web"}
"""Commands that go on until they are interrupted: their own tests run them."""


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def parameters(name: str) -> list[click.Parameter]:
    """The options and arguments of a command, and of its subcommands."""
    found = command(name)
    below = found.commands.values() if isinstance(found, click.Group) else ()
    return [parameter for each in (found, *below) for parameter in each.params]


def examples(name: str) -> list[str]:
    """The example lines of a command's help."""
    _, _, text = (command(name).help or "").partition("Examples:")
    return [line.strip() for line in text.splitlines() if "pressmark " in line]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_examples_and_a_place(name: str) -> None:
    found = command(name)
    assert not found.get_short_help_str(80).endswith("..."), (
        "its first sentence is too long for the list of commands"
    )
    assert found.get_short_help_str(80)
    assert examples(name), f"pressmark {name} --help has no examples"
    for parameter in parameters(name):
        if isinstance(parameter, click.Option):
            assert parameter.help, f"pressmark {name}: {parameter.name} has no help"
    module = importlib.import_module(f"pressmark.cli.commands.{name}{'_' * iskeyword(name)}")
    assert module.SECTION in SECTIONS


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_is_in_the_docs(name: str) -> None:
    _, found, rest = DOCS.partition(f"\n## pressmark {name}\n")
    assert found, f"docs/cli.md has no section '## pressmark {name}'"
    section = rest.partition("\n## ")[0]
    for parameter in parameters(name):
        if isinstance(parameter, click.Option) and parameter.name not in (
            "stack",
            "profile",
            "region",
            "archive",
        ):
            assert any(option in section for option in parameter.opts), (
                f"docs/cli.md: {name} {parameter.opts}"
            )


def left(aws: Aws) -> int:
    """Dead letters that an example before has left."""
    name = "ApproximateNumberOfMessages"
    sqs = aws.client("sqs")
    said = sqs.get_queue_attributes(QueueUrl=aws.dead_letter_queue_url, AttributeNames=[name])
    return int(said["Attributes"][name])


def prepare(aws: Aws, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Lay out what the examples speak of."""
    monkeypatch.setenv("PRESSMARK_WATCH_GROUP", "default")
    monkeypatch.setenv("PRESSMARK_WATCH_ROLE_ARN", "arn:aws:iam::123456789012:role/watch")
    monkeypatch.setenv("PRESSMARK_QUEUE_ARN", aws.stack.event_source.queue_arn)
    Path("urls.txt").write_text("https://example.com/news/1\nhttps://example.com/news/2\n")
    Path("page.html").write_text(LATER)
    for name in ("old", "collections"):
        Path(name).mkdir()
    Path("crawl.warc.gz").write_bytes(members(warc()))
    Path("session.wacz").write_bytes(wacz({"data.warc.gz": members(warc(date="2026-11-02"))}))
    Path("old/1997.arc.gz").write_bytes(members(*arc_records(("http://odd.example/", http()))))
    Path("collections/plain.warc").write_bytes(warc())
    page = "https://example.com/bridge"
    there = aws.client("dynamodb").query(
        TableName=aws.table,
        KeyConditionExpression="site = :site AND begins_with(capture, :page)",
        ExpressionAttributeValues={":site": {"S": "com,example"}, ":page": {"S": "com,example)/bridge "}},
    )
    if not there["Items"]:  # an example before may have deleted it
        text = "The bridge is open again, the mayor said on Monday. " * 4
        html = article_html(section="Roads", tags=["harbour"], text=text)
        fill(aws, [make_capture(page, html=html)])
        assert run("catalog", "update").exit_code == 0
    queue = Queue(aws.client("sqs"), aws.queue_url, aws.dead_letter_queue_url)
    for number in range(3 - left(aws)):
        queue.give_up(Delivery(f"{number}", "https://example.com/news/1", ""), "read-timeout", "too slow")
    made = make("somebody", scopes=Scope, daily_limit=1, at=REAL.now())
    file = BucketKeyFile(aws.client("s3"), aws.bucket)
    if not keyfile.every(file):
        keyfile.add(file, replace(made, key=replace(made.key, id="abcdefgh23456789")))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - WAITS))
def test_the_examples_work(
    name: str, run: Run, deployed: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(deployed, monkeypatch, run)
    for line in examples(name):
        words = shlex.split(line.rpartition("|")[2] if line.startswith("grep") else line.partition(" | ")[0])
        words = words[: words.index(">")] if ">" in words else words
        assert words[0] == "pressmark", line
        if name == "push" and "--archive" in words:
            continue  # tests/cli/test_push_here.py runs a real one
        if "--sitemap" in words:
            continue  # so does it, with a site of its own
        if name == "redrive":
            words += ["--limit", "1"]  # something is left for the next example
        result = run(*words[1:], stdin="https://example.com/stdin\n")
        assert result.exit_code == 0 or (name == "diff" and result.exit_code == 1), f"{line}\n{result.output}"


@pytest.mark.slow
def test_the_help_is_there_at_once() -> None:
    """None of the libraries that take their time is imported for it."""
    code = (
        "import sys; from pressmark.cli.root import run; code = run(['--help'])\n"
        "slow = {'boto3', 'rich', 'lxml', 'bs4', 'sqlite3', 'moto', 'duckdb', 'warcio'} & set(sys.modules)\n"
        "sys.exit(f'imported: {slow}' if slow else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for section in SECTIONS:
        assert re.search(rf"^{section}:", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("line", re.findall(r"^    (?:\.venv/bin/)?(pressmark .*)$", DOCS, re.MULTILINE))
def test_the_examples_in_the_docs_work(
    line: str, run: Run, deployed: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(deployed, monkeypatch, run)
    monkeypatch.setenv("URL", "https://example.com/news/1")  # README takes it off a listing
    words = shlex.split(os.path.expandvars(line))
    if WAITS & set(words[:4]):
        pytest.skip("goes on until it is interrupted; its own tests run it")
    if {"push", "--archive"} <= set(words):
        pytest.skip("asks the site itself; tests/cli/test_push_here.py does that with a site on loopback")
    result = run(*words[1:], stdin="https://example.com/stdin\n")
    assert result.exit_code == 0 or ("diff" in words and result.exit_code == 1), result.output


def test_the_question_to_a_parquet_file_in_the_docs_works(run: Run, folder: Path) -> None:
    (question,) = re.findall(r'^    duckdb -c "(.*)"$', DOCS, re.MULTILINE)
    run("export", "-o", "archive.parquet", "--archive", folder)
    assert ("The ferry is very late",) in [row[:1] for row in duckdb.sql(question).fetchall()]
