"""The small shop, whole and in one process, to give commands to; and everything there is to see of it afterwards."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import orjson
from starlette.types import ASGIApp

from app.settings import Settings
from app.stores.laws import LAWS
from app.wiring import Application, running_application
from app.workflows.job_attempt import PickedJob, attempt
from app.workflows.jobs import JOBS, give_up
from tests.faults.outside import Outside, running_outside
from tests.faults.passing import pass_time
from tests.fixtures_shop import SHOP, USER_ERRORS, input_type

Rows = Sequence[Mapping[str, Any]]
SEEN = {
    "orders": "SELECT id, version, status, total_minor FROM orders ORDER BY number",
    "lines": "SELECT line.* FROM order_lines line JOIN orders ON orders.id = order_id ORDER BY number, position",
    "payments": "SELECT part.* FROM payments part JOIN orders ON orders.id = order_id ORDER BY number, part.id",
    "holds": "SELECT id, order_id, released_at FROM holds ORDER BY order_id, id",
    "requests": "SELECT id, order_id, version, status, location_id FROM fulfillment_orders ORDER BY number",
    "parcels": "SELECT id, order_id, status FROM shipments ORDER BY number",
    "returns": "SELECT id, order_id, version, status FROM returns ORDER BY number",
    "return_lines": "SELECT part.* FROM return_lines part JOIN returns ON returns.id = return_id ORDER BY part.id",
    "carts": "SELECT id FROM reservations WHERE order_id IS NULL ORDER BY id",
    "exceptions": "SELECT id, category, resolved_at FROM order_exceptions ORDER BY id",
    "events": "SELECT subject_id, count(*) AS events FROM events GROUP BY subject_id",
    # On hand, by what came, left and was put back, and not by the ledger of movements.
    "stock": """
        SELECT position.id, position.on_hand, position.reserved, position.allocated, product.sku, place.key AS location,
               coalesce((SELECT sum(part.quantity) FROM shipment_lines part
                           JOIN shipments parcel ON parcel.id = part.shipment_id
                           JOIN order_lines line ON line.id = part.order_line_id
                          WHERE line.sku = product.sku AND parcel.location_id = place.id
                            AND parcel.fulfillment_order_id IS NOT NULL
                            AND parcel.status NOT IN ('CREATED', 'CANCELED')), 0) AS left,
               coalesce((SELECT sum(verdict.quantity) FROM return_dispositions verdict
                           JOIN return_lines part ON part.id = verdict.return_line_id
                           JOIN order_lines line ON line.id = part.order_line_id
                          WHERE line.sku = product.sku AND verdict.location_id = place.id
                            AND verdict.disposition = 'RESTOCK'), 0) AS restocked
          FROM inventory_positions position
          JOIN products product ON product.id = position.product_id
          JOIN locations place ON place.id = position.location_id
         ORDER BY product.sku, place.key""",
}
NOT_OURS = ("alembic_version", "sources")
"""Tables that no command writes."""
BROKEN = " UNION ALL ".join(
    f"SELECT '{law.name}' AS law, to_jsonb(broken)::text AS row FROM ({law.broken}) broken" for law in LAWS
)
KNOWN = """
SELECT (SELECT coalesce(sum(captured_minor), 0) FROM payments) AS taken,
       (SELECT coalesce(sum(refunded_minor), 0) FROM payments) AS "given back",
       (SELECT count(*) FROM shipment_labels) AS "ups label",
       count(*) FILTER (WHERE kind = 'AUTHORIZATION') AS "stripe authorization",
       count(*) FILTER (WHERE kind = 'CAPTURE') AS "stripe capture",
       count(*) FILTER (WHERE kind = 'VOID') AS "stripe void",
       count(*) FILTER (WHERE kind = 'REFUND') AS "stripe refund"
  FROM payment_transactions WHERE status = 'SUCCESS'
"""
_NEXT_JOB = """
SELECT id, entrypoint, headers ->> 'key' AS key, payload, attempts FROM jobs.pgqueuer
 WHERE status = 'queued' AND execute_after <= now() ORDER BY id LIMIT 1
