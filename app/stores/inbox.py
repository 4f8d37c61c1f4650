"""Events that outside systems sent: kept once, taken over once, forgotten when nobody sends them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.transaction import Transaction, json_in, json_of_sent

KEPT_FOR = timedelta(days=45)
"""Longer than senders repeat themselves: Stripe sends an event anew for 30 days where it is asked to."""

_KEEP = """
INSERT INTO webhook_deliveries (source_key, external_event_id, sent_at, received_at, body, subject)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (source_key, external_event_id) DO NOTHING
RETURNING id
"""
_IS_WAITING = "processed_at IS NULL AND failed_at IS NULL"
_COLUMNS = "id, source_key, external_event_id, subject, body, order_ids, attempts, received_at"
_WAITING = f"SELECT {_COLUMNS} FROM webhook_deliveries WHERE "  # noqa: S608 - columns from above
_OF_SUBJECT = f"{_WAITING} source_key = $1 AND subject = $2 AND {_IS_WAITING} ORDER BY sent_at, id LIMIT $3"
_ONE = f"{_WAITING} id = $1 AND {_IS_WAITING}"
_LEFT = f"{_WAITING} received_at < $1 AND source_key = ANY($2::text[]) AND {_IS_WAITING} ORDER BY received_at LIMIT $3"
_LOCK = f"SELECT FROM webhook_deliveries WHERE id = $1 AND {_IS_WAITING} FOR UPDATE"
_PROCESSED = "UPDATE webhook_deliveries SET processed_at = $2 WHERE id = $1"
_ATTEMPTED = """
UPDATE webhook_deliveries SET attempts = attempts + 1
 WHERE id = $1 AND processed_at IS NULL AND failed_at IS NULL
RETURNING attempts
"""
_FAILED = "UPDATE webhook_deliveries SET failed_at = $2, failure = $3, order_ids = '{}' WHERE id = $1"
_TOLD = "UPDATE webhook_deliveries SET order_ids = $2 WHERE id = $1"
_HAS_FAILED = "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE failed_at IS NOT NULL AND $1 = ANY(order_ids))"
_FORGET = "DELETE FROM webhook_deliveries WHERE processed_at < $1"
_TRY_AGAIN = "UPDATE webhook_deliveries SET failed_at = NULL, failure = NULL, attempts = 0 WHERE failed_at IS NOT NULL"
_TRY_ONE_AGAIN = f"{_TRY_AGAIN} AND id = $1 RETURNING {_COLUMNS}"
_TRY_THOSE_AGAIN = f"{_TRY_AGAIN} AND $1 = ANY(order_ids) RETURNING {_COLUMNS}"
_DROP = f"DELETE FROM webhook_deliveries WHERE id = $1 AND failed_at IS NOT NULL RETURNING {_COLUMNS}"  # noqa: S608 - as above
_LIST_FAILED = text("""
SELECT id, source_key, external_event_id, subject, sent_at, received_at, failed_at, attempts, failure, body
  FROM webhook_deliveries WHERE failed_at IS NOT NULL ORDER BY failed_at, id LIMIT :count_max
""")
_COUNT_FAILED = text("""
SELECT source_key, count(*) AS events FROM webhook_deliveries WHERE failed_at IS NOT NULL GROUP BY source_key
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that has not been taken over."""

    id: UUID
    source_key: str
    external_event_id: str
    subject: str
    body: Mapping[str, Any]
    order_ids: Sequence[UUID]
    """Orders with an exception that says that it failed."""
    attempts: int
    """At taking it over, that failed."""
    received_at: datetime


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """One that could not be taken over, and waits for somebody to decide."""

    id: UUID
    source_key: str
    external_event_id: str
    subject: str
    sent_at: datetime
    received_at: datetime
    failed_at: datetime
    attempts: int
    failure: str
    body: Mapping[str, Any]


async def keep(
    tx: Transaction, source_key: str, external_event_id: str, sent_at: datetime, body: Mapping[str, Any], subject: str
) -> UUID | None:
    """None for an event that is there already, whatever this copy of it says."""
    id_: UUID | None = await tx.value(_KEEP, source_key, external_event_id, sent_at, tx.at, json_of_sent(body), subject)
    return id_


async def waiting_of(tx: Transaction, source_key: str, subject: str, *, count_max: int) -> list[Waiting]:
    """The earliest by the sender's clock first."""
    return [_waiting(row) for row in await tx.rows(_OF_SUBJECT, source_key, subject, count_max)]


