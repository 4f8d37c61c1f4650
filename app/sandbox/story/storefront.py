"""The shops' side: each customer with what the orders of that shop amount to."""

from collections.abc import Sequence

from app.domain.money import decimal_amount
from app.domain.order import OrderStatus
from app.sandbox.data import ShopifyShop
from app.sandbox.story.book import Book, Row
from app.sandbox.story.people import Shopper
from app.sandbox.story.play import Play


def shops(book: Book, shoppers: Sequence[Shopper], plays: Sequence[Play]) -> dict[str, ShopifyShop]:
    return {key: ShopifyShop(_customers(book, key, shoppers, plays)) for key in ("shopify", "shopify_outlet")}


def _customers(book: Book, key: str, shoppers: Sequence[Shopper], plays: Sequence[Play]) -> list[Row]:
    orders: dict[object, list[Row]] = {}
    for play in plays:
        if play.order["channel"] == key and play.order["status"] is not OrderStatus.DRAFT:
            orders.setdefault(play.order["customer_id"], []).append(play.order)
    return [_customer(book, one, key, orders.get(one.id, [])) for one in shoppers if key in one.seen]


def _customer(book: Book, shopper: Shopper, key: str, orders: Sequence[Row]) -> Row:
    """`amountSpent` is what was paid net of refunds, in the shop's currency."""
    record = shopper.seen[key].record
    spent_minor = sum(order["paid_minor"] - order["refunded_minor"] for order in orders)
    subscribed = any(
        consent["granted"]
        for consent in book.tables["consents"]
        if (consent["customer_id"], consent["source_key"], consent["channel"]) == (shopper.id, key, "EMAIL")
    )
    return {
        **record,
        "defaultEmailAddress": {
            **record["defaultEmailAddress"],
            "marketingState": "SUBSCRIBED" if subscribed else "NOT_SUBSCRIBED",
        },
        "numberOfOrders": str(len(orders)),
        "amountSpent": {"amount": str(decimal_amount(spent_minor, "USD")), "currencyCode": "USD"},
    }
