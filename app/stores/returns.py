"""Returns: loaded whole under the lock of their order, changed in memory, saved with it and with their own event."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from app.domain.ids import new_id
from app.domain.loaded_return import LoadedReturn
from app.domain.order_summary import OrderSummary
from app.domain.refunds import Goods
from app.domain.refusals import RefusalCode, refuse
from app.domain.returns import Disposition
from app.stores.events import append_event
from app.stores.orders import load_order, require_version, save_order
from app.stores.transaction import Transaction

_LOAD = """
SELECT to_jsonb(returned) || jsonb_build_object(
           'lines', (SELECT jsonb_agg(to_jsonb(line) || jsonb_build_object(
                                'judged', coalesce(verdict.arrived, 0), 'missing', coalesce(verdict.missing, 0))
                            ORDER BY line.id)
                       FROM return_lines line
                       LEFT JOIN (SELECT return_line_id,
                                         sum(quantity) FILTER (WHERE disposition <> 'MISSING') AS arrived,
                                         sum(quantity) FILTER (WHERE disposition = 'MISSING') AS missing
                                    FROM return_dispositions GROUP BY return_line_id) verdict
                         ON verdict.return_line_id = line.id
                      WHERE line.return_id = returned.id),
           'wanted', (SELECT coalesce(jsonb_agg(wanted ORDER BY wanted.id), '[]')
                        FROM exchange_lines wanted WHERE wanted.return_id = returned.id)) AS loaded
  FROM returns returned WHERE returned.id = $1
"""
_CREDITED = """
SELECT line.order_line_id, sum(line.received)::int AS units, sum(line.item_minor)::bigint AS item_minor,
       sum(line.tax_minor)::bigint AS tax_minor
  FROM return_lines line JOIN returns returned ON returned.id = line.return_id
 WHERE returned.order_id = $1 AND returned.status = 'CLOSED'
 GROUP BY line.order_line_id
"""
_SHIPPING_CREDITED = """
SELECT coalesce(sum(shipping_minor), 0)::bigint FROM returns WHERE order_id = $1 AND status = 'CLOSED'
"""
_DELIVERED_SINCE = """
SELECT line.order_line_id, sum(line.quantity)::int AS units
  FROM shipment_lines line JOIN shipments shipment ON shipment.id = line.shipment_id
 WHERE shipment.order_id = $1 AND shipment.fulfillment_order_id IS NOT NULL AND shipment.delivered_at >= $2
 GROUP BY line.order_line_id
"""
_NOT_SAVED: Final = {"lines", "wanted"}


async def load_return(
    tx: Transaction, return_id: UUID, expected_version: int | None
) -> tuple[OrderSummary, LoadedReturn]:
    """With its order, which is locked. Raises Refused: NOT_FOUND, VERSION_CONFLICT."""
    order_id = await tx.value("SELECT order_id FROM returns WHERE id = $1", return_id)
    if order_id is None:
        raise refuse(RefusalCode.NOT_FOUND, f'no return has the id "Return:{return_id}"', "return_id")
    order = await load_order(tx, order_id)
    returned = await _loaded(tx, return_id)
    require_version(returned.version, expected_version, f"return {returned.number}")
    return order, returned


async def return_of_parcel(tx: Transaction, shipment_id: UUID) -> LoadedReturn | None:
    """That it brings back. Its order is locked."""
    return_id = await tx.value("SELECT id FROM returns WHERE shipment_id = $1", shipment_id)
    return None if return_id is None else await _loaded(tx, return_id)


async def _loaded(tx: Transaction, return_id: UUID) -> LoadedReturn:
    return msgspec.json.decode(await tx.value(_LOAD, return_id), type=LoadedReturn)


async def save_return(
    tx: Transaction, order: OrderSummary, returned: LoadedReturn, event: str, data: Mapping[str, Any]
) -> None:
    """With its order, and an event of each: `return.received` of the return, `order.return_received` of the order."""
    add_return(order, returned)
    said = {"return": returned.number, **data}
    await save_order(tx, order, f"order.return_{event}", said)
    await tell_return(tx, order, returned, event, said)


def add_return(order: OrderSummary, returned: LoadedReturn) -> None:
    """Saved with the order; `tell_return` is to follow."""
    returned.version += 1
    own: dict[str, Any] = {"return_id": returned.id}
    columns = {name: value for name, value in asdict(returned).items() if name not in _NOT_SAVED}
    order.add("returns", **columns, order_id=order.id, customer_id=order.customer_id, currency=order.currency)
    for line in returned.lines:
        order.add(
            "return_lines", **own, id=line.id, order_line_id=line.order_line_id, quantity=line.quantity,
            reason=line.reason, note=line.note, received=line.received, item_minor=line.item_minor,
            tax_minor=line.tax_minor,
        )  # fmt: skip
    for wanted in returned.wanted:
        order.add("exchange_lines", **own, **asdict(wanted), currency=order.currency)


async def tell_return(
    tx: Transaction, order: OrderSummary, returned: LoadedReturn, event: str, data: Mapping[str, Any]
) -> None:
    await append_event(tx, f"return.{event}", ("Return", returned.id), {**data, "order": order.number})


def record_verdict(
    tx: Transaction,
    order: OrderSummary,
    return_line_id: UUID,
    disposition: Disposition,
    quantity: int,
    location_id: UUID | None,
) -> None:
    order.add(
        "return_dispositions", id=new_id(), return_line_id=return_line_id, disposition=disposition, quantity=quantity,
        location_id=location_id, at=tx.at,
    )  # fmt: skip


async def credited_of(tx: Transaction, order: OrderSummary) -> dict[UUID, Goods]:
    """By line, of returns that are closed."""
    rows = await tx.rows(_CREDITED, order.id) if order.units("returned") else []
    return {row["order_line_id"]: Goods(row["units"], row["item_minor"], row["tax_minor"]) for row in rows}


async def shipping_credited_minor(tx: Transaction, order_id: UUID) -> int:
    credited: int = await tx.value(_SHIPPING_CREDITED, order_id)
    return credited


async def delivered_since(tx: Transaction, order_id: UUID, since: datetime) -> dict[UUID, int]:
    """Units by line, of parcels that arrived then or later."""
    return {row["order_line_id"]: row["units"] for row in await tx.rows(_DELIVERED_SINCE, order_id, since)}


async def location_ids(tx: Transaction, keys: Collection[str]) -> dict[str, UUID]:
    rows = await tx.rows("SELECT key, id FROM locations WHERE key = ANY($1::text[])", list(keys))
    return {row["key"]: row["id"] for row in rows}
