"""The query the demo begins with: one customer out of the store, the CRM and two storefronts."""

import re
from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, ask_by, data_of

HERO = """{ customer(by: {email: "ada.lovelace@example.com"}) {
  displayName
  identities { source { key } externalId }
  orders(first: 5) { nodes {
    number status totals { total { amount currency } } lines { sku quantity }
    shipments { trackingNumber status } returns { status } } }
  cases(first: 3) { nodes { subject status } sources { source { key } state asOf } }
  storefrontProfiles { nodes { orderCount } sources { state } } } }"""


# By plan: the island, and the crosswalk for the remote fields. By interpreter: customer; identities; their sources;
# crosswalk; orders; lines; shipments; returns.
@pytest.mark.parametrize(("engine", "statements"), [("plan", 1), ("interpreter", 7)])
async def test_the_whole_view_and_what_it_costs(demo: Demo, engine: str, statements: int) -> None:
    await ask(demo, HERO)  # each connector fetches its token once
    answer = await ask_by(engine, demo, HERO)
    assert answer.errors == []
    customer = answer.data["customer"]
    assert customer["displayName"] == "Ada Lovelace"
    assert [each["source"]["key"] for each in customer["identities"]] == [
        "shopify",
        "salesforce",
        "sap",
        "shopify_outlet",
    ]
    first = customer["orders"]["nodes"][0]
    assert first["lines"] == [{"sku": "HOM-BLKT", "quantity": 2}]
    assert re.fullmatch(r"\d+\.\d\d", first["totals"]["total"]["amount"])
    assert customer["cases"]["nodes"][0]["subject"] == f"Order {customer['orders']['nodes'][1]['number']} has not moved"
    assert len(customer["cases"]["nodes"]) == 3
    assert [(each["source"]["key"], each["state"]) for each in customer["cases"]["sources"]] == [
        ("salesforce", "FRESH")
    ]
    profiles = customer["storefrontProfiles"]
    assert [each["state"] for each in profiles["sources"]] == ["FRESH", "FRESH"]
    assert sum(each["orderCount"] for each in profiles["nodes"]) == 9
    assert len(answer.statements) == statements
    assert answer.requests == {"salesforce": 1, "shopify": 1, "shopify_outlet": 1}


async def test_order_1001_was_split_delivered_and_partly_returned(demo: Demo) -> None:
    query = """{ order(by: {number: "1001"}) {
        status fulfillmentStatus paymentStatus returnStatus management customer { displayName }
        totals { credited { amount } refunded { amount } balance { amount } }
        lines { sku quantity quantities { ordered shipped delivered returned restocked } }
        shipments { status carrier { kind } lines { orderLine { sku } quantity } }
        returns { status lines { quantity received dispositions { disposition quantity } } outcome { net { amount } } }
        routingDecisions { splitCount chosen { location { key } quantity } candidates { eligible rejections } }
        changes { kind } payments { status } externalReferences { source { key } } } }"""
    order = (await data_of(demo, query))["order"]
    assert order["customer"] == {"displayName": "Ada Lovelace"}
    assert (order["status"], order["management"]) == ("COMPLETED", "MANAGED")
    assert order["fulfillmentStatus"] == "DELIVERED"
    assert order["totals"] == {
        "credited": {"amount": "127.62"},
        "refunded": {"amount": "127.62"},
        "balance": {"amount": "0.00"},
    }
    assert order["returnStatus"] == "PARTIALLY_RETURNED"
    assert [
        (line["sku"], line["quantities"]["ordered"], line["quantities"]["returned"]) for line in order["lines"]
    ] == [
        ("SLP-PADR", 2, 1),
        ("TNT-DUO2", 1, 0),
    ]
    assert [shipment["status"] for shipment in order["shipments"][:2]] == ["DELIVERED", "DELIVERED"]
    assert order["routingDecisions"][0]["splitCount"] == 1
    assert len({each["location"]["key"] for each in order["routingDecisions"][0]["chosen"]}) == 2
    assert len(order["routingDecisions"][0]["candidates"]) == 6
    assert order["returns"][0]["status"] == "CLOSED"
    assert order["returns"][0]["lines"][0]["received"] == 1


PAGE = """query ($first: Int!) { customers(first: $first, sortBy: {field: NUMBER, direction: ASC}) { nodes {
    number orders(first: 10) { nodes { number lines { sku } shipments { status } returns { status } } } } } }"""


# By interpreter: customers, orders, lines, shipments, returns.
@pytest.mark.parametrize(("engine", "statements"), [("plan", 1), ("interpreter", 5)])
async def test_a_page_takes_the_same_statements_for_one_customer_and_for_fifty(
    demo: Demo, engine: str, statements: int
) -> None:
    one = await ask_by(engine, demo, PAGE, first=1)
    fifty = await ask_by(engine, demo, PAGE, first=50)
    assert len(fifty.data["customers"]["nodes"]) == 50
    assert (len(one.statements), len(fifty.statements)) == (statements, statements)


async def test_a_page_of_fifty_asks_each_source_once(demo: Demo) -> None:
    query = """query ($first: Int!) { customers(first: $first) { nodes {
        cases(first: 2) { nodes { number } } storefrontProfiles { nodes { orderCount } } } } }"""
    await ask(demo, query, first=1)
    answer = await ask(demo, query, first=50)
    assert answer.errors == []
    assert answer.requests == {"salesforce": 1, "shopify": 1, "shopify_outlet": 1}
    # customers, and the crosswalk once for both fields
    assert len(answer.statements) == 1


