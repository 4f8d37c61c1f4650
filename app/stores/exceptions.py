"""Order exceptions: steps that failed for good and wait for a decision."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.order import ExceptionStatus
from app.domain.outgoing import due_of_exception
from app.stores.transaction import Transaction

_LOCK = "SELECT version FROM orders WHERE id = $1 FOR NO KEY UPDATE"
_OPEN_ALREADY = """
UPDATE order_exceptions SET message = $3, suggested_action = $4, attempts = attempts + $5
 WHERE order_id = $1 AND category = $2 AND status = 'OPEN'
RETURNING id
"""
_RAISE = """
INSERT INTO order_exceptions (order_id, status, category, message, suggested_action, attempts, raised_at)
VALUES ($1, 'OPEN', $2, $3, $4, $5, $6)
RETURNING id
"""

_FIND = "SELECT id, order_id, status, category, suggested_action FROM order_exceptions WHERE id = $1"
_RESOLVE = """
UPDATE order_exceptions SET status = 'RESOLVED', resolved_at = $3
 WHERE order_id = $1 AND category = $2 AND status = 'OPEN'
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Found:
    id: UUID
    order_id: UUID
    status: ExceptionStatus
    category: str
    suggested_action: str | None


async def find_exception(tx: Transaction, exception_id: UUID) -> Found | None:
    row = await tx.row(_FIND, exception_id)
    if row is None:
        return None
    status = ExceptionStatus(row["status"])
    return Found(row["id"], row["order_id"], status, row["category"], row["suggested_action"])


async def raise_exception(
    tx: Transaction, order_id: UUID, *, category: str, message: str, suggested_action: str | None, attempts: int
) -> UUID | None:
    """One that is open already for the same category takes the new message. None where there is no such order.

    `category` is the name of the job that failed, `suggested_action` the mutation that would help.
    """
    if await tx.value(_LOCK, order_id) is None:
        return None
    told = (order_id, category, message, suggested_action, attempts)
    known: UUID | None = await tx.value(_OPEN_ALREADY, *told)
    if known is not None:
        return known
    id_: UUID = await tx.value(_RAISE, *told, tx.at)
    tx.telling.tell(*due_of_exception(category, id_, order_id))
    return id_


async def resolve_exception(tx: Transaction, order_id: UUID, *, category: str) -> bool:
    """What failed has been done after all. Whether one was open. The order's row is locked."""
    return await tx.row(_RESOLVE, order_id, category, tx.at) is not None


async def mark_resolved(tx: Transaction, exception_id: UUID) -> None:
    """The order's row is locked."""
    await tx.run("UPDATE order_exceptions SET status = 'RESOLVED', resolved_at = $2 WHERE id = $1", exception_id, tx.at)
