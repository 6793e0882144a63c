"""Numbers in sentences."""

import pytest

from pressmark.text import counted


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1000, "1,000 rows")]
)
def test_one_is_singular_and_all_else_plural(number: int, written: str) -> None:
    assert counted(number, "row") == written
