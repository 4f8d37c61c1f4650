"""Stock: positions locked in one order for all, and moved only together with the movement that says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.inventory import EFFECTS, MovementKind
from app.domain.outgoing import due_of_movement
from app.stores.transaction import Transaction

_LOCK = """
SELECT position.id, position.product_id, product.sku, position.location_id, location.key AS location_key,
       location.active AND product.active AS sells, location.priority,
       position.on_hand, position.reserved, position.allocated, position.unavailable, position.safety_stock,
       position.incoming, position.incoming_at, position.reorder_point, position.version
  FROM inventory_positions position
  JOIN products product ON product.id = position.product_id
  JOIN locations location ON location.id = position.location_id
 WHERE product.sku = ANY($1::text[]) AND ($2::text[] IS NULL OR location.key = ANY($2))
   AND ($3::uuid IS NULL OR location.id = $3)
 ORDER BY position.product_id, position.location_id
   FOR NO KEY UPDATE OF position
"""
_MOVE = """
WITH moved AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[],
                         $9::uuid[])
        AS each (position_id, kind, quantity, on_hand, reserved, allocated, reason, reference_type, reference_id)),
total AS (
    SELECT position_id, count(*) AS movements, sum(on_hand) AS on_hand, sum(reserved) AS reserved,
           sum(allocated) AS allocated
      FROM moved GROUP BY position_id),
changed AS (
    UPDATE inventory_positions position
       SET on_hand = position.on_hand + total.on_hand, reserved = position.reserved + total.reserved,
           allocated = position.allocated + total.allocated, version = position.version + total.movements,
           updated_at = $10
      FROM total WHERE position.id = total.position_id)
INSERT INTO inventory_movements (position_id, kind, quantity, on_hand_delta, reserved_delta, allocated_delta, reason,
                                 reference_type, reference_id, at, actor_kind, actor_id, actor_name)
SELECT position_id, kind, quantity, on_hand, reserved, allocated, reason, reference_type, reference_id,
       $10, $11, $12, $13
  FROM moved
RETURNING id, kind, reference_type
"""
_OPEN = """
INSERT INTO inventory_positions (product_id, location_id)
SELECT product_id, location_id FROM unnest($1::uuid[], $2::uuid[]) AS place (product_id, location_id)
 ORDER BY product_id, location_id
    ON CONFLICT (product_id, location_id) DO NOTHING
"""
_SET_LEVELS = """
UPDATE inventory_positions position
   SET unavailable = level.unavailable, safety_stock = level.safety_stock, incoming = level.incoming,
       incoming_at = level.incoming_at, reorder_point = level.reorder_point, version = position.version + 1,
       updated_at = $7
  FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::timestamptz[], $6::int[])
       AS level (id, unavailable, safety_stock, incoming, incoming_at, reorder_point)
 WHERE position.id = level.id
"""


@dataclass(slots=True)
class Position:
    """A locked row. Its counters follow the movements of this transaction."""

    id: UUID
    product_id: UUID
    sku: str
    location_id: UUID
    location_key: str
    sells: bool
    """Product and location are active."""
    priority: int
    on_hand: int
    reserved: int
    allocated: int
    unavailable: int
    safety_stock: int
    incoming: int
    incoming_at: datetime | None
    reorder_point: int | None
    version: int

    @property
    def unpromised(self) -> int:
        """On hand, and neither reserved nor allocated: also what is damaged, withheld, or not for sale."""
        return self.on_hand - self.reserved - self.allocated

    @property
    def available_to_fulfill(self) -> int:
        """Never below 0, and 0 where nothing is sold from."""
        free = self.unpromised - self.unavailable - self.safety_stock
        return max(0, free) if self.sells else 0


@dataclass(frozen=True, slots=True)
class Movement:
    """`units` is positive, but for an adjustment or a count, which may take away."""

    position: Position
    kind: MovementKind
    units: int
    reference: tuple[str, UUID] | None = None
    """GraphQL type and key of what caused it."""
    reason: str | None = None


async def lock_positions(
    tx: Transaction,
    skus: Sequence[str],
    location_keys: Sequence[str] | None = None,
    *,
    location_id: UUID | None = None,
) -> list[Position]:
    """All positions of the SKUs, by product and location. Every transaction locks them in this order, and at once all
    that it will need: no deadlock.
    """
    keys = location_keys and list(location_keys)
    return [Position(*row) for row in await tx.rows(_LOCK, list(set(skus)), keys, location_id)]


async def move_stock(tx: Transaction, movements: Sequence[Movement]) -> None:
    """One statement. The database refuses counters below zero and promises beyond what is on hand."""
    if not movements:
        return
    signs = [EFFECTS[each.kind] for each in movements]
    deltas = [[sign[place] * each.units for sign, each in zip(signs, movements, strict=True)] for place in range(4)]
    for each, on_hand, reserved, allocated in zip(movements, *deltas[1:], strict=True):
        each.position.on_hand += on_hand
        each.position.reserved += reserved
        each.position.allocated += allocated
    references = [each.reference or (None, None) for each in movements]
    actor = tx.actor
    moved = await tx.rows(
        _MOVE, [each.position.id for each in movements], [each.kind for each in movements], *deltas,
        [each.reason for each in movements], [type_ for type_, _ in references], [key for _, key in references],
        tx.at, actor.kind, actor.id, actor.name,
    )  # fmt: skip
    if tx.telling:
        for id_, kind, caused_by in moved:
            tx.telling.tell(*due_of_movement(MovementKind(kind), id_, caused_by))


async def open_positions(tx: Transaction, places: Sequence[tuple[UUID, UUID]]) -> None:
    """Empty positions of products at locations, where there are none yet. Before any position is locked."""
    if places:
        await tx.run(_OPEN, *map(list, zip(*places, strict=True)))


async def set_levels(tx: Transaction, positions: Sequence[Position]) -> None:
    """Writes what is not counted by movements: `unavailable`, `safety_stock`, `incoming` and `reorder_point`."""
    if positions:
        names = ("id", "unavailable", "safety_stock", "incoming", "incoming_at", "reorder_point")
        await tx.run(_SET_LEVELS, *([getattr(each, name) for each in positions] for name in names), tx.at)
