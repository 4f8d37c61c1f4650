"""Who waits for supply, in the order in which they were promised it: by when they were placed."""

from collections.abc import Collection
from uuid import UUID

from app.domain.order import OrderStatus
from app.stores.transaction import Transaction

WAITING = (OrderStatus.PENDING, OrderStatus.ON_HOLD, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)
"""States of orders that supply goes to. A hold does not cost an order its place: the units are kept for it."""

_WAITED_FOR = """
SELECT DISTINCT line.sku
  FROM order_lines line JOIN orders ON orders.id = line.order_id
 WHERE line.sku = ANY($1::text[]) AND line.backordered > 0
   AND orders.management = 'MANAGED' AND orders.status = ANY($2::text[])
 ORDER BY line.sku
"""
_ORDERS_WAITING = """
SELECT orders.id
  FROM order_lines line JOIN orders ON orders.id = line.order_id
 WHERE line.sku = $1 AND line.backordered > 0
   AND orders.management = 'MANAGED' AND orders.status = ANY($2::text[])
 GROUP BY orders.id
 ORDER BY orders.placed_at, orders.id
 LIMIT $3
"""
_SUPPLIED = """
SELECT DISTINCT line.sku
  FROM order_lines line
  JOIN orders ON orders.id = line.order_id
  JOIN products product ON product.sku = line.sku AND product.active
 WHERE line.backordered > 0 AND orders.management = 'MANAGED' AND orders.status = ANY($1::text[])
   AND EXISTS (SELECT FROM inventory_positions position
                 JOIN locations location ON location.id = position.location_id AND location.active
                WHERE position.product_id = product.id
                  AND position.on_hand > position.reserved + position.allocated + position.unavailable
                                         + position.safety_stock)
 ORDER BY line.sku
"""


async def waited_for(tx: Transaction, skus: Collection[str]) -> list[str]:
    """Those of the SKUs that orders wait for."""
    return [row["sku"] for row in await tx.rows(_WAITED_FOR, sorted(skus), list(WAITING))] if skus else []


async def orders_waiting(tx: Transaction, sku: str, most: int) -> list[UUID]:
    """The first of them."""
    return [row["id"] for row in await tx.rows(_ORDERS_WAITING, sku, list(WAITING), most)]


async def supplied_and_waited_for(tx: Transaction) -> list[str]:
    """SKUs that orders wait for although there are units free."""
    return [row["sku"] for row in await tx.rows(_SUPPLIED, list(WAITING))]
