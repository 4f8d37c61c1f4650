"""Asks Shopify to send its events to an address of ours: each topic once, with what says what it is about, no more."""

from typing import Any

from app.connectors.contract import SourceRefused
from app.connectors.shopify import documents, mutations
from app.connectors.shopify.api import Api, Payload
from app.connectors.shopify.mapping import Nodes, Object
from app.connectors.shopify.webhook import INCLUDED

# fmt: off
TOPICS = (
    "CUSTOMERS_CREATE", "CUSTOMERS_DELETE", "CUSTOMERS_UPDATE",
    "FULFILLMENTS_CREATE", "FULFILLMENTS_UPDATE",
    "INVENTORY_LEVELS_CONNECT", "INVENTORY_LEVELS_DISCONNECT", "INVENTORY_LEVELS_UPDATE",
    "ORDERS_CANCELLED", "ORDERS_CREATE", "ORDERS_DELETE", "ORDERS_EDITED", "ORDERS_FULFILLED", "ORDERS_PAID",
    "ORDERS_UPDATED",
    "PRODUCTS_CREATE", "PRODUCTS_UPDATE",
    "REFUNDS_CREATE",
    "RETURNS_APPROVE", "RETURNS_CANCEL", "RETURNS_CLOSE", "RETURNS_REOPEN",
)
# fmt: on
"""Not RETURNS_UPDATE, which does not say whose return it is: the order's own event does."""


class _Subscription(Object):
    topic: str


class _Subscriptions(Object):
    webhook_subscriptions: Nodes[_Subscription]


class _Subscribed(Payload):
    webhook_subscription: dict[str, Any] | None = None


class Subscribing:
    _api: Api

    async def subscribe(self, url: str, *, deadline: float) -> tuple[str, ...]:
        known = await self._api.query(documents.SUBSCRIPTIONS, {"uri": url}, _Subscriptions, deadline=deadline)
        there = {each.topic for each in known.webhook_subscriptions.nodes}
        missing = tuple(topic for topic in TOPICS if topic not in there)
        for topic in missing:
            asked = {"uri": url, "format": "JSON", "includeFields": INCLUDED[_noun(topic)]}
            variables = {"topic": topic, "subscription": asked}
            # Twice is refused, and does no harm.
            payload = await self._api.change(
                mutations.SUBSCRIBE, variables, _Subscribed, deadline=deadline, repeatable=True
            )
            if payload.user_errors and not _is_taken(payload):
                message = f"{self._api.source_key} did not take the subscription to {topic}"
                raise SourceRefused(self._api.source_key, f"{message}: {payload.user_errors[0].message}")
        return missing


def _noun(topic: str) -> str:
    return topic.rpartition("_")[0].lower()


def _is_taken(payload: Payload) -> bool:
    return any("already been taken" in error.message for error in payload.user_errors)
