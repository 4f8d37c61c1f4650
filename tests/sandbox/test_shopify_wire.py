"""The sandboxed shop as an HTTP client meets it."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from app.sandbox.data import ShopifyShop
from app.sandbox.shopify.wire import GRAPHQL_PATH, ShopifyApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import customer_gid, make_customer
from tests.sandbox.conftest import FORM

SHOP = ShopifyShop([make_customer(1), make_customer(2, defaultEmailAddress=None)])
Open = Callable[[ASGIApp], httpx2.AsyncClient]


async def sign_in(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/admin/oauth/access_token", data=FORM)
    assert answer.json()["expires_in"] == 86_399
    client.headers["X-Shopify-Access-Token"] = answer.json()["access_token"]


async def ask(client: httpx2.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await client.post(GRAPHQL_PATH, json={"query": query, "variables": variables})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_a_wrong_secret_gets_no_token(client_of: Open) -> None:
    app = ShopifyApp(SHOP)
    answer = await client_of(app.asgi).post("/admin/oauth/access_token", data=FORM | {"client_secret": "wrong"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")
    assert app.tokens.issued == ()


@pytest.mark.parametrize("headers", [{}, {"X-Shopify-Access-Token": "shpat_guess"}, {"Authorization": "Bearer x"}])
async def test_a_query_wants_a_token(client_of: Open, headers: dict[str, str]) -> None:
    body = {"query": '{ customer(id: "gid://shopify/Customer/1") { id } }'}
    answer = await client_of(ShopifyApp(SHOP).asgi).post(GRAPHQL_PATH, json=body, headers=headers)
    message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    assert (answer.status_code, answer.json()) == (401, {"errors": message})


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 5}'])
async def test_a_body_that_is_no_request_is_refused(client_of: Open, body: bytes) -> None:
    client = client_of(ShopifyApp(SHOP).asgi)
    await sign_in(client)
    assert (await client.post(GRAPHQL_PATH, content=body)).status_code == 400


async def test_nodes_are_answered_in_order_with_null_for_the_unknown(client_of: Open) -> None:
    client = client_of(ShopifyApp(SHOP).asgi)
    await sign_in(client)
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Customer { numberOfOrders } } }"
    body = await ask(client, query, ids=[customer_gid(2), customer_gid(9), customer_gid(1)])
    assert body["data"]["nodes"] == [
        {"__typename": "Customer", "id": customer_gid(2), "numberOfOrders": "3"},
        None,
        {"__typename": "Customer", "id": customer_gid(1), "numberOfOrders": "3"},
    ]
    assert body["extensions"]["cost"] == {
        "requestedQueryCost": 3,
        "actualQueryCost": 2,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1998, "restoreRate": 100.0},
    }


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ('{ customer(id: "1") { id } }', {}, "INVALID_VARIABLE"),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["gid://x"]}, "INVALID_VARIABLE"),
        (
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            {"ids": [customer_gid(1)] * 251},
            "MAX_INPUT_SIZE_EXCEEDED",
        ),
        (
            "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { amountSpent { amount } "
            "a: amountSpent { amount } defaultEmailAddress { emailAddress } } } }",
            {"ids": [customer_gid(1)] * 251},
            "MAX_COST_EXCEEDED",
        ),
    ],
)
async def test_a_query_beyond_the_rules_is_refused(
    client_of: Open, query: str, variables: dict[str, Any], code: str
) -> None:
    client = client_of(ShopifyApp(SHOP).asgi)
    await sign_in(client)
    body = await ask(client, query, **variables)
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]


@pytest.mark.parametrize("query", ["{ customer(", '{ customer(id: "1") { wings } }'])
async def test_a_query_that_is_not_valid_is_refused(client_of: Open, query: str) -> None:
    client = client_of(ShopifyApp(SHOP).asgi)
    await sign_in(client)
    body = await ask(client, query)
    assert body.keys() == {"errors"}


async def test_an_empty_bucket_throttles_and_refills(client_of: Open) -> None:
    clock = FakeClock()
    app = ShopifyApp(SHOP, bucket_points_max=10, monotonic=clock.monotonic)
    client = client_of(app.asgi)
    await sign_in(client)
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    app.bucket.take(8)

    throttled = await ask(client, query, ids=[customer_gid(1)] * 4)
    assert throttled == {
        "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {
            "cost": {
                "requestedQueryCost": 4,
                "actualQueryCost": None,
                "throttleStatus": {"maximumAvailable": 10, "currentlyAvailable": 2, "restoreRate": 100.0},
            }
        },
    }
    clock.now_s += 0.03
    answered = await ask(client, query, ids=[customer_gid(1)] * 4)
    assert len(answered["data"]["nodes"]) == 4
    clock.now_s += 60
    assert app.bucket.available == 10


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ('{ customer(id: "gid://shopify/Customer/1") { id } }', 1),
        ('{ customer(id: "gid://shopify/Customer/1") { amountSpent { amount } } }', 2),
        ('{ nodes(ids: ["gid://shopify/Customer/1", "gid://shopify/Customer/1"]) { id } }', 2),
        ('{ node(id: "gid://shopify/Customer/1") { ...c } } fragment c on Customer { amountSpent { amount } }', 2),
        ("{ __schema { queryType { name } } }", 0),
    ],
)
async def test_a_querys_cost_counts_its_objects(client_of: Open, query: str, cost: int) -> None:
    client = client_of(ShopifyApp(SHOP).asgi)
    await sign_in(client)
    body = await ask(client, query)
    assert body["extensions"]["cost"]["requestedQueryCost"] == cost
