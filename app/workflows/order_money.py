"""What payments do as an order moves: money is taken as parcels leave, let go or given back as the order shrinks."""

from uuid import UUID

from app.domain.order import OrderStatus
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import PaymentStatus, RefundComponent, TransactionKind
from app.stores.jobs import Job
from app.stores.payments import Part, charged_back_minor, open_refund, open_transaction
from app.stores.transaction import Transaction


async def capture_for(tx: Transaction, order: OrderSummary) -> list[Job]:
    """Asks for what has shipped and is not paid yet. To be called when the lines' `shipped` has been raised, or when
    other open units were canceled.

    Shipping goes with the first parcel. The last one takes the rest of the total, so nothing is lost to rounding, and
    lets go of what is held beyond it. No more is asked for than is held: what is missing shows as the order's balance.
    """
    order.add_up()
    if not order.units("shipped"):
        return []
    # Money that a bank took back is owed by the customer, not by the next parcel.
    charged_back = await charged_back_minor(tx, order.id) if order.refunded_minor else 0
    given_back_minor = order.refunded_minor - charged_back + order.refunding_minor()
    left_minor = _shipped_worth_minor(order) - (order.paid_minor + order.capturing_minor() - given_back_minor)
    is_last = not order.units("open_units")
    jobs = []
    for payment in order.payments:
        held_minor = payment.held_minor - order.capturing_minor(payment)
        amount_minor = min(left_minor, held_minor)
        if amount_minor > 0:
            left_minor -= amount_minor
            jobs.append(_capture(tx, order, payment, amount_minor, is_final=is_last or amount_minor == held_minor))
        elif is_last:
            jobs += let_go(tx, order, payment)
    return jobs


def give_back(tx: Transaction, order: OrderSummary, *, return_id: UUID | None = None) -> list[Job]:
    """Asks for refunds of what was paid beyond what is due, the newest payment first, and for the release of what is
    held for an order that is off. What is under way already counts as done.
    """
    order.add_up()
    jobs = []
    owed_minor = -order.balance_minor - order.refunding_minor()
    for payment in reversed(order.payments):
        amount_minor = min(owed_minor, order.refundable_minor(payment))
        if amount_minor > 0:
            owed_minor -= amount_minor
            part = Part(component=RefundComponent.ADJUSTMENT, amount_minor=amount_minor)
            jobs.append(open_refund(tx, order, payment.id, [part], return_id=return_id)[1])
    if order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED):
        jobs += [job for each in order.payments for job in let_go(tx, order, each)]
    return jobs


def overpaid_minor(order: OrderSummary) -> int:
    """Paid and not given back, beyond what has shipped is worth; below zero, what is still to be paid for it.

    Refunds and captures under way count as done.
    """
    order.add_up()
    kept_minor = order.paid_minor + order.capturing_minor() - order.refunded_minor - order.refunding_minor()
    return kept_minor - _shipped_worth_minor(order)


def let_go(tx: Transaction, order: OrderSummary, payment: PaymentSummary) -> list[Job]:
    """Asks for the release of a hold of which nothing was or is being taken. Any other lapses by itself."""
    is_under_way = any(each.payment_id == payment.id for each in order.undecided)
    if payment.status is not PaymentStatus.AUTHORIZED or is_under_way:
        return []
    return [open_transaction(tx, order, payment.id, TransactionKind.VOID, payment.authorized_minor)[1]]


def _capture(
    tx: Transaction, order: OrderSummary, payment: PaymentSummary, amount_minor: int, *, is_final: bool
) -> Job:
    return open_transaction(tx, order, payment.id, TransactionKind.CAPTURE, amount_minor, is_final=is_final)[1]


def _shipped_worth_minor(order: OrderSummary) -> int:
    """Less what closed returns were credited with."""
    if not order.units("open_units"):
        return order.total_minor - order.credited_minor
    shipped_minor = sum(line.total_minor * line.shipped // line.units for line in order.lines if line.units)
    return shipped_minor + order.shipping_minor - order.credited_minor
