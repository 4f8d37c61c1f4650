"""Orders that came from a storefront: which of ours is meant, and what was last seen of it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.ids import new_id
from app.domain.order import OrderManagement
from app.domain.order_summary import OrderSummary
from app.stores.transaction import Transaction, json_in, json_of

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended($1 || chr(10) || $2, 0))"
_FIND = """
SELECT reference.id, reference.order_id, orders.management, reference.seen_version_at, reference.seen
  FROM order_references reference JOIN orders ON orders.id = reference.order_id
 WHERE reference.source_key = $1 AND reference.external_id = $2
   FOR UPDATE OF reference
"""
_SEE = "UPDATE order_references SET seen_version_at = $2, seen = $3, url = coalesce($4, url) WHERE id = $1"
_CARRIERS = "SELECT lower(name) AS name, min(key) AS key FROM sources WHERE kind = 'CARRIER' GROUP BY lower(name)"


@dataclass(frozen=True, slots=True)
class KnownOrder:
    reference_id: UUID
    order_id: UUID
    management: OrderManagement
    seen_version_at: datetime | None
    """The storefront's own time of the version that was last taken over; None for one that came another way."""
    seen: Mapping[str, Any] | None


async def lock_known(tx: Transaction, source_key: str, external_id: str) -> KnownOrder | None:
    """None for an order that was never seen; until the transaction ends nobody else finds it to be new either."""
    row = await tx.row(_FIND, source_key, external_id)
    if row is None:
        await tx.run(_ONE_AT_A_TIME, source_key, external_id)
        row = await tx.row(_FIND, source_key, external_id)
    if row is None:
        return None
    management = OrderManagement(row["management"])
    return KnownOrder(row["id"], row["order_id"], management, row["seen_version_at"], json_in(row["seen"]))


async def order_of_reference(tx: Transaction, source_key: str, external_id: str) -> UUID | None:
    sql = "SELECT order_id FROM order_references WHERE source_key = $1 AND external_id = $2"
    order_id: UUID | None = await tx.value(sql, source_key, external_id)
    return order_id


def add_reference(
    order: OrderSummary,
    source_key: str,
    external_id: str,
    url: str | None,
    version_at: datetime,
    seen: Mapping[str, Any],
) -> None:
    """Saved with the order."""
    order.add(
        "order_references", id=new_id(), order_id=order.id, source_key=source_key, external_id=external_id, url=url,
        seen_version_at=version_at, seen=seen,
    )  # fmt: skip


async def remember_seen(
    tx: Transaction, known: KnownOrder, url: str | None, version_at: datetime, seen: Mapping[str, Any]
) -> None:
    await tx.run(_SEE, known.reference_id, version_at, json_of(seen), url)


async def carriers_by_name(tx: Transaction) -> dict[str, str]:
    """Keys of the carriers that are sources here, by their names in small letters."""
    return {row["name"]: row["key"] for row in await tx.rows(_CARRIERS)}
