"""Appends to the event log, in the transaction of the change. Whoever appends holds the lock on the subject's row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.stores.transaction import Transaction, json_of

# xmin is the transaction that wrote a row version: what this one wrote is found, whichever statement did it.
_WRITTEN_HERE = "t.xmin = pg_current_xact_id()::xid"
_OF_ORDER = (
    "order_lines",
    "order_changes",
    "holds",
    "payments",
    "fulfillment_orders",
    "shipments",
    "routing_decisions",
    "returns",
    "order_exceptions",
)
_OF_PART = {
    "order_change_lines": ("change_id", "order_changes"),
    "payment_transactions": ("payment_id", "payments"),
    "fulfillment_order_lines": ("fulfillment_order_id", "fulfillment_orders"),
    "shipment_lines": ("shipment_id", "shipments"),
    "tracking_events": ("shipment_id", "shipments"),
    "routing_assignments": ("decision_id", "routing_decisions"),
    "routing_candidates": ("decision_id", "routing_decisions"),
    "return_lines": ("return_id", "returns"),
    "exchange_lines": ("return_id", "returns"),
}
"""Column and table of what points to the order."""

IMAGED_TABLES = ("orders", *_OF_ORDER, *_OF_PART, "return_dispositions")
"""The tables whose rows make up an order."""


def _images() -> str:
    """SQL of {table: [row, …]}. The names are the ones above: nothing of it comes from a caller."""
    order = "(SELECT id FROM imaged)"
    conditions = dict.fromkeys(_OF_ORDER, f"t.order_id = {order}")
    for table, (column, parent) in _OF_PART.items():
        conditions[table] = f"t.{column} IN (SELECT id FROM {parent} WHERE order_id = {order})"  # noqa: S608
    conditions["return_dispositions"] = (
        "t.return_line_id IN (SELECT line.id FROM return_lines line JOIN returns ON returns.id = line.return_id"  # noqa: S608
        f" WHERE returns.order_id = {order})"
    )
    written = f"({_WRITTEN_HERE} OR (SELECT is_first FROM imaged))"  # noqa: S608
    parts = [
        f"SELECT 'orders' AS name, jsonb_agg(to_jsonb(t) - 'search_text') AS found FROM orders t WHERE t.id = {order}"  # noqa: S608
    ]
    parts += [
        f"SELECT '{table}', jsonb_agg({_image_of(table)}) FROM {table} t WHERE {written} AND {condition}"  # noqa: S608
        for table, condition in conditions.items()
    ]
    union = "\n UNION ALL ".join(parts)
    return f"(SELECT jsonb_object_agg(name, found) FROM ({union}) image WHERE found IS NOT NULL)"  # noqa: S608


def _image_of(table: str) -> str:
    """Without what routing was decided on: it is long, never changes, and nothing reads it at a moment."""
    return "to_jsonb(t) - 'inputs'" if table == "routing_decisions" else "to_jsonb(t)"


_APPEND = """
INSERT INTO events (type, at, subject_type, subject_id, sequence, data, actor_kind, actor_id, actor_name, images)
VALUES ($1, $2, $3, $4, (SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE subject_id = $4), $5, $6, $7, $8, {})
"""
_IMAGED = """
WITH imaged AS MATERIALIZED (
    SELECT asked.id, NOT EXISTS (
        SELECT FROM events WHERE images IS NOT NULL AND subject_id = ANY (
            ARRAY(SELECT asked.id UNION ALL SELECT returns.id FROM returns WHERE returns.order_id = asked.id))
    ) AS is_first
    FROM (SELECT {} AS id) asked
)"""
_APPEND_BY_SUBJECT = {
    "Order": _IMAGED.format("$4::uuid") + _APPEND.format(_images()),
    "Return": _IMAGED.format("(SELECT order_id FROM returns WHERE id = $4)") + _APPEND.format(_images()),
}
_APPEND_MANY = """
INSERT INTO events (type, at, subject_type, subject_id, sequence, data, actor_kind, actor_id, actor_name)
SELECT $1, $2, $3, subject_id,
       (SELECT coalesce(max(sequence), 0) + 1 FROM events before WHERE before.subject_id = given.subject_id),
       data, $6, $7, $8
  FROM unnest($4::uuid[], $5::jsonb[]) WITH ORDINALITY AS given (subject_id, data, place)
 ORDER BY place
"""
_APPEND_PLAIN = _APPEND.format("NULL")


async def append_event(tx: Transaction, type_: str, subject: tuple[str, UUID], data: dict[str, Any]) -> None:
    """`type_` is noun and past participle (`order.placed`); `subject` is a GraphQL type and the key of its row.

    An event of an order, or of a return, takes the images of all rows of the order that the transaction has written,
    so it comes last. The first to have any takes all rows of the order: it may have come without events.
    """
    subject_type, subject_id = subject
    sql = _APPEND_BY_SUBJECT.get(subject_type, _APPEND_PLAIN)
    actor = tx.actor
    await tx.run(sql, type_, tx.at, subject_type, subject_id, json_of(data), actor.kind, actor.id, actor.name)


async def append_events(
    tx: Transaction, type_: str, subject_type: str, said: Sequence[tuple[UUID, dict[str, Any]]]
) -> None:
    """One event for each of several subjects, none of them an order, in one statement."""
    actor = tx.actor
    ids, data = [id_ for id_, _ in said], [json_of(each) for _, each in said]
    await tx.run(_APPEND_MANY, type_, tx.at, subject_type, ids, data, actor.kind, actor.id, actor.name)
