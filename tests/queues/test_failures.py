"""docs/failures.md lists every code there is, and none there is not."""

import ast
import re
from pathlib import Path

from tests.sources import nodes

from pressmark.clock import REAL
from pressmark.errors import PermanentError, TransientError
from pressmark.http.exchange import Exchange
from pressmark.http.fetcher import STATUS_CODES, status_error
from pressmark.queues.deadletters import MOVED_BY_SQS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DOC = (DOCS / "failures.md").read_text(encoding="utf-8").partition("\n## Failures as a metric")[0]
RAISERS = {"PermanentError", "TransientError", "kind", "_invalid", "fail"}


def codes_in_source() -> set[str]:
    """First arguments of what makes errors, and every ``code=``."""
    found = {MOVED_BY_SQS, *STATUS_CODES.values()}
    for path in (ROOT / "src" / "pressmark").rglob("*.py"):
        for node in nodes(path):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if name in RAISERS:
                values += node.args[:1]
            found |= {
                value.value
                for value in values
                if isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and re.fullmatch("[a-z]+(-[a-z0-9]+)+", value.value)
            }
    return found


def codes_in_doc() -> set[str]:
    cells = (cell for line in DOC.splitlines() if line.startswith("|") for cell in line.split("|")[1:3])
    return {code for cell in cells for code in re.findall(r"`([a-z]+(?:-[a-z0-9]+)*)`", cell)}


def test_every_code_is_documented() -> None:
    assert codes_in_source() - codes_in_doc() == set()


def test_every_documented_code_exists() -> None:
    assert codes_in_doc() - codes_in_source() - {"obey"} == set()


def test_the_table_of_statuses_says_what_the_code_does() -> None:
    checked = set()
    for line in DOC.split("## What the server said")[1].split("##")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 3 or not cells[0][:1].isdigit():
            continue
        code, again = cells[1].strip("`"), cells[2]
        for first, last in re.findall(r"(\d{3})(?:–(\d{3}))?", cells[0]):
            for status in range(int(first), int(last or first) + 1):
                exchange = Exchange("http://a.example/", REAL.now(), status=status)
                error = status_error(exchange, REAL.now())
                exchange.body.close()
                assert error is not None
                assert error.code == code, status
                assert isinstance(
                    error, TransientError if again.startswith("transient") else PermanentError
                ), status
                checked.add(status)
    assert {403, 404, 410, 429, 500, 503} <= checked
