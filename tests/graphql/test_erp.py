"""What the ERP says of a customer, an order and a stock position: live, in one batch for a page, and never applied."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from app.connectors.contract import SourceState, SourceStatus
from app.connectors.freshness import Reading
from app.connectors.ports.inventory import StockLevel
from app.execution.errors import SourceFailed
from app.resolvers import external_stock
from app.resolvers.context import Context
from app.wiring import Demo
from tests.graphql.asking import ask, ask_by, data_of, set_fault
from tests.graphql.canned_reads import CannedSources

ACCOUNTS = """query ($maxAge: Duration) { customers(first: 50, sortBy: {field: NUMBER, direction: ASC}) { nodes {
  number identities { source { key } externalId } erpAccounts(maxAge: $maxAge) {
    nodes { externalId name creditLimit { amount } balance { amount } paymentTerms blocked source { key kind } }
    sources { source { key } state error } } } } }"""
DOCUMENTS = """{ orders(first: 50, sortBy: {field: NUMBER, direction: ASC}) { nodes {
  number status erpDocuments { nodes { kind externalId status amount { amount currency } createdAt }
    sources { source { key } state } } } } }"""
STOCK = """{ inventoryPositions(first: 100) { nodes {
  product { sku } location { key } onHand
  external { nodes { source { key } onHand difference asOf } sources { source { key } state asOf } } } } }"""


@pytest.mark.parametrize("engine", ["plan", "interpreter"])
async def test_accounts_of_a_page_are_one_question(demo: Demo, engine: str) -> None:
    answer = await ask_by(engine, demo, ACCOUNTS)
    assert (answer.errors, answer.requests) == ([], {"sap": 1})
    ada, *others = answer.data["customers"]["nodes"]
    assert ada["erpAccounts"] == {
        "nodes": [
            {
                "externalId": "0001000200",
                "name": "ADA LOVELACE",
                "creditLimit": None,
                "balance": None,
                "paymentTerms": "0001",
                "blocked": False,
                "source": {"key": "sap", "kind": "ERP"},
            }
        ],
        "sources": [{"source": {"key": "sap"}, "state": "FRESH", "error": None}],
    }
    for customer in others:
        known = [each["externalId"] for each in customer["identities"] if each["source"]["key"] == "sap"]
        assert [each["externalId"] for each in customer["erpAccounts"]["nodes"]] == known
    assert {len(each["erpAccounts"]["sources"]) for each in others} == {0, 1}


@pytest.mark.parametrize("engine", ["plan", "interpreter"])
async def test_documents_of_a_page_are_one_question_to_each_service(demo: Demo, engine: str) -> None:
    answer = await ask_by(engine, demo, DOCUMENTS)
    assert (answer.errors, answer.requests) == ([], {"sap": 3})
    first = answer.data["orders"]["nodes"][0]
    assert first["number"] == "1001"
    assert [each["kind"] for each in first["erpDocuments"]["nodes"]] == [
        *("sales order", "delivery", "delivery", "goods movement", "goods movement"),
        *("invoice", "return"),
    ]
    [sold] = [each for each in first["erpDocuments"]["nodes"] if each["kind"] == "sales order"]
    assert (sold["externalId"], sold["status"], sold["amount"]["currency"]) == ("11001", "completed", "USD")
    assert first["erpDocuments"]["sources"] == [{"source": {"key": "sap"}, "state": "FRESH"}]


@pytest.mark.parametrize("engine", ["plan", "interpreter"])
async def test_stock_elsewhere_is_shown_with_its_difference(demo: Demo, engine: str) -> None:
    answer = await ask_by(engine, demo, STOCK)
    assert answer.errors == []
    assert answer.requests["sap"] == 2  # a hundred positions have some sixty SKUs, fifty of which fit into a question
    off = {}
    for position in answer.data["inventoryPositions"]["nodes"]:
        told = [each for each in position["external"]["nodes"] if each["source"]["key"] == "sap"]
        [status] = [each for each in position["external"]["sources"] if each["source"]["key"] == "sap"]
        assert status["state"] == "FRESH"
        for each in told:
            assert each["onHand"] - position["onHand"] == each["difference"]
            assert each["asOf"] == status["asOf"]
            if each["difference"]:
                off[position["product"]["sku"], position["location"]["key"]] = each["difference"]
        assert len(told) == 1
    assert off[("APP-FLCM", "reno")] == -2


async def test_a_dead_erp_costs_its_fields(fresh_demo: Demo) -> None:
    await set_fault(fresh_demo, "sap", "down")
    query = """{ customer(by: {number: "C100001"}) {
      displayName erpAccounts { nodes { name } }
      orders(first: 1) { nodes { status erpDocuments { nodes { kind } } } } }
      inventoryPositions(first: 1) { nodes { onHand external { nodes { onHand } sources { state } } } } }"""
    answer = await ask(fresh_demo, query)
    assert answer.data["customer"]["displayName"] == "Ada Lovelace"
    assert answer.data["customer"]["erpAccounts"] is None
    [order] = answer.data["customer"]["orders"]["nodes"]
    assert order == {"status": "PROCESSING", "erpDocuments": None}
    assert answer.data["inventoryPositions"]["nodes"][0]["onHand"] > 0
    lost = {tuple(path or ()): code for code, path in answer.codes}
    assert lost[("customer", "erpAccounts")] == "SOURCE_UNAVAILABLE"
    assert lost[("customer", "orders", "nodes", 0, "erpDocuments")] == "SOURCE_UNAVAILABLE"
    assert {error["extensions"]["source"] for error in answer.errors} == {"sap"}


async def test_nothing_of_it_reaches_our_own_stock(demo: Demo) -> None:
    ours = "{ inventoryPositions(first: 100) { nodes { version onHand availableToFulfill } } }"
    before = await data_of(demo, ours)
    await data_of(demo, STOCK)
    assert await data_of(demo, ours) == before


AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TwoSources:
    """SAP knows two places that are reno to us; the shop has timed out, or also knows reno, under its own name."""

    def __init__(self, *, is_shop_up: bool) -> None:
        self._is_shop_up = is_shop_up

    async def read(
        self,
        _question: Any,
        _ids: Mapping[str, Iterable[str]],
        *,
        max_age: timedelta | None = None,
        deadline: float | None = None,
    ) -> dict[tuple[str, str], Reading[Any]]:
        here = (StockLevel("1010/101A", 5), StockLevel("1010/101B", 2), StockLevel("columbus", 90))
        shop = (
            Reading((StockLevel("reno", 9),), SourceStatus("shopify", SourceState.STALE, AT))
            if self._is_shop_up
            else Reading(None, SourceStatus("shopify", SourceState.TIMED_OUT, error="late"))
        )
        return {
            ("sap", "SKU-1"): Reading(here, SourceStatus("sap", SourceState.FRESH, AT)),
            ("shopify", "SKU-1"): shop,
            ("sap", "SKU-2"): Reading(None, SourceStatus("sap", SourceState.UNAVAILABLE, error="gone")),
            ("shopify", "SKU-2"): Reading(None, SourceStatus("shopify", SourceState.TIMED_OUT, error="late")),
        }


async def elsewhere(position: tuple[str, str, int], *, is_shop_up: bool = True) -> Any:
    sources = CannedSources()
    context = SimpleNamespace(
        reads=TwoSources(is_shop_up=is_shop_up),
        registry=sources,
        sources_with=lambda capability: [each.key for each in sources.sources if capability in each.capabilities],
        sources_deadline=None,
    )
    encoded = msgspec.json.encode(position).decode()
    [answer] = await external_stock.of_positions([encoded], {}, cast("Context", context))
    return answer


async def test_units_of_several_places_that_are_one_of_ours_are_one_figure() -> None:
    answer = await elsewhere(("SKU-1", "reno", 6))
    told = [(each["source"].values["key"], each["onHand"], each["difference"]) for each in answer["nodes"]]
    assert told == [("shopify", 9, 3), ("sap", 7, 1)]
    assert {each["asOf"] for each in answer["nodes"]} == {AT}


async def test_a_source_that_does_not_know_the_place_has_no_figure_but_a_state() -> None:
    answer = await elsewhere(("SKU-1", "columbus", 91))
    assert [each["difference"] for each in answer["nodes"]] == [-1]
    assert [each["state"] for each in answer["sources"]] == ["STALE", "FRESH"]


async def test_the_living_source_speaks_for_both_and_none_for_none() -> None:
    answer = await elsewhere(("SKU-1", "reno", 6), is_shop_up=False)
    assert [each["source"].values["key"] for each in answer["nodes"]] == ["sap"]
    assert [each["error"] for each in answer["sources"]] == ["late", None]
    failed = await elsewhere(("SKU-2", "reno", 6))
    assert isinstance(failed, SourceFailed)
