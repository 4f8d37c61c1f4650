"""What the measuring of the customer page stands on: valid questions, answers judged rightly, verdicts on medians."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from app.cli.demo_sources import demo_sources
from app.connectors.source_config import load_configs
from app.schema import schema
from bench.customer_page import report, vendors
from bench.customer_page.comparison import CASES, OF_VENDOR, WELL, Case, Cell, Suspicious, page_query, refuse_suspicious
from bench.customer_page.load import Measured, outcome, states_told


@pytest.mark.parametrize("remembers", [True, False])
def test_the_page_is_asked_for_live_or_content_with_what_is_remembered(remembers: bool) -> None:
    query = page_query(remembers=remembers)
    assert validate(build_schema(str(schema)), parse(query)) == []
    assert query.count('maxAge: "PT1H"') == (6 if remembers else 0)
    assert query.count("maxAge") == (6 if remembers else 0)


def test_every_source_of_the_demo_fails_in_some_case() -> None:
    keys = {key for keys in OF_VENDOR.values() for key in keys}
    assert keys == {source.key for source in demo_sources("http://nobody")}
    assert len({case.name for case in CASES}) == len(CASES)


def test_the_written_sources_are_those_of_the_demo(tmp_path: Path) -> None:
    given = demo_sources("http://127.0.0.1:1")
    file = tmp_path / vendors.SOURCES
    file.write_text("\n".join(vendors._tables(given)))
    read = load_configs(file, {})
    for name in ("key", "vendor", "name", "base_url", "settings", "locations"):
        assert [getattr(each, name) for each in read] == [getattr(each, name) for each in given]


ORDERS = {"orders": {"nodes": [{"number": "1"}]}}


def error(source: str, code: str = "SOURCE_UNAVAILABLE") -> dict[str, Any]:
    return {"extensions": {"code": code, "source": source}}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"data": {"customer": ORDERS}}, "whole"),
        ({"data": {"customer": ORDERS}, "errors": [error("sap"), error("sap")]}, "without sap"),
        (
            {"data": {"customer": ORDERS}, "errors": [error("ups", "SOURCE_TIMED_OUT"), error("sap")]},
            "without sap and ups",
        ),
        ({"data": {"customer": {"orders": {"nodes": []}}}}, "broken"),
        ({"data": {"customer": None}}, "broken"),
        ({"errors": [error("sap")]}, "broken"),
        ({"data": {"customer": ORDERS}, "errors": [{"extensions": {"code": "TIMEOUT"}}]}, "broken"),
    ],
)
def test_an_answer_is_whole_or_lacks_a_source_or_is_broken(answer: dict[str, Any], found: str) -> None:
    assert outcome(answer) == found


def test_states_are_found_wherever_they_are_told() -> None:
    told = [{"source": {"key": "sap"}, "state": "FRESH"}]
    assert states_told({"a": [{"sources": told}, {"b": {"sources": told}}], "sources": None}) == [("sap", "FRESH")] * 2


def measured(**outcomes: int) -> Measured:
    return Measured([1.0], {name.replace("_", " "): count for name, count in outcomes.items()}, {})


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (Case(WELL, "clear", ()), measured(whole=9)),
        (Case("SAP dead", "down", ("sap",)), measured(whole=1, without_sap=8)),
        (Case("SAP dead, remembered", "down", ("sap",), remembers=True), measured(whole=9)),
    ],
)
def test_what_the_failure_explains_counts(case: Case, found: Measured) -> None:
    refuse_suspicious(case, found)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (Case(WELL, "clear", ()), measured(whole=9, without_sap=1)),
        (Case("SAP dead", "down", ("sap",)), measured(without_sap_and_ups=1)),
        (Case("SAP dead", "down", ("sap",)), measured(broken=1)),
        (Case("SAP dead, remembered", "down", ("sap",), remembers=True), measured(without_sap=1)),
    ],
)
def test_what_it_does_not_explain_does_not(case: Case, found: Measured) -> None:
    with pytest.raises(Suspicious, match=f"^{case.name}: 1 pages "):
        refuse_suspicious(case, found)


def cell(case: str, p50_ms: float, max_ms: float = 100) -> Cell:
    return Cell(case, 200, p50_ms, 50.0, max_ms, 9.0, measured(whole=200))


def test_verdicts_are_on_medians(tmp_path: Path) -> None:
    cells = [cell(WELL, p50_ms) for p50_ms in (1, 10, 900)]
    cells += [cell("SAP dead", 11), cell("UPS dead", 13), cell("UPS slow", 10, max_ms=2600)]
    found = report.found_in(cells)
    assert [(each.target.partition(":")[0], each.is_met, each.found) for each in report.verdicts(found)] == [
        ("SAP dead", True, "11.0 ms"),
        ("UPS dead", False, "13.0 ms"),
        (WELL, True, "100 ms"),
        ("SAP dead", True, "100 ms"),
        ("UPS dead", True, "100 ms"),
        ("UPS slow", False, "2600 ms"),
    ]
    report.write_json(found, tmp_path / "customer_page.json")
    written = json.loads((tmp_path / "customer_page.json").read_text())
    assert written[WELL] == {
        "p50_ms": 10,
        "p99_ms": 50.0,
        "max_ms": 100,
        "server_cpu_ms": 9.0,
        "outcomes": {"whole": 600},
    }
    assert "| all well | 10.0 | 50.0 | 100.0 | 9.0 | 600 whole |" in report.page(found, ["A day."])
