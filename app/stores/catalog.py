"""Products and locations, locked by what people call them, and written whole."""

from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from app.domain.ids import new_id
from app.domain.inventory import LocationKind
from app.stores.orders import write
from app.stores.transaction import Transaction, json_in

_AT_WORK = ("SCHEDULED", "OPEN", "ON_HOLD", "IN_PROGRESS")
"""States of fulfillment orders that their location has something left to do for."""
_FIND_REFERENCE = """
SELECT EXISTS (SELECT FROM sources WHERE key = $1) AS source_is_known,
       (SELECT product.sku FROM product_references reference JOIN products product ON product.id = reference.product_id
         WHERE reference.source_key = $1 AND reference.external_id = $2) AS sku
"""
_OPEN_WORK = "SELECT count(*) FROM fulfillment_orders WHERE location_id = $1 AND status = ANY($2::text[])"


@dataclass(slots=True, kw_only=True)
class StoredProduct:
    id: UUID
    sku: str
    title: str
    price_minor: int | None = None
    currency: str | None = None
    active: bool = True
    attributes: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class StoredLocation:
    id: UUID
    key: str
    name: str
    kind: LocationKind
    address: dict[str, Any] | None = None
    latitude: float | None = None
    longitude: float | None = None
    active: bool = True
    daily_capacity: int | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    source_is_known: bool
    sku: str | None
    """Of the product that it stands for already."""


_PRODUCT = ", ".join(each.name for each in fields(StoredProduct))
_LOCATION = ", ".join(each.name for each in fields(StoredLocation))
# Whoever only points to the row, as a new position does, need not wait.
_LOCK_PRODUCT = f"SELECT {_PRODUCT} FROM products WHERE sku = $1 FOR NO KEY UPDATE"  # noqa: S608 - columns from above
_LOCK_LOCATION = f"SELECT {_LOCATION} FROM locations WHERE key = $1 FOR NO KEY UPDATE"  # noqa: S608


async def lock_product(tx: Transaction, sku: str) -> StoredProduct | None:
    row = await tx.row(_LOCK_PRODUCT, sku)
    return row and StoredProduct(**{**row, "attributes": json_in(row["attributes"])})


async def save_product(tx: Transaction, product: StoredProduct) -> None:
    await write(tx, {"products": [asdict(product)]})


async def find_reference(tx: Transaction, source_key: str, external_id: str) -> Reference:
    row: Any = await tx.row(_FIND_REFERENCE, source_key, external_id)
    return Reference(*row)


async def refer(tx: Transaction, product_id: UUID, source_key: str, external_id: str) -> None:
    """What the source calls the product, from now on."""
    row = {"id": new_id(), "product_id": product_id, "source_key": source_key, "external_id": external_id}
    await write(tx, {"product_references": [row]})


async def lock_location(tx: Transaction, key: str) -> StoredLocation | None:
    row = await tx.row(_LOCK_LOCATION, key)
    if row is None:
        return None
    return StoredLocation(**{**row, "address": json_in(row["address"]), "kind": LocationKind(row["kind"])})


async def save_location(tx: Transaction, location: StoredLocation) -> None:
    await write(tx, {"locations": [asdict(location)]})


async def open_work(tx: Transaction, location_id: UUID) -> int:
    """Fulfillment orders that the location has not ended."""
    count: int = await tx.value(_OPEN_WORK, location_id, list(_AT_WORK))
    return count
