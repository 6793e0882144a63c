"""The table that Athena is told of is the one that the code writes."""

from typing import Any

from tests.template.resolving import Resolver

from pressmark.catalog import naming, schema
from pressmark.catalog.naming import MINUTES

HIVE = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp",
    "VARCHAR[]": "array<string>",
    "MAP(VARCHAR, VARCHAR)": "map<string,string>",
}
"""Athena's name of each type (Athena user guide, "Data types in Amazon Athena")."""


def table(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["CatalogTableOfGlue"]["Properties"]["TableInput"]
    return found


def test_athena_is_told_of_every_column_with_its_type(template: dict[str, Any]) -> None:
    told = [(each["Name"], each["Type"]) for each in table(template)["StorageDescriptor"]["Columns"]]
    assert told == [(name, HIVE[kind]) for name, kind in schema.COLUMNS.items()]
    assert table(template)["PartitionKeys"] == [{"Name": schema.PARTITION, "Type": "string"}]


def test_athena_looks_where_the_files_are(template: dict[str, Any]) -> None:
    said = str(table(template)["Parameters"]["storage.location.template"])
    assert f"/{naming.PREFIX}{schema.PARTITION}=" in said


def test_the_minutes_of_a_group_are_those_that_the_code_knows(template: dict[str, Any]) -> None:
    allowed = template["Parameters"]["CatalogMinutes"]["AllowedValues"]
    assert tuple(map(int, allowed)) == MINUTES


def test_the_open_table_is_kept_by_one_function_whose_library_no_other_loads(
    template: dict[str, Any],
) -> None:
    layers = {
        name: str(each["Properties"].get("Layers"))
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    assert [name for name, said in layers.items() if "CatalogLibraries" in said] == ["CatalogFunction"]


def test_its_alarms_are_made_only_where_somebody_hears_of_them(template: dict[str, Any]) -> None:
    def is_made(name: str, **parameters: str) -> bool:
        return Resolver(template, "archive", parameters).condition(template["Resources"][name]["Condition"])

    mailed = {"AlarmEmail": "a@example.com"}
    for name in ("CatalogErrorAlarm", "CatalogBehindAlarm"):
        assert not is_made(name)
        assert is_made(name, **mailed)
        assert not is_made(name, **mailed, CatalogSchedule="")
