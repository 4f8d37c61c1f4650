"""The practical limit: a program written by hand that places one kind of order, with the statements Junction sends.

It knows nothing of GraphQL and judges nothing: it computes the parameters for an order that is right, runs Junction's
own statements in one transaction, rings for the jobs, reads number and status back, and answers what Junction answers.

    DATABASE_URL=… PORT=… python -m bench.writes.floor STATEMENTS.json
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from app.domain.ids import new_id
from app.stores.jobs import Bell

CONNECTIONS = 10
"""As many as Junction may have."""
HEADERS = [(b"content-type", b"application/graphql-response+json; charset=utf-8")]
CALLER = "AGENT:anonymous"
ACTOR = ("AGENT", "anonymous", None)
ACTED = {"actor_kind": "AGENT", "actor_id": "anonymous", "actor_name": None}
BEFORE, AFTER = b'{"data":{"orderPlace":', b',"userErrors":[]}}}'
NO_UNITS = dict.fromkeys(
    (
        "canceled",
        "backordered",
        "allocated",
        "in_fulfillment",
        "shipped",
        "delivered",
        "return_requested",
        "returned",
        "restocked",
        "exchanged",
    ),
    0,
)


@dataclass(frozen=True, slots=True)
class Statements:
    """As Junction sends them for an order of this kind, in this order; then the one that reads it back."""

    look_up_key: str
    find: str
    lock_positions: str
    write: str
    append_event: str
    move_stock: str
    enqueue: str
    store_answer: str
    read: str


class Place:
    """An ASGI application."""

    def __init__(self, statements: Statements, idle: "asyncio.LifoQueue[Any]") -> None:
        self._sql = statements
        self._idle = idle
        self._bell = Bell(self._notify)

    async def __call__(
        self, _: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        variables = orjson.loads((await receive())["body"]).get("variables")
        body = b"{}" if variables is None else await self._placed(variables["input"], variables["key"])
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    async def close(self) -> None:
        """Once nothing is asked any more."""
        await self._bell.close()

    async def _placed(self, asked: Mapping[str, Any], key: str) -> bytes:
        order_id = new_id()
        async with self._connection() as connection:
            await connection.execute("BEGIN")
            try:
                await self._write(connection, order_id, asked, key)
            except BaseException:
                await connection.execute("ROLLBACK")
                raise
            await connection.execute("COMMIT")
        self._bell.ring()
        async with self._connection() as connection:
            answer: bytes = await connection.fetchval(self._sql.read, order_id)
        # Junction's statement prints the answer to a query: {"data":{"order":{…}}}.
        return BEFORE + answer.removeprefix(b'{"data":').removesuffix(b"}}") + AFTER

    async def _write(self, connection: Any, order_id: UUID, asked: Mapping[str, Any], key: str) -> None:
        sql, at, lines = self._sql, datetime.now(UTC), asked["lines"]
        fingerprint = hashlib.sha256(orjson.dumps(asked)).digest()
        lock = int.from_bytes(hashlib.blake2b(f"{CALLER}\0{key}".encode(), digest_size=8).digest(), signed=True)
        await connection.fetch(sql.look_up_key, lock, CALLER, key)
        skus = [line["sku"] for line in lines]
        email = asked["customer"]["email"]
        (found,) = await connection.fetch(sql.find, None, None, [], skus, None, None, None, email)
        positions = await connection.fetch(sql.lock_positions, skus, None, None)
        promised = [_best(positions, line) for line in lines]
        order = Order(order_id, at, asked, found, [each["location_id"] for each in promised])
        await connection.fetch(sql.write, *order.rows())
        await connection.fetch(
            sql.append_event, "order.placed", at, "Order", order_id, orjson.dumps(order.said()).decode(), *ACTOR
        )
        units, none = [line["quantity"] for line in lines], [0] * len(lines)
        await connection.fetch(
            sql.move_stock, [each["id"] for each in promised], ["RESERVE"] * len(lines), units, none, units, none,
            [None] * len(lines), ["Order"] * len(lines), [order_id] * len(lines), at, *ACTOR,
        )  # fmt: skip
        names = ["notify.order_confirmed", "order.route"]
        data = orjson.dumps({"order_id": str(order_id)})
        await connection.fetch(
            sql.enqueue, names, [f"{name}:{order_id}" for name in names], [data, data], [0.0, 0.0], [0, 0]
        )
        answer = f'{{"ids":{{"order":"{order_id}"}},"values":{{}},"step":null}}'
        await connection.fetch(sql.store_answer, CALLER, key, "orderPlace", fingerprint, answer, at)

    @asynccontextmanager
    async def _connection(self) -> Any:
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)

    async def _notify(self, channel: str, payload: str) -> None:
        async with self._connection() as connection:
            await connection.fetch("SELECT pg_notify($1, $2)", channel, payload)


def _best(positions: Sequence[Any], line: Mapping[str, Any]) -> Any:
    """The position with the most units."""
    return max(
        (each for each in positions if each["sku"] == line["sku"]),
        key=lambda each: each["on_hand"] - each["reserved"] - each["allocated"],
    )


class Order:
    """The rows of one that is right."""

    def __init__(
        self, order_id: UUID, at: datetime, asked: Mapping[str, Any], found: Any, locations: Sequence[UUID]
    ) -> None:
        self._id, self._at, self._asked, self._found, self._locations = order_id, at, asked, found, locations
        self._prices = [(_minor(each["unitPrice"]) * each["quantity"], _minor(each["tax"])) for each in asked["lines"]]

    def said(self) -> dict[str, Any]:
        return {
            "number": self._found["number"],
            "channel": self._asked["channel"],
            "status": "CONFIRMED",
            "totalMinor": sum(price + tax for price, tax in self._prices),
        }

    def rows(self) -> list[str]:
        """As JSON, a table each, in the order in which Junction's statement takes them."""
        change_id, reservation_id = new_id(), new_id()
        lines = self._lines()
        own = {"order_id": self._id}
        subtotal, tax = (sum(each) for each in zip(*self._prices, strict=True))
        changes = {
            "id": change_id, "kind": "PLACE", "at": self._at, "reason": None, "amount_minor": subtotal + tax,
            "currency": "USD",
        }  # fmt: skip
        tables: list[list[dict[str, Any]]] = [
            [self._order(subtotal, tax)],
            lines,
            [changes | own | ACTED],
            [
                {
                    "id": new_id(), "change_id": change_id, "order_line_id": line["id"],
                    "quantity_delta": line["ordered"], "amount_delta_minor": line["total_minor"], "currency": "USD",
                }
                for line in lines
            ],
            [{"id": reservation_id} | own],
            [
                {
                    "id": new_id(), "reservation_id": reservation_id, "sku": line["sku"],
                    "quantity": line["ordered"], "location_id": location, "order_line_id": line["id"],
                }
                for line, location in zip(lines, self._locations, strict=True)
            ],
        ]  # fmt: skip
        return [orjson.dumps(each, default=str).decode() for each in tables]

    def _order(self, subtotal: int, tax: int) -> dict[str, Any]:
        asked, customer = self._asked, orjson.loads(self._found["customer"])
        address = asked["shippingAddress"]
        return {
            "id": self._id, "version": 1, "number": self._found["number"], "management": "MANAGED",
            "status": "CONFIRMED", "fulfillment_status": "UNFULFILLED", "payment_status": "NOT_PAID",
            "return_status": "NONE", "channel": asked["channel"], "customer_id": customer["id"],
            "contact_name": f"{asked['customer']['givenName']} {asked['customer']['familyName']}",
            "contact_email": asked["customer"]["email"], "shipping_address": address, "billing_address": address,
            "currency": "USD", "subtotal_minor": subtotal, "discount_minor": 0, "shipping_minor": 0,
            "tax_minor": tax, "total_minor": subtotal + tax, "paid_minor": 0, "refunded_minor": 0,
            "credited_minor": 0, "placed_at": self._at, "updated_at": self._at,
        }  # fmt: skip

    def _lines(self) -> list[dict[str, Any]]:
        products = {each["sku"]: each for each in orjson.loads(self._found["products"])}
        return [
            {
                "id": new_id(), "position": position, "product_id": products[each["sku"]]["id"], "sku": each["sku"],
                "title": products[each["sku"]]["title"], "unit_price_minor": _minor(each["unitPrice"]),
                "discount_minor": 0, "tax_minor": tax, "total_minor": price + tax, "ordered": each["quantity"],
                "reserved": each["quantity"], "order_id": self._id, "currency": "USD", **NO_UNITS,
            }
            for position, (each, (price, tax)) in enumerate(zip(self._asked["lines"], self._prices, strict=True), 1)
        ]  # fmt: skip


def _minor(money: Mapping[str, str]) -> int:
    return int(Decimal(money["amount"]).scaleb(2))


@asynccontextmanager
async def placing(statements: Statements, database_url: str, connections: int) -> AsyncIterator[Place]:
    """Statements stay prepared on its connections, as on Junction's."""
    settings = {"timezone": "UTC", "jit": "off"}
    opened = [
        await asyncpg.connect(database_url, max_cacheable_statement_size=0, server_settings=settings)
        for _ in range(connections)
    ]
    idle: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
    for each in opened:
        idle.put_nowait(each)
    place = Place(statements, idle)
    yield place
    await place.close()
    for each in opened:
        await each.close()


async def serve(statements: Statements) -> None:
    settings: dict[str, Any] = {"http": "httptools", "lifespan": "off", "log_config": None, "access_log": False}
    async with placing(statements, os.environ["DATABASE_URL"], CONNECTIONS) as place:
        await uvicorn.Server(uvicorn.Config(place, port=int(os.environ["PORT"]), **settings)).serve()


if __name__ == "__main__":
    uvloop_runner = asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory())
    uvloop_runner.run(serve(Statements(**orjson.loads(Path(sys.argv[1]).read_bytes()))))
