"""What happens to an order that was placed or submitted: stock is promised, findings hold it, payment is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.order_lifecycle import OrderTrigger
from app.domain.order_summary import Line, OrderSummary
from app.domain.payment import PaymentStatus, TransactionKind
from app.domain.refusals import InsufficientStock, Refused
from app.stores.jobs import Job
from app.stores.orders import place_hold
from app.stores.payments import open_transaction
from app.stores.reservations import Promise, cart_lines, lock_cart, reserve, take_over
from app.stores.stock import Movement, Position, lock_positions
from app.stores.transaction import Transaction
from app.workflows.order_findings import Finding
from app.workflows.order_progress import advance
from app.workflows.policy import Shortage


@dataclass(frozen=True, slots=True)
class Intake:
    """What is left to write: the movements together with the order's rows, the jobs behind its event."""

    movements: Sequence[Movement]
    jobs: Sequence[Job]


async def take_in(
    tx: Transaction,
    order: OrderSummary,
    findings: Sequence[Finding],
    *,
    shortage: Shortage,
    cart: UUID | None = None,
) -> Intake:
    """`order` is PENDING. Raises Refused where the policy is to refuse a shortage."""
    cart = cart if cart is not None and await lock_cart(tx, cart) else None
    held = await cart_lines(tx, cart) if cart is not None else []
    positions = await lock_positions(tx, [line.sku for line in order.lines] + [each.sku for each in held])
    freed = take_over(cart, held, order, positions) if cart is not None else []
    promises = promise(order.lines, positions, shortage=shortage, freed=freed)
    for finding in findings:
        place_hold(tx, order, finding.reason, finding.note)
    jobs = [
        open_transaction(tx, order, each.id, TransactionKind.AUTHORIZATION, each.amount_minor)[1]
        for each in order.payments
        if each.status is PaymentStatus.PENDING
    ]
    if order.holds:
        order.become(OrderTrigger.HOLD, tx.at)
    else:
        jobs += advance(tx, order)
    return Intake([*freed, *reserve(order, promises)], jobs)


def promise(
    lines: Sequence[Line], positions: Sequence[Position], *, shortage: Shortage, freed: Sequence[Movement] = ()
) -> list[Promise]:
    """Reserves what is there; the rest is backordered. Raises Refused where the policy is to refuse a shortage.

    A line is promised from as few locations as can be: from the first, by priority, that has all of it, else from
    those that have most. Routing decides later, and may choose others.
    """
    free = {each.id: each.available_to_fulfill for each in positions}
    for movement in freed:
        free[movement.position.id] += movement.units
    made: list[Promise] = []
    missing: list[InsufficientStock] = []
    for number, line in enumerate(lines):
        wanted = line.unpromised_units
        own = [each for each in positions if each.sku == line.sku and free[each.id] > 0]
        available = sum(free[each.id] for each in own)
        if available < wanted and shortage is Shortage.REFUSE:
            missing.append(_too_few(line, number, wanted, available))
            continue
        own.sort(key=lambda each: (free[each.id] < wanted, -each.priority, -free[each.id], each.location_key))
        for position in own:
            units = min(wanted, free[position.id])
            if units:
                made.append(Promise(line, position, units))
                free[position.id] -= units
                line.reserved += units
                wanted -= units
        line.backordered += wanted
    if missing:
        raise Refused(*missing)
    return made


def _too_few(line: Line, number: int, wanted: int, available: int) -> InsufficientStock:
    instead = f"order {available} or fewer" if available else "try again when it is in stock"
    return InsufficientStock(
        message=f"{line.sku}: {wanted} wanted, {available} available; {instead}",
        field=("lines", str(number), "quantity"),
        sku=line.sku,
        requested=wanted,
        available=available,
    )
