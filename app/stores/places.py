"""Stock positions by what people call them, opened where there are none yet, and locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.refusals import Path, Refusal, RefusalCode, Refused
from app.stores.stock import Position, lock_positions, open_positions
from app.stores.transaction import Transaction, json_in

_FIND = """
SELECT (SELECT jsonb_object_agg(sku, id) FROM products WHERE sku = ANY($1::text[])) AS products,
       (SELECT jsonb_object_agg(key, id) FROM locations WHERE key = ANY($2::text[])) AS locations,
       (SELECT jsonb_agg(jsonb_build_array(product.sku, location.key))
          FROM inventory_positions position
          JOIN products product ON product.id = position.product_id
          JOIN locations location ON location.id = position.location_id
         WHERE product.sku = ANY($1) AND location.key = ANY($2)) AS positions
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A product at a location, and where in the input each is named."""

    sku: str
    location_key: str
    sku_path: Path
    location_path: Path


async def lock_places(tx: Transaction, places: Sequence[Place]) -> list[Position]:
    """In the order of `places`, which are all different. Raises Refused with all products and locations not known."""
    skus, keys = {each.sku for each in places}, {each.location_key for each in places}
    row: Any = await tx.row(_FIND, sorted(skus), sorted(keys))
    products, locations = (json_in(row[name]) or {} for name in ("products", "locations"))
    refusals = [
        Refusal(code=RefusalCode.NOT_FOUND, message=message, field=path)
        for each in places
        for known, name, message, path in (
            (products, each.sku, f"there is no product {each.sku}", each.sku_path),
            (locations, each.location_key, f"there is no location {each.location_key}", each.location_path),
        )
        if name not in known
    ]
    if refusals:
        raise Refused(*refusals)
    there = {(sku, key) for sku, key in json_in(row["positions"]) or ()}
    missing = [each for each in places if (each.sku, each.location_key) not in there]
    await open_positions(tx, [(products[each.sku], locations[each.location_key]) for each in missing])
    found = {(each.sku, each.location_key): each for each in await lock_positions(tx, list(skus), list(keys))}
    return [found[each.sku, each.location_key] for each in places]
