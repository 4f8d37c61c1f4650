"""Orders: locked and loaded whole, changed in memory, and saved with the event that says what happened.

Every command about an order locks its row first, so all that belongs to the order is written by one command at a time.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from app.domain.ids import new_id
from app.domain.order import (
    HoldReason,
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_axes import fulfillment_status, mirrored_payment_status, payment_status, return_status
from app.domain.order_summary import (
    Fulfillment,
    Line,
    OpenHold,
    OrderSummary,
    Parcel,
    PaymentSummary,
    ReturnSummary,
    Undecided,
)
from app.domain.outgoing import due_of_order, head_of
from app.domain.refusals import RefusalCode, Refused, VersionConflict, refuse
from app.stores.events import append_event
from app.stores.transaction import Transaction, json_in, json_of

T = TypeVar("T")

_PARTS = ("lines", "payments", "fulfillments", "shipments")
"""What is saved with the order."""
_ORDER_COLUMNS = tuple(
    each.name
    for each in fields(OrderSummary)
    if each.name not in (*_PARTS, "returns", "holds", "undecided", "edit_count", "saved", "added")
)
_JSON_COLUMNS = frozenset({"shipping_address", "billing_address", "metadata"})
_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "management": OrderManagement,
    "status": OrderStatus,
    "fulfillment_status": OrderFulfillmentStatus,
    "payment_status": OrderPaymentStatus,
    "return_status": OrderReturnStatus,
    "held_from": lambda word: word and OrderStatus(word),
}
_LOCK = f"SELECT {', '.join(_ORDER_COLUMNS)} FROM orders WHERE id = $1 FOR NO KEY UPDATE"  # noqa: S608 - columns from above
_LOAD = """
SELECT (SELECT jsonb_agg(line ORDER BY line.position) FROM order_lines line WHERE line.order_id = $1) AS lines,
       (SELECT jsonb_agg(payment ORDER BY payment.created_at, payment.id)
          FROM payments payment WHERE payment.order_id = $1) AS payments,
       (SELECT jsonb_agg(to_jsonb(requested) || jsonb_build_object('lines', (
                             SELECT jsonb_agg(line ORDER BY line.id) FROM fulfillment_order_lines line
                              WHERE line.fulfillment_order_id = requested.id))
                         ORDER BY requested.created_at, requested.id)
          FROM fulfillment_orders requested WHERE requested.order_id = $1) AS fulfillments,
       (SELECT jsonb_agg(returned ORDER BY returned.requested_at, returned.id)
          FROM returns returned WHERE returned.order_id = $1) AS returns,
       (SELECT jsonb_agg(hold ORDER BY hold.placed_at, hold.id)
          FROM holds hold WHERE hold.order_id = $1 AND hold.released_at IS NULL) AS holds,
       (SELECT jsonb_agg(asked ORDER BY asked.at, asked.id)
          FROM payment_transactions asked JOIN payments payment ON payment.id = asked.payment_id
         WHERE payment.order_id = $1 AND asked.status IN ('PENDING', 'UNKNOWN', 'ACTION_REQUIRED')) AS undecided,
       (SELECT jsonb_agg(to_jsonb(parcel) || jsonb_build_object('lines', coalesce((
                             SELECT jsonb_agg(line ORDER BY line.id) FROM shipment_lines line
                              WHERE line.shipment_id = parcel.id), '[]'))
                         ORDER BY parcel.created_at, parcel.id)
          FROM shipments parcel WHERE parcel.order_id = $1) AS shipments,
       (SELECT count(*) FROM order_changes WHERE order_id = $1 AND kind IN ('EDIT', 'EXCHANGE')) AS edit_count
"""

# What a gateway has not decided, or nobody knows the decision on, may be a payment. A customer who was to do something
# and did not is what expiry is for.
_LOCK_UNCONFIRMED = """
SELECT id FROM orders
 WHERE management = 'MANAGED' AND status = 'PENDING' AND updated_at <= $1
   AND NOT EXISTS (SELECT FROM payment_transactions asked JOIN payments payment ON payment.id = asked.payment_id
                    WHERE payment.order_id = orders.id AND asked.status IN ('PENDING', 'UNKNOWN'))
 ORDER BY updated_at
 LIMIT 1
   FOR UPDATE SKIP LOCKED
