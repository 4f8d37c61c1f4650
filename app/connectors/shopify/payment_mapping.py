"""A payment in a shop: the transaction it began with, what descends from it, and the answers of a gateway."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.shopify.api import Payload
from app.connectors.shopify.ids import number
from app.connectors.shopify.mapping import Nodes, Object, Reference, money, shop_money
from app.connectors.shopify.order_mapping import HOLDS, Transaction
from app.domain.money import Money, decimal_amount
from app.domain.payment import TransactionStatus

GONE = FailureCode.AUTHORIZATION_GONE
MESSAGES = {
    FailureCode.DECLINED: "The shop's payment provider declined.",
    FailureCode.AUTHORIZATION_GONE: "The authorization was captured, voided or has expired.",
    FailureCode.ONE_CAPTURE_ONLY: "This authorization can be captured once; what is not captured then is released.",
    FailureCode.EXCEEDS_REMAINING: "The amount is more than what is left of the payment.",
    FailureCode.INVALID: "The shop does not accept the request. Money is authorized in its checkout alone.",
}
STATUS = {
    "SUCCESS": TransactionStatus.SUCCESS,
    "PENDING": TransactionStatus.PENDING,
    "AWAITING_RESPONSE": TransactionStatus.PENDING,
    "UNKNOWN": TransactionStatus.PENDING,
}
"""OrderTransactionStatus; the others are failures."""


class Metafield(Object):
    value: str
    compare_digest: str


class NotedRefund(Object):
    id: str
    note: str | None
    transactions: Nodes[Reference]


class PaymentOrder(Object):
    id: str
    presentment_currency_code: str
    transactions: list[Transaction]
    refunds: list[NotedRefund]
    metafield: Metafield | None


class TransactionPayload(Payload):
    transaction: Transaction | None = None


class MadeRefund(Object):
    id: str
    transactions: Nodes[Transaction]


class RefundPayload(Payload):
    refund: MadeRefund | None = None


@dataclass(frozen=True)
class Held:
    """An authorization or a sale, among the transactions of its order."""

    reference: str
    """As it was asked for."""
    transaction: Transaction
    order: PaymentOrder

    @classmethod
    def of(cls, order: PaymentOrder, gid: str, reference: str) -> "Held":
        """Raises ValueError where the order does not have it."""
        own = next((each for each in order.transactions if each.id == gid), None)
        if own is None:
            raise ValueError(f"{gid} is not among its order's transactions")
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
        own = shop_money(self.transaction.amount_set)
        if amount.currency != own.currency:
            return FailureCode.INVALID
        left_minor = own.minor - sum(map(self.shop_minor, [*self.captures, *self.voids]))
        is_once = not self.transaction.multi_capturable
        if not self._is_hold or left_minor <= 0 or (is_once and self.captures):
            return GONE
        if amount.minor > left_minor:
            return FailureCode.EXCEEDS_REMAINING
        if is_once and not is_final and amount.minor < left_minor:
            return FailureCode.ONE_CAPTURE_ONLY
        return None

    def presented(self, amount: Money) -> str:
        """What it is in the currency that the buyer paid in: all that is left there where it is all that is left."""
        return self.presented_of(self.transaction, amount, gone=[*self.captures, *self.voids])

    def presented_of(self, parent: Transaction, part: Money, *, gone: Sequence[Transaction] | None = None) -> str:
        gone = self._refunds(parent) if gone is None else gone
        own, there = self.shop_minor(parent), _there(parent)
        left_minor = own - sum(map(self.shop_minor, gone))
        if part.minor == left_minor:
            minor = there.minor - sum(_there(each).minor for each in gone)
        else:
            # To the nearest, halves up.
            minor = (2 * part.minor * there.minor + own) // (2 * own)
        return str(decimal_amount(minor, there.currency))

    def refundable_parts(self, amount: Money) -> list[tuple[Transaction, Money]] | None:
        """What to give back of which capture, the earliest first; None where less is left."""
        parts, missing = [], amount.minor
        taken = [self.transaction] if self.transaction.kind == "SALE" else self.captures
        for each in taken:
            left = self.shop_minor(each) - sum(map(self.shop_minor, self._refunds(each)))
            part = min(left, missing) if each.status == "SUCCESS" else 0
            if part > 0:
                parts.append((each, Money(part, amount.currency)))
                missing -= part
        is_same = amount.currency == self.transaction.amount_set.shop_money.currency_code
        return parts if missing == 0 and is_same else None

    def refund_noted(self, note: str) -> GatewayAnswer | None:
        """What became of the refund with this note. Raises ValueError."""
        for each in self.order.refunds:
            if each.note == note:
                own = {reference.id for reference in each.transactions.nodes}
                return refund_answer(each.id, [one for one in self.order.transactions if one.id in own])
        return None

    def shop_minor(self, transaction: Transaction) -> int:
        return shop_money(transaction.amount_set).minor

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


def transaction_answer(done: Transaction, amount: Money, reference: str) -> GatewayAnswer:
    status = STATUS.get(done.status, TransactionStatus.FAILURE)
    if status is TransactionStatus.FAILURE:
        return failure(amount, FailureCode.DECLINED, reference)
    return GatewayAnswer(status, amount, reference)


def refund_answer(refund: str, transactions: Sequence[Transaction]) -> GatewayAnswer:
    """Of the refund's own transactions. Raises ValueError for money that is none."""
    statuses = {STATUS.get(each.status, TransactionStatus.FAILURE) for each in transactions}
    amounts = [shop_money(each.amount_set) for each in transactions]
    if not amounts:
        raise ValueError("a refund gives nothing back")
    amount = Money(sum(each.minor for each in amounts), amounts[0].currency)
    if TransactionStatus.FAILURE in statuses:
        return failure(amount, FailureCode.DECLINED, refund)
    status = TransactionStatus.PENDING if TransactionStatus.PENDING in statuses else TransactionStatus.SUCCESS
    return GatewayAnswer(status, amount, refund)


def failure(amount: Money, code: FailureCode, reference: str | None = None) -> GatewayAnswer:
    return GatewayAnswer(TransactionStatus.FAILURE, amount, reference, code, MESSAGES[code])


def _there(transaction: Transaction) -> Money:
    bag = transaction.amount_set
    return money(bag.presentment_money or bag.shop_money)
