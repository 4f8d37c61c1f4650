"""A warehouse whose orders an ERP is told of. The ERP counts what it does, and fails when told to."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from app.connectors.contract import SourceInfo, SourceRefused, SourceThrottled, SourceTimedOut, SourceUnavailable
from app.connectors.ports.payment import GatewayAnswer
from app.connectors.ports.sinks import Written
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.domain.actor import SYSTEM
from app.domain.fulfillment import ShipmentStatus
from app.domain.money import Money
from app.domain.outgoing import Push
from app.domain.payment import TransactionKind, TransactionStatus
from app.domain.returns import Disposition, ReturnReason
from app.domain.source import SourceKind
from app.stores.engine import open_writers, recorded_statements
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order
from app.stores.payment_transactions import read_transaction
from app.workflows.command import Outcome
from app.workflows.job_attempt import PickedJob, attempt
from app.workflows.jobs import JOBS, give_up
from app.workflows.payment_answer import take_answer
from app.workflows.policy import Policy
from app.workflows.return_close import ReturnClose, return_close
from app.workflows.return_inspect import ReturnInspect, ReturnInspectLine, return_inspect
from app.workflows.return_receive import ReturnQuantity, ReturnReceive, return_receive
from app.workflows.return_request import ReturnLine, ReturnRequest, return_request
from app.workflows.routing.configuration import configured_routing
from app.workflows.shipment_record_event import ShipmentRecordEvent, shipment_record_event
from app.workflows.work import Work
from tests.outside import Replaced
from tests.workflows.shop import Shop
from tests.workflows.warehouse import Warehouse

Fate = Callable[["Sink", Callable[[], Written]], Written]


class Killed(BaseException):
    """What is left of a process that dies: nothing of it is caught."""


def down(sink: "Sink", _: Callable[[], Written]) -> Written:
    raise SourceUnavailable(sink.info.key, f"{sink.info.key} is down")


def lost(sink: "Sink", do: Callable[[], Written]) -> Written:
    """Done, and nobody was told."""
    do()
    raise SourceTimedOut(sink.info.key, f"{sink.info.key} did not answer in time")


def refused(sink: "Sink", _: Callable[[], Written]) -> Written:
    raise SourceRefused(sink.info.key, f"{sink.info.key} does not take it: the period is closed")


def throttled(sink: "Sink", _: Callable[[], Written]) -> Written:
    raise SourceThrottled(sink.info.key, f"{sink.info.key} asks for patience", retry_after_s=7)


def killed_before(_: "Sink", __: Callable[[], Written]) -> Written:
    raise Killed


def killed_after(_: "Sink", do: Callable[[], Written]) -> Written:
    do()
    raise Killed


@dataclass
class Sink:
    """Knows no keys of ours, like most: asked twice without being told of the first time, it does it twice."""

    info: SourceInfo
    fates: list[Fate] = field(default_factory=list)
    """Of the next calls; after them all goes well."""
    effects: Counter[str] = field(default_factory=Counter)
    """Documents made, by kind and our key."""
    held: dict[str, Any] = field(default_factory=dict)
    """By the sink's id of it."""
    keys: dict[str, str] = field(default_factory=dict)
    """Our key of each."""
    asked: list[tuple[str, bool]] = field(default_factory=list)
    """Kind, and whether it was said to be a repeat."""
    before_answer: Callable[[], Awaitable[None]] | None = None

    async def write_order(self, key: str, order: Any, **how: Any) -> Written | None:
        written = await self._write("orders", key, order, order.external_id, **how)
        return written if written.external_id else None

    async def write_shipment(self, key: str, shipment: Any, **how: Any) -> Written:
        return await self._write("shipments", key, shipment, **how)

    async def write_return(self, key: str, returned: Any, **how: Any) -> Written:
        return await self._write("returns", key, returned, **how)

    async def write_invoice(self, key: str, invoice: Any, **how: Any) -> Written:
        return await self._write("invoices", key, invoice, **how)

    async def write_stock(self, key: str, change: Any, **how: Any) -> Written:
        return await self._write("stock", key, change, **how)

    async def open_case(self, key: str, case: Any, **how: Any) -> Written:
        return await self._write("cases", key, case, **how)

    async def record_purchase(self, key: str, purchase: Any, **how: Any) -> None:
        await self._write("purchases", key, purchase, **how)

    async def record_refund(self, key: str, refund: Any, **how: Any) -> None:
        await self._write("refunds", key, refund, **how)

    async def _write(
        self, kind: str, key: str, document: Any, external_id: str | None = None, *, is_repeat: bool, deadline: float
    ) -> Written:
        self.asked.append((kind, is_repeat))
        fate = self.fates.pop(0) if self.fates else None
        do = partial(self._do, kind, key, document, external_id, is_repeat)
        if self.before_answer is not None:
            await self.before_answer()
        return fate(self, do) if fate else do()

    def _do(self, kind: str, key: str, document: Any, external_id: str | None, is_repeat: bool) -> Written:
        known = external_id or next((id_ for id_, mine in self.keys.items() if is_repeat and mine == key), None)
        if known is None and getattr(document, "is_canceled", False):
            return Written("")
        if known is None:
            self.effects[f"{kind} {key}"] += 1
            known = f"{kind}-{len(self.keys) + 1}"
        self.held[known], self.keys[known] = document, key
        return Written(known, f"https://{self.info.key}.example/{known}")

    def done(self) -> dict[str, list[int]]:
        """How often each document was made, by kind."""
        counts: dict[str, list[int]] = {}
        for name, count in self.effects.items():
            counts.setdefault(name.split()[0], []).append(count)
        return counts

    def of(self, kind: str) -> list[Any]:
        return [document for id_, document in self.held.items() if id_.startswith(kind)]


