"""What replaces returned goods: new lines of the same order, promised and routed as any other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.ids import new_id
from app.domain.loaded_return import LoadedReturn
from app.domain.money import Money
from app.domain.order import OrderChangeKind, OrderStatus
from app.domain.order_lifecycle import OrderTrigger
from app.domain.order_summary import Line, OrderSummary
from app.stores.jobs import Job
from app.stores.orders import record_change
from app.stores.placement import find_products
from app.stores.reservations import reserve
from app.stores.stock import Movement, lock_positions
from app.stores.transaction import Transaction
from app.workflows.order_intake import promise
from app.workflows.order_progress import job_to_route
from app.workflows.payment_hold import hold_for_payment
from app.workflows.policy import Shortage


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is left to write: the movements together with the order's rows, the jobs behind its event."""

    is_placed: bool = False
    movements: Sequence[Movement] = field(default_factory=list)
    jobs: Sequence[Job] = field(default_factory=list)


async def place_exchange(tx: Transaction, order: OrderSummary, returned: LoadedReturn) -> Exchange:
    """After the return was credited. Nothing is placed where nothing came back.

    What is not in stock is backordered, whatever the policy for new orders: the return is to be settled, and
    `orderCancel` gives the money back to those who do not want to wait.
    """
    if not returned.wanted or not returned.units("received"):
        return Exchange()
    lines = await _add_lines(tx, order, returned)
    _count_exchanged(order, returned)
    if order.status is OrderStatus.COMPLETED:
        order.become(OrderTrigger.REOPEN, tx.at)
    positions = await lock_positions(tx, [line.sku for line in lines])
    movements = reserve(order, promise(lines, positions, shortage=Shortage.BACKORDER))
    _await_difference(tx, order, returned)
    goes_on = order.status is OrderStatus.PROCESSING and order.units("reserved")
    return Exchange(True, movements, [job_to_route(order)] if goes_on else [])


async def _add_lines(tx: Transaction, order: OrderSummary, returned: LoadedReturn) -> list[Line]:
    products = await find_products(tx, [each.sku for each in returned.wanted])
    last = max(line.position for line in order.lines)
    lines = []
    for position, wanted in enumerate(returned.wanted, start=last + 1):
        product = products[wanted.sku]
        line = Line(
            id=new_id(),
            position=position,
            product_id=product.id,
            sku=wanted.sku,
            title=product.title,
            unit_price_minor=wanted.unit_price_minor,
            discount_minor=wanted.discount_minor,
            tax_minor=wanted.tax_minor,
            ordered=wanted.quantity,
        )
        line.add_up()
        wanted.order_line_id = line.id
        lines.append(line)
    order.lines += lines
    changed = [(line.id, line.ordered, line.total_minor) for line in lines]
    record_change(tx, order, OrderChangeKind.EXCHANGE, f"return {returned.number}", changed)
    order.edit_count += 1
    return lines


def _count_exchanged(order: OrderSummary, returned: LoadedReturn) -> None:
    """As many of the units that came back as there are to replace them."""
    left = sum(each.quantity for each in returned.wanted)
    for each in returned.lines:
        line = order.line(each.order_line_id)
        assert line is not None  # noqa: S101 - lines of an order are never removed
        count = min(left, each.received)
        line.exchanged += count
        left -= count


def _await_difference(tx: Transaction, order: OrderSummary, returned: LoadedReturn) -> None:
    """Nothing more is sent before what the exchange costs more is paid, unless the order is paid on other terms."""
    due = Money(-returned.net_minor, order.currency)
    if due.minor > 0:
        more = f"{due.amount} {due.currency} more"
        note = f"the exchange of return {returned.number} costs {more}: paymentAuthorize asks for it"
        hold_for_payment(tx, order, note)