"""


async def load_order(tx: Transaction, order_id: UUID, expected_version: int | None = None) -> OrderSummary:
    """Locked until the transaction ends. Raises Refused: NOT_FOUND, VERSION_CONFLICT."""
    row = await tx.row(_LOCK, order_id)
    if row is None:
        raise refuse(RefusalCode.NOT_FOUND, f'no order has the id "Order:{order_id}"', "orderId")
    require_version(row["version"], expected_version, f"order {row['number']}")
    parts = await tx.row(_LOAD, order_id)
    assert parts is not None  # noqa: S101 - a row without a FROM
    columns = {name: json_in(row[name]) if name in _JSON_COLUMNS else row[name] for name in _ORDER_COLUMNS}
    order = OrderSummary(
        **columns | {name: kind(columns[name]) for name, kind in _WORDS.items()},
        lines=_read(parts["lines"], Line),
        payments=_read(parts["payments"], PaymentSummary),
        fulfillments=_read(parts["fulfillments"], Fulfillment),
        shipments=_read(parts["shipments"], Parcel),
        returns=_read(parts["returns"], ReturnSummary),
        holds=_read(parts["holds"], OpenHold),
        undecided=_read(parts["undecided"], Undecided),
        edit_count=parts["edit_count"],
    )
    order.saved = _copied(order)
    return order


async def lock_unconfirmed(tx: Transaction, unchanged_since: datetime) -> UUID | None:
    """The order that has been PENDING for longest, of those that no one else is at work on."""
    found: UUID | None = await tx.value(_LOCK_UNCONFIRMED, unchanged_since)
    return found


def require_version(version: int, expected: int | None, what: str) -> None:
    """Raises Refused."""
    if expected is not None and expected != version:
        message = f"{what} is at version {version}, not {expected}; look at it again, then decide"
        raise Refused(VersionConflict(message=message, field=("expectedVersion",), current_version=version))


async def save_order(tx: Transaction, order: OrderSummary, event: str, data: Mapping[str, Any]) -> None:
    """Writes what differs and what was added, in one statement, then the event of it all. Comes last in a command."""
    order.add_up()
    derive(order)
    order.version = order.version + 1 if order.saved else 1
    own = {"order_id": order.id, "currency": order.currency}
    requested, requested_lines = _fulfillments(tx, order)
    parcels, parcel_lines = _shipments(order)
    await write(
        tx,
        {
            "orders": [{name: getattr(order, name) for name in _ORDER_COLUMNS} | {"updated_at": tx.at}],
            "order_lines": [columns_of(each) | own for each in _changed(order, "lines")],
            "payments": [columns_of(each) | own for each in _changed(order, "payments")],
            "fulfillment_orders": requested,
            "fulfillment_order_lines": requested_lines,
            "shipments": parcels,
            "shipment_lines": parcel_lines,
            **order.added,
        },
    )
    await append_event(tx, event, ("Order", order.id), {"number": order.number, **data})
    if tx.telling:
        tx.telling.tell(*due_of_order(order))
    order.saved, order.added = _copied(order), {}


def record_change(
    tx: Transaction,
    order: OrderSummary,
    kind: OrderChangeKind,
    reason: str | None,
    lines: Sequence[tuple[UUID, int, int]],
    *,
    other_minor: int = 0,
) -> UUID:
    """An entry of the change ledger. `lines` are ids of lines with what their units and their total became larger by;
    `other_minor` is what belongs to no line, such as shipping. Answers the entry's id.
    """
    change_id, currency = new_id(), order.currency
    order.add(
        "order_changes", id=change_id, order_id=order.id, kind=kind, at=tx.at, reason=reason,
        amount_minor=sum(amount for *_, amount in lines) + other_minor, currency=currency, **actor_columns(tx),
    )  # fmt: skip
    for line_id, units, amount_minor in lines:
        order.add(
            "order_change_lines", id=new_id(), change_id=change_id, order_line_id=line_id, quantity_delta=units,
            amount_delta_minor=amount_minor, currency=currency,
        )  # fmt: skip
    return change_id


def place_hold(
    tx: Transaction,
    order: OrderSummary,
    reason: HoldReason,
    note: str | None,
    fulfillment_order_id: UUID | None = None,
) -> OpenHold:
    hold = OpenHold(id=new_id(), reason=reason, note=note, fulfillment_order_id=fulfillment_order_id)
    order.holds.append(hold)
    order.add("holds", **columns_of(hold), order_id=order.id, placed_at=tx.at, **actor_columns(tx))
    return hold


async def release_hold(tx: Transaction, order: OrderSummary, hold: OpenHold) -> None:
    await tx.run("UPDATE holds SET released_at = $2 WHERE id = $1", hold.id, tx.at)
    order.holds.remove(hold)


async def write(tx: Transaction, rows_by_table: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """One statement, however many tables: foreign keys are checked at its end, so their order does not matter.

    Rows of a table have the same columns, `id` among them. A row that is there already gets what differs; columns left
    out keep what they hold.
    """
    given = {table: rows for table, rows in rows_by_table.items() if rows}
    if given:
        sql = _written(tuple((table, tuple(rows[0])) for table, rows in given.items()))
        await tx.run(sql, *(json_of(rows) for rows in given.values()))


@cache
def _written(shape: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    """Tables with their columns: names of ours, so few that their texts can all be remembered."""
    parts = [_upsert(table, columns, place) for place, (table, columns) in enumerate(shape, start=1)]
    *others, last = parts
    named = ", ".join(f"written_{place} AS ({part})" for place, part in enumerate(others, start=1))
    return f"WITH {named} {last}" if named else last


def _upsert(table: str, columns: Sequence[str], place: int) -> str:
    names = ", ".join(columns)
    kept = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
    return (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, ${place})"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET {kept}"
    )


def actor_columns(tx: Transaction) -> dict[str, Any]:
    return {"actor_kind": tx.actor.kind, "actor_id": tx.actor.id, "actor_name": tx.actor.name}


def _fulfillments(tx: Transaction, order: OrderSummary) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of fulfillment orders that differ, and of their lines. What was there before gets its next version."""
    before = {each.id for each in order.saved.get("fulfillments", ())}
    rows, lines = [], []
    for each in _changed(order, "fulfillments"):
        each.version += each.id in before
        row = columns_of(each)
        lines += [columns_of(line) | {"fulfillment_order_id": each.id} for line in row.pop("lines")]
        rows.append(row | {"order_id": order.id, "updated_at": tx.at})
    return rows, lines


