"""What becomes of payments when an order becomes smaller: money that is held is let go, money taken goes back."""

from uuid import UUID

from app.domain.order import OrderStatus
from app.domain.order_summary import OrderSummary
from app.domain.payment import PaymentStatus, TransactionKind
from app.stores.jobs import Job
from app.stores.payments import open_transaction
from app.stores.transaction import Transaction


def give_back(tx: Transaction, order: OrderSummary, *, return_id: UUID | None = None) -> list[Job]:
    """Asks for refunds of what was paid beyond what is due, the newest payment first, and for the release of what is
    held for an order that is off. What is under way already counts as done.
    """
    order.add_up()
    jobs = []
    owed_minor = -order.balance_minor - order.refunding_minor()
    for payment in reversed(order.payments):
        amount_minor = min(owed_minor, payment.captured_minor - payment.refunded_minor - order.refunding_minor(payment))
        if amount_minor > 0:
            owed_minor -= amount_minor
            jobs.append(
                open_transaction(tx, order, payment.id, TransactionKind.REFUND, amount_minor, return_id=return_id)[1]
            )
    if order.status is OrderStatus.CANCELED:
        jobs += [
            open_transaction(tx, order, each.id, TransactionKind.VOID, each.authorized_minor)[1]
            for each in order.payments
            if each.status is PaymentStatus.AUTHORIZED and not order.is_under_way(each, TransactionKind.VOID)
        ]
    return jobs
