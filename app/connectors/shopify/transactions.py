"""The transactions of an order, and the payments that they make."""

from collections.abc import Sequence
from datetime import datetime

from app.connectors.ports.storefront import StorefrontPayment
from app.connectors.shopify.mapping import MoneyBag, Object, Reference, shop_money
from app.domain.money import Money

HOLDS = frozenset({"AUTHORIZATION", "EMV_AUTHORIZATION"})


class Transaction(Object):
    id: str
    kind: str
    status: str
    gateway: str | None
    created_at: datetime
    processed_at: datetime | None
    authorization_expires_at: datetime | None
    multi_capturable: bool
    amount_set: MoneyBag
    parent_transaction: Reference | None


def payments(transactions: Sequence[Transaction]) -> tuple[StorefrontPayment, ...]:
    """One for each authorization and each sale that succeeded; one of nothing where money is still awaited."""
    done = [each for each in transactions if each.status == "SUCCESS"]
    made = tuple(_payment(each, done) for each in done if each.kind in {"SALE", *HOLDS})
    if made:
        return made
    awaited = [each for each in transactions if each.status == "PENDING" and each.kind in {"SALE", *HOLDS}]
    return tuple(_payment(each, []) for each in awaited[:1])


def _payment(first: Transaction, done: Sequence[Transaction]) -> StorefrontPayment:
    """Of an authorization or a sale, with what descends from it among those that are `done`."""
    parents = {each.id: each.parent_transaction.id for each in done if each.parent_transaction}

    def descends(transaction: str) -> bool:
        while transaction in parents:
            transaction = parents[transaction]
        return transaction == first.id

    own = shop_money(first.amount_set)
    family = [each for each in done if descends(each.id)]
    minor = {
        kind: sum(shop_money(each.amount_set).minor for each in family if each.kind == kind)
        for kind in ("SALE", "CAPTURE", "REFUND")
    }
    return StorefrontPayment(
        external_id=first.id,
        method=first.gateway or "unknown",
        authorized=own if family else Money(0, own.currency),
        captured=Money(minor["SALE"] + minor["CAPTURE"], own.currency),
        refunded=Money(minor["REFUND"], own.currency),
        at=first.processed_at or first.created_at,
        expires_at=first.authorization_expires_at,
        is_sale=first.kind == "SALE",
        is_released=any(each.kind == "VOID" for each in family),
    )
