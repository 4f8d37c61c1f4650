"""What a gateway's answer means: for the transaction, its payment and its order, in one event."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.connectors.ports.payment import FailureCode, GatewayAnswer
from app.domain import payment_moves
from app.domain.money import Money
from app.domain.notification import NotificationKind
from app.domain.order import OrderStatus
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.domain.payment_lifecycle import PaymentTrigger
from app.stores.exceptions import raise_exception
from app.stores.jobs import Job, enqueue
from app.stores.orders import save_order
from app.stores.payment_transactions import UNDECIDED, Asked, answered, end_lease, undecided_of
from app.stores.payments import open_transaction
from app.stores.transaction import Transaction
from app.workflows.notify import notification
from app.workflows.order_money import let_go
from app.workflows.order_progress import advance
from app.workflows.payment_hold import go_on_paid, hold_for_payment, hold_unconfirmed, lacks_money

OFF = (OrderStatus.CANCELED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class _Answered:
    tx: Transaction
    order: OrderSummary
    payment: PaymentSummary
    asked: Asked
    answer: GatewayAnswer

    @property
    def amount(self) -> Money:
        return self.answer.amount


_Took = tuple[str, list[Job]]
"""The event's name, and the jobs behind it."""


async def take_answer(tx: Transaction, order: OrderSummary, asked: Asked, answer: GatewayAnswer) -> None:
    """`asked` is not decided, and `order` is locked. Saves the order."""
    if answer.status is asked.status and answer.reference == asked.reference:
        await end_lease(tx, asked.id)
        return
    payment = order.payment(asked.payment_id)
    assert payment is not None  # noqa: S101 - the transaction's own
    await answered(tx, asked, answer.status, reference=answer.reference, error=answer.message)
    at_hand = _Answered(tx, order, payment, asked, answer)
    order.undecided = [
        replace(each, status=answer.status) if each.id == asked.id else each
        for each in order.undecided
        if each.id != asked.id or answer.status in UNDECIDED
    ]
    event, jobs = await _took(at_hand)
    await save_order(tx, order, event, said_of(asked, answer))
    await enqueue(tx, *jobs)


def said_of(asked: Asked, answer: GatewayAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "payment": asked.payment_id,
        "transaction": asked.id,
        "amountMinor": answer.amount.minor,
    }
    more = {"message": answer.message, "code": answer.code, "declineCode": answer.decline_code}
    return said | {name: value for name, value in more.items() if value is not None}


async def _took(at_hand: _Answered) -> _Took:
    match at_hand.answer.status:
        case TransactionStatus.SUCCESS:
            return await _SUCCEEDED[at_hand.asked.kind](at_hand)
        case TransactionStatus.FAILURE:
            return await _FAILED[at_hand.asked.kind](at_hand)
    return await _waits(at_hand)


async def _waits(at_hand: _Answered) -> _Took:
    if at_hand.asked.kind is TransactionKind.CHARGEBACK:
        await _raise(at_hand, "the customer disputes the payment; answer the bank at the gateway", "exceptionResolve")
        return "payment.disputed", []
    if at_hand.asked.kind is TransactionKind.AUTHORIZATION:
        at_hand.payment.gateway_reference = at_hand.answer.reference
        if at_hand.answer.status is TransactionStatus.ACTION_REQUIRED:
            hold_unconfirmed(at_hand.tx, at_hand.order, _why(at_hand.answer))
    return f"payment.{at_hand.answer.status.lower()}", []


# ── done


async def _authorized(at_hand: _Answered) -> _Took:
    tx, order, payment, answer = at_hand.tx, at_hand.order, at_hand.payment, at_hand.answer
    payment_moves.authorized(payment, at_hand.amount.minor, reference=answer.reference, expires_at=answer.expires_at)
    if order.status in OFF:
        return "payment.authorized", let_go(tx, order, payment)
    return "payment.authorized", await go_on_paid(tx, order)


async def _captured(at_hand: _Answered) -> _Took:
    tx, order, payment = at_hand.tx, at_hand.order, at_hand.payment
    payment_moves.captured(payment, at_hand.amount.minor, is_final=at_hand.asked.is_final)
    if at_hand.asked.is_final and payment.released_minor and lacks_money(order):
        message = "the gateway has let go of what was not captured; the rest must be authorized anew"
        await _raise(at_hand, message, "paymentAuthorize")
    return "payment.captured", advance(tx, order)


