"""A terminal shows what strangers wrote and obeys none of it, whichever command prints; a pipe gets it as it was."""

import ast
import csv
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.forks import MAIN, on_terminal
from tests.factories import NOON, fill_folder, make_capture
from tests.sources import nodes, tree

import pressmark
from pressmark.warc.event import Capture

URL = "https://example.com/news/1"

ATTACKS = {
    "colour": "\x1b[38;5;201mpink",
    "clipboard": "\x1b]52;c;cHdu\x07",
    "link": "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "C1": "\x9b31mred\x85\x90\x9d52;c;cHdu\x9c",
    "bidi": "\u202egpj.exe\u2066\u200f\u061c",
    "others": "\x7f\x00\x08\x0b\x0c\ufeff",
    "line": "\rfirst column",
    "half": "\ud800\udcff",
}
HOSTILE = "".join(ATTACKS.values())

_OF_RICH = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|\d*[AK])|\r+\n|\r(?=\x1b\[(?:2K|1A))")
"""Styles and movements that rich may write; of colours none that the attacks use."""

_COMMANDS_A_TERMINAL_OBEYS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

_DRIVER = """
import json, sys
from pressmark import clock
from pressmark.cli.root import cli
from pressmark.cli.terminal import guard_streams
guard_streams()
for arguments in json.loads(sys.argv[1]):
    try:
        cli([argument.encode().decode("unicode_escape") if "\\\\" in argument else argument for argument in arguments],
            prog_name="pressmark")
    except SystemExit as ended:
        print("==", json.dumps(arguments), ended.code, flush=True)
"""


def _capture(number: int) -> Capture:
    html = (
        f"<title>{HOSTILE}</title><h1>Ferry {HOSTILE}</h1><p>{'The ferry sank. ' * 40}{HOSTILE} {number}</p>"
    )
    capture = make_capture(
        URL,
        at=NOON + timedelta(days=number),
        html=html.encode("utf-8", "surrogatepass"),
        labels=[f"label{HOSTILE}"],
        note=f"note {HOSTILE}",
        headers=[("X-Odd", "\x1b[38;5;201mpink\x9b31m")],
    )
    assert capture.article is not None
    # As WARC files of others may have it: nothing that our own reader would let through.
    capture.article |= {
        "title": f"Ferry {HOSTILE} {number}",
        "section": HOSTILE,
        "authors": [HOSTILE],
        "tags": [HOSTILE],
    }
    capture.text = f"The ferry sank {number}. {HOSTILE}\n" * 20
    return capture


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of hostile values, with a damaged file and one of a hostile name that is not UTF-8."""
    folder = tmp_path_factory.mktemp("hostile")
    archive = folder / "archive"
    failed = make_capture("https://example.com/gone", status=0, error=f"not-found{ATTACKS['colour']}")
    files = fill_folder(archive, [_capture(0), failed], [_capture(1)])
    name = os.fsencode("odd\x1b[38;5;201mpink\u202e.warc.gz") + b"\xff.warc.gz"
    damaged = files[0].read_bytes()[:-40] + b"not gzip"
    Path(os.fsdecode(os.fsencode(archive) + b"/" + name)).write_bytes(damaged)
    (folder / "page.html").write_bytes(
        f"<title>{HOSTILE}</title><p>{HOSTILE}{'The ferry sank. ' * 40}</p>".encode("utf-8", "surrogatepass")
    )
    (folder / "urls\x1b[38;5;201m.txt").write_text(
        f"http://example.com/{ATTACKS['colour']}\n{ATTACKS['clipboard']}\nftp://{ATTACKS['bidi']}\n"
    )
    (folder / "feed.xml").write_bytes(
        f"<rss><item><link>ftp://{ATTACKS['bidi']}{ATTACKS['C1']}</link></item></rss>".encode()
    )
    return folder


ESCAPED = r"\x1b[38;5;201mpink\x9b31m\u202e"
"""An argument with commands for the terminal, as the driver reads it."""

COMMANDS = [
    *(["list", "--limit", "0", "--format", form] for form in ("table", "jsonl", "csv", "tsv", "urls")),
    *(["show", URL, "--format", form] for form in ("table", "jsonl")),
    *(["get", URL, option] for option in ("--text", "--metadata", "--headers", "--raw", "--warc")),
    ["get", URL],
    *(["failures", "--since", "90d", "--format", form] for form in ("table", "jsonl", "csv", "tsv", "urls")),
    *(["search", "ferry", "--format", form] for form in ("table", "jsonl")),
    *(["stats", "--format", form] for form in ("table", "jsonl")),
    *(["diff", URL, "--format", form] for form in ("table", "jsonl")),
    ["verify"],
    ["verify", "--json"],
    ["rebuild"],
    *(["export", "--format", form] for form in ("cdxj", "cdx", "csv", "jsonl")),
    ["export", URL, "--format", "timemap"],
    *(["extract", "page.html", option] for option in ("--text", "--json", "--format=table")),
    ["push", "--check", "--file", r"urls\x1b[38;5;201m.txt"],
    ["push", "--check", "--feed", "feed.xml"],
    ["push", "--check", f"http://example.com/{ESCAPED}", ESCAPED],
    ["show", f"https://example.com/{ESCAPED}"],
    ["list", "--label", ESCAPED, "--from", ESCAPED],
    ["list", f"--{ESCAPED}"],
    [ESCAPED],
    ["extract", ESCAPED],
    ["export", "-o", f"no/{ESCAPED}", "--format", "cdxj"],
    ["get", URL, "-o", f"no/{ESCAPED}"],
    ["replay", "--player", "replayweb", "--assets", ESCAPED],
    ["list", "--archive", ESCAPED],
]


def program_on_terminal(folder: Path, term: str, code: str, *arguments: str) -> tuple[int, str]:
    """Run Python with a terminal for its streams; return its exit code and what it wrote."""
    left = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PRESSMARK_"))}
    said = {
        "TERM": term,
        "PRESSMARK_ARCHIVE": "archive",
        "PYTHONPATH": str(Path(pressmark.__file__).parents[1]),
        "COLUMNS": "100",
    }
    return on_terminal(code, *arguments, cwd=folder, env=left | said, fresh=True)


@pytest.mark.slow
@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_no_command_lets_a_strangers_text_reach_the_terminal_raw(hostile: Path, term: str) -> None:
    code, said = program_on_terminal(hostile, term, _DRIVER, json.dumps(COMMANDS))
    assert code == 0, said[-2000:]
    parts = re.split(r"(?m)^== (.*)\r\n", said)
    named = {
        json.dumps(json.loads(end.rpartition(" ")[0])): text
        for text, end in zip(parts[::2], parts[1::2], strict=False)
    }
    assert len(named) == len(COMMANDS)
    assert "Traceback" not in said
    for command, text in named.items():
        assert "\x1b[38;5;201m" not in text, command
        found = _COMMANDS_A_TERMINAL_OBEYS.search(_OF_RICH.sub("\n", text))
        assert found is None, (command, found, text[max(0, found.start() - 200) : found.end() + 200])
    for shown in ('["show"', '["get"', '["list"', '["extract"', '["verify"]', '["push"'):
        assert any(
            r"\x1b" in text or r"\u001b" in text
            for command, text in named.items()
            if command.startswith(shown)
        ), shown


@pytest.mark.slow
def test_a_file_gets_what_a_page_says_to_the_letter(hostile: Path) -> None:
    def piped(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pressmark.cli", *arguments],
            cwd=hostile,
            env={**os.environ, "PRESSMARK_ARCHIVE": "archive"},
            capture_output=True,
            check=False,
        )
        return done.stdout.decode()

    title = json.loads(piped("show", URL, "--json"))["title"]
    assert title.startswith("Ferry \x1b[38;5;201mpink")
    (row,) = [
        row
        for row in csv.DictReader(io.StringIO(piped("list", "--latest", "--format", "csv"), newline=""))
        if row["url"] == URL
    ]
    assert row["title"] == title.encode("utf-8", "backslashreplace").decode()


SOURCES = Path(pressmark.__file__).parent
THE_PLACE = SOURCES / "cli" / "terminal.py"


@pytest.mark.slow
def test_no_module_goes_round_the_one_that_guards_terminals() -> None:
    """No stream but sys.stdout and sys.stderr, which are guarded, and no console of rich's own."""
    faults = []
    for path in SOURCES.rglob("*.py"):
        if path == THE_PLACE:
            continue
        for node in nodes(path):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) and node.attr.startswith("__") else ""
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            opened = called in ("open", "os.write", "os.fdopen", "io.open") and ast.unparse(node).startswith(
                (f"{called}(1,", f"{called}(2,", f"{called}('/dev/tty'")
            )
            if (
                opened
                or name in ("sys.__stdout__", "sys.__stderr__")
                or called.rpartition(".")[2] in ("Console", "echo_via_pager", "pager")
                or called in ("help", "breakpoint")
            ):
                faults.append(f"{path.relative_to(SOURCES)}:{node.lineno}: {ast.unparse(node)}")  # type: ignore[attr-defined]
    assert faults == []


