"""The job and the step `payment.settle`: asks the gateway for a transaction, or finds out what became of it.

Between two short transactions of the store the gateway is asked, and no lock is held meanwhile. Whoever was asking may
die or hear nothing, so an attempt that is not the first looks the transaction up by its key before it asks again.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from app.connectors.contract import SourceFailure, SourceUnavailable
from app.connectors.ports.payment import FailureCode, GatewayAnswer, PaymentGateway
from app.domain.actor import SYSTEM
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.domain.refusals import Refusal, RefusalCode, SourceRefusal
from app.stores.orders import load_order, save_order
from app.stores.payment_transactions import Asked, answered, end_lease, lease, read_transaction
from app.stores.transaction import Transaction
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.payment_answer import OFF, take_answer
from app.workflows.work import JobData, Work

LEASE_MARGIN_S = 15.0
"""Beyond the gateway's time, before somebody else may ask: room for what follows its answer."""


async def payment_settle(data: JobData, work: Work) -> Sequence[Refusal]:
    """What the gateway says no to is told, also when it said so before. Raises SourceFailure where no answer came, and
    NotWorthRetrying where there is nobody to ask.
    """
    order_id, transaction_id = UUID(data["order_id"]), UUID(data["transaction_id"])
    begun = await _begin(order_id, transaction_id, work)
    if isinstance(begun, _Told):
        return begun
    asked, order, payment, gateway = begun
    try:
        answer = await _answer(
            gateway, asked, order, payment, deadline=time.monotonic() + work.policy.gateway_timeout_s
        )
    except SourceFailure as failure:
        await _lose(asked, failure, work)
        raise
    async with work.writers.transaction(SYSTEM) as tx:
        order = await load_order(tx, order_id)
        now = await _read(tx, transaction_id)
        if not now.is_decided:
            await take_answer(tx, order, now, answer)
            now = await _read(tx, transaction_id)
        return _told(now)


async def settle_at_once(data: JobData, work: Work) -> Sequence[Refusal]:
    """As a step of a command: who calls is told, too, that there is nobody to ask."""
    try:
        return await payment_settle(data, work)
    except NotWorthRetrying as exc:
        async with work.writers.transaction(SYSTEM) as tx:
            asked = await _read(tx, UUID(data["transaction_id"]))
        return [SourceRefusal(code=RefusalCode.PAYMENT_UNAVAILABLE, message=str(exc), source_key=asked.gateway_key)]


def gateway_of(key: str, work: Work) -> PaymentGateway | None:
    try:
        connector = work.outside[key]
    except KeyError:
        return None
    return connector if isinstance(connector, PaymentGateway) else None


# ── before


class _Told(list[Refusal]):
    """It is decided: nothing is to be asked."""


async def _begin(
    order_id: UUID, transaction_id: UUID, work: Work
) -> tuple[Asked, OrderSummary, PaymentSummary, PaymentGateway] | _Told:
    """Takes the transaction for this process. Raises SourceUnavailable while it is another's, or must wait."""
    async with work.writers.transaction(SYSTEM) as tx:
        order = await load_order(tx, order_id)
        asked = await _read(tx, transaction_id)
        if asked.is_decided or asked.status is TransactionStatus.ACTION_REQUIRED:
            return _told(asked)
        gateway = gateway_of(asked.gateway_key, work)
        if gateway is None:
            raise NotWorthRetrying(
                f"no enabled source that takes payments has the key {asked.gateway_key}; configure it, then try again"
            )
        _require_turn(asked)
        await lease(tx, transaction_id, work.policy.gateway_timeout_s + LEASE_MARGIN_S)
        payment = order.payment(asked.payment_id)
        assert payment is not None  # noqa: S101 - the transaction's own
        return asked, order, payment, gateway


