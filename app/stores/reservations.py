"""Reservations: what a cart holds, and what an order has reserved at which location."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.ids import new_id
from app.domain.inventory import MovementKind
from app.domain.order_summary import Line, OrderSummary
from app.stores.orders import write
from app.stores.stock import Movement, Position, lock_positions, move_stock
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
_LOCK_RESERVATION = """
SELECT reservation.id, reservation.released_at, orders.number AS order_number
  FROM reservations reservation LEFT JOIN orders ON orders.id = reservation.order_id
 WHERE reservation.id = $1
   FOR UPDATE OF reservation
"""
_NEXT_EXPIRED = """
SELECT id FROM reservations
 WHERE released_at IS NULL AND order_id IS NULL AND expires_at <= $1
 ORDER BY expires_at
 LIMIT 1
   FOR UPDATE SKIP LOCKED
"""


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


@dataclass(frozen=True, slots=True)
class CartLine:
    sku: str
    location_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Locked:
    """A reservation, as far as it matters for its end."""

    id: UUID
    released_at: datetime | None
    order_number: str | None
    """Of the order that has taken it over, or whose own it is."""


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


async def cart_lines(tx: Transaction, reservation_id: UUID) -> list[CartLine]:
    return [CartLine(*row) for row in await tx.rows(_CART_LINES, reservation_id)]


def take_over(
    reservation_id: UUID, lines: Sequence[CartLine], order: OrderSummary, positions: Sequence[Position]
) -> list[Movement]:
    """The movements that let a live cart's units go, which the order then promises anew. Units that the order does not
    ask for go as well. `positions` are locked, the cart's among them.
    """
    order.add("reservations", id=reservation_id, order_id=order.id)
    return _released(reservation_id, lines, positions)


async def hold(tx: Transaction, promises: Sequence[Promise], expires_at: datetime) -> UUID:
    """A cart with its lines and movements; the positions are locked. Answers its id."""
    reservation_id = new_id()
    held = [
        {
            "id": id_,
            "reservation_id": reservation_id,
            "sku": each.line.sku,
            "quantity": each.units,
            "location_id": each.position.location_id,
        }
        for id_, each in zip(sorted(new_id() for _ in promises), promises, strict=True)
    ]
    cart = {"id": reservation_id, "expires_at": expires_at, "created_at": tx.at}
    await write(tx, {"reservations": [cart], "reservation_lines": held})
    reference = ("Reservation", reservation_id)
    await move_stock(tx, [Movement(each.position, MovementKind.RESERVE, each.units, reference) for each in promises])
    return reservation_id


async def lock_reservation(tx: Transaction, reservation_id: UUID) -> Locked | None:
    """None where there is no such reservation."""
    row = await tx.row(_LOCK_RESERVATION, reservation_id)
    return None if row is None else Locked(*row)


async def lock_expired(tx: Transaction) -> UUID | None:
    """The cart whose time has been up for longest, of those that no one else is about to end."""
    found: UUID | None = await tx.value(_NEXT_EXPIRED, tx.at)
    return found


async def let_go(tx: Transaction, reservation_id: UUID, reason: str | None = None) -> list[CartLine]:
    """Ends a live cart, which is locked: its units are free. Answers what it held."""
    lines = await cart_lines(tx, reservation_id)
    positions = await lock_positions(tx, [line.sku for line in lines])
    await move_stock(tx, _released(reservation_id, lines, positions, reason))
    await tx.run("UPDATE reservations SET released_at = $2 WHERE id = $1", reservation_id, tx.at)
    return lines


def _released(
    reservation_id: UUID, lines: Sequence[CartLine], positions: Sequence[Position], reason: str | None = None
) -> list[Movement]:
    by_place = {(each.sku, each.location_id): each for each in positions}
    reference = ("Reservation", reservation_id)
    return [
        Movement(by_place[line.sku, line.location_id], MovementKind.RELEASE, line.quantity, reference, reason)
        for line in lines
    ]
