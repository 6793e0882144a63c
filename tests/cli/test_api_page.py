"""docs/api.md: its examples, run as they stand there, one after the other."""

import doctest
import re
from pathlib import Path

import pytest
from tests.conftest import Aws

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.mark.slow
def test_the_examples_give_what_the_page_says(deployed: Aws, folder: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []

    result = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)

    assert result.attempted > 20, "the page's examples were not found"
    assert result.failed == 0, "".join(said)
