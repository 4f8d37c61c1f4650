"""What ERPs, storefronts and inventory systems believe lies where we count ourselves. Shown, never applied."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func, select

from app.connectors.ports.inventory import StockLevel
from app.connectors.reads import Stock
from app.execution.errors import SourceFailed
from app.models import InventoryPosition, Location, Product
from app.resolvers.context import Context
from app.resolvers.live import SourceReading, ask, failure, statuses

POSITION: ColumnElement[str] = cast(
    func.jsonb_build_array(
        select(Product.sku).where(Product.id == InventoryPosition.product_id).scalar_subquery(),
        select(Location.key).where(Location.id == InventoryPosition.location_id).scalar_subquery(),
        InventoryPosition.on_hand,
    ),
    Text,
)
"""What others are asked about, and what it is compared with, as JSON: SKU, our location's key, our units."""
_POSITION = msgspec.json.Decoder(tuple[str, str, int])


async def of_positions(
    positions: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    decoded = [_POSITION.decode(position) for position in positions]
    keys = context.sources_with(Stock.capability)
    # One question about a SKU, however many of its positions are on the page.
    known_as = [[(key, sku) for key in keys] for sku, _, _ in decoded]
    readings = await ask(known_as, Stock(), arguments.get("max_age"), context)
    return [
        _compared(each, location, on_hand, context)
        for each, (_, location, on_hand) in zip(readings, decoded, strict=True)
    ]


def _compared(
    readings: Sequence[SourceReading], location: str, ours: int, context: Context
) -> dict[str, Any] | SourceFailed:
    failed = failure(readings, context)
    if failed is not None:
        return failed
    nodes = []
    for each in readings:
        theirs = _units_at(location, each, context)
        if theirs is not None:
            as_of = each.reading.status.as_of
            nodes.append({"source": each.source, "onHand": theirs, "difference": theirs - ours, "asOf": as_of})
    return {"nodes": nodes, "sources": statuses(readings)}


def _units_at(location: str, reading: SourceReading, context: Context) -> int | None:
    """Over all the source's places that are this location of ours; None where it knows none."""
    levels: Sequence[StockLevel] = reading.reading.value or ()
    config = context.registry.config(reading.reading.status.source_key)
    units = [level.on_hand for level in levels if config.location_key(level.location) == location]
    return sum(units) if units else None