class Office(Warehouse):
    """An order of three lamps and a sofa in Denver, PENDING and held."""

    sink: Sink
    number = "1"

    async def begin_all(self) -> None:
        """Confirmed, routed, and picked."""
        await self.release()
        await self.route()
        await self.begin(f"{self.number}-F1")

    async def delivered(self) -> None:
        sent = await self.ship(f"{self.number}-F1")
        at = await self._shop.value("SELECT now()")
        command = ShipmentRecordEvent(shipment_id=_id(sent, "shipment"), status=ShipmentStatus.DELIVERED, at=at)
        await self.commit(shipment_record_event, command)

    async def brought_back(self, sku: str, units: int) -> None:
        """Announced, received, put back on the shelf, and closed."""
        wanted = ReturnLine(order_line_id=await self.line(sku), quantity=units, reason=ReturnReason.UNWANTED)
        made = await self.commit(return_request, ReturnRequest(order_id=self.order_id, lines=[wanted]))
        return_id = _id(made, "return")
        line_id = await self._shop.value("SELECT id FROM return_lines WHERE return_id = $1", return_id)
        arrived = [ReturnQuantity(return_line_id=line_id, quantity=units)]
        await self.commit(return_receive, ReturnReceive(return_id=return_id, location_key="denver", lines=arrived))
        judged = [ReturnInspectLine(return_line_id=line_id, quantity=units, disposition=Disposition.RESTOCK)]
        await self.commit(return_inspect, ReturnInspect(return_id=return_id, lines=judged))
        await self.commit(return_close, ReturnClose(return_id=return_id))

    async def pay(self, minor: int) -> None:
        """Authorized by SQL, captured by the gateway's answer."""
        await self._shop.run("INSERT INTO sources (key, name, kind) VALUES ('bank', 'Bank', 'PAYMENT')")
        payment_id = await self._shop.value(
            "INSERT INTO payments (order_id, status, gateway_key, method, currency, amount_minor, authorized_minor)"
            " VALUES ($1, 'AUTHORIZED', 'bank', 'card', 'USD', $2, $2) RETURNING id",
            self.order_id, minor,
        )  # fmt: skip
        await self._shop.run(
            "INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency)"
            " VALUES ($1, 'AUTHORIZATION', 'SUCCESS', $2, 'USD')",
            payment_id, minor,
        )  # fmt: skip
        await self._answered(payment_id, TransactionKind.CAPTURE, minor)

    async def refund(self, minor: int) -> None:
        payment_id = await self._shop.value("SELECT id FROM payments")
        await self._answered(payment_id, TransactionKind.REFUND, minor)

    async def _answered(self, payment_id: UUID, kind: TransactionKind, minor: int) -> None:
        asked_id = await self._shop.value(
            "INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency, idempotency_key)"
            " VALUES ($1, $2, 'PENDING', $3, 'USD', $4) RETURNING id",
            payment_id, kind, minor, f"{kind}:{payment_id}",
        )  # fmt: skip
        if kind is TransactionKind.REFUND:
            await self._shop.run(
                "INSERT INTO refund_parts (transaction_id, component, amount_minor) VALUES ($1, 'ADJUSTMENT', $2)",
                asked_id, minor,
            )  # fmt: skip
        async with self.work.writers.transaction(SYSTEM) as tx:
            order = await load_order(tx, self.order_id)
            asked = await read_transaction(tx, asked_id)
            assert asked is not None
            answer = GatewayAnswer(TransactionStatus.SUCCESS, Money(minor, "USD"), f"bank-{kind.lower()}")
            await take_answer(tx, order, asked, answer)

    # ── jobs

    async def waiting(self) -> list[tuple[str, str]]:
        """Jobs that tell somebody something: name and key."""
        rows = await self._shop.rows(
            "SELECT entrypoint, headers ->> 'key' FROM jobs.pgqueuer"
            " WHERE entrypoint LIKE 'push.%' AND status = 'queued' ORDER BY id"
        )
        return [(name, key) for name, key in rows]

    async def tell(self, *, only: str = "push.%") -> list[str]:
        """Runs those that wait, and those that these queue, each until it is tried again later. What became of them."""
        ended: list[str] = []
        seen: set[int] = set()
        while jobs := [job for job in await self._queued(only) if job[0] not in seen]:
            for id_, name, key, data, attempts in jobs:
                seen.add(id_)
                # As when a worker takes it: from now on another of its key may be queued.
                await self._shop.run("UPDATE jobs.pgqueuer SET dedupe_key = NULL WHERE id = $1", id_)
                picked = PickedJob(name, key, data, attempts + 1)
                outcome = (await attempt(picked, JOBS[name], self.work, partial(_give_up, self.work))).outcome
                ended.append(f"{name} {outcome}")
                await self._settle(id_, outcome)
        return ended

    async def _settle(self, id_: int, outcome: str) -> None:
        if outcome == "done":
            await self._shop.run("DELETE FROM jobs.pgqueuer WHERE id = $1", id_)
            return
        status = "failed" if outcome == "failed" else "queued"
        sql = "UPDATE jobs.pgqueuer SET attempts = attempts + 1, status = $2::jobs.pgqueuer_status WHERE id = $1"
        await self._shop.run(sql, id_, status)

    async def _queued(self, only: str) -> list[tuple[int, str, str, Mapping[str, Any], int]]:
        rows = await self._shop.rows(
            "SELECT id, entrypoint, headers ->> 'key', payload, attempts FROM jobs.pgqueuer"
            " WHERE entrypoint LIKE $1 AND status = 'queued' ORDER BY id",
            only,
        )
        return [(id_, name, key, orjson.loads(payload), attempts) for id_, name, key, payload, attempts in rows]

    async def requeue(self, name: str, data: Mapping[str, Any]) -> None:
        async with self.work.writers.transaction(SYSTEM) as tx:
            await enqueue(tx, Job(name=name, key=name, data=data))

    async def statements(self, do: Callable[[], Awaitable[object]]) -> int:
        with recorded_statements() as told:
            await do()
        return len(told)

    async def documents(self) -> list[tuple[Any, ...]]:
        """Kind, and whether it is asked, written, given up."""
        return await self._shop.rows(
            "SELECT kind, asked_at IS NOT NULL, written_at IS NOT NULL, given_up_at IS NOT NULL"
            " FROM outgoing_documents ORDER BY id"
        )

    async def forget_lease(self) -> None:
        """As if whoever was asking had died long ago."""
        await self._shop.run("UPDATE outgoing_documents SET leased_until = now() - interval '1 s'")


