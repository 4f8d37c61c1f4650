"""Which events are Shopify's, what of them is kept, and what they say has changed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.connectors.contract import SourceRefused
from app.connectors.ports.feeds import Feed
from app.connectors.ports.webhook import Change, Delivery, Unauthentic, Unreadable
from app.connectors.shopify.subscribing import TOPICS
from app.sandbox.shopify.checkout import Bought
from app.sandbox.shopify.webhooks import event, headers, signature
from tests.connectors.shopify_shop import Storefront, open_shop
from tests.connectors.vendor_rows import customer_gid, make_customer

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BODY = b'{"id": 450789469,  "email": "ada@example.com", "customer": {"id": 7, "first_name": "Ada"}}'
HEADERS = {
    "X-Shopify-Topic": "orders/updated",
    "X-Shopify-Shop-Domain": "acme.myshopify.com",
    "X-Shopify-Webhook-Id": "b54557e4",
    "X-Shopify-Event-Id": "98880550",
    "X-Shopify-Triggered-At": "2026-11-01T11:59:27.877041743Z",
    "X-Shopify-Hmac-Sha256": signature(BODY),
}


@pytest.fixture
def shop() -> Storefront:
    return open_shop(customers=[make_customer(1)])


def receive(shop: Storefront, sent: bytes = BODY, /, **headers: str | None) -> Delivery:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in {**HEADERS, **changed}.items() if value is not None}
    return shop.connector.receive(given, sent, at=NOW)


def test_a_true_event_is_kept_without_what_it_says_of_people(shop: Storefront) -> None:
    assert receive(shop) == Delivery(
        "b54557e4",
        datetime.fromisoformat("2026-11-01T11:59:27.877041Z"),
        {
            "topic": "orders/updated",
            "shop": "acme.myshopify.com",
            "payload": {"id": 450789469, "customer": {"id": 7}},
        },
        "order 450789469",
    )


def test_headers_are_read_in_any_spelling(shop: Storefront) -> None:
    known = {name.lower(): value for name, value in HEADERS.items()}
    assert shop.connector.receive(known, BODY, at=NOW).external_event_id == "b54557e4"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X_Shopify_Hmac_Sha256": None}, "missing"),
        ({"X_Shopify_Hmac_Sha256": "é"}, "malformed"),
        ({"X_Shopify_Hmac_Sha256": "no base64"}, "malformed"),
        ({"X_Shopify_Hmac_Sha256": HEADERS["X-Shopify-Hmac-Sha256"][:-8]}, "malformed|wrong"),
        ({"X_Shopify_Hmac_Sha256": signature(BODY, secret="another")}, "wrong"),
        ({"X_Shopify_Triggered_At": "2026-11-01T06:59:59Z"}, "more than 18000 s old"),
        ({"X_Shopify_Triggered_At": "2026-11-01T17:00:01Z"}, "more than 18000 s old"),
        ({"X_Shopify_Triggered_At": "2026-11-01T12:00:00"}, "more than 18000 s old"),
        ({"X_Shopify_Triggered_At": None}, "more than 18000 s old"),
    ],
)
def test_any_other_is_not_taken(shop: Storefront, headers: dict[str, str | None], message: str) -> None:
    with pytest.raises(Unauthentic, match=message):
        receive(shop, **headers)


def test_a_changed_body_is_not_shopifys(shop: Storefront) -> None:
    with pytest.raises(Unauthentic, match="wrong"):
        receive(shop, BODY.replace(b"  ", b" "))


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'"orders"'])
def test_a_true_sender_may_still_send_nonsense(shop: Storefront, body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^the event cannot be read: "):
        receive(shop, body, X_Shopify_Hmac_Sha256=signature(body))


@pytest.mark.parametrize("missing", ["X_Shopify_Topic", "X_Shopify_Webhook_Id"])
def test_an_event_says_what_it_is(shop: Storefront, missing: str) -> None:
    headers: dict[str, str | None] = {missing: None}
    with pytest.raises(Unreadable, match="does not say its topic, its id and its time"):
        receive(shop, **headers)


ORDER = Change("gid://shopify/Order/9", Feed.ORDERS)


@pytest.mark.parametrize(
    ("topic", "payload", "subject", "changes"),
    [
        ("orders/create", {"id": 9}, "order 9", [ORDER]),
        ("orders/paid", {"id": 9, "customer": {"id": 7}}, "order 9", [ORDER, Change(customer_gid(7))]),
        ("orders/updated", {"id": 9, "customer": None}, "order 9", [ORDER]),
        ("refunds/create", {"id": 3, "order_id": 9}, "order 9", [ORDER]),
        ("fulfillments/update", {"id": 4, "order_id": 9}, "order 9", [ORDER]),
        ("returns/approve", {"id": 5, "order": {"id": 9}}, "order 9", [ORDER]),
        ("returns/update", {"admin_graphql_api_id": "gid://shopify/Return/5"}, "returns None", []),
        ("customers/update", {"id": 7}, "customers 7", [Change(customer_gid(7), Feed.CUSTOMERS)]),
        (
            "products/update",
            {"id": 2, "variants": [{"id": 21, "sku": "MUG"}, {"id": 22, "sku": ""}]},
            "products 2",
            [
                Change("gid://shopify/ProductVariant/21", Feed.PRODUCTS),
                Change("gid://shopify/ProductVariant/22", Feed.PRODUCTS),
                Change("MUG"),
            ],
        ),
        ("products/update", {"id": 2, "variants": [1, "id", None]}, "products 2", []),
        ("products/delete", {"id": 2}, "products 2", []),
        ("inventory_levels/update", {"inventory_item_id": 1, "location_id": 2}, "inventory item 1", []),
        ("app/uninstalled", {"id": 1}, "app 1", []),
    ],
)
def test_an_event_says_what_has_changed(
    shop: Storefront, topic: str, payload: dict[str, Any], subject: str, changes: list[Change]
) -> None:
    body = json.dumps(payload).encode()
    received = receive(shop, body, X_Shopify_Topic=topic, X_Shopify_Hmac_Sha256=signature(body))
    assert received.subject == subject
    assert shop.connector.changes(received.body) == changes


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("orders/create", {}),
        ("orders/create", {"id": "9"}),
        ("customers/update", {}),
        ("products/update", {"variants": 5}),
    ],
)
def test_an_event_that_names_nothing_is_unreadable(shop: Storefront, topic: str, payload: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="the event cannot be read"):
        shop.connector.changes({"topic": topic, "payload": payload})


async def test_stock_is_known_by_what_was_read_here(shop: Storefront) -> None:
    await shop.connector.stock(["MUG"], deadline=shop.deadline)
    item = shop.shop.rows("InventoryItem")[0]["id"].rpartition("/")[2]
    event = {"topic": "inventory_levels/update", "payload": {"inventory_item_id": int(item), "location_id": 2}}
    assert shop.connector.changes(event) == [Change("MUG")]


async def test_the_sandboxs_events_are_taken_and_lead_to_what_changed(shop: Storefront) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    shop.shop.tell = lambda topic, payload: heard.append((topic, payload))
    placed = shop.place(Bought(sku="MUG"), customer=customer_gid(1))
    shop.shop.change_customer(customer_gid(1), {"firstName": "Ada"})
    shop.shop.change_variant("MUG", {"price": "26.00"})
    at = shop.clock.now().isoformat()
    changes: list[Change] = []
    for topic, payload in heard:
        body = json.dumps(payload).encode()
        received = shop.connector.receive(headers(event(topic, payload, at), body), body, at=shop.clock.now())
        changes += shop.connector.changes(received.body)
    assert Change(placed["id"], Feed.ORDERS) in changes
    assert Change(customer_gid(1)) in changes
    assert Change(customer_gid(1), Feed.CUSTOMERS) in changes
    assert Change("MUG") in changes


async def test_each_topic_is_subscribed_to_once(shop: Storefront) -> None:
    url = "https://api.acme.test/webhooks/shopify"
    assert await shop.connector.subscribe(url, deadline=shop.deadline) == TOPICS
    assert await shop.connector.subscribe(url, deadline=shop.deadline) == ()
    assert [each["topic"] for each in shop.shop.subscriptions] == list(TOPICS)
    del shop.shop.subscriptions[3]
    assert await shop.connector.subscribe(url, deadline=shop.deadline) == (TOPICS[3],)


async def test_an_address_that_shopify_does_not_take_is_refused(shop: Storefront) -> None:
    with pytest.raises(SourceRefused, match="did not take the subscription to CUSTOMERS_CREATE: Address must be"):
        await shop.connector.subscribe("http://acme.test/webhooks/shopify", deadline=shop.deadline)
    assert shop.shop.subscriptions == []
