"""An order's stock while it is routed: what it has reserved, and how that becomes allocated where it ships from."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from app.domain.inventory import EFFECTS, MovementKind
from app.domain.order_summary import Fulfillment, Line, OrderSummary
from app.domain.routing.decision import Assignment
from app.stores.reservations import Promise, Reserved, reduce_reserved, reserve
from app.stores.routing import Held
from app.stores.stock import Movement, Position, move_stock
from app.stores.transaction import Transaction

Place = tuple[str, UUID]
"""SKU and location."""
Room = dict[Place, int]


class Allocation:
    """Changes the counters of the order's lines as it goes; `write` makes the stock follow."""

    def __init__(self, order: OrderSummary, positions: Sequence[Position], reserved: Sequence[Reserved]) -> None:
        """`positions` are locked, and all those of the order's articles."""
        self._order = order
        self._positions = {(each.sku, each.location_id): each for each in positions}
        self._reserved = reserved
        self._movements: list[Movement] = []
        self.held: Held = Counter()
        for row in reserved:
            self.held[row.order_line_id, row.location_id] += row.quantity

    def take_back(self, fulfillment: Fulfillment) -> None:
        """What a location was asked for is reserved there again."""
        for part in fulfillment.lines:
            line, units = self._line(part.order_line_id), part.quantity - part.shipped
            line.allocated -= units
            line.reserved += units
            self.held[line.id, fulfillment.location_id] += units
            self._move(MovementKind.DEALLOCATE, line, fulfillment.location_id, units)

    def allocate(self, assignments: Sequence[Assignment]) -> None:
        """First from what is reserved at the place itself, so that none of that is moved away for another."""
        there = [min(each.units, self.held[each.line_id, each.location_id]) for each in assignments]
        for each, units in zip(assignments, there, strict=True):
            self.held[each.line_id, each.location_id] -= units
        for each, units in zip(assignments, there, strict=True):
            self._bring(each, each.units - units)
            line = self._line(each.line_id)
            line.reserved -= each.units
            line.allocated += each.units
            self._move(MovementKind.ALLOCATE, line, each.location_id, each.units)
        self._give_way()

    def await_supply(self) -> None:
        """Units that are promised nowhere, and found no place, are backordered."""
        for line in self._order.lines:
            line.backordered += line.unpromised_units

    async def write(self, tx: Transaction) -> None:
        """Rows of what is reserved follow: those of before are reduced, and units taken back get rows of their own."""
        left = Counter(self.held)
        taken = {}
        for row in self._reserved:
            place = (row.order_line_id, row.location_id)
            kept = min(row.quantity, left[place])
            left[place] -= kept
            if kept < row.quantity:
                taken[row.id] = row.quantity - kept
        returned = [
            Promise(self._line(line_id), self._positions[self._line(line_id).sku, location_id], units)
            for (line_id, location_id), units in left.items()
            if units
        ]
        # Its movements are for units newly reserved; these were by being taken back.
        reserve(self._order, returned)
        await reduce_reserved(tx, taken)
        await move_stock(tx, self._movements)

    def _bring(self, assignment: Assignment, units: int) -> None:
        """Reserves what is missing at the place: units promised nowhere first, then such as are reserved elsewhere."""
        if not units:
            return
        line = self._line(assignment.line_id)
        moved = units - min(units, line.unpromised_units)
        line.reserved += units - moved
        for (line_id, location_id), held in sorted(self.held.items()):
            released = min(held, moved) if line_id == line.id else 0
            if released:
                self.held[line_id, location_id] -= released
                moved -= released
                self._move(MovementKind.RELEASE, line, location_id, released)
        self._move(MovementKind.RESERVE, line, assignment.location_id, units)

    def _give_way(self) -> None:
        """A line's units that found no place may be reserved where another line of the article ships from now. They are
        reserved elsewhere then, as far as there is room; what is left is promised nowhere.
        """
        room = {place: each.available_to_fulfill for place, each in self._positions.items()}
        for movement in self._movements:
            _, _, reserved, allocated = EFFECTS[movement.kind]
            room[movement.position.sku, movement.position.location_id] -= (reserved + allocated) * movement.units
        for (line_id, location_id), held in sorted(self.held.items()):
            line = self._line(line_id)
            left = min(held, -room[line.sku, location_id])
            if left <= 0:
                continue
            self._reserve(line, location_id, -left, room)
            line.reserved -= left
            for sku, elsewhere in self._open_places(line.sku, room):
                units = min(left, room[sku, elsewhere])
                self._reserve(line, elsewhere, units, room)
                line.reserved += units
                left -= units

    def _open_places(self, sku: str, room: Room) -> list[Place]:
        return [
            place
            for place, position in self._positions.items()
            if place[0] == sku and position.sells and room[place] > 0
        ]

    def _reserve(self, line: Line, location_id: UUID, units: int, room: Room) -> None:
        """Below zero: releases them."""
        if units:
            self.held[line.id, location_id] += units
            room[line.sku, location_id] -= units
            self._move(MovementKind.RESERVE if units > 0 else MovementKind.RELEASE, line, location_id, abs(units))

    def _move(self, kind: MovementKind, line: Line, location_id: UUID, units: int) -> None:
        position = self._positions[line.sku, location_id]
        self._movements.append(Movement(position, kind, units, ("Order", self._order.id)))

    def _line(self, line_id: UUID) -> Line:
        return next(line for line in self._order.lines if line.id == line_id)