async def waiting_one(tx: Transaction, delivery_id: UUID) -> list[Waiting]:
    """None or one."""
    return [_waiting(row) for row in await tx.rows(_ONE, delivery_id)]


async def left_waiting(
    tx: Transaction, source_keys: Sequence[str], since: datetime, *, count_max: int
) -> list[Waiting]:
    """Received before `since`, the earliest first."""
    return [_waiting(row) for row in await tx.rows(_LEFT, since, list(source_keys), count_max)]


async def lock(tx: Transaction, delivery_id: UUID) -> bool:
    """Whether it still waits. If so, it is the transaction's until that ends."""
    return await tx.row(_LOCK, delivery_id) is not None


async def mark_processed(tx: Transaction, delivery_id: UUID) -> None:
    await tx.run(_PROCESSED, delivery_id, tx.at)


async def count_attempt(tx: Transaction, delivery_id: UUID) -> int:
    """That failed. How many have by now; 0 where it no longer waits."""
    attempts: int | None = await tx.value(_ATTEMPTED, delivery_id)
    return attempts or 0


async def mark_failed(tx: Transaction, delivery_id: UUID, reason: str) -> None:
    """It is locked. It stays as it came until somebody has it tried again, or drops it."""
    await tx.run(_FAILED, delivery_id, tx.at, reason)


async def note_told(tx: Transaction, delivery_id: UUID, order_ids: Sequence[UUID]) -> None:
    """These orders have an exception that says that it failed."""
    await tx.run(_TOLD, delivery_id, list(order_ids))


async def has_failed_events(tx: Transaction, order_id: UUID) -> bool:
    """That the order's exception tells of."""
    has: bool = await tx.value(_HAS_FAILED, order_id)
    return has


async def forget_old(tx: Transaction) -> None:
    await tx.run(_FORGET, tx.at - KEPT_FOR)


async def wait_again(tx: Transaction, delivery_id: UUID) -> Waiting | None:
    """One that had failed waits as if it had just come. None where none of this id has failed."""
    row = await tx.row(_TRY_ONE_AGAIN, delivery_id)
    return None if row is None else _waiting(row)


async def those_of_order_wait_again(tx: Transaction, order_id: UUID) -> list[Waiting]:
    """Those that the order's exception tells of."""
    return [_waiting(row) for row in await tx.rows(_TRY_THOSE_AGAIN, order_id)]


async def drop(tx: Transaction, delivery_id: UUID) -> Waiting | None:
    """Forgets one that has failed. Its sender may send it anew. None where none of this id has failed."""
    row = await tx.row(_DROP, delivery_id)
    return None if row is None else _waiting(row)


async def failed_events(engine: AsyncEngine, *, count_max: int = 1000) -> Sequence[FailedEvent]:
    """Those that failed first, first."""
    async with engine.connect() as connection:
        rows = await connection.execute(_LIST_FAILED, {"count_max": count_max})
        return [FailedEvent(**row) for row in rows.mappings()]


async def failed_counts(engine: AsyncEngine) -> Mapping[str, int]:
    """By source."""
    async with engine.connect() as connection:
        return {row.source_key: row.events for row in await connection.execute(_COUNT_FAILED)}


def _waiting(row: Any) -> Waiting:
    return Waiting(**dict(row) | {"body": json_in(row["body"])})
