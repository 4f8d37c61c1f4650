"""Shopify's events: which are true, and what they say has changed.

The signature is the base64 HMAC-SHA256 of the raw body under the app's client secret; headers are not signed
(https://shopify.dev/docs/apps/build/webhooks/verify-deliveries, read 2026-11). So whoever once saw a true event could
send its body again under another id, and would have a record read once more.

Of a body those parts are kept that say what it is about: nobody's name, address or money.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.connectors.ports.feeds import Feed
from app.connectors.ports.webhook import Change, Delivery, Unauthentic, Unreadable
from app.connectors.shopify.api import Api

KEPT = ("id", "admin_graphql_api_id", "updated_at", "order_id", "inventory_item_id", "location_id")
KEPT_WITHIN = {"customer": ("id",), "order": ("id",), "variants": ("id", "sku", "inventory_item_id")}
INCLUDED = {
    "orders": ("id", "admin_graphql_api_id", "updated_at", "customer.id"),
    "refunds": ("id", "order_id"),
    "fulfillments": ("id", "order_id", "updated_at"),
    "returns": ("id", "admin_graphql_api_id", "order.id"),
    "customers": ("id", "updated_at"),
    "products": ("id", "updated_at", "variants.id", "variants.sku", "variants.inventory_item_id"),
    "inventory_levels": ("inventory_item_id", "location_id", "updated_at"),
}
"""By what a topic is about: the fields that a subscription asks for in the first place."""


def authenticate(headers: Mapping[str, str], body: bytes, *, secret: str, at: datetime, age_s_max: int) -> None:
    """`headers` with names in lower case. Raises Unauthentic."""
    try:
        given = base64.b64decode(headers.get("x-shopify-hmac-sha256", ""), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Unauthentic("the signature is malformed") from exc
    if not given:
        raise Unauthentic("the signature is missing")
    if not hmac.compare_digest(hmac.digest(secret.encode(), body, "sha256"), given):
        raise Unauthentic("the signature is wrong")
    sent_at = _sent_at(headers)
    if sent_at is None or abs((at - sent_at).total_seconds()) > age_s_max:
        raise Unauthentic(f"the event is more than {age_s_max} s old, or our clock is wrong")


def delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """Of an authentic event. Raises Unreadable."""
    topic, id_ = headers.get("x-shopify-topic"), headers.get("x-shopify-webhook-id")
    sent_at = _sent_at(headers)
    try:
        payload = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as exc:
        raise Unreadable(f"the event cannot be read: {exc}") from exc
    if not topic or not id_ or sent_at is None:
        raise Unreadable("the event does not say its topic, its id and its time")
    kept = {name: payload[name] for name in KEPT if name in payload}
    for name, parts in KEPT_WITHIN.items():
        match payload.get(name):
            case dict() as whole:
                kept[name] = {part: whole[part] for part in parts if part in whole}
            case list() as several:
                known = [each for each in several if isinstance(each, dict)]
                kept[name] = [{part: each[part] for part in parts if part in each} for each in known]
    event = {"topic": topic, "shop": headers.get("x-shopify-shop-domain"), "payload": kept}
    return Delivery(id_, sent_at, event, _subject(event))


def _sent_at(headers: Mapping[str, str]) -> datetime | None:
    try:
        sent_at = datetime.fromisoformat(headers.get("x-shopify-triggered-at", ""))
    except ValueError:
        return None
    return sent_at if sent_at.tzinfo else None


def _subject(event: Mapping[str, Any]) -> str:
    payload, noun = event["payload"], event["topic"].partition("/")[0]
    if noun == "inventory_levels":
        return f"inventory item {payload.get('inventory_item_id')}"
    if order := _order_number(event["topic"], payload):
        return f"order {order}"
    return f"{noun} {payload.get('id')}"


def changes(event: Mapping[str, Any], skus: Mapping[str, str]) -> Sequence[Change]:
    """`skus` are those known by the number of their inventory item. Raises Unreadable."""
    try:
        topic, payload = event["topic"], event["payload"]
        read = _READERS.get(topic.partition("/")[0])
        return list(read(topic, payload, skus)) if read else []
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise Unreadable(f"the event cannot be read: {exc!r}") from exc


def _of_order(topic: str, payload: Mapping[str, Any], _skus: Mapping[str, str]) -> Sequence[Change]:
    order = _order_number(topic, payload)
    if order is None:
        if topic.startswith("returns/"):
            # Some say nothing of their order, whose own event comes as well.
            return []
        raise ValueError("it names no order")
    found = [Change(f"gid://shopify/Order/{order}", Feed.ORDERS)]
    if buyer := payload.get("customer"):
        # How much the buyer has ordered is part of what is read live.
        found.append(Change(f"gid://shopify/Customer/{int(buyer['id'])}"))
    return found


def _of_customer(_topic: str, payload: Mapping[str, Any], _skus: Mapping[str, str]) -> Sequence[Change]:
    return [Change(f"gid://shopify/Customer/{int(payload['id'])}", Feed.CUSTOMERS)]


def _of_product(_topic: str, payload: Mapping[str, Any], _skus: Mapping[str, str]) -> Sequence[Change]:
    """A product also changes with its stock. One that is deleted no longer says what it had."""
    variants = payload.get("variants", ())
    found = [Change(f"gid://shopify/ProductVariant/{int(each['id'])}", Feed.PRODUCTS) for each in variants]
    return [*found, *(Change(each["sku"]) for each in variants if each.get("sku"))]


def _of_stock(_topic: str, payload: Mapping[str, Any], skus: Mapping[str, str]) -> Sequence[Change]:
    """An item's SKU is not told; the event of its product, which comes too, does."""
    sku = skus.get(str(int(payload["inventory_item_id"])))
    return [Change(sku)] if sku else []


_READERS: Mapping[str, Callable[[str, Mapping[str, Any], Mapping[str, str]], Sequence[Change]]] = {
    "orders": _of_order,
    "refunds": _of_order,
    "fulfillments": _of_order,
    "returns": _of_order,
    "customers": _of_customer,
    "products": _of_product,
    "inventory_levels": _of_stock,
}


def _order_number(topic: str, payload: Mapping[str, Any]) -> int | None:
    match topic.partition("/")[0]:
        case "orders":
            found = payload.get("id")
        case "refunds" | "fulfillments":
            found = payload.get("order_id")
        case "returns":
            found = (payload.get("order") or {}).get("id")
        case _:
            return None
    return found if isinstance(found, int) else None


class Webhooks:
    _api: Api
    _webhook_secret: str

    def receive(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Delivery:
        known = {name.lower(): value for name, value in headers.items()}
        age_s_max = self._api.manifest.limit("webhook_age_s")
        authenticate(known, body, secret=self._webhook_secret, at=at, age_s_max=age_s_max)
        return delivery(known, body)

    def changes(self, event: Mapping[str, Any]) -> Sequence[Change]:
        return changes(event, self._api.skus)
