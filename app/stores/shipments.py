"""Shipments: what a carrier needs to know of one, the claim on buying its label, and what was reported of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.fulfillment import ShipmentStatus
from app.domain.ids import new_id
from app.domain.order_summary import OrderSummary, Parcel
from app.domain.refusals import RefusalCode, refuse
from app.domain.shipment_lifecycle import MOVING, Report
from app.stores.transaction import Transaction, json_in

OPEN = (ShipmentStatus.LABEL_PURCHASED, *MOVING)
"""States in which a carrier has more to tell."""

_PLACE = "SELECT key, name, address FROM locations WHERE id = $1"
_WEIGHTS = """
SELECT line.id, (product.attributes ->> 'weightGrams')::float AS weight_g
  FROM order_lines line LEFT JOIN products product ON product.id = line.product_id
 WHERE line.order_id = $1
"""
_LOCK_ORDER = "SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE"
_CLAIM = """
UPDATE shipments SET label_asked_at = $3, service = $4
 WHERE id = $1 AND status = 'CREATED' AND cancel_asked_at IS NULL AND label_asked_at IS NOT DISTINCT FROM $2
RETURNING id
"""
_REPORTS = "SELECT source_key, external_event_id, at, status FROM tracking_events WHERE shipment_id = $1"
_DUE = """
UPDATE shipments SET tracked_at = $1
 WHERE id IN (
    SELECT shipment.id FROM shipments shipment JOIN orders ON orders.id = shipment.order_id
     WHERE shipment.status = ANY($2::text[]) AND shipment.tracking_number IS NOT NULL
       AND shipment.carrier_key IS NOT NULL AND orders.management = 'MANAGED' AND shipment.created_at > $6
       AND (shipment.tracked_at IS NULL
            OR shipment.tracked_at <= CASE WHEN shipment.alerted_until > $1 THEN $5::timestamptz ELSE $3 END)
     ORDER BY shipment.tracked_at NULLS FIRST, shipment.id
     LIMIT $4 FOR NO KEY UPDATE OF shipment SKIP LOCKED)
RETURNING id, order_id, carrier_key, tracking_number, coalesce(alerted_until > $1, false), estimated_delivery_at
"""
_OF_NUMBER = """
SELECT shipment.id, shipment.order_id, shipment.carrier_key, shipment.tracking_number
  FROM shipments shipment JOIN orders ON orders.id = shipment.order_id
 WHERE shipment.tracking_number = $2 AND shipment.carrier_key = $1 AND orders.management = 'MANAGED'
 ORDER BY shipment.created_at DESC
 LIMIT 1
"""
_KNOWN = "SELECT shipment_id, external_event_id FROM tracking_events WHERE shipment_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    name: str
    address: dict[str, Any] | None


async def order_of_shipment(tx: Transaction, shipment_id: UUID) -> UUID:
    """Raises Refused."""
    return await _order_of(tx, "SELECT order_id FROM shipments WHERE id = $1", shipment_id, "shipment")


async def order_of_fulfillment(tx: Transaction, fulfillment_order_id: UUID) -> UUID:
    """Raises Refused."""
    sql = "SELECT order_id FROM fulfillment_orders WHERE id = $1"
    return await _order_of(tx, sql, fulfillment_order_id, "fulfillment_order")


async def _order_of(tx: Transaction, sql: str, id_: UUID, noun: str) -> UUID:
    order_id: UUID | None = await tx.value(sql, id_)
    if order_id is None:
        message = f"no {noun.replace('_', ' ')} has the id that ends with {id_}"
        raise refuse(RefusalCode.NOT_FOUND, message, f"{noun}_id")
    return order_id


async def load_place(tx: Transaction, location_id: UUID) -> Place:
    row: Any = await tx.row(_PLACE, location_id)
    return Place(row["key"], row["name"], json_in(row["address"]))


async def carrier_keys(tx: Transaction) -> list[str]:
    """Of all carriers that the store knows."""
    return [row["key"] for row in await tx.rows("SELECT key FROM sources WHERE kind = 'CARRIER' ORDER BY key")]


async def weight_of(tx: Transaction, order: OrderSummary, parcel: Parcel) -> int | None:
    """In grams; None where the weight of something inside is not known."""
    weights = {row["id"]: row["weight_g"] for row in await tx.rows(_WEIGHTS, order.id)}
    inside = [(weights[part.order_line_id], part.quantity) for part in parcel.lines]
    known = [weight_g * units for weight_g, units in inside if weight_g is not None and weight_g >= 0]
    return max(1, round(sum(known))) if len(known) == len(inside) else None


async def claim_label(
    tx: Transaction, order_id: UUID, shipment_id: UUID, *, before: datetime | None, at: datetime | None, service: str
) -> bool:
    """Whether it falls to the caller to ask for the label at `at`: it was last asked for at `before`, nobody has
    asked since, and it is still wanted. With None as `at`, the claim is given up: nothing was asked.
    """
    # Commands save the row as they loaded it, and lock the order before.
    await tx.run(_LOCK_ORDER, order_id)
    return await tx.value(_CLAIM, shipment_id, before, at, service) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What a source said of a parcel. `at` is by its clock."""

    external_id: str
    at: datetime
    status: ShipmentStatus
    description: str
    city: str | None
    country: str | None


