"""Events that outside systems sent: kept once, taken over once, forgotten when nobody sends them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.stores.transaction import Transaction, json_in, json_of

KEPT_FOR = timedelta(days=45)
"""Longer than senders repeat themselves: Stripe sends an event anew for 30 days where it is asked to."""

_KEEP = """
INSERT INTO webhook_deliveries (source_key, external_event_id, sent_at, received_at, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (source_key, external_event_id) DO NOTHING
RETURNING id
"""
_TAKE = "SELECT source_key, body FROM webhook_deliveries WHERE id = $1 AND processed_at IS NULL FOR UPDATE"
_PROCESSED = "UPDATE webhook_deliveries SET processed_at = $2 WHERE id = $1"
_FORGET = "DELETE FROM webhook_deliveries WHERE processed_at < $1"


@dataclass(frozen=True, slots=True)
class Waiting:
    source_key: str
    body: Mapping[str, Any]


async def keep(
    tx: Transaction, source_key: str, external_event_id: str, sent_at: datetime, body: Mapping[str, Any]
) -> UUID | None:
    """None for an event that is there already, whatever this copy of it says."""
    id_: UUID | None = await tx.value(_KEEP, source_key, external_event_id, sent_at, tx.at, json_of(body))
    return id_


async def take(tx: Transaction, delivery_id: UUID) -> Waiting | None:
    """Locked until the end of the transaction. None once it has been processed."""
    found = await tx.row(_TAKE, delivery_id)
    return None if found is None else Waiting(found["source_key"], json_in(found["body"]))


async def mark_processed(tx: Transaction, delivery_id: UUID) -> None:
    await tx.run(_PROCESSED, delivery_id, tx.at)


async def forget_old(tx: Transaction) -> None:
    await tx.run(_FORGET, tx.at - KEPT_FOR)
