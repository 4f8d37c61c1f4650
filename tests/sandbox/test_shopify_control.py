"""The sandboxed shop's own life: buyers check out, merchants act, and whoever listens is told, signed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.app import create_sandbox
from app.sandbox.data import SandboxData, ShopifyShop
from app.sandbox.shopify.webhooks import signature
from tests.connectors.vendor_rows import LOCATIONS, customer_gid, make_customer, make_variant
from tests.serving import served

TOKEN = {"Authorization": "Bearer control"}
MUGS = {"lines": [{"sku": "MUG", "quantity": 2}], "customer": customer_gid(1)}


@dataclass
class Inbox:
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            body = await request.body()
            assert request.headers["X-Shopify-Hmac-Sha256"] == signature(body)
            self.received.append((request.headers["X-Shopify-Topic"], json.loads(body)))
            return Response(status_code=204)

        return Starlette(routes=[Route("/webhooks/shopify", take, methods=["POST"])])


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    shop = ShopifyShop(customers=[make_customer(1)], variants=[make_variant("MUG")], locations=LOCATIONS)
    sandbox = create_sandbox(SandboxData(shopify={"shopify": shop}), control_token="control")
    transport = httpx2.ASGITransport(sandbox)
    base = "http://vendor.test/_control/sources/shopify"
    async with httpx2.AsyncClient(transport=transport, base_url=base, headers=TOKEN) as client:
        yield client
    await sandbox.state.sources["shopify"].close()


async def post(client: httpx2.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await client.post(path, json=body or {})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_order_lives_and_its_events_are_sent_when_released(client: httpx2.AsyncClient) -> None:
    inbox = Inbox()
    async with served(inbox.app) as address:
        await post(client, "/webhooks", {"url": f"{address}/webhooks/shopify", "is_held": True})
        order = await post(client, "/orders", MUGS)
        number = int(order["legacyResourceId"])
        for action in ("capture", "fulfill", "return"):
            await post(client, f"/orders/{number}/{action}")
        assert inbox.received == []
        await post(client, "/webhooks/release", {"is_reversed": True})
        await post(client, "/webhooks", {"url": None})
    topics = [topic for topic, _ in reversed(inbox.received)]
    assert topics == [
        "inventory_levels/update",
        "orders/create",
        "orders/paid",
        "inventory_levels/update",
        "fulfillments/create",
        "orders/updated",
        "returns/approve",
        "orders/updated",
    ]
    told = dict(reversed(inbox.received))
    assert told["orders/create"]["id"] == told["fulfillments/create"]["order_id"] == number
    assert told["returns/approve"]["order"]["id"] == number


async def test_a_merchant_changes_a_product_and_a_customer(client: httpx2.AsyncClient) -> None:
    inbox = Inbox()
    async with served(inbox.app) as address:
        await post(client, "/webhooks", {"url": f"{address}/webhooks/shopify", "is_held": True, "copies": 2})
        variant = await post(client, "/products/MUG", {"price": "26.00"})
        await post(client, "/customers/1", {"firstName": "Ada"})
        assert await post(client, "/webhooks/release") == {"released": 2}
        await post(client, "/webhooks", {"url": None})
    assert [topic for topic, _ in inbox.received] == ["products/update"] * 2 + ["customers/update"] * 2
    assert inbox.received[0][1]["variants"][0]["admin_graphql_api_id"] == variant["id"]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/orders", {"lines": []}, "length >= 1"),
        ("/orders", {"lines": [{"sku": "NONE"}]}, "nobody knows what NONE costs"),
        ("/orders/1/capture", {}, "Order does not exist"),
        ("/products/NONE", {}, "nobody knows NONE"),
        ("/customers/9", {}, "Customer does not exist"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], message: str
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


async def test_an_order_is_canceled_once_and_refunded_no_more_than_was_paid(client: httpx2.AsyncClient) -> None:
    number = (await post(client, "/orders", MUGS))["legacyResourceId"]
    assert (await post(client, f"/orders/{number}/cancel"))["cancelledAt"] is not None
    assert (await client.post(f"/orders/{number}/cancel")).status_code == 400
    assert (await client.post(f"/orders/{number}/capture")).status_code == 400
    assert (await client.post(f"/orders/{number}/dance")).status_code == 400
