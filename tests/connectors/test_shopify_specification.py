"""What we send validates against Shopify's own schema, and what the sandbox answers could be Shopify's."""

import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    parse,
    validate,
)

import app.sandbox.shopify
from app.connectors.shopify import documents, feeds, mutations, order_documents, stock
from app.connectors.shopify.subscribing import TOPICS
from app.connectors.shopify.webhook import INCLUDED
from app.sandbox.shopify.cost import requested_cost
from app.sandbox.shopify.wire import GRAPHQL_PATH, QUERY_COST_MAX
from tests.connectors.vendor_rows import customer_gid
from tests.specifications import shopify as specification
from tests.specifications.exchange import Exchange
from tests.specifications.shopify import official_schema

DOCUMENTS = {
    name: text
    for name, text in {**vars(documents), **vars(order_documents), **vars(mutations)}.items()
    if isinstance(text, str) and text.startswith(("query ", "mutation "))
}
SANDBOXED = build_schema((Path(app.sandbox.shopify.__file__).parent / "schema.graphql").read_text())


pytestmark = pytest.mark.skipif(
    not specification.FILE.exists(), reason="needs ../shared/specs/shopify, which is not here"
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid(name: str) -> None:
    assert validate(official_schema(), parse(DOCUMENTS[name])) == []


def test_a_document_with_a_wrong_field_is_not() -> None:
    wrong = documents.PROFILES.replace("numberOfOrders", "orderCount")
    [error] = validate(official_schema(), parse(wrong))
    assert error.message.startswith("Cannot query field 'orderCount' on type 'Customer'.")


OWN_TYPES = [
    name
    for name, kind in SANDBOXED.type_map.items()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLEnumType | GraphQLInputObjectType)
    and not name.startswith("__")
]


@pytest.mark.parametrize("name", OWN_TYPES)
def test_the_sandboxed_schema_is_part_of_shopifys(name: str) -> None:
    ours, theirs = SANDBOXED.type_map[name], official_schema().type_map[name]
    if isinstance(ours, GraphQLEnumType):
        assert isinstance(theirs, GraphQLEnumType)
        assert ours.values.keys() - theirs.values.keys() == set()
        return
    if isinstance(ours, GraphQLInputObjectType):
        assert isinstance(theirs, GraphQLInputObjectType)
        of_theirs = {each: str(theirs.fields[each].type) for each in ours.fields}
        assert {each: str(field.type) for each, field in ours.fields.items()} == of_theirs
        return
    assert isinstance(ours, GraphQLObjectType | GraphQLInterfaceType)
    assert type(ours) is type(theirs)
    assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
    assert {each: signature(ours, each) for each in ours.fields} == {
        each: signature(theirs, each) for each in ours.fields
    }


def signature(kind: GraphQLObjectType | GraphQLInterfaceType, field: str) -> str:
    arguments = ", ".join(f"{name}: {each.type}" for name, each in sorted(kind.fields[field].args.items()))
    return f"{field}({arguments}): {kind.fields[field].type}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_largest_query_is_not_too_dear(name: str) -> None:
    """By the count that is documented."""
    ids = order_documents.ORDERS_PER_QUERY if name == "ORDERS" else IDS_MAX.get(name, 50)
    first = FIRST.get(name, 1)
    variables = {"ids": ["gid://shopify/Order/1"] * ids, "first": first}
    assert requested_cost(SANDBOXED, parse(DOCUMENTS[name]), variables) <= QUERY_COST_MAX


IDS_MAX = {
    "PROFILES": 250,
    "REFUNDS": order_documents.PARTS_PER_QUERY,
    "FULFILLMENTS": order_documents.PARTS_PER_QUERY,
    "FULFILLED": order_documents.FULFILLED_PER_QUERY,
    "CUSTOMERS": feeds.CUSTOMERS_PER_QUERY,
    "VARIANTS": feeds.VARIANTS_PER_QUERY,
}
FIRST = {
    "ORDERS_CHANGED": feeds.ORDERS_PER_PAGE,
    "CUSTOMERS_CHANGED": feeds.CUSTOMERS_PER_QUERY,
    "PRODUCTS_CHANGED": feeds.PRODUCTS_PER_PAGE,
    "STOCK": stock.ITEMS_PER_PAGE,
}


def exchange(query: str, variables: dict[str, Any], data: object = None) -> Exchange:
    body = json.dumps({"query": query, "variables": variables}).encode()
    answer = json.dumps({"data": data}).encode()
    return Exchange("shopify", "POST", GRAPHQL_PATH, (), {}, body, 200, {}, answer)


CUSTOMER = {"id": customer_gid(1), "createdAt": "2026-01-01T00:00:00Z", "numberOfOrders": "3"} | {
    "amountSpent": {"amount": "1.0", "currencyCode": "USD"},
    "defaultEmailAddress": None,
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({}, []),
        ({"numberOfOrders": 3}, ["$.nodes[].numberOfOrders"]),
        ({"createdAt": None}, ["$.nodes[].createdAt"]),
        ({"amountSpent": {"amount": "much", "currencyCode": "XXL"}}, ["amount", "currencyCode"]),
        ({"amountSpent": {"amount": "1.0"}}, ["currencyCode"]),
        ({"wings": 2}, ["$.nodes[]"]),
    ],
)
def test_an_answer_that_shopify_would_not_give_is_found(change: dict[str, Any], where: list[str]) -> None:
    told = exchange(documents.PROFILES, {"ids": [customer_gid(1)]}, {"nodes": [CUSTOMER | change, None]})
    found = sorted(each.where for each in specification.violations(told))
    assert [each.rpartition(".")[2] if "." not in name else each for each, name in zip(found, where, strict=True)] == [
        name.rpartition(".")[2] if "." not in name else name for name in where
    ]


@pytest.mark.parametrize(
    ("query", "variables", "reason"),
    [
        ("{ wings }", {}, "Cannot query field 'wings'"),
        ("{", {}, "Syntax Error"),
        (documents.PROFILES, {"ids": 5, "more": 1}, "declared"),
        (documents.PROFILES, {}, "to be provided"),
        (mutations.REFUND.replace("@idempotent(key: $key)", ""), {}, "never used"),
    ],
)
def test_a_request_that_shopify_would_not_take_is_found(query: str, variables: dict[str, Any], reason: str) -> None:
    assert any(reason in each.reason for each in specification.violations(exchange(query, variables)))


def test_a_refund_without_a_key_is_found() -> None:
    query = "mutation R($i: RefundInput!) { payload: refundCreate(input: $i) { userErrors { message } } }"
    asked = {"i": {"orderId": "gid://shopify/Order/1"}}
    assert [each.keyword for each in specification.violations(exchange(query, asked))] == ["idempotent"]


def topic_of(sample: Path) -> str:
    return sample.stem.replace(".", "_").upper()


FOLDER = specification.FILE.parent / "webhooks"
SAMPLES = [each for each in sorted(FOLDER.glob("*.json")) if topic_of(each) in TOPICS]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_a_subscription_asks_for_is_in_the_events(path: Path) -> None:
    """As far as a third party knows their payloads; what has no properties of its own may have any."""
    described = json.loads(path.read_text())["properties"]
    for name in INCLUDED[path.stem.partition(".")[0]]:
        field, _, part = name.partition(".")
        assert field in described, name
        assert not part or part in json.dumps(described[field]), name
