"""Gives back what a closed return leaves the customer to get: by line and component, the newest payment first."""

from collections.abc import Sequence

from app.domain.loaded_return import LoadedReturn
from app.domain.money import Money
from app.domain.order_summary import OrderSummary
from app.domain.refunds import Worth, dealt, shares
from app.stores.exceptions import raise_exception
from app.stores.jobs import Job
from app.stores.payments import Part, open_refund
from app.stores.transaction import Transaction
from app.workflows.order_money import overpaid_minor

CATEGORY = "return.close"


async def refund(tx: Transaction, order: OrderSummary, returned: LoadedReturn, worths: Sequence[Worth]) -> list[Job]:
    """The jobs are to be queued. Never more than was paid for what is not with the customer any more: what was given
    back before, also in advance or by a bank, is not given back again. Fees and an exchange lower every part alike.
    """
    wanted_minor = max(0, min(returned.net_minor, overpaid_minor(order)))
    sources, left_minor = [], wanted_minor
    for payment in reversed(order.payments):
        amount_minor = min(left_minor, order.refundable_minor(payment))
        if amount_minor > 0:
            sources.append((payment.id, amount_minor))
            left_minor -= amount_minor
    parts = shares(worths, wanted_minor - left_minor)
    portions = dealt(parts, [amount_minor for _, amount_minor in sources])
    if left_minor and order.payments:
        await _tell_missing(tx, order, returned, left_minor)
    return [
        open_refund(tx, order, payment_id, [_part(each) for each in portion], return_id=returned.id)[1]
        for (payment_id, _), portion in zip(sources, portions, strict=True)
    ]


def _part(worth: Worth) -> Part:
    return Part(
        component=worth.component,
        amount_minor=worth.amount_minor,
        order_line_id=worth.order_line_id,
        quantity=worth.quantity,
    )


async def _tell_missing(tx: Transaction, order: OrderSummary, returned: LoadedReturn, left_minor: int) -> None:
    """No payment has it yet: a capture is not decided."""
    left = Money(left_minor, order.currency)
    what = f"{left.amount} {left.currency} of return {returned.number}"
    message = f"{what} could not be given back: no payment has it yet"
    await raise_exception(
        tx, order.id, category=CATEGORY, message=message, suggested_action="paymentRefund", attempts=1
    )
