"""Every way to name one thing, and every way to name it wrongly."""

import pytest

from app.wiring import Demo
from tests.graphql.asking import ask, ask_by, data_of

ADA = {"displayName": "Ada Lovelace", "number": "C100001"}


async def test_a_customer_by_every_name(demo: Demo) -> None:
    query = """{ customer(by: {number: "C100001"}) { id phones emails identities { source { key } externalId } } }"""
    ada = (await data_of(demo, query))["customer"]
    ways = [{"id": ada["id"]}, *({"phone": phone} for phone in ada["phones"])]
    ways += [{"email": email.upper()} for email in ada["emails"]]
    ways += [
        {"external": {"source": each["source"]["key"], "externalId": each["externalId"]}} for each in ada["identities"]
    ]
    assert len(ways) >= 6
    for by in ways:
        found = await data_of(demo, "query ($by: CustomerLookup!) { customer(by: $by) { displayName number } }", by=by)
        assert found == {"customer": ADA}, by


async def test_every_node_is_found_again_by_its_id(demo: Demo) -> None:
    query = """{ order(by: {number: "1001"}) { id
        lines { id product { id positions { id movements(first: 1) { nodes { id } } } } }
        changes { id } payments { id transactions { id } } fulfillmentOrders { id } shipments { id location { id } }
        routingDecisions { id } returns { id lines { id } } events(first: 1) { nodes { id } }
        customer { id segments { id } } }
        connectors { id } exceptions(first: 1) { nodes { id } } matchProposals(first: 1) { id } }"""
    ids = sorted(set(_ids(await data_of(demo, query))))
    types = {id_.partition(":")[0] for id_ in ids}
    assert types == {
        "Connector", "Customer", "Event", "FulfillmentOrder", "InventoryMovement", "InventoryPosition", "Location",
        "MatchProposal", "Order", "OrderChange", "OrderException", "OrderLine", "Payment", "PaymentTransaction",
        "Product", "Return", "ReturnLine", "RoutingDecision", "Segment", "Shipment",
    }  # fmt: skip
    answer = await ask(demo, "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids[:100])
    assert answer.data["nodes"] == [{"id": id_, "__typename": id_.partition(":")[0]} for id_ in ids[:100]]
    assert len(answer.statements) == 1


@pytest.mark.parametrize("engine", ["plan", "interpreter"])
async def test_the_id_of_a_merged_customer_answers_with_the_survivor(demo: Demo, engine: str) -> None:
    async with demo.application.engine.connect() as connection:
        merged = "SELECT id, merged_into_id FROM customers WHERE merged_into_id IS NOT NULL LIMIT 1"
        gone, survivor = tuple((await connection.exec_driver_sql(merged)).one())
    query = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } customer(by: {id: $id}) { id } }"
    answer = await ask_by(engine, demo, query, id=f"Customer:{gone}")
    found = {"id": f"Customer:{survivor}"}
    assert answer.data == {"node": found, "nodes": [found, found], "customer": found}


def _ids(value: object) -> list[str]:
    if isinstance(value, dict):
        return [each for key, part in value.items() for each in ([part] if key == "id" else _ids(part))]
    return [each for part in value for each in _ids(part)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ node(id: "rubbish") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "Order:1") { id } }', "BAD_USER_INPUT"),
        ('{ node(id: "Money:1") { id } }', "BAD_USER_INPUT"),
        ('{ order(by: {id: "Customer:0193512b-1c00-7000-83bf-e11e00000043"}) { id } }', "BAD_USER_INPUT"),
        ("{ customer(by: {}) { id } }", "BAD_USER_INPUT"),
        ('{ customer(by: {number: "1", email: "a@example.com"}) { id } }', "BAD_USER_INPUT"),
        ("{ customer(by: {number: null}) { id } }", "BAD_USER_INPUT"),
        ("{ customers(first: 101) { nodes { id } } }", "LIMIT_EXCEEDED"),
        ("{ customers(first: -1) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ customers(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT"),
        ('{ customers(after: "x") { nodes { id } } }', "BAD_USER_INPUT"),
        (
            '{ orders(where: {placedAt: {from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z"}}) { totalCount } }',
            "BAD_USER_INPUT",
        ),
        ('{ orders(where: {placedAt: {from: "yesterday"}}) { nodes { id } } }', "BAD_USER_INPUT"),
        ("{ orders(where: {status: [SLEEPING]}) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("{ customers { nodes { id }", "BAD_USER_INPUT"),
        ('{ customer(by: {number: "C100001"}) { cases(maxAge: "an hour") { nodes { number } } } }', "BAD_USER_INPUT"),
        ('{ customer(by: {number: "C100001"}) { cases(after: "x") { nodes { number } } } }', "BAD_USER_INPUT"),
        ('{ customer(by: {number: "C100001"}) { timeline(first: 1000) { nodes { title } } } }', "LIMIT_EXCEEDED"),
    ],
)
async def test_wrong_input_is_the_clients_error(demo: Demo, query: str, code: str) -> None:
    answer = await ask(demo, query)
    assert [each["extensions"]["code"] for each in answer.errors] == [code]
    assert answer.status == 200
    assert answer.requests == {}


async def test_nothing_found_is_null_and_no_error(demo: Demo) -> None:
    query = """{ customer(by: {email: "nobody@example.com"}) { id } order(by: {number: "0"}) { id }
        shipment(by: {trackingNumber: "0"}) { id } return(by: {number: "0"}) { id } product(sku: "0") { id }
        node(id: "Order:00000000-0000-7000-8000-000000000000") { id } }"""
    assert set((await data_of(demo, query)).values()) == {None}


async def test_a_query_nested_too_deep_is_refused_before_anything_is_read(demo: Demo) -> None:
    query = '{ order(by: {number: "1001"}) { ' + "customer { orders { nodes { " * 9 + "id" + " } } }" * 9 + " } }"
    answer = await ask(demo, query)
    assert answer.data is None
    assert [each["extensions"]["code"] for each in answer.errors] == ["LIMIT_EXCEEDED"]
    assert answer.statements == []
