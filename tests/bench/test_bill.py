"""The whole bill: what the template makes, counted, and docs/cost.md held against it."""

import json
from typing import Any

import pytest
from bench.cost import tables
from bench.run import FIGURES

from bench import bill
from pressmark.local.template import ROOT


def dollars(lines: list[bill.Line]) -> dict[str, float]:
    return {line.what: line.dollars for line in lines}


@pytest.fixture(scope="module")
def items() -> dict[str, float]:
    found: dict[str, float] = json.loads(FIGURES.read_text())["counted"]["items"]
    return found


@pytest.mark.slow
def test_the_page_about_costs_has_what_the_code_computes() -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert [title for title, table in tables().items() if table not in page] == []


def test_an_idle_stack_costs_less_than_a_dollar_a_month(template: dict[str, Any]) -> None:
    assert sum(dollars(bill.idle(bill.Deployment(template))).values()) < 1


def test_what_is_asked_for_is_on_the_bill(template: dict[str, Any]) -> None:
    plain = dollars(bill.idle(bill.Deployment(template)))
    shown = dollars(bill.idle(bill.Deployment(template, DashboardWanted="yes")))
    verified = dollars(bill.idle(bill.Deployment(template, VerifySchedule="rate(1 day)")))

    assert shown == {**plain, "dashboard": 3.0}
    assert verified["alarms"] == pytest.approx(plain["alarms"] + 0.2)


def test_keys_that_are_paid_for_are_on_the_bill(template: dict[str, Any]) -> None:
    found = bill.Deployment(template, KmsKeyArn="arn:aws:kms:eu-central-1:123456789012:key/1")

    assert any("KMS" in line.what for line in bill.idle(found))


def test_files_below_128_kb_are_not_moved_nor_paid_for_as_moved(
    template: dict[str, Any], items: dict[str, float]
) -> None:
    found = bill.Deployment(template)

    assert any("moving" in line.what for line in bill.a_year(found, items, pages_a_file=2))
    assert not any("moving" in line.what for line in bill.a_year(found, items, pages_a_file=1))
    kept = bill.Deployment(template, StorageClass="STANDARD")
    assert not any("moving" in line.what for line in bill.a_year(kept, items, pages_a_file=10))


def test_every_value_of_a_dimension_is_a_metric_to_be_paid_for() -> None:
    assert bill.custom_metrics("pressmark/crawl/telemetry.py") == 4 + 5
    assert bill.custom_metrics("handler/verify.py") == 2


def test_access_over_http_costs_its_alarms_and_nothing_where_it_is_not_wanted(
    template: dict[str, Any],
) -> None:
    without, served = bill.Deployment(template), bill.Deployment(template, AccessWanted="yes")

    assert served.alarms() - without.alarms() == 3
    assert [len(each.of_type("AWS::Serverless::Function")) for each in (without, served)] == [2, 4]