def test_the_program_itself_guards_its_streams(hostile: Path) -> None:
    code, said = program_on_terminal(hostile, "dumb", MAIN, "list", "--limit", "0", "--format", "csv")
    assert code == 0
    assert r"\x1b]52" in said
    assert _COMMANDS_A_TERMINAL_OBEYS.search(said.replace("\r\n", "\n")) is None


_UNFORESEEN = """
import sys
{guard}
import json, logging, threading, traceback, warnings
hostile = json.loads(sys.argv[1])
class Odd:
    def __del__(self):
        raise ValueError(hostile)
def fail():
    raise ValueError(hostile)
Odd()
warnings.warn(hostile)
logging.getLogger("any").warning("%s", hostile)
logging.basicConfig(format="%(message)s")
logging.getLogger("any").error(hostile)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
try:
    fail()
except ValueError:
    traceback.print_exc()
print(hostile, file=sys.stderr)
sys.stdout.write(hostile)
sys.stdout.writelines([hostile])
sys.stdout.buffer.write(hostile.encode("utf-8", "backslashreplace"))
help(type("Odd", (), {{"__doc__": hostile}}))
fail()
"""
_GUARD = "from pressmark.cli.terminal import guard_streams; guard_streams()"


@pytest.mark.slow
def test_nothing_unforeseen_reaches_a_terminal_raw_either(tmp_path: Path) -> None:
    """Tracebacks, in threads and at the end, warnings, logging, and text and bytes written past our own functions."""

    def found(guard: str) -> tuple[str, re.Match[str] | None]:
        program = _UNFORESEEN.format(guard=guard)
        code, said = program_on_terminal(tmp_path, "dumb", program, json.dumps(HOSTILE))
        assert code == 1
        return said, _COMMANDS_A_TERMINAL_OBEYS.search(said.replace("\r\n", "\n"))

    said, raw = found(_GUARD)
    assert raw is None, (raw, said[max(0, raw.start() - 200) : raw.end() + 200])
    assert said.count(r"\x1b]52") >= 10
    assert r"\x1b[35m" not in said, "a traceback's own colours"
    assert found("")[1] is not None, "without the guard it does: this test sees it"


def test_every_program_guards_its_streams_first() -> None:
    scripts = tomllib.loads((SOURCES.parents[1] / "pyproject.toml").read_text())["project"]["scripts"]
    programs = {(*place.split(":"),) for place in scripts.values()}
    programs.add(("pressmark.cli", "main"))
    found = {
        ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts)
        for path in SOURCES.rglob("*.py")
        if path.name == "__main__.py" or '__name__ == "__main__"' in path.read_text()
    }
    # What is started with other streams than a terminal's, or only calls one of these.
    others = {"pressmark.local.environment", "pressmark.reading.process", "pressmark.cli.__main__"}
    assert found - others <= {name for name, _ in programs}
    for module, name in programs:
        path = SOURCES.parent.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        (function,) = [
            each for each in tree(path).body if isinstance(each, ast.FunctionDef) and each.name == name
        ]
        first = next(
            each
            for each in function.body
            if not (isinstance(each, ast.ImportFrom) and each.module == "pressmark.cli.terminal")
            and not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        )
        assert ast.unparse(first) == "guard_streams()", f"{module}:{name}"
