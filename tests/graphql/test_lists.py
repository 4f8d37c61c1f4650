"""Filters, search and sorting of the root lists, against the demo's own facts."""

from typing import Any

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, data_of


async def _customers(demo: Demo, **variables: Any) -> list[str]:
    query = """query ($search: String, $where: CustomerWhere, $sort: CustomerSort) {
        customers(first: 100, search: $search, where: $where, sortBy: $sort) { nodes { displayName } totalCount } }"""
    found = (await data_of(demo, query, **variables))["customers"]
    assert found["totalCount"] >= len(found["nodes"])
    return [each["displayName"] for each in found["nodes"]]


@pytest.mark.parametrize(
    "search", ["ada lovelace", "LOVELACE", "C100001", "ada.lovelace@example.com", "lovelase", "ada lovelac"]
)
async def test_search_finds_by_any_word_and_forgives_small_misspellings(demo: Demo, search: str) -> None:
    assert (await _customers(demo, search=search))[0] == "Ada Lovelace"


@pytest.mark.parametrize("search", ["lovelace nobody", "%", "_____", "' OR 1=1 --"])
async def test_search_wants_every_word_and_knows_no_wildcards(demo: Demo, search: str) -> None:
    assert await _customers(demo, search=search) == []


async def test_an_empty_search_finds_everybody(demo: Demo) -> None:
    assert await _customers(demo, search="  ") == await _customers(demo)


async def test_a_search_uses_the_trigram_index(demo: Demo) -> None:
    answer = await ask(demo, '{ customers(search: "lovelace") { nodes { id } } }')
    (statement,) = answer.statements
    assert "search_text" in statement
    assert "<%" in statement


async def test_too_long_a_search_is_refused(demo: Demo) -> None:
    answer = await ask(demo, '{ customers(search: "a b c d e f g h i") { nodes { id } } }')
    assert answer.codes == [("LIMIT_EXCEEDED", ["customers"])]
    assert answer.statements == []


async def test_customers_by_kind_source_and_segment(demo: Demo) -> None:
    everybody = (await data_of(demo, "{ customers { totalCount } }"))["customers"]["totalCount"]
    counts = await data_of(
        demo,
        """{ persons: customers(where: {kind: PERSON}) { totalCount }
             organizations: customers(where: {kind: ORGANIZATION}) { totalCount }
             unknown: customers(where: {source: "nowhere"}) { totalCount }
             nothing: customers(where: {}) { totalCount } absent: customers(where: {kind: null}) { totalCount }
             segments { key size customers(first: 1) { totalCount nodes { displayName } } } }""",
    )
    assert counts["persons"]["totalCount"] + counts["organizations"]["totalCount"] == everybody
    assert counts["unknown"]["totalCount"] == 0
    assert counts["nothing"]["totalCount"] == counts["absent"]["totalCount"] == everybody
    for segment in counts["segments"]:
        assert segment["customers"]["totalCount"] == segment["size"]
        where = {"segment": segment["key"]}
        query = "query ($where: CustomerWhere) { customers(where: $where) { totalCount } }"
        assert (await data_of(demo, query, where=where))["customers"]["totalCount"] == segment["size"]


@pytest.mark.parametrize("field", ["NUMBER", "CREATED_AT", "UPDATED_AT", "DISPLAY_NAME"])
async def test_customers_sorted_one_way_are_the_other_way_reversed(demo: Demo, field: str) -> None:
    query = """query ($sort: CustomerSort, $first: Int, $last: Int) {
        customers(first: $first, last: $last, sortBy: $sort) { nodes { id } } }"""
    up = await data_of(demo, query, sort={"field": field, "direction": "ASC"}, first=20)
    down = await data_of(demo, query, sort={"field": field, "direction": "DESC"}, last=20)
    assert up["customers"]["nodes"] == down["customers"]["nodes"][::-1]


async def test_every_state_of_an_order_occurs_and_can_be_asked_for(demo: Demo) -> None:
    query = """query ($where: OrderWhere) { orders(first: 100, where: $where) {
        nodes { status fulfillmentStatus paymentStatus returnStatus channel } totalCount } }"""
    every = (await data_of(demo, "{ orders { totalCount } }"))["orders"]["totalCount"]
    values = await data_of(
        demo,
        """{ status: __type(name: "OrderStatus") { enumValues { name } }
             fulfillmentStatus: __type(name: "OrderFulfillmentStatus") { enumValues { name } }
             paymentStatus: __type(name: "OrderPaymentStatus") { enumValues { name } }
             returnStatus: __type(name: "OrderReturnStatus") { enumValues { name } } }""",
    )
    for axis, names in values.items():
        total = 0
        for name in (each["name"] for each in names["enumValues"]):
            found = (await data_of(demo, query, where={axis: [name]}))["orders"]
            assert {each[axis] for each in found["nodes"]} == {name}
            total += found["totalCount"]
        assert total == every


