"""A small retailer to try commands on: locations, stock, and orders that promise it, made by SQL."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

LINE_MINOR = 1_000
"""Price of a unit of everything."""


class Shop:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def location(self, key: str, *, stock: Mapping[str, int], **columns: Any) -> None:
        """Columns are those of the table: latitude, daily_capacity …"""
        row = {"key": key, "name": key.title(), "kind": "WAREHOUSE", **columns}
        await self._insert("locations", row)
        for sku, units in stock.items():
            await self.run("INSERT INTO products (sku, title) VALUES ($1, $1) ON CONFLICT DO NOTHING", sku)
            await self.run(
                """
                INSERT INTO inventory_positions (product_id, location_id, on_hand)
                SELECT product.id, location.id, $3 FROM products product, locations location
                 WHERE product.sku = $1 AND location.key = $2
                """,
                sku, key, units,
            )  # fmt: skip
            await self._moved(sku, key, "RECEIPT", units, on_hand=units)

    async def order(
        self, number: str, promised: Mapping[str, Mapping[str, int]], *, backordered: Mapping[str, int] | None = None,
        **columns: Any,
    ) -> UUID:  # fmt: skip
        """CONFIRMED, with units reserved by SKU and location."""
        waiting = backordered or {}
        units = {sku: sum(places.values()) + waiting.get(sku, 0) for sku, places in promised.items()}
        total = LINE_MINOR * sum(units.values())
        order_id: UUID = await self._insert(
            "orders",
            {
                "number": number, "management": "MANAGED", "status": "CONFIRMED",
                "fulfillment_status": "BACKORDERED" if backordered else "UNFULFILLED",
                "payment_status": "NOT_PAID", "return_status": "NONE", "channel": "web", "currency": "USD",
                "subtotal_minor": total, "total_minor": total, "placed_at": await self.value("SELECT now()"), **columns,
            },
        )  # fmt: skip
        await self.run(
            "INSERT INTO order_changes (order_id, kind, amount_minor, currency, actor_kind, actor_id)"
            " VALUES ($1, 'PLACE', $2, 'USD', 'SYSTEM', 'test')",
            order_id, total,
        )  # fmt: skip
        await self.run(
            "INSERT INTO events (type, subject_type, subject_id, sequence, data, actor_kind, actor_id)"
            " VALUES ('order.placed', 'Order', $1, 1, '{}', 'SYSTEM', 'test')",
            order_id,
        )
        reservation_id = await self._insert("reservations", {"order_id": order_id})
        for position, (sku, places) in enumerate(promised.items(), start=1):
            line_id = await self._insert(
                "order_lines",
                {
                    "order_id": order_id, "position": position, "sku": sku, "title": sku, "currency": "USD",
                    "unit_price_minor": LINE_MINOR, "total_minor": LINE_MINOR * units[sku], "ordered": units[sku],
                    "reserved": sum(places.values()), "backordered": waiting.get(sku, 0),
                    "product_id": await self.value("SELECT id FROM products WHERE sku = $1", sku),
                },
            )  # fmt: skip
            for key, count in places.items():
                location_id = await self.value("SELECT id FROM locations WHERE key = $1", key)
                row = {"reservation_id": reservation_id, "sku": sku, "quantity": count, "location_id": location_id}
                await self._insert("reservation_lines", {**row, "order_line_id": line_id})
                await self._moved(sku, key, "RESERVE", count, reserved=count)
        return order_id

    async def stock(self, sku: str) -> dict[str, tuple[int, int, int]]:
        """On hand, reserved and allocated, by location."""
        rows = await self._connection.fetch(
            "SELECT location.key, on_hand, reserved, allocated FROM inventory_positions position"
            " JOIN products product ON product.id = product_id JOIN locations location ON location.id = location_id"
            " WHERE product.sku = $1 ORDER BY location.key",
            sku,
        )
        return {row["key"]: tuple(row)[1:] for row in rows}

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._connection.fetch(sql, *values)]

    async def value(self, sql: str, *values: Any) -> Any:
        return await self._connection.fetchval(sql, *values)

    async def run(self, sql: str, *values: Any) -> None:
        await self._connection.execute(sql, *values)

    async def _insert(self, table: str, row: Mapping[str, Any]) -> Any:
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        return await self.value(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places}) RETURNING id", *row.values())

    async def _moved(self, sku: str, key: str, kind: str, units: int, *, on_hand: int = 0, reserved: int = 0) -> None:
        position_id = await self.value(
            "UPDATE inventory_positions SET reserved = reserved + $3 FROM products product, locations location"
            " WHERE product.id = product_id AND location.id = location_id AND product.sku = $1 AND location.key = $2"
            " RETURNING inventory_positions.id",
            sku, key, reserved,
        )  # fmt: skip
        await self.run(
            "INSERT INTO inventory_movements (position_id, kind, quantity, on_hand_delta, reserved_delta, actor_kind,"
            " actor_id) VALUES ($1, $2, $3, $4, $5, 'SYSTEM', 'test')",
            position_id, kind, units, on_hand, reserved,
        )  # fmt: skip
