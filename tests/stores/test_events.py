"""Images in the event log: the rows of an order that a transaction has written, and at first all of them."""

from typing import Any
from uuid import UUID

import asyncpg

from app.domain.actor import SYSTEM
from app.stores.engine import open_writers
from app.stores.events import append_event
from app.stores.transaction import Transaction, json_in
from tests.workflows.shop import Shop


async def appended(tx: Transaction, type_: str, subject: tuple[str, UUID]) -> dict[str, Any]:
    await append_event(tx, type_, subject, {})
    images: dict[str, Any] = json_in(await tx.value("SELECT images::text FROM events ORDER BY position DESC LIMIT 1"))
    return images


async def test_images_are_of_what_was_written_and_first_of_everything(migrated_database: str) -> None:
    connection = await asyncpg.connect(migrated_database)
    shop = Shop(connection)
    await shop.location("east", stock={"TENT": 5, "ROPE": 5})
    order_id = await shop.order("1001", {"TENT": {"east": 2}, "ROPE": {"east": 1}})
    await connection.close()
    writers = await open_writers(migrated_database, connections_max=1)
    order = ("Order", order_id)
    async with writers.transaction(SYSTEM) as tx:
        first = await appended(tx, "order.held", order)
        assert {name: len(rows) for name, rows in first.items()} == {"orders": 1, "order_lines": 2, "order_changes": 1}
        assert first["orders"][0]["number"] == "1001"
        assert "search_text" not in first["orders"][0]
    async with writers.rehearsal(SYSTEM) as tx:
        await tx.run("UPDATE order_lines SET return_requested = 0 WHERE order_id = $1 AND sku = 'ROPE'", order_id)
        return_id = await tx.value(
            "INSERT INTO returns (number, status, order_id, currency) VALUES ('1001-R1', 'REQUESTED', $1, 'USD')"
            " RETURNING id",
            order_id,
        )
        images = await appended(tx, "return.requested", ("Return", return_id))
        assert {name: len(rows) for name, rows in images.items()} == {"orders": 1, "order_lines": 1, "returns": 1}
        assert images["order_lines"][0]["sku"] == "ROPE"
        assert images["returns"][0]["id"] == str(return_id)
    async with writers.transaction(SYSTEM) as tx:
        assert list(await appended(tx, "order.hold_released", order)) == ["orders"]
    await writers.close()
