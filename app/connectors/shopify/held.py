"""What is held and taken in a shop's checkout, how much of it is left, and what to ask for in the buyer's currency.

What is asked for here is in the shop's currency. Where the buyer paid in another, Shopify wants that and tells what it
makes of it in the shop's, which may be a unit off. So what was asked for counts as it was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.shopify.ids import number
from app.connectors.shopify.mapping import shop_money
from app.connectors.shopify.payment_mapping import GONE, STATUS, Metafield, PaymentOrder, noted_refund, refund_answer
from app.connectors.shopify.transactions import HOLDS, Transaction, there_money
from app.domain.money import Money, decimal_amount


@dataclass(frozen=True)
class Held:
    """An authorization or a sale, among the transactions of its order."""

    reference: str
    """As it was asked for."""
    transaction: Transaction
    order: PaymentOrder
    asked: Mapping[str, int] = field(default_factory=dict)
    """By capture, how much was asked for here, in the shop's currency: Shopify converts it there and back."""

    @classmethod
    def of(cls, order: PaymentOrder, gid: str, reference: str) -> "Held":
        """Raises ValueError where the order does not have it, and for money that is none."""
        own = next((each for each in order.transactions if each.id == gid), None)
        if own is None:
            raise ValueError(f"{gid} is not among its order's transactions")
        for each in order.transactions:
            # Read here for the ValueError: whatever reads them from now on finds money.
            shop_minor(each)
            there_minor(each)
        return cls(reference, own, order)

    @property
    def id(self) -> str:
        return self.transaction.id

    @property
    def captures(self) -> list[Transaction]:
        """The earliest first."""
        captures = (each for each in self._children(self.id) if each.kind == "CAPTURE")
        return sorted(captures, key=lambda each: (each.created_at, number(each.id).zfill(20)))

    @property
    def voids(self) -> list[Transaction]:
        return [each for each in self._children(self.id) if each.kind == "VOID"]

    @property
    def is_void(self) -> bool:
        return bool(self.voids) and not self.captures

    @property
    def is_voidable(self) -> bool:
        return self._is_hold and not self.captures and not self.voids

    @property
    def currency(self) -> dict[str, str]:
        """Of what is asked for: to be named where the buyer paid in another than the shop's."""
        there = self.order.presentment_currency_code
        return {} if there == self.transaction.amount_set.shop_money.currency_code else {"currency": there}

    def refusal_of_capture(self, amount: Money, *, is_final: bool) -> FailureCode | None:
        if amount.currency != shop_money(self.transaction.amount_set).currency:
            return FailureCode.INVALID
        left_minor = shop_minor(self.transaction) - self._gone_minor
        is_once = not self.transaction.multi_capturable
        if not self._is_hold or min(left_minor, self._left_there_minor) <= 0 or (is_once and self.captures):
            return GONE
        if amount.minor > left_minor:
            return FailureCode.EXCEEDS_REMAINING
        if is_once and not is_final and amount.minor < left_minor:
            return FailureCode.ONE_CAPTURE_ONLY
        return None

    @property
    def refusal_code(self) -> FailureCode:
        """Why Shopify refuses what looked possible: it says so in words alone."""
        return GONE if self.is_expired else FailureCode.INVALID

    @property
    def is_expired(self) -> bool:
        """By our clock. Only plans for large shops tell when an authorization expires."""
        expires_at = self.transaction.authorization_expires_at
        return expires_at is not None and expires_at <= datetime.now(UTC)

    def capture_there_minor(self, amount: Money) -> int:
        """What to capture in the buyer's currency, so that all captures together come to what is held."""
        own, there = shop_minor(self.transaction), there_minor(self.transaction)
        return next_there_minor(own, there, self._gone_minor, amount.minor, self._left_there_minor)

    def there(self, minor: int) -> str:
        """An amount as Shopify wants it: in the currency that the buyer paid in."""
        return str(decimal_amount(minor, self.order.presentment_currency_code))

    def refund_parts(self, amount: Money) -> list[tuple[Transaction, int]] | None:
        """What to give back of which capture in the buyer's currency, the earliest first; None where less is left."""
        taken = [each for each in self._taken if each.status == "SUCCESS"]
        own = sum(map(self._asked_minor, taken))
        before = self._refunded_minor(taken)
        is_same = amount.currency == shop_money(self.transaction.amount_set).currency
        if not taken or not is_same or before + amount.minor > own:
            return None
        lefts = [there_minor(each) - sum(map(there_minor, self._refunds(each))) for each in taken]
        missing = next_there_minor(own, sum(map(there_minor, taken)), before, amount.minor, sum(lefts))
        parts = []
        for each, left in zip(taken, lefts, strict=True):
            part = min(left, missing)
            if part > 0:
                parts.append((each, part))
                missing -= part
        return parts or None

    def refund_known(self, key: str) -> GatewayAnswer | None:
        """What became of the refund with this key. Raises ValueError."""
        for each in self.order.refunds:
            if (noted := noted_refund(each.note)) and noted[0] == key:
                own = {reference.id for reference in each.transactions.nodes}
                return refund_answer(each.id, noted[1], [one for one in self.order.transactions if one.id in own])
        return None

    @property
    def _taken(self) -> list[Transaction]:
        return [self.transaction] if self.transaction.kind == "SALE" else self.captures

    @property
    def _gone_minor(self) -> int:
        return sum(map(self._asked_minor, self.captures)) + sum(map(shop_minor, self.voids))

    @property
    def _left_there_minor(self) -> int:
        return there_minor(self.transaction) - sum(map(there_minor, [*self.captures, *self.voids]))

    def _asked_minor(self, transaction: Transaction) -> int:
        return self.asked.get(transaction.id, shop_minor(transaction))

    def _refunded_minor(self, taken: Sequence[Transaction]) -> int:
        """What was asked for here counts as it was asked for; the rest as Shopify tells."""
        told = {each.id: each for parent in taken for each in self._refunds(parent)}
        minor = 0
        for refund in self.order.refunds:
            noted, own = noted_refund(refund.note), {each.id for each in refund.transactions.nodes}
            if noted and own and own <= told.keys():
                minor += noted[1].minor
                told = {id_: each for id_, each in told.items() if id_ not in own}
        return minor + sum(map(shop_minor, told.values()))

    def with_metafield(self, metafield: Metafield) -> "Held":
        known: dict[str, Any] = {name: getattr(self.order, name) for name in self.order.__struct_fields__}
        return replace(self, order=PaymentOrder(**known | {"metafield": metafield}))

    @property
    def _is_hold(self) -> bool:
        return self.transaction.kind in HOLDS and self.transaction.status == "SUCCESS"

    def _refunds(self, parent: Transaction) -> list[Transaction]:
        return [each for each in self._children(parent.id) if each.kind == "REFUND"]

    def _children(self, gid: str) -> list[Transaction]:
        """Without those that failed."""
        return [
            each
            for each in self.order.transactions
            if each.parent_transaction and each.parent_transaction.id == gid and each.status in STATUS
        ]


def next_there_minor(own: int, there: int, before: int, part: int, left: int) -> int:
    """What a further part of `own` is in the buyer's currency: all parts so far to the nearest, less those before.

    So the parts come to the whole, where each of them rounded by itself would not.
    """
    so_far = (2 * (before + part) * there + own) // (2 * own)
    return min(max(1, so_far - (there - left)), left)


def shop_minor(transaction: Transaction) -> int:
    return shop_money(transaction.amount_set).minor


def there_minor(transaction: Transaction) -> int:
    return there_money(transaction).minor
