"""Payments of an order, and their transactions with the gateway: what was asked for is written before it is asked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.domain.ids import derived_id, new_id
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, PaymentSummary, Undecided
from app.domain.payment import PaymentStatus, RefundComponent, TransactionKind, TransactionStatus
from app.stores.jobs import Job
from app.stores.transaction import Transaction

SETTLE = "payment.settle"
"""The job that asks the gateway for a transaction, or looks up what became of it."""


def open_payment(order: OrderSummary, gateway_key: str, method: str, token: str, amount: Money) -> PaymentSummary:
    """Saved with the order. Nobody is asked for it before `open_transaction`."""
    payment = PaymentSummary(
        id=new_id(),
        status=PaymentStatus.PENDING,
        gateway_key=gateway_key,
        method=method,
        amount_minor=amount.minor,
        authorized_minor=0,
        captured_minor=0,
        refunded_minor=0,
        method_token=token,
    )
    order.payments.append(payment)
    return payment


def open_transaction(
    tx: Transaction,
    order: OrderSummary,
    payment_id: UUID,
    kind: TransactionKind,
    amount_minor: int,
    *,
    is_final: bool | None = None,
    return_id: UUID | None = None,
) -> tuple[UUID, Job]:
    """PENDING, saved with the order; the job asks the gateway, once, whoever runs it and however often.

    `is_final` is of captures: it lets go of what is left of the hold. For a refund there is `open_refund`.
    """
    transaction_id = new_id()
    order.add(
        "payment_transactions", id=transaction_id, payment_id=payment_id, return_id=return_id, kind=kind,
        status=TransactionStatus.PENDING, amount_minor=amount_minor, currency=order.currency, at=tx.at,
        idempotency_key=f"{kind.lower()}:{transaction_id}", is_final=is_final, gateway_reference=None,
    )  # fmt: skip
    order.undecided.append(Undecided(id=transaction_id, payment_id=payment_id, kind=kind, amount_minor=amount_minor))
    return transaction_id, settle_job(order.id, transaction_id)


def record_done(
    order: OrderSummary,
    payment_id: UUID,
    kind: TransactionKind,
    amount_minor: int,
    *,
    at: datetime,
    reference: str,
    is_final: bool | None = None,
    transaction_id: UUID | None = None,
) -> None:
    """What was done before we heard of the payment, saved with the order. A refund's part names no line."""
    transaction_id = transaction_id or new_id()
    order.add(
        "payment_transactions", id=transaction_id, payment_id=payment_id, return_id=None, kind=kind,
        status=TransactionStatus.SUCCESS, amount_minor=amount_minor, currency=order.currency, at=at,
        idempotency_key=None, is_final=is_final, gateway_reference=reference,
    )  # fmt: skip
    if kind is TransactionKind.REFUND:
        part = Part(component=RefundComponent.ADJUSTMENT, amount_minor=amount_minor)
        order.add("refund_parts", id=derived_id(transaction_id, "part"), transaction_id=transaction_id, **asdict(part))


def settle_job(order_id: UUID, transaction_id: UUID) -> Job:
    data = {"order_id": str(order_id), "transaction_id": str(transaction_id)}
    return Job(name=SETTLE, key=f"{SETTLE}:{transaction_id}", data=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Of a refund: what it is for. Shipping and adjustments are of no line."""

    component: RefundComponent
    amount_minor: int
    order_line_id: UUID | None = None
    quantity: int = 0


def open_refund(
    tx: Transaction, order: OrderSummary, payment_id: UUID, parts: Sequence[Part], *, return_id: UUID | None = None
) -> tuple[UUID, Job]:
    """A refund of the sum of its parts."""
    amount_minor = sum(part.amount_minor for part in parts)
    transaction_id, job = open_transaction(
        tx, order, payment_id, TransactionKind.REFUND, amount_minor, return_id=return_id
    )
    for part in parts:
        order.add("refund_parts", id=new_id(), transaction_id=transaction_id, **asdict(part))
    return transaction_id, job


async def charged_back_minor(tx: Transaction, order_id: UUID, payment_id: UUID | None = None) -> int:
    """What customers' banks took back: of one payment, or of all."""
    taken: int = await tx.value(_CHARGED_BACK, order_id, payment_id)
    return taken


_CHARGED_BACK = """
SELECT coalesce(sum(done.amount_minor), 0)::bigint
  FROM payment_transactions done JOIN payments payment ON payment.id = done.payment_id
 WHERE payment.order_id = $1 AND done.kind = 'CHARGEBACK' AND done.status = 'SUCCESS'
   AND ($2::uuid IS NULL OR payment.id = $2)
"""


async def returns_under_way_minor(tx: Transaction, order_id: UUID) -> int:
    """What the order's returns that are not closed yet will be worth, less fees."""
    worth: int = await tx.value(_RETURNS_UNDER_WAY, order_id)
    return worth


_RETURNS_UNDER_WAY = """
SELECT coalesce(sum(refund_minor - fees_minor), 0)::bigint FROM returns
 WHERE order_id = $1 AND status NOT IN ('CLOSED', 'CANCELED', 'DECLINED')
"""
