"""Money of a shop's order as it arrives, and as the answers of a gateway. What is asked for: held.py."""

from collections.abc import Sequence

from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.connectors.shopify.api import Payload
from app.connectors.shopify.mapping import Nodes, Object, Reference
from app.connectors.shopify.transactions import Transaction
from app.domain.money import Money
from app.domain.payment import TransactionStatus

REFUND_NOTE = "junction:"
GONE = FailureCode.AUTHORIZATION_GONE
MESSAGES = {
    FailureCode.DECLINED: "The shop's payment provider declined.",
    FailureCode.AUTHORIZATION_GONE: "The authorization was captured, voided or has expired.",
    FailureCode.ONE_CAPTURE_ONLY: "This authorization can be captured once; what is not captured then is released.",
    FailureCode.EXCEEDS_REMAINING: "The amount is more than what is left of the payment.",
    FailureCode.INVALID: "The shop does not accept the request; look at the payment in its admin.",
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


def transaction_answer(done: Transaction, amount: Money, reference: str) -> GatewayAnswer:
    status = STATUS.get(done.status, TransactionStatus.FAILURE)
    if status is TransactionStatus.FAILURE:
        return failure(amount, FailureCode.DECLINED, reference)
    return GatewayAnswer(status, amount, reference)


def refund_answer(refund: str, amount: Money, transactions: Sequence[Transaction]) -> GatewayAnswer:
    """Of the refund's own transactions. Raises ValueError where there are none."""
    statuses = {STATUS.get(each.status, TransactionStatus.FAILURE) for each in transactions}
    if not statuses:
        raise ValueError("a refund gives nothing back")
    if TransactionStatus.FAILURE in statuses:
        return failure(amount, FailureCode.DECLINED, refund)
    status = TransactionStatus.PENDING if TransactionStatus.PENDING in statuses else TransactionStatus.SUCCESS
    return GatewayAnswer(status, amount, refund)


def failure(
    amount: Money, code: FailureCode, reference: str | None = None, *, message: str | None = None
) -> GatewayAnswer:
    return GatewayAnswer(TransactionStatus.FAILURE, amount, reference, code, message or MESSAGES[code])


def refund_note(key: str, amount: Money) -> str:
    """For a refund's note, where the merchant sees it, and we find our key and what was asked for."""
    return f"{REFUND_NOTE}{key} {amount.amount} {amount.currency}"


def noted_refund(note: str | None) -> tuple[str, Money] | None:
    """Our key and what was asked for; None for a note that is none of ours."""
    ours, mark, rest = (note or "").partition(REFUND_NOTE)
    try:
        key, amount, currency = rest.rsplit(" ", 2)
        return (key, Money.parse(amount, currency)) if mark and not ours else None
    except ValueError:
        return None
