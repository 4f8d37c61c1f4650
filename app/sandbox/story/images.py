"""What an event leaves for those who ask what an order was: the rows of the order that changed since the last event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.sandbox.story.book import Book, Row

IMAGED_TABLES = (
    "orders",
    "order_lines",
    "order_changes",
    "order_change_lines",
    "holds",
    "order_exceptions",
    "payments",
    "payment_transactions",
    "fulfillment_orders",
    "fulfillment_order_lines",
    "shipments",
    "shipment_lines",
    "tracking_events",
    "routing_decisions",
    "routing_assignments",
    "routing_candidates",
    "returns",
    "return_lines",
    "return_dispositions",
    "exchange_lines",
)
Images = dict[str, list[Row]]
"""Rows by table."""


class Camera:
    """Of one order, whose rows are all that are added to the book while it is played."""

    def __init__(self, book: Book, order: Row) -> None:
        self._tables = {name: (book.tables[name], len(book.tables[name])) for name in IMAGED_TABLES}
        self._orders = [order]
        self._last: dict[UUID, Row] = {}

    def take(self) -> Images:
        """Of what changed since the last time."""
        found = {
            name: changed
            for name, (rows, start) in self._tables.items()
            if (changed := self._changed(self._orders if name == "orders" else rows[start:]))
        }
        return {name: [_in_json(row) for row in rows] for name, rows in found.items()}

    def _changed(self, rows: list[Row]) -> list[Row]:
        changed = [dict(row) for row in rows if self._last.get(row["id"]) != row]
        self._last.update({row["id"]: row for row in changed})
        return changed


def overlaid(images: Images, later: Images) -> Images:
    """Both in one, where a later image of a row replaces the earlier."""
    tables = dict.fromkeys((*images, *later))
    rows = {name: {row["id"]: row for row in (*images.get(name, ()), *later.get(name, ()))} for name in tables}
    return {name: list(by_id.values()) for name, by_id in rows.items()}


def _in_json(row: Row) -> Row:
    return {name: _value(each) for name, each in row.items()}


def _value(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return value.isoformat()
    return value
