"""Documents for other systems as those see them who write them: what was asked, what came of it, what waits.

A document of an order is only touched while that order's row is locked, so what is said here holds for the transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.outgoing import OF_ORDER, Push, Subject
from app.stores.transaction import Transaction, json_in, json_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A row of `outgoing_documents`."""

    id: UUID
    asked_at: datetime | None
    attempts: int
    written_at: datetime | None
    external_id: str | None
    fingerprint: str | None
    given_up_at: datetime | None
    content: Any

    def says(self, fingerprint: str) -> bool:
        """It was written like this, and no attempt since whose outcome nobody knows can have changed it."""
        return self.fingerprint == fingerprint and self.asked_at is None


@dataclass(frozen=True, slots=True)
class Address:
    """Which document it is, to which source."""

    source_key: str
    push: Push
    subject: Subject
    order_id: UUID | None

    @property
    def key(self) -> str:
        """Ours, with the source."""
        return f"{self.source_key}:{self.push}:{self.subject[1]}"


_COLUMNS = "id, asked_at, attempts, written_at, external_id, fingerprint, given_up_at, content"
_OPEN = f"""
INSERT INTO outgoing_documents AS document (source_key, kind, subject_type, subject_id, order_id, content, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (source_key, kind, subject_id) DO UPDATE SET subject_type = excluded.subject_type
RETURNING {_COLUMNS}
"""  # noqa: S608 - columns from above
_FIND = f"""
SELECT {_COLUMNS} FROM outgoing_documents WHERE source_key = $1 AND kind = $2 AND subject_id = $3
"""  # noqa: S608 - columns from above
_BEING_TOLD = """
SELECT EXISTS (SELECT FROM outgoing_documents
                WHERE leased_until > clock_timestamp()
                  AND (id = $1 OR (order_id = $2 AND source_key = $3 AND kind = ANY ($4))))
"""
_ASK = """
UPDATE outgoing_documents
   SET asked_at = $2, attempts = attempts + 1, leased_until = clock_timestamp() + $3 * interval '1 second'
 WHERE id = $1
"""
_WRITTEN = """
UPDATE outgoing_documents
   SET asked_at = NULL, leased_until = NULL, written_at = $2, external_id = $3, url = $4, fingerprint = $5,
       given_up_at = NULL, reason = NULL
 WHERE id = $1
"""
_WAITING = """
SELECT kind, subject_type, subject_id FROM outgoing_documents
 WHERE order_id = $1 AND source_key = $2 AND written_at IS NULL AND given_up_at IS NULL AND id <> $3
"""
_TAKE_UP = """
UPDATE outgoing_documents SET given_up_at = NULL, reason = NULL WHERE source_key = $1 AND given_up_at IS NOT NULL
RETURNING kind, subject_type, subject_id, order_id
"""
_OVER = """
SELECT EXISTS (SELECT FROM order_exceptions WHERE order_id = $1 AND category = $2 AND status = 'OPEN')
   AND NOT EXISTS (SELECT FROM outgoing_documents
                    WHERE order_id = $1 AND kind = $3 AND (given_up_at IS NOT NULL OR asked_at IS NOT NULL))
"""
_REFER = """
INSERT INTO order_references (order_id, source_key, external_id, url) VALUES ($1, $2, $3, $4)
    ON CONFLICT (source_key, external_id) DO UPDATE SET url = coalesce(excluded.url, order_references.url)
"""


async def open_document(tx: Transaction, address: Address, content: Any = None) -> Outgoing:
    """Its row, locked; made where there is none."""
    type_, id_ = address.subject
    row = await tx.row(
        _OPEN, address.source_key, address.push.name, type_, id_, address.order_id,
        None if content is None else json_of(content), tx.at,
    )  # fmt: skip
    return _outgoing(row)


async def find_document(tx: Transaction, address: Address) -> Outgoing | None:
    row = await tx.row(_FIND, address.source_key, address.push.name, address.subject[1])
    return None if row is None else _outgoing(row)


async def is_being_told(tx: Transaction, document: Outgoing, address: Address) -> bool:
    """Whether the source is told just now: of this, or of another document that changes what it has of the order."""
    order_id = address.order_id if address.push in OF_ORDER else None
    kinds = [push.name for push in OF_ORDER]
    found: bool = await tx.value(_BEING_TOLD, document.id, order_id, address.source_key, kinds)
    return found


async def record_asking(tx: Transaction, document: Outgoing, lease_s: float) -> None:
    """From now on the source may have done it, until its answer is recorded."""
    await tx.run(_ASK, document.id, tx.at, lease_s)


async def record_undecided(tx: Transaction, document: Outgoing) -> None:
    """No answer came."""
    await tx.run("UPDATE outgoing_documents SET leased_until = NULL WHERE id = $1", document.id)


async def record_not_done(tx: Transaction, document: Outgoing) -> None:
    """This attempt did nothing. `document` is as it was before, and what earlier attempts did is as open as it was."""
    sql = "UPDATE outgoing_documents SET leased_until = NULL, asked_at = $2 WHERE id = $1"
    await tx.run(sql, document.id, document.asked_at)


async def record_written(
    tx: Transaction, document: Outgoing, external_id: str, url: str | None, fingerprint: str
) -> None:
    await tx.run(_WRITTEN, document.id, tx.at, external_id, url, fingerprint)


async def record_waiting(tx: Transaction, document: Outgoing) -> None:
    """For its order, no longer for a person: `waiting_documents` finds it."""
    await tx.run("UPDATE outgoing_documents SET given_up_at = NULL, reason = NULL WHERE id = $1", document.id)


async def record_needless(tx: Transaction, document: Outgoing) -> None:
    """It is not there, and need not be: an order that was called off before any attempt reached the source."""
    sql = """
    UPDATE outgoing_documents SET asked_at = NULL, leased_until = NULL, given_up_at = NULL, reason = NULL WHERE id = $1
    """
    await tx.run(sql, document.id)


async def record_given_up(tx: Transaction, document: Outgoing, reason: str) -> None:
    sql = "UPDATE outgoing_documents SET given_up_at = $2, reason = $3 WHERE id = $1"
    await tx.run(sql, document.id, tx.at, reason)


async def refer_to(tx: Transaction, order_id: UUID, source_key: str, external_id: str, url: str | None) -> None:
    """The order shows what the source calls it."""
    await tx.run(_REFER, order_id, source_key, external_id, url)


async def waiting_documents(tx: Transaction, order_id: UUID, source_key: str, besides: Outgoing) -> list[Address]:
    """Of the order at the source, what is neither written nor given up."""
    rows = await tx.rows(_WAITING, order_id, source_key, besides.id)
    return [Address(source_key, Push[kind], (type_, id_), order_id) for kind, type_, id_ in rows]


async def take_up_again(tx: Transaction, source_key: str) -> list[Address]:
    """What the source did not take no longer waits for a person."""
    rows = await tx.rows(_TAKE_UP, source_key)
    return [Address(source_key, Push[kind], (type_, id_), order_id) for kind, type_, id_, order_id in rows]


async def is_exception_over(tx: Transaction, order_id: UUID, push: Push) -> bool:
    """Whether the order's exception of this kind is open though no source's document waits for a person any more, or
    for an answer.
    """
    found: bool = await tx.value(_OVER, order_id, push.job, push.name)
    return found


def _outgoing(row: Any) -> Outgoing:
    return Outgoing(**{**dict(row), "content": json_in(row["content"])})
