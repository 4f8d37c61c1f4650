"""What was captured, given back or let go of at a storefront, of an order that is driven here.

Our own requests show there as well. They are told apart as a gateway's reports are, by the sums: what is asked for here
and not decided yet counts as ours. What comes too early to tell is told again by the job `storefront.payments`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.payment import GatewayReport
from app.connectors.ports.storefront import StorefrontOrder, StorefrontPayment
from app.domain.actor import Actor, ActorKind
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import TransactionKind, TransactionStatus
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order
from app.stores.transaction import Transaction
from app.workflows.payment_reports import payment_reports
from app.workflows.storefront.exceptions import tell_refund
from app.workflows.work import JobData, Work

REPORT = "storefront.payments"
TAKEN = (TransactionKind.CAPTURE, TransactionKind.REFUND)
LET_GO = (TransactionKind.VOID,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Sums of one payment at the storefront. They only grow, so that an old one does no harm."""

    reference: str
    captured_minor: int
    refunded_minor: int
    is_released: bool
    at: datetime
    rounding_minor: int = 0
    """So much more says nothing."""


def told_of(order: StorefrontOrder) -> list[Told]:
    return [_told(each, order.updated_at) for each in order.payments]


def _told(paid: StorefrontPayment, at: datetime) -> Told:
    return Told(
        reference=paid.external_id,
        captured_minor=paid.captured.minor,
        refunded_minor=paid.refunded.minor,
        is_released=paid.is_released,
        at=at,
        rounding_minor=paid.rounding_minor,
    )


def has_news(ours: OrderSummary, source_key: str, order: StorefrontOrder) -> bool:
    is_news = any(each.authorized.minor or each.captured.minor for each in unknown_payments(ours, source_key, order))
    known = _by_reference(ours, source_key)
    return is_news or any(any(_news(known[each.reference], each)) for each in told_of(order) if each.reference in known)


def unknown_payments(ours: OrderSummary, source_key: str, order: StorefrontOrder) -> list[StorefrontPayment]:
    known = _by_reference(ours, source_key)
    return [each for each in order.payments if each.external_id not in known]


def _by_reference(ours: OrderSummary, source_key: str) -> dict[str | None, PaymentSummary]:
    return {each.gateway_reference: each for each in ours.payments if each.gateway_key == source_key}


async def take_told(
    tx: Transaction, source_key: str, order_id: UUID, told: Sequence[Told], kinds: Sequence[TransactionKind]
) -> int:
    """What was given back there without us. Leaves to the job what cannot be told yet."""
    order = await load_order(tx, order_id)
    before_minor = _given_back_minor(order)
    try:
        await _take(tx, source_key, order, told, kinds)
    except SourceUnavailable:
        data = {"source": source_key, "order_id": str(order_id), "told": msgspec.to_builtins(told)}
        newest = max(each.at for each in told)
        await enqueue(tx, Job(name=REPORT, key=f"{REPORT}:{order_id}:{newest.isoformat()}", data=data, delay_s=1))
    return _given_back_minor(await load_order(tx, order_id)) - before_minor


async def report_again(data: JobData, work: Work) -> None:
    """The job. Raises SourceUnavailable while it is still too early."""
    source_key, order_id = data["source"], UUID(data["order_id"])
    told = msgspec.convert(data["told"], list[Told])
    async with work.writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
        order = await load_order(tx, order_id)
        before_minor = _given_back_minor(order)
        await _take(tx, source_key, order, told, (*TAKEN, *LET_GO))
        await tell_refund(tx, order_id, _given_back_minor(await load_order(tx, order_id)) - before_minor)


async def _take(
    tx: Transaction, source_key: str, order: OrderSummary, told: Sequence[Told], kinds: Sequence[TransactionKind]
) -> None:
    payments = _by_reference(order, source_key)
    for each in told:
        payment = payments.get(each.reference)
        for kind, amount_minor in _news(payment, each) if payment is not None else ():
            if kind in kinds:
                report = _report(each, kind, Money(amount_minor, order.currency))
                await payment_reports(tx, source_key, [report])


def _news(payment: PaymentSummary, told: Told) -> Iterator[tuple[TransactionKind, int]]:
    if told.captured_minor > payment.captured_minor + told.rounding_minor:
        yield TransactionKind.CAPTURE, told.captured_minor
    if told.refunded_minor > payment.refunded_minor + told.rounding_minor:
        yield TransactionKind.REFUND, told.refunded_minor
    if told.is_released and payment.held_minor:
        yield TransactionKind.VOID, payment.held_minor


def _report(told: Told, kind: TransactionKind, amount: Money) -> GatewayReport:
    return GatewayReport(
        kind=kind,
        status=TransactionStatus.SUCCESS,
        authorization_reference=told.reference,
        reference=told.reference,
        amount=amount,
        is_total=True,
        key=None,
        at=told.at,
    )


def _given_back_minor(order: OrderSummary) -> int:
    """With what is on its way: a refund of ours that succeeds does not change it."""
    order.add_up()
    return order.refunded_minor + order.refunding_minor()
