"""What happened at a storefront and cannot be done here as well: somebody has to decide."""

from uuid import UUID

from app.domain.money import decimal_amount
from app.stores.exceptions import raise_exception
from app.stores.orders import load_order, save_order
from app.stores.transaction import Transaction
from app.workflows.payment_hold import hold_for_payment

CHANGED = "storefront.changed"
CANCELED = "storefront.canceled"
REFUNDED = "storefront.refunded"
PAID = "storefront.paid"


async def tell(
    tx: Transaction, order_id: UUID, category: str, message: str, *, suggested_action: str, hold: str | None = None
) -> None:
    """With `hold` the order waits, where it lacks money and units of it could still be kept back."""
    order = await load_order(tx, order_id)
    if hold is not None:
        hold_for_payment(tx, order, hold)
    await raise_exception(
        tx, order_id, category=category, message=message, suggested_action=suggested_action, attempts=1
    )
    await save_order(tx, order, "order.exception_raised", {"category": category, "message": message})


async def tell_refund(tx: Transaction, order_id: UUID, outside_minor: int) -> None:
    """Of what was given back there without us: so much as nothing that was canceled or came back explains."""
    if outside_minor <= 0:
        return
    order = await load_order(tx, order_id)
    order.add_up()
    unexplained_minor = min(outside_minor, order.balance_minor)
    if unexplained_minor > 0:
        amount = f"{decimal_amount(unexplained_minor, order.currency)} {order.currency}"
        message = f"{amount} was given back at the storefront, for nothing that is canceled or came back here"
        await tell(
            tx, order_id, REFUNDED, message, suggested_action="orderCancel", hold=f"{amount} was given back there"
        )
