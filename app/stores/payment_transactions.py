"""Transactions with a gateway as those see them who ask it: what was asked, how often, and who is asking now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.outgoing import due_of_transaction
from app.domain.payment import RefundComponent, TransactionKind, TransactionStatus
from app.domain.payment_lifecycle import TRANSACTION_LIFECYCLE, TransactionTrigger
from app.stores.transaction import Transaction

UNDECIDED = (TransactionStatus.PENDING, TransactionStatus.UNKNOWN, TransactionStatus.ACTION_REQUIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    id: UUID
    order_id: UUID
    payment_id: UUID
    kind: TransactionKind
    status: TransactionStatus
    amount_minor: int
    currency: str
    at: datetime
    key: str
    """Ours, with the gateway; empty for what it did without us."""
    attempts: int
    is_final: bool
    gateway_key: str
    reference: str | None
    """The gateway's, of this transaction; None until it answered."""
    error: str | None
    leased_for_s: float
    """Another process is asking, for this much longer at most."""
    waits_for_capture: bool
    """An earlier capture of the same payment has no answer yet."""

    @property
    def is_decided(self) -> bool:
        return self.status not in UNDECIDED


async def read_transaction(tx: Transaction, transaction_id: UUID) -> Asked | None:
    found = await _read(tx, "asked.id = $1", transaction_id)
    return found[0] if found else None


async def undecided_of(tx: Transaction, payment_id: UUID, kind: TransactionKind) -> list[Asked]:
    """Oldest first."""
    return await _read(tx, "asked.payment_id = $1 AND asked.kind = $2 AND asked.status = ANY($3::text[])",
                       payment_id, kind, UNDECIDED)  # fmt: skip


async def find_by_key(tx: Transaction, gateway_key: str, key: str) -> Asked | None:
    found = await _read(tx, "payment.gateway_key = $1 AND asked.idempotency_key = $2", gateway_key, key)
    return found[0] if found else None


async def find_by_reference(tx: Transaction, payment_id: UUID, kind: TransactionKind, reference: str) -> Asked | None:
    condition = "asked.payment_id = $1 AND asked.kind = $2 AND asked.gateway_reference = $3"
    found = await _read(tx, condition, payment_id, kind, reference)
    return found[0] if found else None


async def lease(tx: Transaction, transaction_id: UUID, lease_s: float) -> None:
    """One more attempt, and for so long nobody else's."""
    await tx.run(
        "UPDATE payment_transactions SET attempts = attempts + 1,"
        " leased_until = clock_timestamp() + $2 * interval '1 second' WHERE id = $1",
        transaction_id, lease_s,
    )  # fmt: skip


async def end_lease(tx: Transaction, transaction_id: UUID) -> None:
    await tx.run("UPDATE payment_transactions SET leased_until = NULL WHERE id = $1", transaction_id)


async def answered(
    tx: Transaction, asked: Asked, status: TransactionStatus, *, reference: str | None, error: str | None
) -> None:
    """The only writer of a transaction's state. Raises IllegalMove."""
    if (status, asked.status) != (TransactionStatus.PENDING, TransactionStatus.PENDING):
        TRANSACTION_LIFECYCLE.move(asked.status, _TRIGGERS[status])
    await tx.run(_ANSWERED, asked.id, status, reference, error)
    if tx.telling and status is TransactionStatus.SUCCESS:
        tx.telling.tell(*due_of_transaction(asked.kind, asked.id, asked.order_id))


async def order_of_payment(tx: Transaction, payment_id: UUID) -> UUID | None:
    order_id: UUID | None = await tx.value("SELECT order_id FROM payments WHERE id = $1", payment_id)
    return order_id


async def payment_of_reference(tx: Transaction, gateway_key: str, reference: str) -> tuple[UUID, UUID] | None:
    """The order and the payment that an authorization is for."""
    sql = "SELECT order_id, id FROM payments WHERE gateway_key = $1 AND gateway_reference = $2"
    row = await tx.row(sql, gateway_key, reference)
    return None if row is None else (row["order_id"], row["id"])


async def awaits_reference(tx: Transaction, gateway_key: str) -> bool:
    """Whether an authorization is on its way, of which we do not know yet what the gateway calls it."""
    waits: bool = await tx.value(_AWAITS_REFERENCE, gateway_key)
    return waits


async def overdue(tx: Transaction, *, since_s: float, count_max: int) -> Sequence[tuple[UUID, UUID]]:
    """Order and transaction of those whose gateway should have answered by now, the oldest first."""
    return [(row["order_id"], row["id"]) for row in await tx.rows(_OVERDUE, tx.at, since_s, count_max)]