async def test_provenance_names_the_winner_the_rule_and_the_others(demo: Demo) -> None:
    query = """{ customer(by: {number: "C100001"}) { provenance(fields: ["displayName", "email"]) {
        field value rule source { key } alternatives { value source { key } } } } }"""
    assert (await data_of(demo, query))["customer"]["provenance"] == [
        {
            "field": "displayName",
            "value": "Ada Lovelace",
            "rule": "derived",
            "source": {"key": "salesforce"},
            "alternatives": [{"value": "ADA LOVELACE", "source": {"key": "sap"}}],
        },
        {
            "field": "email",
            "value": "ada.lovelace@example.com",
            "rule": "most_recent",
            "source": {"key": "shopify"},
            "alternatives": [{"value": "ada.king@example.org", "source": {"key": "shopify_outlet"}}],
        },
    ]


async def test_provenance_of_a_field_that_has_none_is_refused(demo: Demo) -> None:
    query = '{ customer(by: {number: "C100001"}) { provenance(fields: ["shoeSize"]) { field } } }'
    answer = await ask(demo, query)
    assert answer.codes == [("BAD_USER_INPUT", ["customer", "provenance"])]
    assert answer.errors[0]["message"].startswith("No provenance is kept for shoeSize. Fields with provenance: kind,")
    assert answer.data == {"customer": None}


async def test_metrics_agree_with_the_orders_themselves(demo: Demo) -> None:
    query = """{ customer(by: {number: "C100001"}) {
        orders(first: 50) { nodes { status totals { total { amount } paid { amount } refunded { amount } } } }
        metrics { orderCount openOrderCount lifetimeValue { amount currency } averageOrderValue { amount }
                  returnRate firstOrderAt lastOrderAt rfm { recency frequency monetary label } } } }"""
    customer = (await data_of(demo, query))["customer"]
    orders = customer["orders"]["nodes"]
    counted = [order for order in orders if order["status"] != "CANCELED"]
    metrics = customer["metrics"]
    assert metrics["orderCount"] == len(counted) == 8
    assert metrics["openOrderCount"] == sum(order["status"] in ("PROCESSING", "ON_HOLD") for order in orders) == 2
    net_cents = sum(_cents(order["totals"]["paid"]) - _cents(order["totals"]["refunded"]) for order in orders)
    assert metrics["lifetimeValue"] == [{"amount": f"{net_cents // 100}.{net_cents % 100:02}", "currency": "USD"}]
    average_cents = round(sum(_cents(order["totals"]["total"]) for order in counted) / len(counted))
    assert _cents(metrics["averageOrderValue"][0]) == average_cents
    assert metrics["rfm"]["label"] == "champions"


def _cents(money: dict[str, str]) -> int:
    return int(money["amount"].replace(".", ""))


TIMELINE = """query ($number: String!, $first: Int, $after: String, $kinds: [TimelineKind!]) {
  customer(by: {number: $number}) { timeline(first: $first, after: $after, kinds: $kinds) {
    nodes { at kind title source { key } } pageInfo { hasNextPage endCursor } } } }"""


@pytest.mark.parametrize("size", [1, 7, 30])
async def test_walking_the_timeline_meets_everything_once_newest_first(demo: Demo, size: int) -> None:
    whole = await _timeline(demo, first=100)
    assert not whole["pageInfo"]["hasNextPage"]
    met: list[dict[str, Any]] = []
    after = None
    while True:
        page = await _timeline(demo, first=size, after=after)
        met += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert met == whole["nodes"]
    assert [each["at"] for each in met] == sorted((each["at"] for each in met), reverse=True)
    assert {each["source"]["key"] for each in met} == {"junction", "salesforce", "shopify", "shopify_outlet"}
    assert sum(each["kind"] == "ORDER" for each in met) == 9


async def _timeline(demo: Demo, **variables: object) -> dict[str, Any]:
    timeline: dict[str, Any] = (await data_of(demo, TIMELINE, number="C100001", **variables))["customer"]["timeline"]
    return timeline


async def test_a_timeline_of_store_kinds_asks_no_source(demo: Demo) -> None:
    answer = await ask(demo, TIMELINE, number="C100001", first=5, kinds=["ORDER", "RETURN"])
    assert {node["kind"] for node in answer.data["customer"]["timeline"]["nodes"]} <= {"ORDER", "RETURN"}
    assert answer.requests == {}
    assert len(answer.statements) == 2


async def test_each_customer_of_a_page_has_their_own_timeline(demo: Demo) -> None:
    query = """{ customers(first: 3, sortBy: {field: NUMBER, direction: ASC}) { nodes {
        number orders(first: 50) { nodes { number } } timeline(first: 50, kinds: [ORDER]) { nodes { title } } } } }"""
    answer = await ask(demo, query)
    for customer in answer.data["customers"]["nodes"]:
        placed = [f"Order {order['number']} placed" for order in customer["orders"]["nodes"]]
        assert [each["title"] for each in customer["timeline"]["nodes"]] == placed
    # the island, and the timelines
    assert len(answer.statements) == 2
