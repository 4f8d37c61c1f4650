"""The transactions of an order, and the payments that they make."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.connectors.ports.storefront import StorefrontPayment
from app.connectors.shopify.mapping import MoneyBag, Object, Reference, money, shop_money
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
    """One for each authorization and each sale that succeeded; one of nothing where money is still to come.

    Raises ValueError where they make no sense.
    """
    done = {each.id: each for each in transactions if each.status == "SUCCESS"}
    tried = [each for each in transactions if each.kind in {"SALE", *HOLDS}]
    families: dict[str, list[Transaction]] = {each.id: [] for each in tried if _first(each, done) is each}
    for each in done.values():
        families.get(_first(each, done).id, []).append(each)
    if made := tuple(_payment(done[id_], family) for id_, family in families.items() if family):
        return made
    # Money that did not come is still to come: it was to be paid in the checkout.
    return tuple(_payment(each, []) for each in sorted(tried, key=lambda each: each.status != "PENDING")[:1])


def _first(transaction: Transaction, done: Mapping[str, Transaction]) -> Transaction:
    """What it descends from among those that are `done`. What was pending is followed by another of its kind."""
    for _ in range(len(done) + 1):
        parent = done.get(transaction.parent_transaction.id) if transaction.parent_transaction else None
        if parent is None:
            return transaction
        transaction = parent
    raise ValueError("transactions descend from each other")


def _payment(first: Transaction, family: Sequence[Transaction]) -> StorefrontPayment:
    """Of an authorization or a sale, with itself and what descends from it as far as it is done."""
    own = shop_money(first.amount_set)
    minor: Counter[str] = Counter()
    for each in family:
        minor[each.kind] += shop_money(each.amount_set).minor
    captured_minor = minor["SALE"] + minor["CAPTURE"] - minor["CHANGE"]
    rounding_minor = sum(_rounding_minor(each) for each in family if each.kind in {"CAPTURE", "REFUND"})
    # All that was taken may come back as a little more of the shop's currency.
    is_all_back = captured_minor < minor["REFUND"] <= captured_minor + rounding_minor
    return StorefrontPayment(
        external_id=first.id,
        method=first.gateway or "unknown",
        authorized=Money(own.minor - minor["CHANGE"] if family else 0, own.currency),
        captured=Money(captured_minor, own.currency),
        refunded=Money(captured_minor if is_all_back else minor["REFUND"], own.currency),
        at=first.processed_at or first.created_at,
        expires_at=first.authorization_expires_at,
        is_sale=first.kind == "SALE",
        # What can be captured once holds nothing after that, and Shopify need not say so.
        is_released=minor["VOID"] > 0 or (minor["CAPTURE"] > 0 and not first.multi_capturable),
        rounding_minor=rounding_minor,
    )


def _rounding_minor(transaction: Transaction) -> int:
    """What was asked for is rounded to the buyer's currency, and back: by half a unit of each at most."""
    own, there = shop_money(transaction.amount_set), there_money(transaction)
    return 0 if own.currency == there.currency or not there.minor else own.minor // (2 * there.minor) + 1


def there_money(transaction: Transaction) -> Money:
    """In the currency that the buyer paid in."""
    return money(transaction.amount_set.presentment_money or transaction.amount_set.shop_money)