def _require_turn(asked: Asked) -> None:
    if asked.leased_for_s:
        message = f"{asked.gateway_key} is being asked at this moment"
        raise SourceUnavailable(asked.gateway_key, message, retry_after_s=asked.leased_for_s)
    if asked.waits_for_capture:
        # What lets go of a hold must not overtake what takes of it.
        raise SourceUnavailable(asked.gateway_key, f"{asked.gateway_key} has not answered for an earlier capture")


# ── the gateway


async def _answer(
    gateway: PaymentGateway, asked: Asked, order: OrderSummary, payment: PaymentSummary, *, deadline: float
) -> GatewayAnswer:
    amount = Money(asked.amount_minor, asked.currency)
    is_authorization = asked.kind is TransactionKind.AUTHORIZATION
    if payment.gateway_reference is None and not is_authorization:
        message = "The gateway's reference of the authorization is not known."
        return GatewayAnswer(TransactionStatus.FAILURE, amount, code=FailureCode.INVALID, message=message)
    if asked.attempts or asked.reference is not None:
        found = await gateway.look_up(
            asked.key,
            kind=asked.kind,
            amount=amount,
            asked_at=asked.at,
            authorization_reference=payment.gateway_reference,
            deadline=deadline,
        )
        if found is not None:
            return found
    if asked.reference is not None:
        # It has answered before, and takes its time.
        return GatewayAnswer(TransactionStatus.PENDING, amount, asked.reference)
    about = payment.gateway_reference
    if about is None or is_authorization:
        return await _authorize(gateway, asked, order, payment, amount, deadline=deadline)
    match asked.kind:
        case TransactionKind.CAPTURE:
            return await gateway.capture(
                asked.key, authorization_reference=about, amount=amount, is_final=asked.is_final, deadline=deadline
            )
        case TransactionKind.VOID:
            return await gateway.void(asked.key, authorization_reference=about, amount=amount, deadline=deadline)
        case TransactionKind.REFUND:
            return await gateway.refund(asked.key, authorization_reference=about, amount=amount, deadline=deadline)
    raise NotWorthRetrying(f"a {asked.kind} cannot be asked for")


async def _authorize(
    gateway: PaymentGateway,
    asked: Asked,
    order: OrderSummary,
    payment: PaymentSummary,
    amount: Money,
    *,
    deadline: float,
) -> GatewayAnswer:
    if order.status in OFF or payment.status is not PaymentStatus.PENDING:
        message = "The order was called off before its payment was asked for."
        return GatewayAnswer(TransactionStatus.FAILURE, amount, message=message)
    if payment.method_token is None:
        message = "The means of payment is not known any more."
        return GatewayAnswer(TransactionStatus.FAILURE, amount, code=FailureCode.INVALID, message=message)
    return await gateway.authorize(
        asked.key, amount=amount, token=payment.method_token, metadata={"order": order.number}, deadline=deadline
    )


# ── after


async def _lose(asked: Asked, failure: SourceFailure, work: Work) -> None:
    """It may have happened. That becomes known once, however often nobody answers."""
    async with work.writers.transaction(SYSTEM) as tx:
        order = await load_order(tx, asked.order_id)
        now = await _read(tx, asked.id)
        if now.is_decided:
            return
        if now.status is TransactionStatus.UNKNOWN:
            await end_lease(tx, asked.id)
            return
        await answered(tx, now, TransactionStatus.UNKNOWN, reference=None, error=failure.message)
        said = {"payment": asked.payment_id, "transaction": asked.id, "message": failure.message}
        await save_order(tx, order, "payment.unanswered", said)


def _told(asked: Asked) -> _Told:
    if asked.status not in (TransactionStatus.FAILURE, TransactionStatus.ACTION_REQUIRED):
        return _Told()
    message = asked.error or "The gateway did not do it."
    return _Told([SourceRefusal(code=RefusalCode.PAYMENT_DECLINED, message=message, source_key=asked.gateway_key)])


async def _read(tx: Transaction, transaction_id: UUID) -> Asked:
    asked = await read_transaction(tx, transaction_id)
    if asked is None:
        raise NotWorthRetrying(f"there is no transaction {transaction_id}")
    return asked