async def expired(tx: Transaction, *, count_max: int) -> Sequence[tuple[UUID, UUID]]:
    """Order and payment of holds that have lapsed, the oldest first."""
    return [(row["order_id"], row["id"]) for row in await tx.rows(_EXPIRED, tx.at, count_max)]


async def record_outside(
    tx: Transaction, payment_id: UUID, kind: TransactionKind, amount_minor: int, currency: str
) -> Asked:
    """What a gateway did without us, about to be decided. A refund's part names no line."""
    transaction_id = await tx.value(_RECORD, payment_id, kind, amount_minor, currency, tx.at)
    if kind is TransactionKind.REFUND:
        await tx.run(_RECORD_PART, transaction_id, RefundComponent.ADJUSTMENT, amount_minor)
    (asked,) = await _read(tx, "asked.id = $1", transaction_id)
    return asked


async def _read(tx: Transaction, condition: str, *values: Any) -> list[Asked]:
    """`condition` is one of the texts above."""
    rows = await tx.rows(_ASKED + condition + " ORDER BY asked.at, asked.id", *values)
    return [
        Asked(**{**dict(row), "kind": TransactionKind(row["kind"]), "status": TransactionStatus(row["status"])})
        for row in rows
    ]


_TRIGGERS = {
    TransactionStatus.SUCCESS: TransactionTrigger.SUCCEED,
    TransactionStatus.FAILURE: TransactionTrigger.FAIL,
    TransactionStatus.ACTION_REQUIRED: TransactionTrigger.REQUIRE_ACTION,
    TransactionStatus.UNKNOWN: TransactionTrigger.LOSE_ANSWER,
    TransactionStatus.PENDING: TransactionTrigger.ASK_AGAIN,
}
_ASKED = """
SELECT asked.id, payment.order_id, asked.payment_id, asked.kind, asked.status, asked.amount_minor, asked.currency,
       asked.at, coalesce(asked.idempotency_key, '') AS key, asked.attempts,
       coalesce(asked.is_final, false) AS is_final, payment.gateway_key, asked.gateway_reference AS reference,
       asked.error,
       greatest(0, extract(epoch FROM asked.leased_until - clock_timestamp()))::float8 AS leased_for_s,
       EXISTS (SELECT FROM payment_transactions earlier
                WHERE earlier.payment_id = asked.payment_id AND (earlier.at, earlier.id) < (asked.at, asked.id)
                  AND earlier.kind = 'CAPTURE' AND earlier.status IN ('PENDING', 'UNKNOWN')
                  AND earlier.gateway_reference IS NULL) AS waits_for_capture
  FROM payment_transactions asked JOIN payments payment ON payment.id = asked.payment_id
 WHERE """
_RECORD = """
INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency, at)
VALUES ($1, $2, 'PENDING', $3, $4, $5)
RETURNING id
"""
_RECORD_PART = "INSERT INTO refund_parts (transaction_id, component, amount_minor) VALUES ($1, $2, $3)"
_ANSWERED = """
UPDATE payment_transactions
   SET status = $2, gateway_reference = coalesce($3, gateway_reference), error = $4, leased_until = NULL
 WHERE id = $1
"""
_AWAITS_REFERENCE = """
SELECT EXISTS (SELECT FROM payment_transactions asked JOIN payments payment ON payment.id = asked.payment_id
                WHERE payment.gateway_key = $1 AND payment.gateway_reference IS NULL AND asked.attempts > 0
                  AND asked.kind = 'AUTHORIZATION' AND asked.status IN ('PENDING', 'UNKNOWN'))
"""
_OVERDUE = """
SELECT payment.order_id, asked.id
  FROM payment_transactions asked
  JOIN payments payment ON payment.id = asked.payment_id
  JOIN orders ON orders.id = payment.order_id
 WHERE asked.status IN ('PENDING', 'UNKNOWN') AND asked.kind <> 'CHARGEBACK' AND orders.management = 'MANAGED'
   AND asked.at < $1::timestamptz - $2::float8 * interval '1 second'
 ORDER BY asked.at, asked.id
 LIMIT $3
"""
_EXPIRED = """
SELECT payment.order_id, payment.id
  FROM payments payment JOIN orders ON orders.id = payment.order_id
 WHERE payment.authorization_expires_at < $1 AND orders.management = 'MANAGED'
   AND payment.status IN ('AUTHORIZED', 'PARTIALLY_CAPTURED', 'PARTIALLY_REFUNDED')
   AND payment.captured_minor + payment.released_minor < payment.authorized_minor
   AND NOT EXISTS (SELECT FROM payment_transactions asked
                    WHERE asked.payment_id = payment.id AND asked.kind IN ('CAPTURE', 'VOID')
                      AND asked.status IN ('PENDING', 'UNKNOWN', 'ACTION_REQUIRED'))
 ORDER BY payment.authorization_expires_at, payment.id
 LIMIT $2
"""