async def add_reports(
    tx: Transaction, order: OrderSummary, shipment_id: UUID, source_key: str, told: Iterable[NewReport]
) -> list[Report] | None:
    """All reports of the parcel, with those told now that are new, which are saved with the order. None without any
    new one. The order's row is locked.
    """
    rows = await tx.rows(_REPORTS, shipment_id)
    known = {row["external_event_id"] for row in rows if row["source_key"] == source_key}
    new = {each.external_id: each for each in told if each.external_id not in known}
    for each in new.values():
        order.add(
            "tracking_events", id=new_id(), shipment_id=shipment_id, source_key=source_key,
            external_event_id=each.external_id, at=each.at, status=each.status, description=each.description,
            city=each.city, country=each.country, received_at=tx.at,
        )  # fmt: skip
    earlier = [Report(row["at"], ShipmentStatus(row["status"])) for row in rows]
    return [*earlier, *(Report(each.at, each.status) for each in new.values())] if new else None


@dataclass(frozen=True, slots=True)
class Tracked:
    """A parcel that its carrier has more to tell of."""

    shipment_id: UUID
    order_id: UUID
    carrier_key: str
    tracking_number: str
    is_alerted: bool = False
    """Whether its carrier tells of it by itself."""
    estimated_delivery_at: datetime | None = None


async def take_due(
    tx: Transaction, *, not_since: datetime, alerted_not_since: datetime, made_since: datetime, limit: int
) -> Sequence[Tracked]:
    """Those whose carrier was longest not asked, and not since then: of parcels that it tells of by itself, not since
    the second time. They count as asked now."""
    rows = await tx.rows(_DUE, tx.at, list(OPEN), not_since, limit, alerted_not_since, made_since)
    return [Tracked(*row) for row in rows]


async def parcel_of_number(tx: Transaction, carrier_key: str, tracking_number: str) -> Tracked | None:
    """The newest of ours with it: carriers use their numbers again after some time."""
    row = await tx.row(_OF_NUMBER, carrier_key, tracking_number)
    return None if row is None else Tracked(*row)


async def record_alerts(tx: Transaction, shipment_ids: Sequence[UUID], *, until: datetime) -> None:
    await tx.run("UPDATE shipments SET alerted_until = $2 WHERE id = ANY($1::uuid[])", list(shipment_ids), until)


async def make_due(tx: Transaction, tracking_number: str) -> None:
    """Somebody knows that its carrier has news."""
    await tx.run("UPDATE shipments SET tracked_at = NULL WHERE tracking_number = $1", tracking_number)


async def known_reports(tx: Transaction, shipment_ids: Sequence[UUID]) -> Mapping[UUID, set[str]]:
    """Ids of what was reported, by shipment."""
    known: dict[UUID, set[str]] = {each: set() for each in shipment_ids}
    for row in await tx.rows(_KNOWN, list(shipment_ids)):
        known[row["shipment_id"]].add(row["external_event_id"])
    return known