def _shipments(order: OrderSummary) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of parcels that differ. What is inside of one is written once, and never changes."""
    before = {each.id for each in order.saved.get("shipments", ())}
    rows, lines = [], []
    for each in _changed(order, "shipments"):
        row = columns_of(each)
        parts = row.pop("lines")
        if each.id not in before:
            lines += [columns_of(line) | {"shipment_id": each.id} for line in parts]
        rows.append(row | {"order_id": order.id, "customer_id": order.customer_id})
    return rows, lines


def derive(order: OrderSummary) -> None:
    """The axes that follow from units and money."""
    order.fulfillment_status = fulfillment_status(order)
    is_managed = order.management is OrderManagement.MANAGED
    order.payment_status = payment_status(order) if is_managed else mirrored_payment_status(order)
    order.return_status = return_status(order)


def _changed(order: OrderSummary, part: str) -> list[Any]:
    before = {each.id: each for each in order.saved.get(part, ())}
    return [each for each in getattr(order, part) if before.get(each.id) != each]


def columns_of(row: Any) -> dict[str, Any]:
    """Of a dataclass of `order_summary`: its fields are named as its columns, but for the rows inside of it."""
    return {name: getattr(row, name) for name in _names(cast("Any", type(row)))}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _copied(order: OrderSummary) -> dict[str, list[Any]]:
    parts = {name: [_copy(each) for each in getattr(order, name)] for name in _PARTS}
    return {**parts, "head": [head_of(order)]}


def _copy(row: Any) -> Any:
    """With copies of the rows inside of it. What else it holds is never changed, only replaced."""
    copied = copy(row)
    if isinstance(row, Fulfillment | Parcel):
        copied.lines = [copy(line) for line in row.lines]
    return copied


def _read(text: str | None, kind: type[T]) -> list[T]:
    return msgspec.convert(json_in(text) or [], list[kind], strict=False)  # type: ignore[valid-type]
