"""docs/catalog.md has the columns that the code has."""

import re

from tests.docs.pages import ROOT

from pressmark.archive import rows
from pressmark.catalog import schema
from pressmark.export.tables import COLUMNS

PAGE = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")


def test_the_page_lists_each_column_with_its_type_and_the_version() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| ([A-Z][^|]*) \|", PAGE, re.MULTILINE))
    assert listed == {**schema.COLUMNS, schema.PARTITION: "VARCHAR"}
    assert f"The version of this table is {schema.VERSION}." in PAGE


def test_every_column_of_an_export_and_every_cut_attribute_is_a_column() -> None:
    assert (COLUMNS.keys() | rows.LIMITS.keys()) - schema.COLUMNS.keys() == set()
