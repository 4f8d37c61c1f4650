"""Availability: what a position, or all positions of a product, can still promise."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select, text

from app.domain.inventory import PROMISE_HORIZON_DAYS
from app.execution.errors import LimitExceeded
from app.execution.sources import column_of
from app.execution.statements import among
from app.models import InventoryPosition, Location, Product
from app.resolvers.context import Context

# For a position. The same two formulas summed over positions are the availability of a product.
TO_FULFILL: ColumnElement[int] = func.greatest(
    InventoryPosition.on_hand
    - InventoryPosition.allocated
    - InventoryPosition.reserved
    - InventoryPosition.safety_stock
    - InventoryPosition.unavailable,
    0,
)
_IN_TIME = or_(
    InventoryPosition.incoming_at.is_(None),
    InventoryPosition.incoming_at <= func.now() + text(f"interval '{PROMISE_HORIZON_DAYS} days'"),
)
TO_PROMISE: ColumnElement[int] = TO_FULFILL + case((_IN_TIME, InventoryPosition.incoming), else_=0)
_NEXT_RECEIPT = func.min(InventoryPosition.incoming_at).filter(InventoryPosition.incoming > 0)


def of_skus(skus: Sequence[str]) -> ColumnElement[bool]:
    return InventoryPosition.product_id.in_(select(Product.id).where(among(column_of(Product.sku), skus)))


def at_locations(keys: Sequence[str]) -> ColumnElement[bool]:
    return InventoryPosition.location_id.in_(select(Location.id).where(among(column_of(Location.key), keys)))


def below_reorder_point(is_below: bool) -> ColumnElement[bool]:
    """A position without a reorder point is never below it."""
    below = and_(InventoryPosition.reorder_point.is_not(None), InventoryPosition.reorder_point > TO_FULFILL)
    return below if is_below else ~below


async def of_products(
    product_ids: Sequence[UUID], _arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any]]:
    """Over all active locations."""
    statement = _summed(Location.active).where(among(column_of(Product.id), product_ids))
    found = {row.id: _availability(row) for row in await context.fetch(statement)}
    return [found[product_id] for product_id in product_ids]


async def of_skus_asked(
    _root: Sequence[int], arguments: Mapping[str, Any], context: Context
) -> list[list[dict[str, Any]]]:
    skus = arguments["skus"]
    if len(skus) > context.sizes.ids_max:
        raise LimitExceeded(f"At most {context.sizes.ids_max} SKUs at a time (got {len(skus)}).")
    keys = arguments.get("location_keys")
    counted = Location.active if keys is None else among(column_of(Location.key), keys)
    rows = await context.fetch(_summed(counted).where(among(column_of(Product.sku), skus)))
    found = {row.sku: _availability(row) for row in rows}
    return [[found.get(sku, _nothing(sku)) for sku in skus]]


def _summed(counted: SQLColumnExpression[bool]) -> Any:
    """Every product, with sums over its positions at the locations that count."""
    positions = (
        select(
            InventoryPosition.product_id,
            func.sum(TO_FULFILL).label("to_fulfill"),
            func.sum(TO_PROMISE).label("to_promise"),
            _NEXT_RECEIPT.label("next_receipt_at"),
        )
        .join(Location, Location.id == InventoryPosition.location_id)
        .where(InventoryPosition.product_id == Product.id, counted)
        .group_by(InventoryPosition.product_id)
        .lateral("positions")
    )
    return select(
        Product.id, Product.sku, positions.c.to_fulfill, positions.c.to_promise, positions.c.next_receipt_at
    ).outerjoin(positions, positions.c.product_id == Product.id)


def _availability(row: Any) -> dict[str, Any]:
    return _answer(row.sku, row.to_fulfill or 0, row.to_promise or 0, row.next_receipt_at)


def _nothing(sku: str) -> dict[str, Any]:
    return _answer(sku, 0, 0, None)


def _answer(sku: str, to_fulfill: int, to_promise: int, next_receipt_at: datetime | None) -> dict[str, Any]:
    return {
        "sku": sku,
        "availableToFulfill": int(to_fulfill),
        "availableToPromise": int(to_promise),
        "nextReceiptAt": next_receipt_at,
    }
