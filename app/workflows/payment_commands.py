"""What commands about one payment have in common: its order locked, and the step that asks the gateway."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.actions import require
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment_lifecycle import PAYMENT_ACTIONS
from app.domain.refusals import RefusalCode, refuse
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order
from app.stores.payment_transactions import order_of_payment
from app.stores.transaction import Transaction
from app.workflows.command import Outcome, Step

HEAD_START_S = 20.0
"""The job of a step waits so long: by then the step has been done, unless its process died."""


async def load_payment(tx: Transaction, payment_id: UUID, mutation: str) -> tuple[OrderSummary, PaymentSummary]:
    """Raises Refused where there is no such payment, or it may not be asked for this."""
    order_id = await order_of_payment(tx, payment_id)
    if order_id is None:
        raise refuse(RefusalCode.NOT_FOUND, f'no payment has the id "Payment:{payment_id}"', "payment_id")
    order = await load_order(tx, order_id)
    payment = order.payment(payment_id)
    assert payment is not None  # noqa: S101 - payments do not change their order
    require(PAYMENT_ACTIONS, mutation, order.payment_facts(payment))
    return order, payment


def amount_within(order: OrderSummary, amount: Money | None, most_minor: int, *path: str) -> int:
    """In minor units; the most there is when no amount is given. Raises Refused with how much is possible."""
    if amount is None:
        return most_minor
    most = Money(most_minor, order.currency)
    if amount.currency != order.currency:
        message = f"order {order.number} is in {order.currency}, not {amount.currency}"
        raise refuse(RefusalCode.INVALID, message, *path, "currency")
    if not 0 < amount.minor <= most_minor:
        message = f"{amount.amount} {amount.currency} is not possible: at least {Money(1, order.currency).amount}"
        raise refuse(RefusalCode.INVALID, f"{message}, at most {most.amount} {most.currency}", *path, "amount")
    return amount.minor


async def ask_at_once(tx: Transaction, ids: Mapping[str, UUID | Sequence[UUID] | None], job: Job) -> Outcome:
    """After the order is saved."""
    await enqueue(tx, replace(job, delay_s=HEAD_START_S))
    return Outcome(ids, step=Step(job.name, job.data))