"""
_ENDED = {
    "done": "DELETE FROM jobs.pgqueuer WHERE id = $1",
    "retried": "UPDATE jobs.pgqueuer SET attempts = attempts + 1, execute_after = now() + interval '1 minute'"
    " WHERE id = $1",
    "failed": "UPDATE jobs.pgqueuer SET status = 'failed' WHERE id = $1",
}


@dataclass(frozen=True)
class Seen:
    """What there is, in an order that a repetition has as well."""

    rows: Mapping[str, Rows]
    digest: str
    """Of every row of every table."""

    def __getattr__(self, name: str) -> Rows:
        return self.rows[name]


class Trial:
    def __init__(self, application: Application, outside: Outside, connection: asyncpg.Connection) -> None:
        self.outside = outside
        self._application = application
        self._connection = connection
        self._tables: Sequence[str] = ()

    @property
    def http(self) -> ASGIApp:
        return self._application.http

    async def begin(self) -> None:
        """Anew, with nothing but the shop."""
        self._tables = [
            row["name"]
            for row in await self._connection.fetch(
                "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
                " AND table_type = 'BASE TABLE' AND table_name <> ALL ($1) ORDER BY 1",
                NOT_OURS,
            )
        ]
        forget = "; ".join(f"DELETE FROM {name}" for name in [*self._tables, "jobs.pgqueuer"])
        # As a replica does, without looking at foreign keys and rules of tables that are only added to.
        await self._connection.execute(
            f"SET session_replication_role = replica; {forget}; RESET session_replication_role"
        )
        await self._connection.execute(SHOP)

    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self._application.http)
        return httpx2.AsyncClient(transport=transport, base_url="http://shop")

    async def send(self, mutation: str, input_: Mapping[str, Any], *, key: str | None = None, dry: bool = False) -> Any:
        """Its payload."""
        query = f"""mutation ($input: {input_type(mutation)}, $key: String, $dry: Boolean!) {{
            {mutation}(input: $input, idempotencyKey: $key, dryRun: $dry) {{
                replayed dryRun userErrors {{ {USER_ERRORS} }} }} }}"""
        async with self.client() as client:
            variables = {"input": input_, "key": key, "dry": dry}
            response = await client.post("/graphql", json={"query": query, "variables": variables})
        answer = response.json()
        assert "errors" not in answer, (mutation, input_, answer["errors"])
        return answer["data"][mutation]

    async def work_off(self) -> int:
        """Runs the jobs that are due, and those that follow from them. Answers how many are to come later."""
        while row := await self._connection.fetchrow(_NEXT_JOB):
            job = PickedJob(row["entrypoint"], row["key"], orjson.loads(row["payload"] or b"{}"), row["attempts"] + 1)
            work = self._application.work
            ended = await attempt(job, JOBS[job.name], work, partial(give_up, work=work))
            await self._connection.execute(_ENDED[ended.outcome], row["id"])
        left: int = await self._connection.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status = 'queued'")
        return left

    async def pass_time(self, *, late_s: float, lease_s: float) -> None:
        await pass_time(self._connection, late_s=late_s, lease_s=lease_s)

    async def known(self) -> dict[str, int]:
        """What was done outside as it is known here."""
        row = await self._connection.fetchrow(KNOWN)
        return {name: int(count) for name, count in row.items()}

    async def look(self) -> Seen:
        found = {name: [dict(row) for row in await self._connection.fetch(sql)] for name, sql in SEEN.items()}
        parts = " UNION ALL ".join(
            f"SELECT '{name}' AS name, md5(string_agg(row::text, ' ' ORDER BY row::text)) AS digest FROM {name} row"
            for name in [*self._tables, "jobs.pgqueuer"]
        )
        digest = await self._connection.fetchval(f"SELECT string_agg(digest, ' ' ORDER BY name) FROM ({parts}) part")
        return Seen(found, digest)

    async def broken_laws(self) -> list[tuple[str, str]]:
        return [tuple(row) for row in await self._connection.fetch(BROKEN)]


@asynccontextmanager
async def running_trial(database_url: str) -> AsyncIterator[Trial]:
    async with (
        running_outside() as outside,
        running_application(Settings(), database_url, outside.sources, migrates=False) as application,
    ):
        connection = await asyncpg.connect(database_url)
        try:
            yield Trial(application, outside, connection)
        finally:
            await connection.close()


def ref(kind: str, id_: UUID) -> str:
    return f"{kind}:{id_}"
