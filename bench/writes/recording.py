"""Takes down the statements Junction runs for an order, for the floor to send; and checks that both write it alike."""

import random
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import orjson

from app.logs import configure_logs
from app.settings import Settings
from app.stores.engine import recorded_statements
from app.wiring import running_application
from bench.servers import PATH
from bench.writes import orders
from bench.writes.floor import Statements

Send = Callable[[bytes], Awaitable[bytes]]
"""A request's body to a server, and the answer's."""

_BELL = "pg_notify"
_TABLES = {
    "orders": "t.id = $1",
    "order_lines": "t.order_id = $1",
    "order_changes": "t.order_id = $1",
    "order_change_lines": "t.change_id IN (SELECT id FROM order_changes WHERE order_id = $1)",
    "reservations": "t.order_id = $1",
    "reservation_lines": "t.reservation_id IN (SELECT id FROM reservations WHERE order_id = $1)",
    "inventory_movements": "t.reference_id = $1",
    "events": "t.subject_id = $1",
    "commands": "t.answer -> 'ids' ->> 'order' = $1::uuid::text",
    "jobs.pgqueuer": "convert_from(t.payload, 'UTF8')::jsonb ->> 'order_id' = $1::uuid::text",
}
_OWN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(\+00:00)?|\\x[0-9a-f]+")
"""What no two orders have in common: ids, moments, and bytes."""
_COUNTED = frozenset({"id", "number", "search_text", "idempotency_key", "position"})


class Different(RuntimeError):
    """The floor does not do what Junction does, so its figures would mean nothing."""


async def record(database_url: str, folder: Path) -> Statements:
    """Raises Different when Junction sends other statements than the floor knows parameters for."""
    configure_logs("WARNING", "auto")
    settings = Settings(data_dir=folder / "recording", worker=False)
    async with running_application(settings, database_url, (), migrates=False) as application:
        return await recorded(sending(application.http))


async def recorded(junction: Send) -> Statements:
    """Raises Different. The server runs in this process."""
    with recorded_statements() as texts:
        answer = await junction(orjson.dumps(_sample("recording")))
    if orders.placed(answer) != "CONFIRMED":
        raise Different(f"Junction answers {answer[:300]!r}")
    return statements_of(texts)


def sending(application: Any) -> Send:
    """To an ASGI application in this process."""

    async def send(body: bytes) -> bytes:
        transport = httpx2.ASGITransport(application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://junction") as client:
            answer = await client.post(PATH, content=body, headers={"Content-Type": "application/json"})
            return answer.content

    return send


def statements_of(texts: Sequence[str]) -> Statements:
    """Raises Different."""
    own = [text for text in texts if _BELL not in text]
    names = tuple(Statements.__dataclass_fields__)
    if len(own) != len(names):
        raise Different(f"Junction sends {len(own)} statements for an order, the floor {len(names)}")
    return Statements(*own)


def write(statements: Statements, file: Path) -> None:
    file.write_bytes(orjson.dumps(asdict(statements)))


async def check_equal(database_url: str, junction: Send, floor: Send) -> None:
    """Raises Different: one order of the same input with each, and the rows that it left behind."""
    connection = await asyncpg.connect(database_url)
    try:
        wanted, found = [await _written(connection, send, f"equal {n}") for n, send in enumerate((junction, floor))]
    finally:
        await connection.close()
    for name in wanted:
        if wanted[name] != found[name]:
            ours, theirs = (orjson.dumps(each[name]).decode() for each in (wanted, found))
            raise Different(f"the floor writes other {name}:\n{theirs}\ninstead of\n{ours}")


async def _written(connection: asyncpg.Connection, send: Send, key: str) -> dict[str, Any]:
    answer = await send(orjson.dumps(_sample(key)))
    number = None
    with suppress(KeyError, TypeError, orjson.JSONDecodeError):
        number = orjson.loads(answer)["data"]["orderPlace"]["order"]["number"]
    order_id = await connection.fetchval("SELECT id FROM orders WHERE number = $1", number)
    if order_id is None:
        raise Different(f"no order came of {answer[:300]!r}")
    written: dict[str, Any] = {"answer": masked(orjson.loads(answer))}
    for table, condition in _TABLES.items():
        rows = await connection.fetch(f"SELECT to_jsonb(t)::text FROM {table} t WHERE {condition}", order_id)  # noqa: S608
        written[table] = sorted((masked(orjson.loads(row[0])) for row in rows), key=orjson.dumps)
    return written


def masked(value: Any) -> Any:
    """Without what differs between any two orders."""
    if isinstance(value, dict):
        return {name: None if name in _COUNTED else masked(each) for name, each in sorted(value.items())}
    if isinstance(value, list):
        return sorted((masked(each) for each in value), key=orjson.dumps)
    return _OWN.sub("…", value) if isinstance(value, str) else value


def _sample(key: str) -> dict[str, Any]:
    draw = random.Random(1)  # noqa: S311
    return orders.place(orders.spread(draw), key, draw)