async def test_orders_by_article_customer_channel_and_time(demo: Demo) -> None:
    query = "query ($where: OrderWhere) { orders(where: $where) { nodes { number channel lines { sku } } totalCount } }"
    by_article = (await data_of(demo, query, where={"sku": "SLP-PADR"}))["orders"]
    assert all("SLP-PADR" in [line["sku"] for line in order["lines"]] for order in by_article["nodes"])
    ada = (await data_of(demo, '{ customer(by: {number: "C100001"}) { id } }'))["customer"]["id"]
    hers = (await data_of(demo, query, where={"customerId": ada}))["orders"]
    assert hers["totalCount"] == 9
    both = (await data_of(demo, query, where={"customerId": ada, "channel": ["shopify_outlet"]}))["orders"]
    assert both["totalCount"] == 2
    ever = {"from": "2000-01-01T00:00:00Z"}
    assert (await data_of(demo, query, where={"customerId": ada, "placedAt": ever}))["orders"]["totalCount"] == 9
    never = {"to": "2000-01-01T00:00:00Z"}
    assert (await data_of(demo, query, where={"customerId": ada, "placedAt": never}))["orders"]["totalCount"] == 0


async def test_inventory_below_the_reorder_point_and_what_can_be_promised(demo: Demo) -> None:
    query = """{ inventoryPositions(first: 100, where: {belowReorderPoint: true}) { nodes {
        onHand allocated reserved safetyStock unavailable incoming availableToFulfill availableToPromise reorderPoint
        product { sku } location { key } } totalCount } }"""
    positions = (await data_of(demo, query))["inventoryPositions"]["nodes"]
    assert positions
    for each in positions:
        free = each["onHand"] - each["allocated"] - each["reserved"] - each["safetyStock"] - each["unavailable"]
        assert each["availableToFulfill"] == max(0, free) < each["reorderPoint"]
        assert each["availableToPromise"] in (each["availableToFulfill"], each["availableToFulfill"] + each["incoming"])


async def test_availability_is_the_sum_over_active_locations(demo: Demo) -> None:
    query = """{ product(sku: "SLP-PADR") { availability { sku availableToFulfill availableToPromise }
        positions { availableToFulfill availableToPromise location { key active } } } }"""
    product = (await data_of(demo, query))["product"]
    active = [each for each in product["positions"] if each["location"]["active"]]
    total = {
        "sku": "SLP-PADR",
        "availableToFulfill": sum(each["availableToFulfill"] for each in active),
        "availableToPromise": sum(each["availableToPromise"] for each in active),
    }
    assert product["availability"] == total
    one = active[0]
    asked = """query ($keys: [String!]) { availability(skus: ["nothing", "SLP-PADR"], locationKeys: $keys) {
        sku availableToFulfill availableToPromise } }"""
    nothing = {"sku": "nothing", "availableToFulfill": 0, "availableToPromise": 0}
    assert (await data_of(demo, asked))["availability"] == [nothing, total]
    there = await data_of(demo, asked, keys=[one["location"]["key"]])
    assert there["availability"][1]["availableToFulfill"] == one["availableToFulfill"]


async def test_the_event_log_is_in_order_and_without_gaps(demo: Demo) -> None:
    query = """query ($after: String) { order(by: {number: "1001"}) { id events(first: 100, after: $after) {
        nodes { sequence type subjectId } pageInfo { hasNextPage endCursor } } } }"""
    order = (await data_of(demo, query))["order"]
    events = order["events"]["nodes"]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert {event["subjectId"] for event in events} == {order["id"]}
    assert events[0]["type"] == "order.placed"
    by_subject = "query ($id: ID!) { events(first: 100, subjectId: $id) { nodes { sequence type subjectId } } }"
    assert (await data_of(demo, by_subject, id=order["id"]))["events"]["nodes"] == events
    placed = await data_of(demo, '{ events(first: 3, types: ["order.placed"]) { nodes { type } } }')
    assert placed == {"events": {"nodes": [{"type": "order.placed"}] * 3}}


async def test_exceptions_proposals_and_returns(demo: Demo) -> None:
    data = await data_of(
        demo,
        """{ open: exceptions(where: {status: OPEN}) { nodes { status resolvedAt attempts } totalCount }
             all: exceptions { totalCount }
             matchProposals(first: 3, status: OPEN) { status score customers { number } evidence { field agreement } }
             returns(first: 100, where: {status: [REQUESTED]}) { nodes { status lines { received } } } }""",
    )
    assert all(each["resolvedAt"] is None and each["attempts"] >= 1 for each in data["open"]["nodes"])
    assert 0 < data["open"]["totalCount"] < data["all"]["totalCount"]
    scores = [each["score"] for each in data["matchProposals"]]
    assert scores == sorted(scores, reverse=True)
    assert all(len(each["customers"]) == 2 and each["evidence"] for each in data["matchProposals"])
    assert {(each["status"], line["received"]) for each in data["returns"]["nodes"] for line in each["lines"]} == {
        ("REQUESTED", 0)
    }