async def _give_up(work: Work, failed: Any) -> None:
    await give_up(failed, work)


def _id(outcome: Outcome, name: str) -> UUID:
    return UUID(str(outcome.ids[name]))


@asynccontextmanager
async def open_office(
    shop: Shop,
    database: str,
    push: Iterable[Push],
    *,
    kind: SourceKind = SourceKind.ERP,
    locations: Mapping[str, str] | None = None,
) -> AsyncIterator[Office]:
    told = frozenset(push)
    config = SourceConfig("erp", "none", "Our ERP", "http://127.0.0.1", push=told, locations=locations or {})
    sink = Sink(SourceInfo("erp", "Our ERP", kind, enabled=True, capabilities=frozenset()))
    writers = await open_writers(database, connections_max=4, pushes={"erp": told} if told else {})
    await shop.run(
        "INSERT INTO sources (key, name, kind) VALUES ('erp', 'Our ERP', 'ERP'), ('junction', 'J', 'INTERNAL')"
    )
    await shop.location("denver", stock={"LAMP": 6, "SOFA": 2}, priority=1)
    outside = Replaced(Registry([]), {"erp": sink}, {"erp": config})
    office = Office(shop, Work(writers, outside, Policy(), configured_routing()), await _held_order(shop, "1"))
    office.sink = sink
    yield office
    await writers.close()


@asynccontextmanager
async def silent_office(shop: Shop, database: str) -> AsyncIterator[Office]:
    """Another order of the same shop, of which nobody is told."""
    writers = await open_writers(database, connections_max=4)
    order_id = await _held_order(shop, "2")
    office = Office(shop, Work(writers, Registry([]), Policy(), configured_routing()), order_id)
    office.number = "2"
    yield office
    await writers.close()


async def _held_order(shop: Shop, number: str) -> UUID:
    promised = {"LAMP": {"denver": 3}, "SOFA": {"denver": 1}}
    order_id = await shop.order(number, promised, status="ON_HOLD", held_from="PENDING")
    await shop.run(
        "INSERT INTO holds (order_id, reason, actor_kind, actor_id) VALUES ($1, 'OTHER', 'SYSTEM', 'test')", order_id
    )
    return order_id
