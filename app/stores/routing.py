"""What routing decides on, read from the store; and the decision, kept with its order."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from app.domain.fulfillment import FulfillmentOrderStatus as S
from app.domain.geography import Coordinates
from app.domain.ids import new_id
from app.domain.inventory import LocationKind
from app.domain.order_summary import OrderSummary
from app.domain.routing.decision import Decision
from app.domain.routing.request import RoutingRequest, Site
from app.stores.stock import Position
from app.stores.transaction import Transaction, json_in

Held = Counter[tuple[UUID, UUID]]
"""Units that an order has reserved, by line and location."""

ASKED = (S.SCHEDULED, S.OPEN, S.ON_HOLD, S.IN_PROGRESS, S.CLOSED, S.INCOMPLETE)
"""States of fulfillment orders that take up their location's day."""

# A location without a daily capacity is not counted; one with it has few enough units a day to count them each time.
_PLACES = """
SELECT location.id, location.key, location.kind, location.latitude, location.longitude, location.active,
       location.daily_capacity, location.priority,
       CASE WHEN location.daily_capacity IS NULL THEN 0 ELSE (
            SELECT coalesce(sum(line.quantity), 0)::int
              FROM fulfillment_orders asked
              JOIN fulfillment_order_lines line ON line.fulfillment_order_id = asked.id
             WHERE asked.location_id = location.id AND asked.status = ANY($1::text[]) AND asked.created_at >= $2
               AND asked.id <> ALL($3::uuid[])) END AS used_today
  FROM locations location
 WHERE location.active OR location.id = ANY($4::uuid[])
"""
_WISHES = """
SELECT (SELECT jsonb_object_agg(sku, attributes -> 'weightGrams') FROM products WHERE sku = ANY($1::text[])) AS weights,
       customer.allow_split_shipments, customer.tags
  FROM (VALUES ($2::uuid)) AS of_order (customer_id)
  LEFT JOIN customers customer ON customer.id = of_order.customer_id
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What beside the stock says how an order should be routed."""

    allows_split: bool
    customer_tags: tuple[str, ...]
    unit_weight_g: Mapping[str, int]
    """By SKU, of those that tell it."""


async def load_wishes(tx: Transaction, order: OrderSummary) -> Wishes:
    row: Any = await tx.row(_WISHES, [line.sku for line in order.lines], order.customer_id)
    weights = json_in(row["weights"]) or {}
    return Wishes(
        row["allow_split_shipments"] is not False,
        tuple(row["tags"] or ()),
        {sku: round(grams) for sku, grams in weights.items() if isinstance(grams, int | float) and grams >= 0},
    )


async def load_sites(
    tx: Transaction, positions: Sequence[Position], held: Held, sku_of: Mapping[UUID, str], left_out: Sequence[UUID]
) -> tuple[Site, ...]:
    """Every active location, and every other that has the articles. `positions` are locked, `held` is the order's own;
    `left_out` are fulfillment orders that no longer take up a day.
    """
    available: dict[UUID, Counter[str]] = {}
    for position in positions:
        available.setdefault(position.location_id, Counter())[position.sku] = position.available_to_fulfill
    for (line_id, location_id), units in held.items():
        available.setdefault(location_id, Counter())[sku_of[line_id]] += units
    rows = await tx.rows(_PLACES, list(ASKED), day_of(tx.at), list(left_out), list(available))
    return tuple(_site(row, available.get(row["id"], {})) for row in rows)


def day_of(at: datetime) -> datetime:
    """When the day began. Days are counted in UTC: a location's own time zone is not known."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _site(row: Any, available: Mapping[str, int]) -> Site:
    located = row["latitude"] is not None and row["longitude"] is not None
    return Site(
        id=row["id"],
        key=row["key"],
        kind=LocationKind(row["kind"]),
        at=Coordinates(row["latitude"], row["longitude"]) if located else None,
        active=row["active"],
        available={sku: units for sku, units in sorted(available.items()) if units > 0},
        daily_capacity=row["daily_capacity"],
        used_today=row["used_today"],
        priority=row["priority"],
    )


def add_decision(tx: Transaction, order: OrderSummary, request: RoutingRequest, decision: Decision) -> UUID:
    """Written when the order is saved. Answers the decision's id."""
    decision_id, currency = new_id(), decision.currency
    order.add(
        "routing_decisions", id=decision_id, order_id=order.id, at=tx.at, policy=decision.policy,
        cost_minor=decision.cost_minor, currency=currency, split_count=decision.split_count,
        inputs=msgspec.to_builtins(request),
    )  # fmt: skip
    for id_, assignment in _with_ids(decision.assignments):
        order.add(
            "routing_assignments", id=id_, decision_id=decision_id, location_id=assignment.location_id,
            order_line_id=assignment.line_id, quantity=assignment.units,
        )  # fmt: skip
    for id_, candidate in _with_ids(decision.candidates):
        order.add(
            "routing_candidates", id=id_, decision_id=decision_id, location_id=candidate.location_id,
            eligible=not candidate.rejections, rejections=list(candidate.rejections),
            distance_km=candidate.distance_km, cost_minor=candidate.cost_minor, currency=currency,
            score=candidate.score,
        )  # fmt: skip
    return decision_id


def _with_ids(rows: Sequence[T]) -> Iterable[tuple[UUID, T]]:
    """Ids that sort as the rows stand: those of one millisecond do not by themselves."""
    return zip(sorted(new_id() for _ in rows), rows, strict=True)


async def unknown_locations(tx: Transaction, keys: Collection[str]) -> set[str]:
    rows = await tx.rows("SELECT key FROM locations WHERE key = ANY($1::text[])", list(keys)) if keys else []
    return set(keys) - {row["key"] for row in rows}
