"""Orders as a storefront tells of them; a test states only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder, StorefrontPayment
from app.domain.money import Money
from tests.fixtures_shop import ADDRESS

PLACED = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SHOP = "webshop"
"""The storefront's key."""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def sold(number: int, sku: str | None, quantity: int, price_minor: int = 1_000, **more: Any) -> StorefrontLine:
    more |= {name: usd(more.get(name, 0)) for name in ("discount", "tax")}
    title = f"A {(sku or 'thing').lower()}"
    return StorefrontLine(
        external_id=f"L{number}", sku=sku, title=title, quantity=quantity, unit_price=usd(price_minor), **more
    )


def paid(minor: int, captured_minor: int = 0, refunded_minor: int = 0, **more: Any) -> StorefrontPayment:
    given: dict[str, Any] = {"external_id": "T1", "method": "card", "at": PLACED} | more
    return StorefrontPayment(authorized=usd(minor), captured=usd(captured_minor), refunded=usd(refunded_minor), **given)


def order_of(*lines: StorefrontLine, **more: Any) -> StorefrontOrder:
    """Two mugs and a lamp, 30.00 and 5.00 for shipping, held on a card."""
    given: dict[str, Any] = {
        "external_id": "1001",
        "number": "#1001",
        "url": "https://shop.example/orders/1001",
        "placed_at": PLACED,
        "updated_at": PLACED,
        "canceled_at": None,
        "closed_at": None,
        "currency": "USD",
        "customer_external_id": None,
        "contact_name": "Zoe Quist",
        "email": "zoe@example.com",
        "phone": None,
        "shipping_address": ADDRESS,
        "billing_address": None,
        "shipping_method": "Standard",
        "shipping": usd(500),
        "lines": lines or (sold(1, "MUG", 2), sold(2, "LAMP", 1)),
        "payments": (paid(3_500),),
    }
    return StorefrontOrder(**given | more)


def later(order: StorefrontOrder, hours: int = 1, **changes: Any) -> StorefrontOrder:
    """Its next version."""
    return replace(order, **{"updated_at": order.updated_at + timedelta(hours=hours)} | changes)
