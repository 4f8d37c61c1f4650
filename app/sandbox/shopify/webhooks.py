"""Sends a sandboxed shop's events, signed as Shopify does: to who has subscribed to the topic, and to one more."""

import asyncio
import base64
import hmac
from collections.abc import Mapping
from uuid import uuid4

from app.sandbox.data import CLIENT_SECRET
from app.sandbox.faults import Sleep
from app.sandbox.shopify.objects import Object
from app.sandbox.webhook_sender import Event, WebhookSender

SHOP_DOMAIN = "sandbox.myshopify.com"


class Webhooks(WebhookSender):
    def __init__(self, *, sleep: Sleep = asyncio.sleep) -> None:
        super().__init__(headers, body=lambda event: event["payload"], sleep=sleep)


def event(topic: str, payload: Object, at: str) -> Event:
    """Its ids stay the same however often it is sent."""
    return {"topic": topic, "payload": payload, "triggered_at": at, "id": str(uuid4()), "event_id": str(uuid4())}


def headers(event: Event, body: bytes) -> Mapping[str, str]:
    """https://shopify.dev/docs/apps/build/webhooks/verify-deliveries, read 2026-11."""
    return {
        "X-Shopify-Topic": event["topic"],
        "X-Shopify-Shop-Domain": SHOP_DOMAIN,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": event["id"],
        "X-Shopify-Event-Id": event["event_id"],
        "X-Shopify-Triggered-At": event["triggered_at"],
        "X-Shopify-Hmac-Sha256": signature(body),
    }


def signature(body: bytes, *, secret: str = CLIENT_SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
