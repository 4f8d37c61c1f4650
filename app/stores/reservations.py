"""Reservations: what a cart holds, and what an order has reserved at which location."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.ids import new_id
from app.domain.inventory import MovementKind
from app.domain.order_summary import Line, OrderSummary
from app.stores.stock import Movement, Position
from app.stores.transaction import Transaction

_OF_ORDER = """
SELECT line.id, line.order_line_id, line.location_id, line.quantity
  FROM reservation_lines line
  JOIN reservations reservation ON reservation.id = line.reservation_id
 WHERE reservation.order_id = $1 AND line.order_line_id IS NOT NULL
 ORDER BY line.id
"""
_REDUCE = """
WITH taken AS (SELECT * FROM unnest($1::uuid[], $2::int[]) AS each (id, units)),
emptied AS (
    DELETE FROM reservation_lines line USING taken WHERE line.id = taken.id AND line.quantity = taken.units)
UPDATE reservation_lines line SET quantity = line.quantity - taken.units
  FROM taken WHERE line.id = taken.id AND line.quantity > taken.units
"""
_LOCK_CART = """
SELECT released_at IS NULL AND order_id IS NULL AND (expires_at IS NULL OR expires_at > $2) AS is_live
  FROM reservations WHERE id = $1 FOR NO KEY UPDATE
"""
_CART_LINES = "SELECT sku, location_id, quantity FROM reservation_lines WHERE reservation_id = $1 ORDER BY id"


@dataclass(frozen=True, slots=True)
class Promise:
    """Units that a position holds for a line."""

    line: Line
    position: Position
    units: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """A row: units of an order's line at a location, reserved and not yet allocated."""

    id: UUID
    order_line_id: UUID
    location_id: UUID
    quantity: int


async def reserved_of(tx: Transaction, order_id: UUID) -> list[Reserved]:
    """The order's row is locked, and with it these."""
    return [Reserved(*row) for row in await tx.rows(_OF_ORDER, order_id)]


async def reduce_reserved(tx: Transaction, units_by_id: Mapping[UUID, int]) -> None:
    """Takes units off rows of `reserved_of`: they are allocated or released. The movements are for the caller."""
    if units_by_id:
        await tx.run(_REDUCE, list(units_by_id), list(units_by_id.values()))


def reserve(order: OrderSummary, promises: Sequence[Promise]) -> list[Movement]:
    """Rows saved with the order, and the movements that make them true."""
    if not promises:
        return []
    reservation_id = new_id()
    order.add("reservations", id=reservation_id, order_id=order.id)
    for each in promises:
        order.add(
            "reservation_lines", id=new_id(), reservation_id=reservation_id, sku=each.line.sku, quantity=each.units,
            location_id=each.position.location_id, order_line_id=each.line.id,
        )  # fmt: skip
    reference = ("Order", order.id)
    return [Movement(each.position, MovementKind.RESERVE, each.units, reference) for each in promises]


async def lock_cart(tx: Transaction, reservation_id: UUID) -> bool | None:
    """Whether the cart still holds its units; None where there is no such reservation.

    Before the positions are locked, as in everything that concerns a cart.
    """
    is_live: bool | None = await tx.value(_LOCK_CART, reservation_id, tx.at)
    return is_live


async def take_over(
    tx: Transaction, reservation_id: UUID, order: OrderSummary, positions: Sequence[Position]
) -> list[Movement]:
    """The movements that let a live cart's units go, which the order then promises anew. `positions` are locked, and
    those of SKUs that the order does not have are not among them: such units expire with the cart's time.
    """
    order.add("reservations", id=reservation_id, order_id=order.id)
    by_place = {(each.sku, each.location_id): each for each in positions}
    reference = ("Reservation", reservation_id)
    return [
        Movement(by_place[row["sku"], row["location_id"]], MovementKind.RELEASE, row["quantity"], reference)
        for row in await tx.rows(_CART_LINES, reservation_id)
    ]
