"""What a gateway reports of payments, taken over into ours.

Reports come late, twice and in any order. So none of them says what to do: each says what has become so at the gateway,
and what is so here already, or has gone further, stays.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayAnswer, GatewayReport
from app.domain.money import Money
from app.domain.order import OrderManagement
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.stores.exceptions import raise_exception
from app.stores.jobs import enqueue
from app.stores.orders import load_order, save_order
from app.stores.payment_transactions import (
    Asked,
    awaits_reference,
    find_by_key,
    find_by_reference,
    payment_of_reference,
    record_outside,
    undecided_of,
)
from app.stores.payments import charged_back_minor, settle_job
from app.stores.transaction import Transaction
from app.workflows.authorizations_expire import lapse
from app.workflows.payment_answer import take_answer


async def payment_reports(tx: Transaction, gateway_key: str, reports: Sequence[GatewayReport]) -> None:
    """In the transaction in which the event becomes processed. Raises SourceUnavailable for what came too early."""
    for report in reports:
        known = await _known(tx, gateway_key, report)
        if known is not None:
            await _TAKE[report.kind](known)


@dataclass(frozen=True, slots=True)
class _Known:
    """A report of a payment that is ours."""

    tx: Transaction
    gateway_key: str
    order: OrderSummary
    payment: PaymentSummary
    report: GatewayReport
    asked: Asked | None
    """The one request that it is about, where it names that."""

    @property
    def answer(self) -> GatewayAnswer:
        report = self.report
        return GatewayAnswer(report.status, report.amount, report.reference, report.code, report.message)

    async def take(self, asked: Asked, amount: Money | None = None) -> None:
        answer = self.answer
        told = GatewayAnswer(
            answer.status, amount or Money(asked.amount_minor, asked.currency), answer.reference, answer.code,
            answer.message,
        )  # fmt: skip
        await take_answer(self.tx, self.order, asked, told)

    async def raise_exception(self, what: str, suggested_action: str = "exceptionResolve") -> None:
        """For what can only be decided by people."""
        amount = self.report.amount
        await raise_exception(
            self.tx,
            self.order.id,
            category=f"payment.{self.report.kind.lower()}",
            message=f"{amount.amount} {amount.currency} {what}",
            suggested_action=suggested_action,
            attempts=1,
        )
        said = {"payment": self.payment.id, "message": what}
        await save_order(self.tx, self.order, "order.exception_raised", said)

    def too_early(self, missing: str) -> SourceUnavailable:
        """Its job comes again."""
        return SourceUnavailable(self.gateway_key, f"{self.gateway_key} reports what presumes {missing}")


async def _known(tx: Transaction, gateway_key: str, report: GatewayReport) -> _Known | None:
    """None for payments of others, who may share the account."""
    asked = await find_by_key(tx, gateway_key, report.key) if report.key else None
    if asked is not None:
        found: tuple[UUID, UUID] | None = (asked.order_id, asked.payment_id)
    else:
        about = report.authorization_reference
        found = await payment_of_reference(tx, gateway_key, about) if about else None
    if found is None:
        if report.key is None and await awaits_reference(tx, gateway_key):
            raise SourceUnavailable(gateway_key, f"{gateway_key} reports of a payment that we may be waiting for")
        return None
    order_id, payment_id = found
    order = await load_order(tx, order_id)
    payment = order.payment(payment_id)
    if payment is None or order.management is not OrderManagement.MANAGED:
        return None
    if asked is not None:
        # It was read before the order was locked.
        asked = await find_by_key(tx, gateway_key, asked.key)
    return _Known(tx, gateway_key, order, payment, report, asked)


# ── by kind


async def _authorization(known: _Known) -> None:
    asked = known.asked
    if asked is not None and not asked.is_decided:
        await known.take(asked)
        return
    is_held = known.report.status is TransactionStatus.SUCCESS
    if is_held and known.payment.status in (PaymentStatus.DECLINED, PaymentStatus.ERROR):
        await known.raise_exception("is held for a payment that had failed; let go of it at the gateway")


async def _capture(known: _Known) -> None:
    """Tells the sum of all captures. Ours are recognized in the order in which they were asked for."""
    if known.payment.status is PaymentStatus.PENDING:
        raise known.too_early("an authorization")
    total_minor = known.report.amount.minor
    for asked in await undecided_of(known.tx, known.payment.id, TransactionKind.CAPTURE):
        if known.payment.captured_minor + asked.amount_minor > total_minor:
            await enqueue(known.tx, settle_job(asked.order_id, asked.id))
            return
        await known.take(asked)
    missing_minor = total_minor - known.payment.captured_minor
    if missing_minor > known.payment.held_minor:
        await known.raise_exception("was captured at the gateway after we had let go of it; give it back there")
    elif missing_minor > 0:
        await _record(known, TransactionKind.CAPTURE, missing_minor)


async def _void(known: _Known) -> None:
    """By us, by somebody at the gateway, or by time."""
    tx, order, payment = known.tx, known.order, known.payment
    if payment.status is PaymentStatus.PENDING:
        for asked in await undecided_of(tx, payment.id, TransactionKind.AUTHORIZATION):
            await take_answer(tx, order, asked, _failed(known))
        return
    if not payment.held_minor:
        return
    if order.is_under_way(payment, TransactionKind.CAPTURE):
        raise known.too_early("that our captures are decided")
    asked_for = await undecided_of(tx, payment.id, TransactionKind.VOID)
    if asked_for:
        await known.take(asked_for[0])
    elif payment.authorization_expires_at is not None and payment.authorization_expires_at <= known.report.at:
        await lapse(tx, order, payment)
    else:
        await _record(known, TransactionKind.VOID, payment.held_minor)


async def _refund(known: _Known) -> None:
    report, asked = known.report, known.asked
    if not report.is_total:
        asked = asked or await find_by_reference(known.tx, known.payment.id, TransactionKind.REFUND, report.reference)
        if asked is not None:
            await _one_refund(known, asked)
        # Else somebody gave it back at the gateway: the sum, which is reported as well, tells of it.
        return
    if any(each.reference is None for each in await undecided_of(known.tx, known.payment.id, TransactionKind.REFUND)):
        raise known.too_early("that our refunds are decided")
    ours_minor = known.payment.refunded_minor + known.order.refunding_minor(known.payment)
    ours_minor -= await charged_back_minor(known.tx, known.order.id, known.payment.id)
    missing_minor = report.amount.minor - ours_minor
    if missing_minor > 0:
        if missing_minor > known.order.refundable_minor(known.payment):
            raise known.too_early("a capture")
        await _record(known, TransactionKind.REFUND, missing_minor)


async def _one_refund(known: _Known, asked: Asked) -> None:
    if not asked.is_decided:
        await known.take(asked)
    elif asked.status is TransactionStatus.SUCCESS and known.report.status is TransactionStatus.FAILURE:
        await known.raise_exception("came back from the customer's bank after it was refunded; pay it otherwise")


async def _chargeback(known: _Known) -> None:
    """A dispute counts once it is lost; while it is open, its amount cannot be refunded as well."""
    payment, report = known.payment, known.report
    if known.order.is_under_way(payment, TransactionKind.CAPTURE) or not payment.captured_minor:
        raise known.too_early("a capture")
    asked = await find_by_reference(known.tx, payment.id, TransactionKind.CHARGEBACK, report.reference)
    left_minor = payment.captured_minor - payment.refunded_minor - known.order.refunding_minor(payment)
    if asked is None:
        amount_minor = min(report.amount.minor, left_minor)
        if amount_minor > 0:
            await _record(known, TransactionKind.CHARGEBACK, amount_minor)
    elif not asked.is_decided and asked.status is not report.status:
        await known.take(asked)


def _failed(known: _Known) -> GatewayAnswer:
    message = known.report.message or "The payment was called off at the gateway."
    report = known.report
    return GatewayAnswer(
        TransactionStatus.FAILURE, report.amount, report.reference, FailureCode.AUTHORIZATION_GONE, message
    )


async def _record(known: _Known, kind: TransactionKind, amount_minor: int) -> None:
    """Something that nobody asked for here: a transaction of its own, decided by this report."""
    asked = await record_outside(known.tx, known.payment.id, kind, amount_minor, known.order.currency)
    await known.take(asked)


_TAKE: Mapping[TransactionKind, Callable[[_Known], Awaitable[None]]] = {
    TransactionKind.AUTHORIZATION: _authorization,
    TransactionKind.CAPTURE: _capture,
    TransactionKind.SALE: _capture,
    TransactionKind.VOID: _void,
    TransactionKind.REFUND: _refund,
    TransactionKind.CHARGEBACK: _chargeback,
}
