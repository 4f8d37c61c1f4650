"""A shop with orders that are paid by card: its jobs run when a test says so, and its gateway fails when told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson

from app.connectors.contract import SourceFailure
from app.domain.refusals import Refusal
from app.sandbox.faults import Fault
from app.stores.payments import SETTLE
from app.workflows.payment_settle import payment_settle
from app.workflows.work import Work
from tests.fixtures_shop import TESTER, Shop, line, order_input
from tests.outside import Replaced

CARD = {"gateway": "stripe", "method": "card", "token": "pm_card_visa"}
DECLINED = {**CARD, "token": "pm_card_chargeDeclined"}
PAYMENT = """payment { id status authorized { amount } captured { amount } refunded { amount }
                       transactions { id kind status amount { amount } error gatewayReference } }
             transaction { id kind status amount { amount } error }"""


@dataclass
class Gateway:
    """Notes what is asked of the connector behind it."""

    connector: Any
    asked: list[str] = field(default_factory=list)

    async def authorize(self, *args: Any, **more: Any) -> Any:
        return await self._noted("authorize", args, more)

    async def capture(self, *args: Any, **more: Any) -> Any:
        return await self._noted("capture", args, more)

    async def void(self, *args: Any, **more: Any) -> Any:
        return await self._noted("void", args, more)

    async def refund(self, *args: Any, **more: Any) -> Any:
        return await self._noted("refund", args, more)

    async def look_up(self, *args: Any, **more: Any) -> Any:
        return await self._noted("look_up", args, more)

    def reports(self, event: Any) -> Any:
        return self.connector.reports(event)

    async def _noted(self, name: str, args: Any, more: Any) -> Any:
        self.asked.append(name)
        return await getattr(self.connector, name)(*args, **more)


@dataclass
class Till:
    shop: Shop

    def __post_init__(self) -> None:
        work = self.shop.application.work
        self.gateway = Gateway(work.outside["stripe"])
        self.work: Work = replace(work, outside=Replaced(work.outside, {"stripe": self.gateway}))

    # ── what happens

    async def order(self, *lines: dict[str, Any], payment: Any = CARD, **more: Any) -> dict[str, Any]:
        """10.00 a unit, and nothing asked of the gateway yet."""
        wanted = lines or (line("MUG", 4), line("LAMP", 1))
        payload = await self.shop.do(
            "orderPlace", "order { id number payments { id } }", **order_input(*wanted, payment=payment, **more)
        )
        order: dict[str, Any] = payload["order"]
        return order

    async def authorized(self, *lines: dict[str, Any], **more: Any) -> tuple[str, str]:
        """The ids of an order over 50.00 and of its payment."""
        order = await self.order(*lines, **more)
        await self.run_jobs()
        return order["id"], order["payments"][0]["id"]

    async def captured(self) -> tuple[str, str]:
        order_id, payment_id = await self.authorized()
        await self.shop.do("paymentCapture", "", paymentId=payment_id)
        await self.run_jobs()
        return order_id, payment_id

    async def run_jobs(self) -> list[str]:
        """All that settle payments, once each; what failed stays in the queue, and is told."""
        failed = []
        for data in await self.jobs():
            try:
                await payment_settle(data, self.work)
            except SourceFailure as failure:
                failed.append(failure.message)
                continue
            await self.run("DELETE FROM jobs.pgqueuer WHERE convert_from(payload, 'UTF8')::jsonb = $1", data)
        return failed

    async def settle(self, transaction_id: str, *, timeout_s: float = 15.0) -> Sequence[Refusal]:
        (row,) = await self.shop.rows(
            "SELECT order_id::text FROM payments JOIN payment_transactions asked ON payment_id = payments.id"
            " WHERE asked.id = $1",
            uuid_of(transaction_id),
        )
        data = {"order_id": row["order_id"], "transaction_id": str(uuid_of(transaction_id))}
        policy = replace(self.work.policy, gateway_timeout_s=timeout_s)
        return await payment_settle(data, replace(self.work, policy=policy))

    def fail(self, fault: Fault, times: int | None = None) -> None:
        state = self.shop.stripe.state
        state.fault, state.times_left = fault, times

    async def forget_lease(self) -> None:
        """As if whoever was asking had died long ago."""
        await self.run("UPDATE payment_transactions SET leased_until = now() - interval '1 s'")

    async def run(self, sql: str, *values: Any) -> None:
        async with self.work.writers.transaction(TESTER) as tx:
            await tx.run(sql, *(orjson.dumps(each).decode() if isinstance(each, dict) else each for each in values))

    # ── what is so

    async def jobs(self) -> list[dict[str, str]]:
        """Data of those that settle payments."""
        rows = await self.shop.rows("SELECT payload FROM jobs.pgqueuer WHERE entrypoint = $1 ORDER BY id", SETTLE)
        return [orjson.loads(row["payload"]) for row in rows]

    def effects(self) -> dict[str, list[int]]:
        """How often the gateway did each thing that it did, by kind."""
        assert self.shop.stripe.effects is not None
        return {kind: sorted(counts.values()) for kind, counts in self.shop.stripe.effects.shown().items()}

    async def payment(self, payment_id: str) -> dict[str, Any]:
        (row,) = await self.shop.rows("SELECT * FROM payments WHERE id = $1", uuid_of(payment_id))
        return row

    async def transactions(self, payment_id: str) -> list[tuple[str, str, int]]:
        """Kind, status and amount, oldest first."""
        sql = "SELECT kind, status, amount_minor FROM payment_transactions WHERE payment_id = $1 ORDER BY at, id"
        return [tuple(row.values()) for row in await self.shop.rows(sql, uuid_of(payment_id))]

    async def order_row(self, order_id: str) -> dict[str, Any]:
        (row,) = await self.shop.rows("SELECT * FROM orders WHERE id = $1", uuid_of(order_id))
        return row

    async def events(self, order_id: str) -> list[str]:
        sql = "SELECT type FROM events WHERE subject_id = $1 ORDER BY sequence"
        return [row["type"] for row in await self.shop.rows(sql, uuid_of(order_id))]

    async def holds(self, order_id: str) -> list[tuple[str, str | None, bool]]:
        """Reason, note, and whether it is still open."""
        sql = "SELECT reason, note, released_at IS NULL AS is_open FROM holds WHERE order_id = $1 ORDER BY placed_at"
        return [(row["reason"], row["note"], row["is_open"]) for row in await self.shop.rows(sql, uuid_of(order_id))]

    async def exceptions(self, order_id: str) -> list[tuple[str, str, str]]:
        """Category, message and suggested action."""
        columns = "category, message, suggested_action"
        sql = f"SELECT {columns} FROM order_exceptions WHERE order_id = $1 ORDER BY raised_at, id"
        return [tuple(row.values()) for row in await self.shop.rows(sql, uuid_of(order_id))]


def uuid_of(global_id: str) -> UUID:
    return UUID(global_id.rpartition(":")[2])
