"""The shops' side: each customer with what the orders of that shop amount to."""

from collections.abc import Sequence

from app.domain.customer import ConsentChannel
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
    subscribers = {
        consent["customer_id"]
        for consent in book.tables["consents"]
        if consent["granted"] and (consent["source_key"], consent["channel"]) == (key, ConsentChannel.EMAIL)
    }
    return [
        _customer(one.seen[key].record, orders.get(one.id, []), subscribed=one.id in subscribers)
        for one in shoppers
        if key in one.seen
    ]


def _customer(record: Row, orders: Sequence[Row], *, subscribed: bool) -> Row:
    """`amountSpent` is what was paid net of refunds, in the shop's currency."""
    spent_minor = sum(order["paid_minor"] - order["refunded_minor"] for order in orders)
    return {
        **record,
        "defaultEmailAddress": {
            **record["defaultEmailAddress"],
            "marketingState": "SUBSCRIBED" if subscribed else "NOT_SUBSCRIBED",
        },
        "numberOfOrders": str(len(orders)),
        "amountSpent": {"amount": str(decimal_amount(spent_minor, "USD")), "currencyCode": "USD"},
    }
