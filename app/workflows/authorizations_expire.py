"""The job `authorizations.expire`: holds that have lapsed are held no longer, and orders that counted on them wait."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain import payment_moves
from app.domain.actor import SYSTEM
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import TransactionKind
from app.domain.payment_lifecycle import PaymentTrigger
from app.stores.exceptions import raise_exception
from app.stores.jobs import enqueue
from app.stores.orders import load_order, save_order
from app.stores.payment_transactions import expired
from app.stores.transaction import Transaction
from app.workflows.order_progress import advance
from app.workflows.payment_hold import hold_for_payment, lacks_money
from app.workflows.work import Work

EXPIRED_PER_RUN_MAX = 500
LAPSED = "the authorization has lapsed; a further payment is needed"


async def authorizations_expire(_: Mapping[str, Any], work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        lapsed = await expired(tx, count_max=EXPIRED_PER_RUN_MAX)
    for order_id, payment_id in lapsed:
        async with work.writers.transaction(SYSTEM) as tx:
            await _expire(tx, order_id, payment_id)


async def _expire(tx: Transaction, order_id: UUID, payment_id: UUID) -> None:
    """Unless something happened to it since it was found."""
    order = await load_order(tx, order_id)
    payment = order.payment(payment_id)
    if payment is None or payment.authorization_expires_at is None or payment.authorization_expires_at >= tx.at:
        return
    kinds = (TransactionKind.CAPTURE, TransactionKind.VOID)
    if payment.held_minor and not any(order.is_under_way(payment, kind) for kind in kinds):
        await lapse(tx, order, payment)


async def lapse(tx: Transaction, order: OrderSummary, payment: PaymentSummary) -> None:
    """Saves the order."""
    released_minor = payment.held_minor
    payment_moves.released(payment, PaymentTrigger.EXPIRE)
    if order.units("open_units") and lacks_money(order):
        hold_for_payment(tx, order, LAPSED)
        await raise_exception(
            tx,
            order.id,
            category="authorizations.expire",
            message=LAPSED,
            suggested_action="paymentAuthorize",
            attempts=1,
        )
    jobs = advance(tx, order)
    await save_order(tx, order, "payment.expired", {"payment": payment.id, "amountMinor": released_minor})
    await enqueue(tx, *jobs)