async def _voided(at_hand: _Answered) -> _Took:
    tx, order, payment = at_hand.tx, at_hand.order, at_hand.payment
    if payment.status is PaymentStatus.PENDING:
        await call_off(tx, order, payment)
    elif payment.held_minor:
        payment_moves.released(payment, PaymentTrigger.VOID)
    hold_for_payment(tx, order, "the payment was voided")
    return "payment.voided", []


async def call_off(tx: Transaction, order: OrderSummary, payment: PaymentSummary) -> None:
    """A payment of which nothing is held: it will not be, either."""
    for asked in await undecided_of(tx, payment.id, TransactionKind.AUTHORIZATION):
        await answered(tx, asked, TransactionStatus.FAILURE, reference=None, error="The payment was called off.")
    order.undecided = [
        each for each in order.undecided if (each.payment_id, each.kind) != (payment.id, TransactionKind.AUTHORIZATION)
    ]
    payment_moves.refused(payment, PaymentTrigger.ABANDON)


async def _refunded(at_hand: _Answered) -> _Took:
    tx, order = at_hand.tx, at_hand.order
    payment_moves.given_back(at_hand.payment, at_hand.amount.minor)
    return "payment.refunded", [
        notification(NotificationKind.REFUNDED, order.id, at_hand.asked.id),
        *advance(tx, order),
    ]


async def _charged_back(at_hand: _Answered) -> _Took:
    payment_moves.given_back(at_hand.payment, at_hand.amount.minor, is_chargeback=True)
    await _raise(at_hand, "the customer's bank took the money back", "paymentAuthorize")
    return "payment.charged_back", []


# ── not done


async def _not_authorized(at_hand: _Answered) -> _Took:
    if at_hand.order.status in OFF or at_hand.answer.code is FailureCode.AUTHORIZATION_GONE:
        payment_moves.refused(at_hand.payment, PaymentTrigger.ABANDON)
        hold_unconfirmed(at_hand.tx, at_hand.order, _why(at_hand.answer))
        return "payment.voided", []
    is_declined = at_hand.answer.code is FailureCode.DECLINED
    payment_moves.refused(at_hand.payment, PaymentTrigger.DECLINE if is_declined else PaymentTrigger.FAIL)
    hold_unconfirmed(at_hand.tx, at_hand.order, _why(at_hand.answer))
    return "payment.declined" if is_declined else "payment.error", []


async def _not_captured(at_hand: _Answered) -> _Took:
    tx, order, asked, answer = at_hand.tx, at_hand.order, at_hand.asked, at_hand.answer
    if answer.code is FailureCode.ONE_CAPTURE_ONLY and not asked.is_final:
        # Taking this and losing the rest beats taking nothing for what has left.
        _, job = open_transaction(tx, order, asked.payment_id, asked.kind, asked.amount_minor, is_final=True)
        return "payment.capture_failed", [job]
    is_gone = answer.code is FailureCode.AUTHORIZATION_GONE
    await _raise(at_hand, _why(answer), "paymentAuthorize" if is_gone else "paymentCapture")
    return "payment.capture_failed", []


async def _not_voided(at_hand: _Answered) -> _Took:
    await _raise(at_hand, _why(at_hand.answer), "paymentVoid")
    return "payment.void_failed", []


async def _not_refunded(at_hand: _Answered) -> _Took:
    await _raise(at_hand, _why(at_hand.answer), "paymentRefund")
    return "payment.refund_failed", []


async def _not_charged_back(_: _Answered) -> _Took:
    return "payment.dispute_won", []


def _why(answer: GatewayAnswer) -> str:
    return answer.message or "the gateway did not do it"


async def _raise(at_hand: _Answered, message: str, suggested_action: str) -> None:
    asked = at_hand.asked
    await raise_exception(
        at_hand.tx,
        at_hand.order.id,
        category=f"payment.{asked.kind.lower()}",
        message=f"{_shown(at_hand.amount)}: {message}",
        suggested_action=suggested_action,
        attempts=max(1, asked.attempts),
    )


def _shown(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"


_Take = Callable[[_Answered], Awaitable[_Took]]
_SUCCEEDED: Mapping[TransactionKind, _Take] = {
    TransactionKind.AUTHORIZATION: _authorized,
    TransactionKind.CAPTURE: _captured,
    TransactionKind.VOID: _voided,
    TransactionKind.REFUND: _refunded,
    TransactionKind.CHARGEBACK: _charged_back,
}
_FAILED: Mapping[TransactionKind, _Take] = {
    TransactionKind.AUTHORIZATION: _not_authorized,
    TransactionKind.CAPTURE: _not_captured,
    TransactionKind.VOID: _not_voided,
    TransactionKind.REFUND: _not_refunded,
    TransactionKind.CHARGEBACK: _not_charged_back,
}
